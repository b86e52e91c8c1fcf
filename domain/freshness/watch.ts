/**
 * Watches a store's outbox for one shard of its epochs: looks when somebody asks and the last look is not of just now, one
 * look at a time. Whoever writes leaves rows there in the same transaction as the change, so a message to us that is lost
 * costs nothing but a moment: the next look finds the row.
 */
import type { Clock } from '../basics/clock.ts'
import type { EpochNews } from './epochs.ts'
import { LOOK_EVERY_MS } from './freshness.ts'
import type { EpochKeeper, EpochsHad } from './keeper.ts'

/** A row of the outbox: this tag changed. Written again, it has another seq. */
export interface OutboxTag {
  tag: string
  seq: string
  waitedMs: number
}

export interface OutboxSeen {
  rows: OutboxTag[]
  /** How far the log had come; whoever reads from there on sees what the rows tell of. */
  position: string
  /** Whether these are all rows there were. */
  isAll: boolean
}

/** Removes the rows that were counted, unless they were written again meanwhile, and reads those that are there. */
export type LookIntoOutbox = (counted: readonly OutboxTag[]) => Promise<OutboxSeen>

/** What the work gives within so many ms; else undefined, and the work goes on. */
export type Patience = <Value>(work: Promise<Value>, ms: number) => Promise<Value | undefined>

/** Whoever asks is not kept longer by a database that is slow: what is told then says how old it is. */
const LOOK_PATIENCE_MS = 250
/** Clearing rows away is a write; so it is done for some at a time. */
const CLEARED_ROWS = 50
const CLEARED_EVERY_MS = 5000
/** A look that hangs keeps nobody from looking again. */
const OVERTAKEN_AFTER_MS = 1000

export class OutboxWatch {
  readonly #keeper: EpochKeeper
  readonly #clock: Clock
  readonly #look: LookIntoOutbox
  readonly #patience: Patience
  #counted: OutboxTag[] = []
  #clearedAt = -Infinity
  #looking: { since: number; work: Promise<void> } | null = null

  constructor(keeper: EpochKeeper, clock: Clock, look: LookIntoOutbox, patience: Patience) {
    this.#keeper = keeper
    this.#clock = clock
    this.#look = look
    this.#patience = patience
  }

  /** Never rejects for the database's sake. */
  async news(had: EpochsHad): Promise<EpochNews> {
    if (this.#keeper.ageMs > LOOK_EVERY_MS) {
      await this.#patience(this.#lookTogether(), LOOK_PATIENCE_MS).catch(() => undefined)
    }
    return this.#keeper.news(had)
  }

  /** As of after this call. Rejects when the database could not be asked. */
  async newsNow(had: EpochsHad): Promise<EpochNews> {
    await this.#looking?.work.catch(() => undefined)
    await this.#lookTogether()
    return this.#keeper.news(had)
  }

  #lookTogether(): Promise<void> {
    const ahead = this.#looking
    if (ahead && this.#clock.now() < ahead.since + OVERTAKEN_AFTER_MS) return ahead.work
    const looking = { since: this.#clock.now(), work: this.#lookOnce() }
    this.#looking = looking
    const isOver = (): void => {
      if (this.#looking === looking) this.#looking = null
    }
    looking.work.then(isOver, isOver)
    return looking.work
  }

  async #lookOnce(): Promise<void> {
    const begunAt = this.#clock.now()
    const isTime = this.#counted.length >= CLEARED_ROWS || begunAt >= this.#clearedAt + CLEARED_EVERY_MS
    const { rows, position, isAll } = await this.#look(isTime ? this.#counted : [])
    if (isTime) this.#clearedAt = begunAt
    const before = new Map(this.#counted.map(({ tag, seq }) => [tag, seq]))
    const fresh = rows.filter(({ tag, seq }) => before.get(tag) !== seq)
    // More than can be told one by one: everything may have changed, which is always true enough.
    if (!isAll) this.#keeper.bumpAll(position)
    this.#keeper.looked(isAll ? fresh : [], position, begunAt)
    this.#counted = rows
  }
}

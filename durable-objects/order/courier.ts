/**
 * The courier of an order book: tells others what the outbox says. It is never needed for anything to be true; a row it
 * fails to deliver falls due again by itself.
 *
 * Rows that come together travel together: one batch a queue, one call an owner of stock or a keeper of jobs. A new order's units are
 * claimed from here, at once, because the hold behind it may have been in its last second.
 *
 * There is a lane a queue, and one an owner that gets units back, and every call and message has a deadline: what hangs
 * holds up its own lane, for seconds, and nobody else.
 */
import type { RecordMessage, SettleMessage } from '../../domain/message/queues.ts'
import type { News, Step, UnitsOutcome } from '../../domain/message/settle.ts'
import type { StockDesk } from '../../domain/message/stock-desk.ts'
import type { OrderBookKeeper } from '../../domain/order/keeper.ts'
import type { OutboxRow, Topic } from '../../domain/order/outbox.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'
import { oneTurn } from '../basics/gather.ts'
import { askOwners } from './stock-calls.ts'

export type Outgoing<Message> = Pick<Queue<Message>, 'sendBatch'>

type RowOf<T extends Topic> = Extract<OutboxRow, { topic: T }>

export interface Destinations {
  book: string
  ownerOf: (sku: string) => Pick<StockDesk, 'ask'>
  settle: Outgoing<SettleMessage>
  record: Outgoing<RecordMessage>
  /** Has these letters written. Safe to repeat. */
  letters: (rows: readonly RowOf<'letter'>[]) => Promise<void>
  /** Tells an order what became of its claim; what follows is the settler's, who is about to be sent. */
  overhear(orderId: string, news: News): void
  /** How long a call or a queue may take; tests have less. */
  patienceMs?: number
}

type UnitsStep = Extract<Step, { kind: 'units' }>

const MESSAGES_PER_BATCH = 100
/** A settler claims as well; so it is sent for soon even if an owner of stock is slow. */
const CLAIM_PATIENCE_MS = 1_500

interface Lane {
  rows: OutboxRow[]
  under: Promise<void>
}

const releaseLane = (sku: string): string => `release ${sku}`
const laneOf = (row: OutboxRow): string => (row.topic === 'release' ? releaseLane(row.sku) : row.topic)

export class Courier {
  readonly #keeper: Pick<OrderBookKeeper, 'upcomingStep' | 'released'>
  readonly #to: Destinations
  readonly #patienceMs: number
  readonly #lanes = new Map<string, Lane>()

  constructor(keeper: Pick<OrderBookKeeper, 'upcomingStep' | 'released'>, to: Destinations) {
    this.#keeper = keeper
    this.#to = to
    this.#patienceMs = to.patienceMs ?? CALL_PATIENCE_MS
  }

  /** Resolves when everything handed over so far was delivered or has failed. Never rejects. */
  async deliver(rows: readonly OutboxRow[]): Promise<void> {
    for (const row of rows) this.#join(laneOf(row), row)
    await Promise.all([...this.#lanes.values()].map(({ under }) => under))
  }

  /** Resolves when the owners of these were told of all units handed over so far, or could not be. Never rejects. */
  async givenBack(skus: readonly string[]): Promise<void> {
    await Promise.all(skus.flatMap((sku) => this.#lanes.get(releaseLane(sku))?.under ?? []))
  }

  #join(name: string, row: OutboxRow): void {
    const lane = this.#lanes.get(name)
    if (lane) {
      lane.rows.push(row)
      return
    }
    const rows = [row]
    this.#lanes.set(name, { rows, under: this.#deliverAll(name, rows) })
  }

  async #deliverAll(name: string, rows: OutboxRow[]): Promise<void> {
    await oneTurn() // for company
    while (rows.length > 0) {
      try {
        await this.#deliverSome(rows.splice(0))
      } catch (fault) {
        console.error(`the courier stumbled (${name}); what it carried falls due again`, fault)
      }
    }
    this.#lanes.delete(name)
  }

  async #deliverSome(rows: readonly OutboxRow[]): Promise<void> {
    const of = <T extends Topic>(topic: T) => rows.filter((row): row is RowOf<T> => row.topic === topic)
    const { book, record } = this.#to
    await Promise.all([
      this.#release(of('release')),
      this.#claimAndSettle(of('settle')),
      this.#send(
        record,
        of('record').map((): RecordMessage => ({ v: 1, kind: 'orders', book })),
      ),
      this.#haveWritten(of('letter')),
    ])
  }

  async #release(rows: readonly RowOf<'release'>[]): Promise<void> {
    const questions = rows.map(({ sku, holdId }) => ({ sku, move: { kind: 'release', holdId } as const }))
    const replies = await askOwners(this.#to.ownerOf, questions, { patienceMs: this.#patienceMs })
    // Any answer will do: a refusal says that there was nothing to give back.
    const done = rows.filter((_, i) => replies[i]!.answered).map(({ id }) => id)
    if (done.length > 0) this.#keeper.released(done)
  }

  async #claimAndSettle(rows: readonly RowOf<'settle'>[]): Promise<void> {
    const { book, settle } = this.#to
    const fresh = rows.filter(({ sends }) => sends === 0)
    try {
      const patienceMs = Math.min(CLAIM_PATIENCE_MS, this.#patienceMs)
      if (fresh.length > 0) await within(patienceMs, `claiming for ${fresh.length} orders`, this.#claim(fresh))
    } catch (fault) {
      console.warn('units were not claimed at once; the settler claims them', fault)
    }
    await this.#send(
      settle,
      rows.map(({ orderId }): SettleMessage => ({ v: 1, kind: 'settle', book, orderId })),
    )
  }

  async #claim(rows: readonly RowOf<'settle'>[]): Promise<void> {
    const steps = rows.map(({ orderId }) => this.#keeper.upcomingStep(orderId)).filter(isClaim)
    const asks = steps.flatMap((step) => step.asks.map((ask) => ({ ...ask, orderId: step.orderId })))
    const replies = await askOwners(
      this.#to.ownerOf,
      asks.map(({ sku, moves }) => ({ sku, move: moves[0]! })),
      { patienceMs: this.#patienceMs },
    )
    for (const { orderId } of steps) {
      const lines: UnitsOutcome[] = []
      asks.forEach((ask, i) => {
        const reply = replies[i]!
        if (ask.orderId !== orderId || !reply.answered) return
        lines.push({ sku: ask.sku, holdId: ask.holdId, refusal: reply.decision.ok ? null : reply.decision.refusal })
      })
      if (lines.length > 0) this.#to.overhear(orderId, { kind: 'units', move: 'claim', refundId: null, lines })
    }
  }

  /** Jobs that cannot be made now are made when the rows are told again. */
  async #haveWritten(rows: readonly RowOf<'letter'>[]): Promise<void> {
    if (rows.length === 0) return
    try {
      await within(this.#patienceMs, `having ${rows.length} letters written`, this.#to.letters(rows))
    } catch (fault) {
      console.warn(`${rows.length} letters could not be ordered; they will be again`, fault)
    }
  }

  /** A queue that is away, or hangs, is no reason to fail: the rows are told again. */
  async #send<Message>(queue: Outgoing<Message>, messages: readonly Message[]): Promise<void> {
    for (let i = 0; i < messages.length; i += MESSAGES_PER_BATCH) {
      const batch = messages.slice(i, i + MESSAGES_PER_BATCH).map((body) => ({ body }))
      try {
        await within(this.#patienceMs, `sending ${batch.length} messages`, queue.sendBatch(batch))
      } catch (fault) {
        console.warn(`${batch.length} messages could not be sent; they will be sent again`, fault)
      }
    }
  }
}

const isClaim = (step: Step): step is UnitsStep => step.kind === 'units' && step.move === 'claim'

/**
 * What this isolate knows of a store's epochs, and how it hears more: from a neighbour in the data centre (one asks for
 * all of them, about once a second), else from the shards themselves. Who waits is who came after a quiet time; otherwise
 * it is asked behind an answer, before what is known is too old.
 */
import {
  EPOCH_SHARDS,
  EVERYTHING,
  learn,
  stampOf,
  type EpochNews,
  type EpochTable,
  type EpochTables,
  type Stamp,
} from '../../domain/freshness/epochs.ts'
import { ASK_AHEAD_MS, NEWS_SHARED_MS, STALENESS_BOUND_MS, type Known } from '../../domain/freshness/freshness.ts'
import type { EpochsHad } from '../../domain/freshness/keeper.ts'
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import type { Figures } from './figures.ts'
import { within, type Surroundings } from './surroundings.ts'

/** A reader waits so long for the epochs; then the answer's class decides without them. */
const PATIENCE_MS = 300
/** Whoever has just written waits longer: what they do not hear now, they have to do without. */
const PATIENCE_AFTER_A_WRITE_MS = 2000
/** After asking in vain it is asked again this often, with nobody waiting for it. */
const PAUSE_AFTER_VAIN_MS = 500
/** And after so long somebody waits again: there may have been nobody to ask for. */
const VAIN_FOR_MS = 10_000
/** A question that was lost, or whose request was cut off, is asked again after this. */
const OVERTAKEN_AFTER_MS = 800
/** Neighbours are told when so many of the latest changes were made; it is for their figures alone. */
const CHANGES_TOLD_ON = 64

export class Knowledge {
  readonly storeId: string
  readonly #figures: Figures
  #tables: (EpochTable | undefined)[] = Array.from({ length: EPOCH_SHARDS }, () => undefined)
  #wroteAt = -Infinity
  #doubtedAt = -Infinity
  #askedAt = -Infinity
  #askedInVainAt = -Infinity
  /** Since when there was always somebody here who asked. */
  #listensSince = -Infinity
  /** When the latest changes were made, by our clock, for neighbours who measure how long news take. */
  #changedAt = new Map<string, { version: number; at: number }>()
  #asking: { since: number; work: Promise<void> } | null = null
  /** Counts what was learnt: whoever came under another turn may have to be told something else. */
  turn = 0

  constructor(storeId: string, figures: Figures) {
    this.storeId = storeId
    this.#figures = figures
  }

  get tables(): EpochTables {
    return this.#tables
  }

  known(now: number, mayAsk = true): Known {
    return {
      tables: this.#tables,
      wroteAt: this.#wroteAt,
      doubtedAt: this.#doubtedAt,
      mayAsk: mayAsk && now >= this.#askedInVainAt + VAIN_FOR_MS,
    }
  }

  stamp(): Stamp {
    return stampOf(this.#tables)
  }

  /** How far databases must have come, to have seen everything that is known to have changed. */
  positions(): string[] {
    return [...new Set(this.#tables.map((table) => table?.position ?? '').filter(Boolean))]
  }

  /** Whether all shards have been heard lately enough. */
  isSound(now: number): boolean {
    return this.#leftMs(now) > 0
  }

  /** Hears the epochs, as far as a reader may wait for them. Undefined: there is nothing to wait for. */
  heard(at: Surroundings): Promise<void> | undefined {
    const now = at.now()
    if (this.#leftMs(now) <= 0 && this.known(now).mayAsk) return this.ask(at)
    this.askAhead(at)
    return undefined
  }

  /** Asks behind an answer when what is known is soon too old. */
  askAhead(at: Surroundings): void {
    const now = at.now()
    if (this.#leftMs(now) >= ASK_AHEAD_MS || now < this.#askedAt + PAUSE_AFTER_VAIN_MS) return
    at.waitUntil(this.#asked(at))
  }

  /** Asks, together with whoever asks already, and waits a moment. Never rejects. */
  async ask(at: Surroundings): Promise<void> {
    await within(at, this.#asked(at), PATIENCE_MS)
    if (!this.isSound(at.now())) this.#askedInVainAt = at.now()
  }

  #asked(at: Surroundings): Promise<void> {
    const now = at.now()
    const ahead = this.#asking
    if (ahead && now < ahead.since + OVERTAKEN_AFTER_MS) return ahead.work
    const asking = { since: now, work: this.#askAll(at) }
    this.#asking = asking
    if (now > this.#askedAt + STALENESS_BOUND_MS) this.#listensSince = now
    this.#askedAt = now
    at.waitUntil(asking.work.finally(() => this.#asking === asking && (this.#asking = null)))
    return asking.work
  }

  /**
   * Something was written here: asks every shard to look at once. Where one cannot be heard, nothing from before is
   * believed here until it is. Never rejects. Answers what was heard to have changed.
   */
  async wrote(at: Surroundings): Promise<string[]> {
    this.#wroteAt = at.now()
    return this.#tell(at, (desk, had) => desk.newsNow(had))
  }

  /** Counts tags as changed, or everything (null). Rejects when a shard does not answer: it may be repeated. */
  async bump(at: Surroundings, tagsOf: (shard: number) => readonly string[] | null): Promise<void> {
    this.#wroteAt = at.now()
    const faults: unknown[] = []
    await this.#tell(
      at,
      (desk, had, shard) => {
        const tags = tagsOf(shard)
        return tags?.length === 0 ? desk.news(had) : desk.bump(tags, had)
      },
      (fault) => faults.push(fault),
    )
    if (faults.length > 0) throw faults[0]
  }

  async #tell(
    at: Surroundings,
    call: (desk: EpochDesk, had: EpochsHad, shard: number) => Promise<EpochNews>,
    failed: (fault: unknown) => void = () => undefined,
  ): Promise<string[]> {
    this.turn += 1
    const heard = await Promise.all(
      this.#tables.map(async (_, shard) => {
        const askedAt = at.now()
        try {
          const asked = call(at.epochs(this.storeId, shard), this.#had(shard), shard)
          const news = await within(at, asked, PATIENCE_AFTER_A_WRITE_MS)
          if (news) return this.#learn(at.now(), shard, news.value, askedAt)
          throw new Error(`epoch shard ${shard} does not answer`)
        } catch (fault) {
          this.#doubtedAt = at.now()
          failed(fault)
          return []
        }
      }),
    )
    at.waitUntil(this.#share(at))
    return heard.flat()
  }

  /** The neighbour's news first; then the shards of which that is not enough. */
  async #askAll(at: Surroundings): Promise<void> {
    await this.#hearNeighbour(at)
    const stale = this.#tables.flatMap((table, shard) => (leftOf(table, at.now()) < ASK_AHEAD_MS ? [shard] : []))
    if (stale.length === 0) return
    const heard = await Promise.all(
      stale.map(async (shard) => {
        const askedAt = at.now()
        try {
          const asked = at.epochs(this.storeId, shard).news(this.#had(shard))
          const news = await within(at, asked, OVERTAKEN_AFTER_MS)
          if (news) this.#learn(at.now(), shard, news.value, askedAt)
          return news !== undefined
        } catch {
          return false // what is known of it grows older, and says so
        }
      }),
    )
    const answered = heard.filter(Boolean).length
    this.#figures.epochsAsked += answered
    this.#figures.epochsInVain += heard.length - answered
    if (this.isSound(at.now())) this.#askedInVainAt = -Infinity
    if (answered > 0) await this.#share(at)
  }

  async #hearNeighbour(at: Surroundings): Promise<void> {
    const askedAt = at.now()
    const bytes = await at.colo?.get(`epochs ${this.storeId}`)
    const shared = bytes ? sharedFrom(new TextDecoder().decode(bytes)) : null
    // By the data centre's own count it was a second old at most; a clock that says more is believed, one that says less not.
    if (shared === null || askedAt - shared.at > NEWS_SHARED_MS) return
    shared.news.forEach((news, shard) => {
      if (news) this.#learn(at.now(), shard, news, askedAt - NEWS_SHARED_MS, Math.max(0, askedAt - shared.at))
    })
    this.#figures.epochsFromNeighbours += 1
  }

  async #share(at: Surroundings): Promise<void> {
    const now = at.now()
    const news = this.#tables.map((table) => table && this.#newsOf(table, now))
    const text = JSON.stringify({ at: now, news } satisfies Shared)
    await at.colo?.put(`epochs ${this.storeId}`, Uint8Array.from(new TextEncoder().encode(text)), NEWS_SHARED_MS / 1000)
  }

  /** Answers which tags have changed. `lateMs`: how long ago the news were told. */
  #learn(now: number, shard: number, news: EpochNews, askedAt: number, lateMs = 0): string[] {
    const before = this.#tables[shard]
    const after = learn(before, news, askedAt)
    this.#tables[shard] = after
    if (before?.line === after.line && before.version === after.version && before.floor === after.floor) return []
    this.turn += 1
    const changed = news.changed.filter(([tag, version]) => version > (before?.tags.get(tag) ?? 0))
    for (const [tag, version, agoMs] of changed)
      if (before && agoMs >= 0) this.#measure(now, tag, version, agoMs + lateMs)
    const isCounted = before === undefined || (before.line === after.line && before.floor === after.floor)
    return [...changed.map(([tag]) => tag), ...(isCounted ? [] : [EVERYTHING])]
  }

  /**
   * How long a change took to be known here. One from before somebody listened is not counted: whoever reads after a quiet
   * time asks first, so nobody was told what was so before it.
   */
  #measure(now: number, tag: string, version: number, tookMs: number): void {
    const at = now - tookMs
    if (at >= this.#listensSince || tookMs <= STALENESS_BOUND_MS) this.#figures.propagated(tookMs)
    this.#changedAt.delete(tag)
    this.#changedAt.set(tag, { version, at })
    const [oldest] = this.#changedAt.keys()
    if (this.#changedAt.size > CHANGES_TOLD_ON && oldest !== undefined) this.#changedAt.delete(oldest)
  }

  /** All that is known, as news to somebody who knows nothing. */
  #newsOf({ line, version, floor, tags, position, asOf }: EpochTable, now: number): EpochNews {
    const agoMs = (tag: string, counted: number): number => {
      const changed = this.#changedAt.get(tag)
      return changed?.version === counted ? now - changed.at : -1
    }
    return {
      ...{ line, version, floor, position },
      changed: [...tags].map(([tag, counted]) => [tag, counted, agoMs(tag, counted)] as const),
      ageMs: asOf === -Infinity ? null : now - asOf,
    }
  }

  #had = (shard: number): EpochsHad => {
    const table = this.#tables[shard]
    return { line: table?.line ?? '', version: table?.version ?? 0 }
  }

  #leftMs(now: number): number {
    return Math.min(...this.#tables.map((table) => leftOf(table, now)))
  }
}

const leftOf = (table: EpochTable | undefined, now: number): number =>
  (table?.asOf ?? -Infinity) + STALENESS_BOUND_MS - now

/** What one isolate leaves for its neighbours. */
interface Shared {
  at: number
  news: (EpochNews | undefined)[]
}

function sharedFrom(text: string): { at: number; news: (EpochNews | null)[] } | null {
  try {
    const shared = JSON.parse(text) as { at: number; news: (EpochNews | null)[] }
    return Array.isArray(shared.news) && typeof shared.at === 'number' ? shared : null
  } catch {
    return null
  }
}

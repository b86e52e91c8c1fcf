/**
 * A world for the proof of the staleness bound: a primary with an outbox, a replica that lags, epoch shards that die and
 * wake, data centres, isolates that come and go, clocks that are wrong by hours, and calls that are slow, lost on the way
 * there or on the way back. Time is of its own making; everything that caches is the real code.
 *
 * Each answer is compared with what was committed. `flaw` plants a fault that the proof has to find.
 */
import { seededRandom, type Random } from '../../domain/basics/random.ts'
import type { Freshness } from '../../domain/freshness/freshness.ts'
import { STALENESS_BOUND_MS } from '../../domain/freshness/freshness.ts'
import { EPOCH_SHARDS, shardOf } from '../../domain/freshness/epochs.ts'
import { EpochKeeper } from '../../domain/freshness/keeper.ts'
import { MemoryEpochStore } from '../../domain/freshness/memory-store.ts'
import { OutboxWatch, type OutboxTag } from '../../domain/freshness/watch.ts'
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import { EdgeCache } from './edge-cache.ts'
import type { ByteStore } from './stores.ts'
import { within, type Surroundings } from './surroundings.ts'

export type Flaw =
  | 'stamped when stored'
  | 'news believed to be of now'
  | 'neighbour’s news believed to be of now'
  | 'data centre keeps news too long'
  | 'replica not asked how far it is'
  | 'rows removed before they are counted'
  | 'a change without its row'
  | 'shard forgets and keeps its name'

export interface Weather {
  seed: number
  seconds: number
  /** Calls lost, shards that die, slow databases. */
  isStormy: boolean
  flaw?: Flaw
}

export interface Report {
  answers: number
  /** Said although the epochs or the database were away, and marked so. */
  marked: number
  loads: number
  /** Unmarked answers older than the bound, in words. */
  wrong: string[]
  /** The oldest unmarked answer, in ms. */
  oldestMs: number
}

const ITEMS = ['alpha', 'beta', 'gamma', 'delta', 'epsilon']
const CLASS: Freshness = {
  memoryMs: 2000,
  coloSeconds: 60,
  staleIfErrorSeconds: 3600,
  revalidateSeconds: 60,
  isTagged: true,
  isWorldwide: true,
}
const HOUR = 3_600_000

export async function live({ seed, seconds, isStormy, flaw }: Weather): Promise<Report> {
  const world = new World(seed, isStormy, flaw)
  world.begin()
  await world.run(seconds * 1000)
  return world.report
}

class World {
  readonly report: Report = { answers: 0, marked: 0, loads: 0, wrong: [], oldestMs: 0 }
  readonly #random: Random
  readonly #isStormy: boolean
  readonly #flaw: Flaw | undefined
  #now = 0
  #events: { at: number; run: () => void }[] = []
  #commits = ITEMS.map(() => [{ at: -HOUR, value: 0 }])
  #outbox = new Map<string, { seq: number; at: number }>()
  #seq = 0
  #kv = new Map<string, Uint8Array<ArrayBuffer>>()
  #shards: { desk: EpochDesk; isUp: boolean }[] = []
  #databaseIsUp = true

  constructor(seed: number, isStormy: boolean, flaw: Flaw | undefined) {
    this.#random = seededRandom(seed)
    this.#isStormy = isStormy
    this.#flaw = flaw
  }

  begin(): void {
    this.#shards = Array.from({ length: EPOCH_SHARDS }, (_, shard) => this.#newShard(shard))
    for (let centre = 0; centre < 2; centre++) this.#openCentre()
    this.#often(700, () => this.#commit())
    if (!this.#isStormy) return
    this.#often(8000, () => this.#strike())
  }

  async run(ms: number): Promise<void> {
    for (;;) {
      // Whatever can be done without time passing is done first.
      await new Promise((resolve) => setImmediate(resolve))
      const next = this.#next()
      if (!next || next.at > ms) return
      this.#now = next.at
      next.run()
    }
  }

  #next(): { at: number; run: () => void } | undefined {
    let first = 0
    this.#events.forEach(({ at }, i) => at < this.#events[first]!.at && (first = i))
    const [next] = this.#events.splice(first, 1)
    return next
  }

  #in = (ms: number, run: () => void): (() => void) => {
    const event = { at: this.#now + Math.max(0, ms), run }
    this.#events.push(event)
    return () => {
      this.#events = this.#events.filter((other) => other !== event)
    }
  }

  #often(meanMs: number, what: () => void): void {
    const again = (): void => {
      what()
      this.#in(this.#between(0.2, 1.8) * meanMs, again)
    }
    this.#in(this.#between(0, 1) * meanMs, again)
  }

  #between = (from: number, to: number): number => from + this.#random.fraction() * (to - from)
  #isOneIn = (n: number): boolean => this.#random.fraction() * n < 1

  /** A change and its row in the outbox, in one transaction. */
  #commit(): void {
    const item = Math.floor(this.#between(0, ITEMS.length))
    const commits = this.#commits[item]!
    commits.push({ at: this.#now, value: commits.length })
    this.#seq += 1
    if (this.#flaw === 'a change without its row' && this.#isOneIn(4)) return
    this.#outbox.set(`item-${ITEMS[item]!}`, { seq: this.#seq, at: this.#now })
  }

  /** Something goes wrong for a while. */
  #strike(): void {
    const downFor = this.#between(500, 6000)
    if (this.#isOneIn(3)) {
      this.#databaseIsUp = false
      this.#in(downFor, () => (this.#databaseIsUp = true))
      return
    }
    const shard = Math.floor(this.#between(0, EPOCH_SHARDS))
    this.#shards[shard]!.isUp = false
    this.#in(downFor, () => {
      // It wakes as another object with the same rows, or, one time in three, with none.
      if (this.#isOneIn(3)) this.#shards[shard] = this.#newShard(shard)
      else this.#shards[shard]!.isUp = true
    })
  }

  /** A call that takes its time, and in bad weather is lost, on the way there or on the way back. */
  async #call<Value>(work: () => Value | Promise<Value>, isUp: () => boolean, slowestMs = 60): Promise<Value> {
    await this.#pause(this.#between(1, slowestMs))
    if (!isUp() || (this.#isStormy && this.#isOneIn(60))) return this.#lost()
    const value = await work()
    await this.#pause(this.#between(1, slowestMs))
    if (this.#isStormy && this.#isOneIn(60)) return this.#lost()
    return value
  }

  #pause = (ms: number): Promise<void> => new Promise((resolve) => void this.#in(ms, resolve))

  async #lost(): Promise<never> {
    await this.#pause(this.#isOneIn(2) ? 20 : 3000)
    throw new Error('lost')
  }

  #valueAt = (item: number, at: number): number => this.#commits[item]!.findLast((commit) => commit.at <= at)!.value

  /** The replica is behind by anything up to four seconds, unless it is told how far it must be. */
  async #read(item: number, positions: readonly string[]): Promise<number> {
    this.report.loads += 1
    const lag = this.#isOneIn(3) ? this.#between(0, 4000) : 20
    const needed =
      this.#flaw === 'replica not asked how far it is' ? -Infinity : Math.max(-Infinity, ...positions.map(Number))
    return this.#call(
      () => this.#valueAt(item, this.#now - lag >= needed ? this.#now - lag : this.#now),
      () => this.#databaseIsUp,
      this.#isStormy && this.#isOneIn(10) ? 2000 : 60,
    )
  }

  #newShard(shard: number): { desk: EpochDesk; isUp: boolean } {
    const offset = this.#between(-HOUR, HOUR)
    const clock = { now: () => this.#now + offset }
    const line = this.#flaw === 'shard forgets and keeps its name' ? `line-${shard}` : `line-${shard}-${this.#now}`
    const keeper = new EpochKeeper(new MemoryEpochStore(), clock, () => line)
    const look = (counted: readonly OutboxTag[]) =>
      this.#call(
        () => {
          for (const { tag, seq } of counted) if (String(this.#outbox.get(tag)?.seq) === seq) this.#outbox.delete(tag)
          const mine = [...this.#outbox].filter(([tag]) => shardOf(tag) === shard)
          const rows = mine.map(([tag, { seq, at }]) => ({ tag, seq: String(seq), waitedMs: this.#now - at }))
          if (this.#flaw === 'rows removed before they are counted')
            for (const { tag } of rows) this.#outbox.delete(tag)
          return { rows, position: String(this.#now), isAll: true }
        },
        () => this.#databaseIsUp,
      )
    const patience = async <Value>(work: Promise<Value>, ms: number) =>
      (await within({ after: this.#in }, work, ms))?.value
    const watch = new OutboxWatch(keeper, clock, look, patience)
    const desk: EpochDesk = {
      news: (had) => watch.news(had),
      newsNow: (had) => watch.newsNow(had),
      bump: async (tags, had) => {
        if (tags) keeper.bump(tags)
        else keeper.bumpAll()
        return keeper.news(had)
      },
    }
    return { desk, isUp: true }
  }

  #openCentre(): void {
    const kept = new Map<string, { bytes: Uint8Array<ArrayBuffer>; until: number }>()
    const slack = this.#flaw === 'data centre keeps news too long' ? 8 : 1
    const colo: ByteStore = {
      get: (key) => {
        const found = kept.get(key)
        return this.#call(
          () => (found && this.#now < found.until ? found.bytes : null),
          () => true,
          5,
        ).catch(() => null)
      },
      put: async (key, bytes, seconds) => {
        kept.set(key, { bytes, until: this.#now + seconds * 1000 * slack })
        return true
      },
    }
    const shelf: ByteStore = {
      get: async (key) => this.#kv.get(key) ?? null,
      put: async (key, bytes) => {
        // KV tells the world late, and here not even in order.
        this.#in(this.#between(0, 5000), () => this.#kv.set(key, bytes))
        return true
      },
    }
    for (let isolate = 0; isolate < 2; isolate++) this.#openIsolate(colo, shelf)
  }

  #openIsolate(colo: ByteStore, shelf: ByteStore): void {
    const offset = this.#between(-HOUR, HOUR)
    let cache = this.#newCache()
    const at: Surroundings = {
      now: () => this.#now + offset,
      fraction: () => this.#random.fraction(),
      after: this.#in,
      waitUntil: (work) => void work.catch(() => undefined),
      colo: this.#flaw === 'neighbour’s news believed to be of now' ? flattering(colo) : colo,
      shelf,
      epochs: (_, shard) => this.#remote(shard),
    }
    this.#often(60, () => void this.#ask(cache, at))
    this.#often(15_000, () => (cache = this.#newCache())) // evicted; another wakes in its place
    this.#often(8000, () => void cache.wrote(at, 'store'))
  }

  #newCache(): EdgeCache {
    const cache = new EdgeCache(async (body) => `"${body.join('.')}"`)
    if (this.#flaw === 'stamped when stored') {
      const known = cache.knowledge('store')
      const stamp = known.stamp.bind(known)
      known.stamp = () => ({
        get lines() {
          return stamp().lines
        },
        get versions() {
          return stamp().versions
        },
      })
    }
    return cache
  }

  #remote(shard: number): EpochDesk {
    const own = this.#shards[shard]!
    const call = <Value>(work: () => Promise<Value>): Promise<Value> =>
      this.#call(work, () => own.isUp && this.#shards[shard] === own)
    const asOfNow = <News extends { ageMs: number | null }>(news: News): News =>
      this.#flaw === 'news believed to be of now' ? { ...news, ageMs: 0 } : news
    return {
      news: (had) => call(async () => asOfNow(await own.desk.news(had))),
      newsNow: (had) => call(async () => asOfNow(await own.desk.newsNow(had))),
      bump: (tags, had) => call(() => own.desk.bump(tags, had)),
    }
  }

  async #ask(cache: EdgeCache, at: Surroundings): Promise<void> {
    const item = Math.floor(this.#between(0, ITEMS.length))
    const askedAt = this.#now
    const load = async ({ positions }: { positions: readonly string[] }) => {
      const value = await this.#read(item, positions)
      const body = Uint8Array.from(new TextEncoder().encode(String(value)))
      return { status: 200, contentType: 'text/plain', body, tags: [`item-${ITEMS[item]!}`, 'items'] }
    }
    try {
      const { copy, cacheStatus } = await cache.read(at, 'store', `item ${ITEMS[item]!}`, CLASS, load)
      this.#check(item, Number(new TextDecoder().decode(copy.body)), askedAt, cacheStatus)
    } catch {
      // A fault is an honest answer.
    }
  }

  #check(item: number, value: number, askedAt: number, cacheStatus: string): void {
    this.report.answers += 1
    if (/epochs-away|stale-if-error/.test(cacheStatus)) {
      this.report.marked += 1
      return
    }
    const overtakenAt = this.#commits[item]![value + 1]?.at ?? Infinity
    this.report.oldestMs = Math.max(this.report.oldestMs, askedAt - overtakenAt)
    if (value >= this.#valueAt(item, askedAt - STALENESS_BOUND_MS)) return
    this.report.wrong.push(`${askedAt} ms: ${ITEMS[item]!} was ${askedAt - overtakenAt} ms old (${cacheStatus})`)
  }
}

/** Tells of neighbours' news that it is of this moment. */
const flattering = (colo: ByteStore): ByteStore => ({
  ...colo,
  async get(key) {
    const bytes = await colo.get(key)
    if (!bytes || !key.startsWith('epochs ')) return bytes
    const text = new TextDecoder().decode(bytes).replace(/"ageMs":[\d.]+/g, '"ageMs":-1000')
    return Uint8Array.from(new TextEncoder().encode(text))
  },
})

/**
 * Public reads, from the nearest place that has them: this isolate's memory → this data centre's Cache API → KV, where the
 * class wants it → the database, one flight at a time. Every copy, wherever it is found, is judged by the same rule
 * (domain/freshness): tags that have not changed since it was read, and a lifetime. When the database is away or slow, the
 * last good copy stands in, from memory or from KV, however old within its allowance.
 *
 * Nothing private ever enters: keys are built from the store and the question, never from who asks.
 * The tiers and the staleness bound with its proof: docs/concepts/the-cache.md.
 */
import { knownSince, shardOf, tagOfQuestion, type EpochTables } from '../../domain/freshness/epochs.ts'
import {
  judge,
  lifetimeOf,
  mayStandIn,
  refreshesEarly,
  STALENESS_BOUND_MS,
  type Freshness,
  type Verdict,
} from '../../domain/freshness/freshness.ts'
import { statusOf, type Tier } from './cache-status.ts'
import type { Asking, Found, Load, Loaded } from './asking.ts'
import { unsealed, type Copy } from './copy.ts'
import { Figures } from './figures.ts'
import { Filing } from './filing.ts'
import { Knowledge } from './knowledge.ts'
import { MemoryTier } from './memory.ts'
import { SingleFlight, type Landed } from './single-flight.ts'
import type { ByteStore } from './stores.ts'
import { within, type Surroundings } from './surroundings.ts'

/** When a reader came, and what was known then. */
interface Arrival {
  at: number
  tables: EpochTables
  /** What memory's copy was judged to be. */
  found: Verdict | undefined
}

interface Fetched {
  copy: Copy
  until: number
  detail: string | null
  /** Members of `Cache-Status` beyond memory's own. */
  beyond: string[]
  isStored: boolean
}

/** Half of it is a thousand products with pictures' addresses; an isolate has 128 MB for everything. */
const MEMORY_BYTES_MAX = 24 * 1024 * 1024
/** A missing thing without a tag to say when it appears is asked for again soon. */
const NOT_FOUND_MS = 1000
/** With a copy at hand nobody waits longer than this for a better one: a database that hangs must not be felt. */
const PATIENCE_WITH_A_COPY_MS = 150
/** Without one, it is looked for in KV after this. */
const PATIENCE_WITHOUT_MS = 400
/** After so much more also one that is known to be out of date is better than nothing. */
const PATIENCE_AT_LAST_MS = 1600
/** A copy that stands in does so for a moment, so that a crowd does not find out one by one that the database is away. */
const STANDS_IN_MS = 1000
/** What turned out to be nothing to keep is asked for by everybody alone for so long (hit-for-miss). */
const ALONE_MS = 10_000
const ALONE_MAX = 1000

const EPOCHS_AWAY = 'epochs-away'

export class EdgeCache {
  readonly figures = new Figures()
  #memory = new MemoryTier(MEMORY_BYTES_MAX)
  #flights = new SingleFlight<Fetched>()
  #loads = new SingleFlight<Fetched>()
  #stores = new Map<string, Knowledge>()
  #filing = new Filing()
  #alone = new Map<string, number>()
  readonly #digest: (body: Uint8Array<ArrayBuffer>) => Promise<string>

  constructor(digest: (body: Uint8Array<ArrayBuffer>) => Promise<string> = sha256) {
    this.#digest = digest
  }

  /**
   * The answer to `question` in `storeId`. Rejects with what `load` rejected with when no copy may stand in.
   * `question` is what was asked, in one canonical spelling, and holds nothing about who asked.
   */
  async read(at: Surroundings, storeId: string, question: string, freshness: Freshness, load: Load): Promise<Found> {
    const key = `${storeId} ${question}`
    const kept = this.#memory.find(key)
    const now = at.now()
    if (kept && now < kept.freshUntil) {
      this.figures.tiers.mem.hits += 1
      const { copy, freshUntil, detail } = kept
      return { copy, freshUntil, detail, cacheStatus: statusOf('mem', { ...hit(copy, now), detail }) }
    }
    const asking: Asking = { at, storeId, question, key, known: this.knowledge(storeId), freshness, load }
    if (!freshness.isTagged) return this.#bring(asking, kept?.copy)
    if (!kept) {
      await asking.known.heard(at)
      return this.#bring(asking, undefined)
    }
    const verdict = await this.#judged(asking, kept.copy)
    if (verdict.say !== 'fresh' && verdict.say !== 'stale') {
      await asking.known.heard(at)
      return this.#bring(asking, kept.copy, verdict)
    }
    kept.freshUntil = verdict.until
    kept.detail = detailOf(verdict)
    this.#fetchBehind(asking, kept.copy, verdict)
    asking.known.askAhead(at)
    this.#counted('mem', verdict)
    const { copy, freshUntil, detail } = kept
    return { copy, freshUntil, detail, cacheStatus: statusOf('mem', { ...hit(copy, at.now()), detail }) }
  }

  /** What this isolate knows of a store's epochs. */
  knowledge(storeId: string): Knowledge {
    let known = this.#stores.get(storeId)
    if (!known) this.#stores.set(storeId, (known = new Knowledge(storeId, this.figures)))
    return known
  }

  /**
   * Says that something of this store was written here: what was kept here before is judged anew, after hearing what has
   * changed. Answers its tags. Never rejects; safe to repeat.
   */
  async wrote(at: Surroundings, storeId: string): Promise<string[]> {
    this.#memory.judgeAnew(`${storeId} `)
    return this.knowledge(storeId).wrote(at)
  }

  /**
   * Counts copies as outdated: those with one of the tags, those of these questions, or all (null). In this isolate at
   * once, everywhere within the bound. Rejects when an epoch shard does not answer; safe to repeat.
   */
  async purge(at: Surroundings, storeId: string, what: { tags: string[]; questions: string[] } | null): Promise<void> {
    this.#memory.judgeAnew(`${storeId} `)
    const tags = what && [...what.tags, ...what.questions.map(tagOfQuestion)]
    await this.knowledge(storeId).bump(at, (shard) => tags && tags.filter((tag) => shardOf(tag) === shard))
  }

  /** What is kept in this isolate, what was read last first. */
  entriesOf(storeId: string, most: number): { question: string; copy: Copy; freshUntil: number }[] {
    const entries = []
    for (const [key, kept] of this.#memory.latest()) {
      if (entries.length === most) break
      if (key.startsWith(`${storeId} `)) entries.push({ question: key.slice(storeId.length + 1), ...kept })
    }
    return entries
  }

  /** Puts what is kept here into KV as well, for the rest of the world. Answers how many copies. */
  spread(at: Surroundings, storeId: string, most: number): Promise<number> {
    const good = this.entriesOf(storeId, most).filter(({ copy }) => copy.status === 200 && copy.tags.length > 0)
    return this.#filing.spread(
      at,
      good.map(({ question, copy }) => [`${storeId} ${question}`, copy]),
    )
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.#memory.size, bytes: this.#memory.bytes }
  }

  /** Memory had nothing that may be said. A copy that was found there (`spare`) may stand in, if it comes to that. */
  async #bring(asking: Asking, spare: Copy | undefined, found?: Verdict): Promise<Found> {
    const { at, key, known, freshness } = asking
    const arrival: Arrival = { at: at.now(), tables: [...known.tables], found }
    this.figures.tiers.mem.misses += 1
    this.figures.since ??= at.now()
    if (at.now() < (this.#alone.get(key) ?? -Infinity)) {
      const { copy, until, detail } = await this.#load(asking)
      return {
        copy,
        freshUntil: until,
        detail,
        cacheStatus: statusOf('mem', { fwd: 'bypass', detail: 'hit-for-miss' }),
      }
    }
    const flight = this.#flights.fly(
      `${known.turn} ${key}`,
      () => this.#fetch(asking, true),
      (work) => at.waitUntil(work),
      at.after,
    )
    if (freshness.staleIfErrorSeconds === 0) return this.#landed(await flight, arrival)
    // A copy that is known to be out of date is a last resort; one that is merely old is better than waiting.
    const patience = spare && found?.say !== 'outdated' ? PATIENCE_WITH_A_COPY_MS : PATIENCE_WITHOUT_MS
    for (const [ms, isLast] of [
      [patience, false],
      [PATIENCE_AT_LAST_MS, true],
    ] as const) {
      try {
        const landed = await within(at, flight, ms)
        if (landed) return this.#landed(landed.value, arrival)
      } catch (fault) {
        const standIn = await this.#standIn(asking, spare, true)
        if (!standIn) throw fault
        return standIn
      }
      const standIn = await this.#standIn(asking, spare, isLast)
      if (standIn) return standIn
    }
    return this.#landed(await flight, arrival)
  }

  #landed({ value, collapsed }: Landed<Fetched>, arrival: Arrival): Found {
    const { copy, until, beyond, isStored } = value
    // Who came without knowing has to say so, also of what somebody else has brought.
    const detail = value.detail ?? (isKnown(copy.tags, arrival) ? null : EPOCHS_AWAY)
    const here = { detail, fwd: arrival.found?.say === 'outdated' ? ('stale' as const) : ('miss' as const) }
    if (collapsed) this.figures.collapsed += 1
    const cacheStatus = collapsed
      ? statusOf('mem', { ...here, collapsed })
      : [...beyond, statusOf('mem', { ...here, stored: isStored })].join(', ')
    return { copy, freshUntil: until, detail, cacheStatus }
  }

  /** From the nearest tier beyond memory whose copy will do, else from the database. */
  async #fetch(asking: Asking, mayBeStale: boolean): Promise<Fetched> {
    const { at, key, known, freshness } = asking
    const missed: { tier: Tier; fwd: 'miss' | 'stale' }[] = []
    for (const [tier, store] of tiersOf(at, freshness)) {
      const bytes = await store.get(key)
      const copy = bytes && unsealed(key, bytes)
      const verdict: Verdict = copy ? await this.#judged(asking, copy) : { say: 'expired' }
      if (copy && (verdict.say === 'fresh' || (verdict.say === 'stale' && mayBeStale))) {
        this.#counted(tier, verdict)
        this.#fetchBehind(asking, copy, verdict, true)
        if (tier === 'shelf') this.#filing.near(asking, copy)
        const detail = detailOf(verdict)
        this.#memory.keep(key, copy, verdict.until, detail)
        const said = statusOf(tier, { ...hit(copy, at.now()), detail })
        return { copy, until: verdict.until, detail, beyond: [said, ...membersOf(missed, true)], isStored: true }
      }
      this.figures.tiers[tier].misses += 1
      missed.unshift({ tier, fwd: copy ? 'stale' : 'miss' })
    }
    const { value } = await this.#loads.fly(
      `${known.turn} ${key}`,
      () => this.#load(asking),
      (work) => at.waitUntil(work),
      at.after,
    )
    return { ...value, beyond: membersOf(missed, value.isStored) }
  }

  /** From the database, and into every tier on the way back. */
  async #load(asking: Asking): Promise<Fetched> {
    const { at, key, question, known, freshness, load } = asking
    // Before anything is asked: what changes from now on has a later version than this.
    const stamp = known.stamp()
    const readAt = at.now()
    const before = { at: readAt, tables: [...known.tables] }
    const fromPrimary = freshness.whenBlind === 'closed' && !known.isSound(readAt)
    const loaded = await this.#counting(load({ positions: known.positions(), fromPrimary }))
    const { status, contentType, body, unitsLeft = null, keepMostMs } = loaded
    const made = freshness.isTagged ? (loaded.tags ?? []) : []
    const tags = made.length > 0 ? [...new Set(made), tagOfQuestion(question)] : []
    const missingMs = (tags.length > 0 && freshness.notFoundMs) || NOT_FOUND_MS
    const lifetimeMs = status === 200 ? lifetimeOf(freshness, unitsLeft, keepMostMs) : missingMs
    const tookMs = at.now() - readAt
    const copy = { status, contentType, body, etag: await this.#digest(body), readAt, tookMs, lifetimeMs, tags, stamp }
    const verdict = judge(copy, known.known(at.now(), false), freshness, at.now())
    if (status !== 200 && status !== 404) this.#goAlone(key, at.now())
    const isStored = verdict.say !== 'outdated' && (status === 200 || status === 404)
    const until = isStored ? untilOf(copy, verdict, freshness, at.now()) : at.now()
    // What was asked of a replica without knowing how far it must be may be older than anybody may say unmarked.
    const detail = isKnown(tags, before) ? detailOf(verdict) : EPOCHS_AWAY
    if (isStored) {
      this.#memory.keep(key, copy, until, detail)
      this.#filing.near(asking, copy)
      this.#filing.shelve(asking, copy)
    }
    return { copy, until, detail, beyond: [], isStored }
  }

  async #counting(load: Promise<Loaded>): Promise<Loaded> {
    this.figures.loads += 1
    try {
      return await load
    } catch (fault) {
      this.figures.loadFaults += 1
      throw fault
    }
  }

  /** Whether a copy will do; asks the epochs when what is known of them is too old to tell. */
  async #judged({ at, known, freshness }: Asking, copy: Copy): Promise<Verdict> {
    let verdict = judge(copy, known.known(at.now()), freshness, at.now())
    if (verdict.say === 'ask') {
      await known.ask(at)
      verdict = judge(copy, known.known(at.now(), false), freshness, at.now())
    }
    if (verdict.say === 'outdated') this.figures.outdated += 1
    return verdict
  }

  /** A copy past its lifetime, or soon past it, is replaced behind the answer. */
  #fetchBehind(asking: Asking, copy: Copy, verdict: Verdict, isBeyond = false): void {
    const { at, key, known } = asking
    const isStale = verdict.say === 'stale'
    if (!isStale && !refreshesEarly(copy, at.now(), at.fraction())) return
    const depart = (work: Promise<unknown>): void => at.waitUntil(work)
    const name = `${known.turn} ${key}`
    // Past its lifetime here, a neighbour may have a newer one; before that all have the same.
    const work =
      isStale && !isBeyond
        ? this.#flights.fly(name, () => this.#fetch(asking, false), depart, at.after)
        : this.#loads.fly(name, () => this.#load(asking), depart, at.after)
    at.waitUntil(work.catch(() => undefined))
  }

  /** The last good copy: from memory if this isolate has one, else from KV; known to be outdated only at last. */
  async #standIn(asking: Asking, spare: Copy | undefined, isLast: boolean): Promise<Found | null> {
    const { at, key, known, freshness } = asking
    if (freshness.staleIfErrorSeconds === 0) return null
    const isGood = (copy: Copy): boolean => {
      if (copy.status !== 200 || !mayStandIn(copy, freshness, at.now())) return false
      return isLast || judge(copy, known.known(at.now(), false), freshness, at.now()).say !== 'outdated'
    }
    if (spare && isGood(spare)) return this.#stoodIn(asking, spare, 'mem')
    const bytes = (!freshness.isMadeUp && (await at.shelf?.get(key))) || null
    const shelved = bytes && unsealed(key, bytes)
    return shelved && isGood(shelved) ? this.#stoodIn(asking, shelved, 'shelf') : null
  }

  #stoodIn({ at, key }: Asking, copy: Copy, tier: Tier): Found {
    this.figures.stoodIn += 1
    this.figures.tiers[tier].stale += 1
    const freshUntil = at.now() + STANDS_IN_MS
    const detail = 'stale-if-error'
    this.#memory.keep(key, copy, freshUntil, detail)
    const hitTtlMs = Math.min(-1000, copy.readAt + copy.lifetimeMs - at.now())
    return { copy, freshUntil, detail, cacheStatus: statusOf(tier, { hitTtlMs, detail }) }
  }

  #counted(tier: Tier, { say }: Verdict): void {
    this.figures.tiers[tier][say === 'stale' ? 'stale' : 'hits'] += 1
  }

  #goAlone(key: string, now: number): void {
    if (this.#alone.size >= ALONE_MAX) this.#alone.clear()
    this.#alone.set(key, now + ALONE_MS)
  }
}

function* tiersOf({ colo, shelf }: Surroundings, freshness: Freshness): Generator<[Tier, ByteStore]> {
  if (colo && freshness.coloSeconds > 0) yield ['colo', colo]
  if (shelf && freshness.isWorldwide) yield ['shelf', shelf]
}

const membersOf = (missed: { tier: Tier; fwd: 'miss' | 'stale' }[], stored: boolean): string[] =>
  missed.map(({ tier, fwd }) => statusOf(tier, { fwd, stored }))

/** A copy without tags is repeated for its memory's time from now; with tags, as far as it was judged. */
function untilOf(copy: Copy, verdict: Verdict, { memoryMs }: Freshness, now: number): number {
  if (copy.status !== 200 && copy.tags.length === 0) return Math.min(now + memoryMs, copy.readAt + copy.lifetimeMs)
  if (copy.tags.length === 0) return now + memoryMs
  return verdict.say === 'fresh' || verdict.say === 'stale' ? verdict.until : now
}

const hit = ({ readAt, lifetimeMs }: Copy, now: number) => ({ hitTtlMs: readAt + lifetimeMs - now })
const detailOf = (verdict: Verdict): string | null => ('isBlind' in verdict && verdict.isBlind ? EPOCHS_AWAY : null)

const isKnown = (tags: readonly string[], { at, tables }: Pick<Arrival, 'at' | 'tables'>): boolean =>
  at < knownSince(tags, tables) + STALENESS_BOUND_MS

/** A strong validator: sixteen bytes of SHA-256 of what is sent. */
async function sha256(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, 16)
  return `"${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

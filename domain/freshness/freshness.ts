/**
 * How fresh an answer must be, by class, and what may be done with a copy: say it, say it and fetch a newer one behind it,
 * ask the epochs first, or fetch anew. Pure: the clock, the dice and what is known of the epochs are handed in.
 *
 * The promise (docs/concepts/the-cache.md has the proof): a tagged answer reflects every change that was committed
 * `STALENESS_BOUND_MS` before it was asked for, as long as the epochs can be heard. When they cannot, a class says
 * whether its copies live on by their lifetime alone (open), or nothing but the database is believed (closed).
 */
import { isOutdated, knownSince, type EpochTables, type Stamp } from './epochs.ts'

/** How old an isolate's knowledge of the epochs may be, in ms: the bound, anywhere in the world. */
export const STALENESS_BOUND_MS = 2000
/** A shard looks into the outbox again when it is asked and its last look began longer ago than this. */
export const LOOK_EVERY_MS = 400
/** A data centre's isolates share what one of them has heard for so long. */
export const NEWS_SHARED_MS = 1000
/** With less than this left, an isolate asks behind an answer, so that nobody waits for the question. */
export const ASK_AHEAD_MS = 400

/** While the epochs are away, how long a copy of an open class is repeated before it is judged again. */
const REPEATED_BLINDLY_MS = 500
/** How long a copy past its lifetime is repeated while a newer one is on its way. */
const REPEATED_MEANWHILE_MS = 500
/** A copy from further in our future than this was stamped by a clock that is wrong. */
const CLOCKS_APART_MS = 5000

export interface Freshness {
  /** How long this isolate repeats a copy that has no tags, in ms. */
  memoryMs: number
  /** A copy's lifetime, in any tier; 0: in this isolate's memory only. */
  coloSeconds: number
  /** How old a copy may be when the database is away; 0: rather a fault. */
  staleIfErrorSeconds: number
  /** For how much longer than its lifetime a copy is said while a newer one is fetched behind it; a shorter life has less. */
  revalidateSeconds?: number
  /** How long it may be believed that something is not there, in ms; a thing that appears has a tag that says so. */
  notFoundMs?: number
  /** Its answers have tags: they are dropped when something of theirs changes. */
  isTagged?: boolean
  /** Kept in KV as well, and answered from there. */
  isWorldwide?: boolean
  /** Whoever asks makes up the question, so there is no end of them: none is worth a copy in KV, which bills each. */
  isMadeUp?: boolean
  /** When nobody knows what has changed: `open` (as given) lives on by lifetimes, `closed` asks the primary. */
  whenBlind?: 'open' | 'closed'
}

/** What a copy knows of itself. */
export interface Aged {
  /** When it was asked of the database, in ms. */
  readAt: number
  lifetimeMs: number
  tags: readonly string[]
  stamp: Stamp
}

/** What whoever looks at a copy knows of the world. */
export interface Known {
  tables: EpochTables
  /** The last write made from here; copies without tags from before it are outdated here. */
  wroteAt: number
  /** The last write made from here of which the epochs could not be asked. */
  doubtedAt: number
  /** Whether asking the epochs may help. */
  mayAsk: boolean
}

export type Verdict =
  /** Say it, until then without asking anybody. */
  | { say: 'fresh'; until: number; isBlind?: true }
  /** Say it, and fetch a newer one behind it. */
  | { say: 'stale'; until: number; isBlind?: true }
  /** Our knowledge is too old to tell: ask the epochs. */
  | { say: 'ask' }
  /** Something of it has changed. */
  | { say: 'outdated' }
  /** Too old, or nobody may say that it is not. */
  | { say: 'expired' }

/** What may be done with a copy now; `isBlind`: by its lifetime alone, because the epochs are away. Only a copy that is fresh or stale may be said while the database is well. */
export function judge(copy: Aged, known: Known, freshness: Freshness, now: number): Verdict {
  const isTagged = copy.tags.length > 0
  if (copy.readAt <= (isTagged ? known.doubtedAt : known.wroteAt)) return { say: 'outdated' }
  if (isTagged && isOutdated(copy.stamp, copy.tags, known.tables)) return { say: 'outdated' }
  let trustedUntil = isTagged ? knownSince(copy.tags, known.tables) + STALENESS_BOUND_MS : now + freshness.memoryMs
  const isBlind = isTagged && now >= trustedUntil
  if (isBlind) {
    if (known.mayAsk) return { say: 'ask' }
    if (freshness.whenBlind === 'closed') return { say: 'expired' }
    trustedUntil = now + REPEATED_BLINDLY_MS
  }
  const blindly = isBlind ? { isBlind } : {}
  if (copy.readAt > now + CLOCKS_APART_MS) return { say: 'expired' }
  const endsAt = copy.readAt + copy.lifetimeMs
  if (now < endsAt) return { say: 'fresh', until: isTagged ? Math.min(trustedUntil, endsAt) : trustedUntil, ...blindly }
  const meanwhileUntil = endsAt + revalidatedFor(copy.lifetimeMs, freshness)
  if (now >= meanwhileUntil) return { say: 'expired' }
  const until = Math.min(trustedUntil, meanwhileUntil, now + REPEATED_MEANWHILE_MS)
  return { say: 'stale', until, ...blindly }
}

/** How long after its end a copy is said while a newer one is fetched: in proportion, where stock has shortened its life. */
export const revalidatedFor = (lifetimeMs: number, freshness: Freshness): number =>
  (freshness.revalidateSeconds ?? 0) * 1000 * Math.min(1, lifetimeMs / wholeLifeOf(freshness))

const wholeLifeOf = ({ coloSeconds, memoryMs }: Freshness): number => Math.max(coloSeconds * 1000, memoryMs, 1)

/** Whether a copy may be said when the database does not answer, however it is judged otherwise. */
export const mayStandIn = ({ readAt }: Aged, { staleIfErrorSeconds }: Freshness, now: number): boolean =>
  now - readAt < staleIfErrorSeconds * 1000

/** From how many units on a product is in no hurry. */
const PLENTY_UNITS = 100
/** What is nearly gone is looked at this often, and no oftener. */
const LIFETIME_LEAST_MS = 1000

/**
 * The lifetime of an answer: the fewer units it tells of, the shorter. What is sold out lives as long as what is plentiful:
 * its coming back is a change of its own, with a tag. `mostMs`: what it was made of is not good for longer.
 */
export function lifetimeOf(freshness: Freshness, unitsLeft: number | null, mostMs = Infinity): number {
  const whole = Math.min(wholeLifeOf(freshness), mostMs)
  if (unitsLeft === null || unitsLeft <= 0 || unitsLeft >= PLENTY_UNITS) return whole
  return Math.max(Math.min(LIFETIME_LEAST_MS, whole), Math.floor((whole * unitsLeft) / PLENTY_UNITS))
}

/**
 * Whether this reader fetches the next copy before the present one ends: the likelier, the closer the end and the longer
 * a fetch takes, so that among many about one does (Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache
 * Stampede Prevention", VLDB 2015). `fraction` in [0, 1).
 */
export function refreshesEarly(
  { readAt, lifetimeMs, tookMs }: Pick<Aged, 'readAt' | 'lifetimeMs'> & { tookMs: number },
  now: number,
  fraction: number,
): boolean {
  return now - tookMs * Math.log(1 - fraction) >= readAt + lifetimeMs
}

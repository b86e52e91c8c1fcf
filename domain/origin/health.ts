/**
 * How well an origin does, as seen from its answers: asked (closed), left alone for a while after too many bad answers in
 * a row (open), tried with one request at a time afterwards (half open). A state is a plain value; whoever asks keeps it.
 */
import type { BreakerSettings } from './rule-file.ts'

export interface Health {
  badInRow: number
  /** When it may be tried again; null: it is well. */
  openUntil: number | null
  /** How often it was given up on without having recovered since. */
  openings: number
  /** When the one request that tries it left; null: none is under way. */
  probingSince: number | null
  goodProbes: number
}

export const WELL: Health = { badInRow: 0, openUntil: null, openings: 0, probingSince: null, goodProbes: 0 }

/** One good answer may be luck. */
const GOOD_PROBES_NEEDED = 2
export const REST_MS_MAX = 5 * 60_000
/** A probe that nobody has heard of for so long is lost, and another may go. */
const PROBE_LOST_MS = 30_000

export type Asking = 'ask' | 'probe' | 'leave'

/** Whether it may be asked now. Whoever is told `probe` says so with `probeLeft`, so that only one goes. */
export function mayAsk({ openUntil, probingSince }: Health, now: number): Asking {
  if (openUntil === null) return 'ask'
  if (now < openUntil) return 'leave'
  return probingSince === null || now - probingSince >= PROBE_LOST_MS ? 'probe' : 'leave'
}

export const probeLeft = (health: Health, now: number): Health => ({ ...health, probingSince: now })

export function afterAnswer(health: Health, isGood: boolean, now: number, settings: BreakerSettings): Health {
  if (health.openUntil !== null) return isGood ? recovering(health) : opened(health, now, settings)
  if (isGood) return health.badInRow === 0 ? health : { ...health, badInRow: 0 }
  const badInRow = health.badInRow + 1
  return badInRow >= settings.badInRow ? opened(health, now, settings) : { ...health, badInRow }
}

function recovering(health: Health): Health {
  const goodProbes = health.goodProbes + 1
  return goodProbes >= GOOD_PROBES_NEEDED ? WELL : { ...health, goodProbes, probingSince: null }
}

/** An answer to a request that left before it was opened opens it no further: that was one outage. */
function opened(health: Health, now: number, { restMs }: BreakerSettings): Health {
  if (health.openUntil !== null && now < health.openUntil) return health
  const openings = health.openings + 1
  const rest = Math.min(REST_MS_MAX, restMs * 2 ** (openings - 1))
  return { badInRow: 0, openUntil: now + rest, openings, probingSince: null, goodProbes: 0 }
}

/** Others have found that it does badly: it is left alone until then, and tried as if that had been found out here. */
export function whenToldToRest(health: Health, until: number): Health {
  if (health.openUntil !== null && health.openUntil >= until) return health
  return { badInRow: 0, openUntil: until, openings: Math.max(1, health.openings), probingSince: null, goodProbes: 0 }
}

/** What of an answer says that the origin itself is unwell. A 500 may be one page's; these are the machine's, or nobody's. */
export const isBadStatus = (status: number): boolean =>
  status === 502 || status === 503 || status === 504 || status > 599

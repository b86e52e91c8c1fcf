/**
 * Gradient2 (Netflix, concurrency-limits): how much may be under way at once, learnt from how long it takes. While answers
 * take about as long as they have lately, the limit grows a little with each look; when they take longer it shrinks in
 * proportion, as a queue is forming. Why this one: docs/decisions/013-shedding.md.
 */
export interface Bounds {
  least: number
  most: number
}

export interface Gradient {
  limit: number
  /** What is usual, ms; 0: nothing has been seen. */
  longRttMs: number
  seen: number
}

/** What was seen in one window. */
export interface Sample {
  /** On average. */
  rttMs: number
  /** At most at once. */
  inFlight: number
  /** Something was refused or lost further down. */
  dropped: boolean
}

/** The usual is the exponential average of so many windows, and of the first few their plain mean. */
const LONG_WINDOW = 600
const WARM_UP = 10
/** So much longer than usual is no sign of a queue yet. */
const TOLERANCE = 1.5
const SMOOTHING = 0.2
/** How much may always wait, so that there is something to measure. */
const QUEUE = 4

export const gradientAtFirst = (limit: number): Gradient => ({ limit, longRttMs: 0, seen: 0 })

/** The limit after one more look. */
export function look(state: Gradient, { rttMs, inFlight, dropped }: Sample, { least, most }: Bounds): Gradient {
  const seen = state.seen + 1
  const clamp = (limit: number): number => Math.max(least, Math.min(most, limit))
  // What is below us has refused: that says more than any time it took (AIMD, by a tenth).
  if (dropped) return { ...state, seen, limit: clamp(Math.floor(state.limit * 0.9)) }
  const factor = seen <= WARM_UP ? 1 / seen : 2 / (LONG_WINDOW + 1)
  const average = state.longRttMs === 0 ? rttMs : state.longRttMs + (rttMs - state.longRttMs) * factor
  // The load has gone: what was usual under it is forgotten faster than it was learnt.
  const longRttMs = average / rttMs > 2 ? average * 0.95 : average
  // Nobody is at the limit: what is measured says nothing about it.
  if (inFlight < state.limit / 2) return { limit: clamp(state.limit), longRttMs, seen }
  const gradient = Math.max(0.5, Math.min(1, (TOLERANCE * longRttMs) / rttMs))
  const wanted = state.limit * gradient + QUEUE
  return { limit: clamp(state.limit * (1 - SMOOTHING) + wanted * SMOOTHING), longRttMs, seen }
}

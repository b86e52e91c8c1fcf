/**
 * The generic cell rate algorithm (ITU-T I.371; as a virtual schedule): how often something may happen, exactly, with one
 * number for each key.
 *
 * That number is the theoretical arrival time, *tat*: the instant until which what was let in so far has used the rate up.
 * It runs ahead of the clock by at most `burst` permits, so that over any window no more passes than `burst` plus the
 * rate, and whoever rested may take the whole burst at once. Instants and steps are whole microseconds: at sixty a minute
 * or six thousand nothing is ever rounded in anybody's favour.
 */
import { assert } from '../basics/assert.ts'

export interface Rate {
  /** Permits that grow back in one window. At least 1. */
  units: number
  windowMs: number
  /** Permits that are there at once after a rest. At least 1. */
  burst: number
}

/** µs since the epoch; missing: never used. */
export type Tat = number | undefined

export type Verdict =
  | { allowed: true; tat: number; remaining: number; resetMs: number }
  /** `retryMs`: after so long the same cost would pass; null: it never will. */
  | { allowed: false; tat: Tat; remaining: number; resetMs: number; retryMs: number | null }

const US = 1000

/** What one permit costs in time, µs; rounded up, so that an odd rate is never exceeded. */
export const stepOf = ({ units, windowMs }: Rate): number => Math.ceil((windowMs * US) / units)

/**
 * The tat, as far as it is believed: no further ahead of the clock than what use can bring about, a window and two bursts.
 * A clock that was wrong by hours and is set back would otherwise keep everybody out for as long. To be kept, or it would
 * run ahead of the clock again at the next look.
 */
export function believed(rate: Rate, tat: Tat, now: number): Tat {
  if (tat === undefined) return tat
  return Math.min(tat, (now + rate.windowMs) * US + 2 * rate.burst * stepOf(rate))
}

/**
 * Whether `cost` permits may be taken at `now` (ms). Refused, or for nothing (`cost` 0: a peek), it changes nothing, but that
 * the tat is what is believed of it.
 */
export function judge(rate: Rate, told: Tat, now: number, cost = 1): Verdict {
  assert(Number.isInteger(cost) && cost >= 0, `a cost is a whole number, not ${cost}`)
  const tat = believed(rate, told, now)
  const step = stepOf(rate)
  const at = now * US
  const before = Math.max(at, tat ?? 0)
  const depth = rate.burst * step
  const after = before + cost * step
  if (after - at <= depth) {
    const taken = cost === 0 ? (tat ?? before) : after
    return { allowed: true, tat: taken, ...stateAt(after, at, depth, step) }
  }
  const retryMs = cost > rate.burst ? null : (after - depth - at) / US
  return { allowed: false, tat, ...stateAt(before, at, depth, step), retryMs }
}

/** How many of `want` permits there are at `now` (ms), and the tat once they are taken. */
export function takeUpTo(rate: Rate, tat: Tat, now: number, want: number): { granted: number; tat: Tat } {
  const { remaining } = judge(rate, tat, now, 0)
  const granted = Math.min(want, remaining)
  return granted > 0 ? { granted, tat: Math.max(now * US, tat ?? 0) + granted * stepOf(rate) } : { granted, tat }
}

/** Permits that were used without being asked for: they count all the same, and may be more than there were. */
export const owing = (rate: Rate, tat: Tat, now: number, owed: number): Tat =>
  owed > 0 ? Math.max(now * US, tat ?? 0) + owed * stepOf(rate) : tat

/**
 * Permits that come back unused. `leastAheadMs`: how far the tat was ahead of the clock at the least since they were
 * granted, at every use and now. Had they not been taken it would have been by so much less, and no less than nothing: a
 * bucket that would have been full would have run over, and what runs over is not given back. So the tat becomes exactly
 * what it would have been.
 */
export function giveBack(rate: Rate, tat: Tat, unused: number, leastAheadMs: number): Tat {
  if (tat === undefined || unused <= 0) return tat
  return tat - Math.max(0, Math.min(unused * stepOf(rate), Math.floor(leastAheadMs * US)))
}

/** How far the tat is ahead of the clock, ms. */
export const aheadMs = (tat: Tat, now: number): number => Math.max(0, ((tat ?? 0) - now * US) / US)

/** From when on a key is as if it had never been used, ms; its tat may then be forgotten. */
export const restedAt = (tat: Tat): number => Math.ceil((tat ?? 0) / US)

function stateAt(tat: number, at: number, depth: number, step: number): { remaining: number; resetMs: number } {
  return { remaining: Math.max(0, Math.floor((depth - (tat - at)) / step)), resetMs: (tat - at) / US }
}

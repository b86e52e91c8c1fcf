/**
 * How an origin answered, as all isolates together have seen it in the last seconds; and who of a pool is an outlier: does
 * badly while another does well. Where all do badly it is the network, or the requests, and leaving one alone helps nobody.
 */
export interface Tally {
  answers: number
  bad: number
  /** Of all answers together, to their first byte. */
  tookMs: number
}

export const NONE: Tally = { answers: 0, bad: 0, tookMs: 0 }

export const sum = (a: Tally, b: Tally): Tally => ({
  answers: a.answers + b.answers,
  bad: a.bad + b.bad,
  tookMs: a.tookMs + b.tookMs,
})

/** Two halves, so that what counts is always of five to ten seconds. */
export interface Lately {
  since: number
  now: Tally
  before: Tally
}

const HALF_MS = 5000

export const nothingLately = (now: number): Lately => ({ since: now, now: NONE, before: NONE })

export function counted(known: Lately, tally: Tally, now: number): Lately {
  const rolled = at(known, now)
  return { ...rolled, now: sum(rolled.now, tally) }
}

export function lately(known: Lately, now: number): Tally {
  const rolled = at(known, now)
  return sum(rolled.now, rolled.before)
}

/** A clock that went back begins anew: what was counted is of no time we know. */
function at(known: Lately, now: number): Lately {
  const ago = now - known.since
  if (ago >= 0 && ago < HALF_MS) return known
  if (ago >= HALF_MS && ago < 2 * HALF_MS) return { since: known.since + HALF_MS, now: NONE, before: known.now }
  return nothingLately(now)
}

/** Fewer may all be one page's; half as many are enough where not one was good: what a single breaker opens at. */
const JUDGED_FROM = 10
/** The others must have shown something, however little: a backup has only just begun. */
const COMPARED_FROM = 3

/** Half of its answers are bad, and the others' share is less than half of that. */
export function isOutlier(mine: Tally, others: Tally): boolean {
  if (mine.answers < (mine.bad === mine.answers ? JUDGED_FROM / 2 : JUDGED_FROM) || others.answers < COMPARED_FROM)
    return false
  const share = mine.bad / mine.answers
  return share >= 0.5 && others.bad / others.answers < share / 2
}

/**
 * Pace: how fast one endpoint of the provider may be called, and when next (SPEC PCE).
 *
 * A token bucket that holds one token, written as the time of the next one ("virtual scheduling", ITU-T I.371): a permit
 * is an instant, and the next permit is at least a gap later. So permits never come in a burst, and a whole batch can be
 * told at once when each of its calls may start. The rate follows AIMD (Chiu and Jain, 1989): cut when the provider
 * pushes back, raised again a little every second.
 *
 * Pure: plain values in, plain values out. Instants are ms of the pacer's own clock.
 */

/** What the provider allows, a second. Stripe, live: docs.stripe.com/rate-limits. */
export interface Limits {
  perEndpoint: number
  perAccount: number
}

export const STRIPE_LIMITS: Limits = { perEndpoint: 25, perAccount: 100 }

/** The limits of an account for which Stripe has agreed on others; Stripe's usual ones when the text is no number. */
export function limitsFor(perEndpoint: string): Limits {
  const calls = Number(perEndpoint)
  return Number.isFinite(calls) && calls >= 1 ? { perEndpoint: calls, perAccount: 4 * calls } : STRIPE_LIMITS
}

/**
 * What a settler allows itself while the pacer is away: per isolate, of which a busy queue has a few. A twelfth, so that
 * a dozen isolates that can not see each other still stay within the limit.
 */
export const ALONE_LIMITS: Limits = { perEndpoint: 2, perAccount: 8 }

/** Calls arrive less evenly than they were sent; a little below the limit few of them meet it. */
const SHARE_USED = 0.92
/** Permits are given out for the next two seconds at most: long enough for a batch, short enough to change our mind. */
export const HORIZON_MS = 2_000
/** However hard the provider pushes back, somebody tries now and then. */
const RATE_LEAST = 1
const AFTER_REFUSAL = 0.7
const AFTER_SLOWNESS = 0.85
/** Refusals of one moment are one refusal: the calls were under way together. */
const EASE_AGAIN_MS = 1_000
/** Of the full rate, regained each second. From seven tenths back to all of it in a quarter of a minute. */
const REGAINED_A_SECOND = 0.02
const RETRY_AFTER_MOST_MS = 60_000
/** Answers that take this many times as long as they usually do, and longer than this, say that the provider labours. */
const SLOW_FACTOR = 3
const SLOW_LEAST_MS = 1_000
/** The usual time is learnt from about so many calls. */
const USUAL_OVER_CALLS = 200
/** A row on disk is this far ahead of the permits, so that few permits cost a write. */
export const WRITE_AHEAD_MS = 1_000

export interface Pace {
  /** Permits a second at `rateSince`; more by now. */
  rate: number
  rateSince: number
  /** The next permit is for no earlier than this. */
  nextAt: number
  /** The provider asked for silence until then. */
  pausedUntil: number
  /** How long an answer usually takes, ms; null: not known yet. */
  usualMs: number | null
}

export const rateMost = ({ perEndpoint }: Pick<Limits, 'perEndpoint'>): number => perEndpoint * SHARE_USED

export const newPace = (limits: Limits, now: number): Pace => ({
  rate: rateMost(limits),
  rateSince: now,
  nextAt: now,
  pausedUntil: 0,
  usualMs: null,
})

/** Permits a second, now: what it was, and what has been regained since. */
export function rateAt({ rate, rateSince }: Pace, limits: Limits, now: number): number {
  const most = rateMost(limits)
  const regained = (Math.max(0, now - rateSince) / 1000) * REGAINED_A_SECOND * most
  return Math.min(most, rate + regained)
}

/** The earliest instant for one more call, which may be later than the horizon. */
export const nextPermitAt = ({ nextAt, pausedUntil }: Pace, now: number): number => Math.max(now, nextAt, pausedUntil)

/** The pace after a permit for `at`. */
export const withPermit = (pace: Pace, limits: Limits, at: number, now: number): Pace => ({
  ...pace,
  nextAt: at + 1000 / rateAt(pace, limits, now),
})

/**
 * The pace as it may be at this instant. What lies further ahead than can be was written before the clock went back: the
 * permits that were given then still lie ahead of us for as long as permits may, and no longer.
 */
export function withoutFuture(pace: Pace, limits: Limits, now: number): Pace {
  const gapMostMs = 1000 / Math.min(RATE_LEAST, rateMost(limits))
  const nextAt = Math.min(pace.nextAt, now + HORIZON_MS + gapMostMs + WRITE_AHEAD_MS)
  const pausedUntil = Math.min(pace.pausedUntil, now + RETRY_AFTER_MOST_MS)
  const rateSince = Math.min(pace.rateSince, now)
  const same = nextAt === pace.nextAt && pausedUntil === pace.pausedUntil && rateSince === pace.rateSince
  return same ? pace : { ...pace, nextAt, pausedUntil, rateSince }
}

/** After the provider said "too many requests". Said several times within a second, it counts once. */
export function refused(pace: Pace, limits: Limits, retryAfterMs: number | null, now: number): Pace {
  const eased = easedBy(pace, limits, AFTER_REFUSAL, now)
  if (retryAfterMs === null) return eased
  const until = now + Math.min(retryAfterMs, RETRY_AFTER_MOST_MS)
  return { ...eased, pausedUntil: Math.max(eased.pausedUntil, until) }
}

/** After answers that took `averageMs`: slower when that is unusually long, and wiser about what is usual. */
export function answered(pace: Pace, limits: Limits, calls: number, averageMs: number, now: number): Pace {
  const usual = pace.usualMs ?? averageMs
  const labours = averageMs > SLOW_LEAST_MS && averageMs > usual * SLOW_FACTOR
  const usualMs = usual + (averageMs - usual) * Math.min(1, calls / USUAL_OVER_CALLS)
  return { ...(labours ? easedBy(pace, limits, AFTER_SLOWNESS, now) : pace), usualMs }
}

function easedBy(pace: Pace, limits: Limits, factor: number, now: number): Pace {
  const justEased = pace.rate < rateMost(limits) && now - pace.rateSince < EASE_AGAIN_MS
  if (justEased) return pace
  return { ...pace, rate: Math.max(RATE_LEAST, rateAt(pace, limits, now) * factor), rateSince: now }
}

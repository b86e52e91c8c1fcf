/**
 * The retry budget (Google, "Site Reliability Engineering", ch. 21): every first call earns a tenth of a repeat, so that
 * however badly things go the provider gets hardly more than 1.1 calls for each that was needed. A trickle beside it
 * lets a quiet store repeat the one call it has.
 */
const EARNED_BY_A_FIRST = 0.1
/** One repeat in twenty seconds, whatever happens: a payment in doubt must come to an end. */
const TRICKLE_A_SECOND = 0.05
const KEPT_MOST = 20
const AT_FIRST = 5

export interface RetryBudget {
  /** Repeats that are paid for, at `since`. */
  repeats: number
  since: number
}

/** As it may be at this instant: a clock that went back must not stop the trickle. */
export const budgetAt = ({ repeats, since }: RetryBudget, now: number): RetryBudget => ({
  repeats: Math.min(KEPT_MOST, repeats + (Math.max(0, now - since) / 1000) * TRICKLE_A_SECOND),
  since: now,
})

export const newBudget = (now: number): RetryBudget => ({ repeats: AT_FIRST, since: now })

export const earned = ({ repeats, since }: RetryBudget): RetryBudget => ({
  repeats: Math.min(KEPT_MOST, repeats + EARNED_BY_A_FIRST),
  since,
})

export const spent = ({ repeats, since }: RetryBudget): RetryBudget => ({ repeats: repeats - 1, since })

/** A repeat was paid for that was not made. */
export const returned = ({ repeats, since }: RetryBudget): RetryBudget => ({
  repeats: Math.min(KEPT_MOST, repeats + 1),
  since,
})

/** How long until a repeat is paid for by the trickle alone, ms; 0: it is. */
export const repeatInMs = ({ repeats }: RetryBudget): number => Math.max(0, ((1 - repeats) / TRICKLE_A_SECOND) * 1000)

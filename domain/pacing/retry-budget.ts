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

export const newBudget = (now: number): RetryBudget => ({ repeats: AT_FIRST, since: now })

export const repeatsAt = ({ repeats, since }: RetryBudget, now: number): number =>
  Math.min(KEPT_MOST, repeats + (Math.max(0, now - since) / 1000) * TRICKLE_A_SECOND)

export const earned = (budget: RetryBudget, now: number): RetryBudget => ({
  repeats: Math.min(KEPT_MOST, repeatsAt(budget, now) + EARNED_BY_A_FIRST),
  since: now,
})

export const spent = (budget: RetryBudget, now: number): RetryBudget => ({
  repeats: Math.max(0, repeatsAt(budget, now) - 1),
  since: now,
})

/** How long until a repeat is paid for by the trickle alone, ms; 0: it is. */
export const repeatInMs = (budget: RetryBudget, now: number): number =>
  Math.max(0, ((1 - repeatsAt(budget, now)) / TRICKLE_A_SECOND) * 1000)

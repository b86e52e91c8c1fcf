/**
 * A canary is withdrawn when it does clearly worse than the rest of its pool: more bad answers, or much slower ones. What
 * is withdrawn stays so until an operator puts it back: a canary that recovers by being left alone has shown nothing.
 */
import { sum, type Tally } from './tally.ts'

/** Old answers fade: what counts is about the last so many. */
const REMEMBERED = 500
const JUDGED_FROM = 30

/** What was shown so far, and since. */
export function shown(before: Tally, since: Tally): Tally {
  if (before.answers < REMEMBERED) return sum(before, since)
  return sum({ answers: before.answers / 2, bad: before.bad / 2, tookMs: before.tookMs / 2 }, since)
}

export type Verdict = 'goes on' | 'withdrawn: errors' | 'withdrawn: slow'

/**
 * Errors: the canary's share is above the others' by more than three standard errors of the difference, and by at least
 * two in a hundred. Slow: its mean is more than twice theirs, and 100 ms.
 */
export function judgeCanary(canary: Tally, others: Tally): Verdict {
  if (canary.answers < JUDGED_FROM) return 'goes on'
  const [mine, theirs] = [canary.bad / canary.answers, others.answers === 0 ? 0 : others.bad / others.answers]
  const pooled = (canary.bad + others.bad) / (canary.answers + others.answers)
  const spread = 1 / canary.answers + (others.answers === 0 ? 0 : 1 / others.answers)
  const threshold = Math.max(0.02, 3 * Math.sqrt(pooled * (1 - pooled) * spread))
  if (others.answers === 0 ? mine > 0.5 : mine - theirs > threshold) return 'withdrawn: errors'
  if (others.answers < JUDGED_FROM) return 'goes on'
  const [slow, usual] = [canary.tookMs / canary.answers, others.tookMs / others.answers]
  return slow > 2 * usual && slow - usual > 100 ? 'withdrawn: slow' : 'goes on'
}

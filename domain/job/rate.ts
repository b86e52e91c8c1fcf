/**
 * The rate of a type, as a bucket of tokens. A job takes one when an attempt begins. No more are handed out than there are
 * tokens, so whoever was handed out finds one, however late it is claimed, and more than `burst` never begin at once.
 */
import type { JobRate } from '../message/job-desk.ts'

export interface RateRow extends JobRate {
  type: string
  /** As of `since`; may be a fraction. */
  tokens: number
  since: number
  /** Jobs that were let out of this line and have not begun. */
  out: number
  /** When the next one may be let out; null: nobody waits. */
  dueAt: number | null
}

/** A float's error over a million steps is less. */
const ALMOST = 1e-6

export const newRate = (type: string, { perSecond, burst }: JobRate, now: number): RateRow => ({
  ...{ type, perSecond, burst, tokens: burst, since: now, out: 0, dueAt: null },
})

/** The same bucket, filled up to now. A clock that went back fills nothing. */
export function refilled(row: RateRow, now: number): RateRow {
  const elapsedMs = Math.max(0, now - row.since)
  const tokens = Math.min(row.burst, row.tokens + (elapsedMs / 1000) * row.perSecond)
  return { ...row, tokens, since: Math.max(row.since, now) }
}

/** How many more may be let out, of a bucket that was filled up to now. */
export const lettable = ({ tokens, out }: RateRow): number => Math.max(0, Math.floor(tokens + ALMOST) - out)

/** Whether one may begin. */
export const hasToken = ({ tokens }: RateRow): boolean => tokens + ALMOST >= 1

/** When one more may be let out. At least a millisecond ahead, or an alarm would ring in vain. */
export const nextLettableAt = ({ tokens, out, perSecond, since, burst }: RateRow): number | null =>
  out + 1 > burst ? null : since + Math.max(1, Math.ceil(((out + 1 - tokens) / perSecond) * 1000))

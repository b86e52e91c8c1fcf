/**
 * What is known of an origin from asking it on nobody's behalf: ill after so many bad answers in a row, well again after
 * so many good ones. The first good answer of one that was never asked is enough, since nothing speaks against it.
 */
import type { CheckupSettings } from './rule-file.ts'

export interface Checkup {
  verdict: 'unknown' | 'well' | 'ill'
  /** Answers in a row that speak against the verdict. */
  against: number
  /** The last answer; null: there was none yet. */
  last: CheckupAnswer | null
}

export interface CheckupAnswer {
  /** When it was asked. */
  at: number
  tookMs: number
  /** Null: it did not answer in time, or at all. */
  status: number | null
}

export const NEVER_CHECKED: Checkup = { verdict: 'unknown', against: 0, last: null }

export function afterCheckup(before: Checkup, answer: CheckupAnswer, settings: CheckupSettings): Checkup {
  const { verdict } = before
  const isGood = answer.status !== null && settings.statuses.includes(answer.status)
  if (isGood === (verdict !== 'ill')) return { verdict: isGood ? 'well' : 'ill', against: 0, last: answer }
  const against = before.against + 1
  const isEnough = against >= (isGood ? settings.wellAfter : settings.illAfter)
  return isEnough ? { verdict: isGood ? 'well' : 'ill', against: 0, last: answer } : { verdict, against, last: answer }
}

/** What an alert says to people: on the board, in a letter, in a chat. Plain English, and short enough for a phone. */
import type { Alert, Notice } from './alert.ts'
import { FAILURE_RATE } from './rules.ts'

/** What is the matter, as a sentence without its end. */
export function alertInWords({
  rule,
  subject,
  value,
  most,
}: Pick<Alert, 'rule' | 'subject' | 'value' | 'most'>): string {
  switch (rule) {
    case 'queue_age':
      return `The oldest job in the lane ${subject} has waited ${spanInWords(value)}; ${spanInWords(most)} is usual at most`
    case 'failure_rate':
      return `${percent(value)} of the attempts of ${subject} failed in the last ${FAILURE_RATE.windowMs / 60_000} minutes; more than ${percent(most)} is too much`
    case 'dead_letters':
      return value === 1 ? 'One job was given up on' : `${value} jobs were given up on`
    case 'schedule_overdue':
      return `A schedule should have fired ${spanInWords(value)} ago and has not`
    case 'shards_silent':
      return `${value} of the objects that keep the jobs ${value === 1 ? 'does' : 'do'} not answer`
  }
}

export const noticeInWords = (notice: Notice): string =>
  notice.kind === 'began' ? `${alertInWords(notice)}.` : `Over: ${alertInWords(notice)}.`

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** `45 s`, `5 min`, `2 h 5 min`. */
export function spanInWords(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 90) return `${whole} s`
  const minutes = Math.round(whole / 60)
  if (minutes < 60) return `${minutes} min`
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

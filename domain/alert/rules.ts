/**
 * When somebody should be told: the thresholds, and what of a look at the jobs and schedules is past them. The same numbers
 * are written into the rules for Prometheus (prometheus.ts), so that both say the same.
 */
import { LANES } from '../job/job.ts'
import type { JobFigures, Lane } from '../message/job-desk.ts'
import type { ScheduleFigures } from '../message/schedule-desk.ts'

export type AlertRule = 'queue_age' | 'failure_rate' | 'dead_letters' | 'schedule_overdue' | 'shards_silent'

/**
 * How long the oldest due job of a lane may wait, in seconds: what a buyer watches is late after one minute, what nobody
 * watches after five, and bulk work is made to wait.
 */
export const QUEUE_AGE_MOST_S: Readonly<Record<Lane, number>> = { critical: 60, default: 300, bulk: 3600 }
/** Of the attempts of one type that ended in the window; of fewer attempts a share says nothing. */
export const FAILURE_RATE = { most: 0.1, attemptsLeast: 20, windowMs: 600_000 } as const
/** Each is work that somebody asked for and nobody does any more. */
export const DEAD_LETTERS_MOST = 0
/** A firing has its second; a minute late, nobody fires it. */
export const OVERDUE_MOST_S = 60
/** Objects move at a deploy and answer again after a moment. */
export const SILENT_FOR_MS = 60_000

/** One look at a store's jobs and schedules, added up. */
export interface Look {
  /** ms. */
  at: number
  jobs: JobFigures
  schedules: ScheduleFigures
  /** How many of the store's shards did not answer: what they know is missing from the sums. */
  silent: number
}

/** How many attempts of each type had ended, well and not, at an instant. */
export interface Sample {
  at: number
  ended: Record<string, { succeeded: number; failed: number }>
}

export interface Finding {
  rule: AlertRule
  /** Which of them: a lane, a type of job; '' where there is but one. */
  subject: string
  value: number
  /** What it may be at most. */
  most: number
}

/** For so long it must be found before anybody is told. */
export const patienceMsOf = (rule: AlertRule): number => (rule === 'shards_silent' ? SILENT_FOR_MS : 0)

/** All that is past a threshold. `since`: an earlier look to compare with; null: there is none that is old enough. */
export const findingsIn = (look: Look, since: Sample | null): Finding[] => [
  ...LANES.flatMap((lane) => oldIn(look, lane)),
  ...(since === null || look.silent > 0 ? [] : failingIn(look, since)),
  ...past('dead_letters', '', look.jobs.states.dead ?? 0, DEAD_LETTERS_MOST),
  ...past('schedule_overdue', '', secondsSince(look, look.schedules.overdue.oldestDueAt), OVERDUE_MOST_S),
  ...past('shards_silent', '', look.silent, 0),
]

const past = (rule: AlertRule, subject: string, value: number, most: number): Finding[] =>
  value > most ? [{ rule, subject, value, most }] : []

const secondsSince = ({ at }: Look, instant: number | null): number => (instant === null ? 0 : (at - instant) / 1000)

const oldIn = (look: Look, lane: Lane): Finding[] =>
  past('queue_age', lane, secondsSince(look, look.jobs.lanes[lane].oldestQueuedAt), QUEUE_AGE_MOST_S[lane])

/** By type: one that always fails must not hide behind many that never do. */
function failingIn(look: Look, since: Sample): Finding[] {
  const { ended } = sampleOf(look)
  return Object.entries(ended).flatMap(([type, now]) => {
    const before = since.ended[type] ?? { succeeded: 0, failed: 0 }
    const failed = Math.max(0, now.failed - before.failed)
    const all = failed + Math.max(0, now.succeeded - before.succeeded)
    return all < FAILURE_RATE.attemptsLeast ? [] : past('failure_rate', type, failed / all, FAILURE_RATE.most)
  })
}

/** What to remember of a look, for later ones to compare with. */
export const sampleOf = ({ at, jobs }: Look): Sample => ({
  at,
  ended: Object.fromEntries(
    jobs.totals.map(({ type, succeeded, failedAttempts }) => [type, { succeeded, failed: failedAttempts }]),
  ),
})

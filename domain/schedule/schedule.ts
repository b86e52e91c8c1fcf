/**
 * A schedule as its shard keeps it, and its plan: the instants at which it is to fire, in their order.
 *
 * The plan is walked from slot to slot: `decidedUntil` is the last instant up to which every slot has been decided, and
 * the next one is looked for from there, never from the clock. So a clock that jumps, an alarm that comes early, late or
 * twice, and a restart all find the same next slot.
 */
import { assert } from '../basics/assert.ts'
import type { DropMoments, RunOutcome, RunView, ScheduleTerms, ScheduleView, Timing } from '../message/schedule-desk.ts'
import type { Calendar } from './calendar.ts'

export interface ScheduleRecord {
  id: string
  storeId: string
  /** What makes a repeat of its adding the same schedule. */
  onceKey: string
  by: string
  terms: ScheduleTerms
  isPaused: boolean
  /** Every planned instant up to here has been decided. */
  decidedUntil: number
  /** The next planned instant; null: none, or not known. Goes on being it while the schedule is paused. */
  nextAt: number | null
  /** When that is to be fired: later than planned by its jitter. */
  fireAt: number | null
  /** When to look at it again: at `fireAt`, or later after a fault. Null: paused, or nothing is planned. */
  dueAt: number | null
  /** Planned firings so far. */
  runs: number
  lastJobId: string | null
  /** When its drop's moment is, as last told; null: it has none, or nobody knows. */
  momentAt: number | null
  /** Rows in its ledger, and the latest slot of those that were cleared away. */
  ledgerRows: number
  forgottenUntil: number
  version: number
  createdAt: number
  changedAt: number
}

export interface RunRecord extends RunView {
  /** What may happen once in a schedule: `at <instant>`, `by <key>` of a trigger. */
  slot: string
}

export const plannedSlot = (at: number): string => `at ${at}`
export const triggeredSlot = (key: string): string => `by ${key}`

/** Something was begun for the slot, or will be. */
export const hasFired = (outcome: RunOutcome): boolean => !outcome.startsWith('skipped')

/** The first planned instant strictly after another, within the schedule's own time; null: none. */
export function plannedAfter(
  { terms, momentAt }: { terms: Pick<ScheduleTerms, 'timing' | 'startsAt' | 'endsAt'>; momentAt: number | null },
  after: number,
  calendar: Calendar,
): number | null {
  const { timing, startsAt, endsAt } = terms
  const at = firstAfter(timing, momentAt, startsAt === null ? after : Math.max(after, startsAt - 1), calendar)
  assert(at === null || at > after, `a plan goes forward: ${at} after ${after}`)
  return at !== null && endsAt !== null && at >= endsAt ? null : at
}

function firstAfter(timing: Timing, momentAt: number | null, after: number, calendar: Calendar): number | null {
  switch (timing.kind) {
    case 'cron':
      return calendar.next(timing, after)
    case 'interval':
      return ticksAfter(timing, after)
    case 'once':
      return timing.at > after ? timing.at : null
    case 'drop': {
      const at = momentAt === null ? null : momentAt + timing.offsetMs
      return at !== null && at > after ? at : null
    }
  }
}

function ticksAfter({ everyMs, anchorAt }: Extract<Timing, { kind: 'interval' }>, after: number): number {
  if (after < anchorAt) return anchorAt
  return anchorAt + (Math.floor((after - anchorAt) / everyMs) + 1) * everyMs
}

/** When the moment is that a schedule waits for; null: it waits for none, or it is not known. */
export function momentOf(
  { timing }: Pick<ScheduleTerms, 'timing'>,
  moments: DropMoments,
  known: number | null = null,
): number | null {
  if (timing.kind !== 'drop') return null
  const told = moments[timing.moment]
  if (told === undefined) return known
  // What is told is when somebody looked: sold out since the first time.
  return timing.moment === 'sold_out' && told !== null && known !== null ? known : told
}

/** A schedule that nobody has planned yet. */
export const newSchedule = (
  added: Pick<ScheduleRecord, 'id' | 'storeId' | 'onceKey' | 'by'>,
  terms: ScheduleTerms,
  momentAt: number | null,
  now: number,
): ScheduleRecord => ({
  ...added,
  ...{ terms, isPaused: false, decidedUntil: now, nextAt: null, fireAt: null, dueAt: null, runs: 0 },
  ...{ lastJobId: null, momentAt, ledgerRows: 0, forgottenUntil: 0, version: 1, createdAt: now, changedAt: now },
})

export const scheduleView = (schedule: ScheduleRecord): ScheduleView => ({
  ...schedule.terms,
  ...{ id: schedule.id, storeId: schedule.storeId, isPaused: schedule.isPaused, runs: schedule.runs },
  nextAt: schedule.isPaused ? null : schedule.nextAt,
  ...{ lastJobId: schedule.lastJobId, by: schedule.by, version: schedule.version },
  ...{ createdAt: schedule.createdAt, changedAt: schedule.changedAt },
})

export const runView = ({ id, scheduleId, nominalAt, untilAt, firedAt, outcome, jobId }: RunRecord): RunView => ({
  ...{ id, scheduleId, nominalAt, untilAt, firedAt, outcome, jobId },
})

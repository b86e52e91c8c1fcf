/**
 * What is due of a plan, and what is to become of each slot: usually one slot that is right on time; after an outage, or
 * at the end of a pause, those that nobody was there for.
 */
import type { Random } from '../basics/random.ts'
import type { RunOutcome } from '../message/schedule-desk.ts'
import type { Calendar } from './calendar.ts'
import { plannedAfter, type ScheduleRecord } from './schedule.ts'

/** Slots that one turn decides one by one. Of more the older ones are passed over together, in one row that says so. */
export const SLOTS_AT_ONCE = 1_000
/** How many of those remain, to be decided one by one. */
const SLOTS_LEFT = 500

export interface Slot {
  nominalAt: number
  /** Planned, and so much later as its jitter says. */
  dueAt: number
}

export interface Backlog {
  /** In their order. */
  slots: Slot[]
  /** Passed over: from the first slot of them to an instant, exclusive. Null: none. */
  passed: { from: number; until: number } | null
  /** The first that is not due; null: there is none. */
  next: Slot | null
}

export interface Planning {
  calendar: Calendar
  random: Random
}

/** What is due of a schedule's plan. `ignoringJitter`: also what is only kept waiting by its jitter. */
export function backlogOf(
  schedule: ScheduleRecord,
  now: number,
  { calendar, random }: Planning,
  { ignoringJitter = false } = {},
): Backlog {
  const { nextAt, terms } = schedule
  const isDue = ({ nominalAt, dueAt }: Slot) => (ignoringJitter || schedule.isPaused ? nominalAt : dueAt) <= now
  const after = (at: number): Slot | null => {
    const next = plannedAfter(schedule, at, calendar)
    return next === null ? null : slotAt(next, terms.jitterMs, random)
  }
  let next = nextAt === null ? null : { nominalAt: nextAt, dueAt: schedule.fireAt ?? nextAt }
  let slots: Slot[] = []
  let passed = null as Backlog['passed']
  while (next !== null && isDue(next)) {
    if (slots.length < SLOTS_AT_ONCE) {
      slots.push(next)
      next = after(next.nominalAt)
    } else {
      const until = shortBefore(now, slots)
      passed = { from: passed?.from ?? slots[0]!.nominalAt, until }
      slots = []
      next = after(until - 1)
    }
  }
  return { slots, passed, next }
}

/** A planned instant, and when it fires: never earlier, and later by up to its jitter. */
export const slotAt = (nominalAt: number, jitterMs: number, random: Random): Slot => ({
  nominalAt,
  dueAt: jitterMs === 0 ? nominalAt : nominalAt + Math.floor(random.fraction() * jitterMs),
})

/** An instant after which some five hundred slots lie, at the pace of those that were counted. */
function shortBefore(now: number, slots: readonly Slot[]): number {
  const [first, last] = [slots[0]!.nominalAt, slots.at(-1)!.nominalAt]
  const pace = (last - first) / (slots.length - 1)
  return Math.max(last + 1, Math.floor(now - SLOTS_LEFT * pace))
}

/** What each slot would become if nothing else stood in its way. In their order. */
export function judge({ terms, isPaused }: ScheduleRecord, slots: readonly Slot[], now: number): RunOutcome[] {
  if (isPaused) return slots.map(() => 'skipped_paused')
  const { misfire, misfireAfterMs, blackouts } = terms
  const outcomes = slots.map(({ nominalAt, dueAt }): RunOutcome => {
    if (blackouts.some(({ from, until }) => nominalAt >= from && nominalAt < until)) return 'skipped_blackout'
    return now - dueAt > misfireAfterMs ? 'skipped_misfire' : 'fired'
  })
  let catchUp = misfire.kind === 'skip' ? 0 : misfire.kind === 'once' ? 1 : misfire.most
  // The latest of those missed: what they would have told is the least out of date.
  for (let i = outcomes.length - 1; i >= 0 && catchUp > 0; i--) {
    if (outcomes[i] !== 'skipped_misfire') continue
    outcomes[i] = 'caught_up'
    catchUp -= 1
  }
  return outcomes
}

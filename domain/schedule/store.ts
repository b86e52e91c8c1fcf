/** What the keeper of schedules needs of its storage. Rows are handed out whole and saved whole; none is changed in place. */
import type { RunPlace, ScheduleFigures } from '../message/schedule-desk.ts'
import type { RunRecord, ScheduleRecord } from './schedule.ts'

export interface ScheduleStore {
  /** All of the work, or, when it throws, none of it. Within another transaction it is a part of that one. */
  transaction<Result>(work: () => Result): Result

  schedule(id: string): ScheduleRecord | undefined
  scheduleOfKey(onceKey: string): ScheduleRecord | undefined
  save(schedule: ScheduleRecord): void
  /** The schedule and its ledger. */
  remove(id: string): void
  /** Newest first. */
  schedules(before: string | null, limit: number): ScheduleRecord[]
  ofDrop(drop: string): ScheduleRecord[]
  /** The earliest due first. */
  due(until: number, limit: number): ScheduleRecord[]
  nextDue(): number | null

  run(id: string): RunRecord | undefined
  /** The row of a slot. */
  runOf(scheduleId: string, slot: string): RunRecord | undefined
  /** Throws when the slot has a row. */
  insertRun(run: RunRecord): void
  saveRun(run: RunRecord): void
  /** Runs that wait for the last job of their schedule to end. */
  queuedRuns(): RunRecord[]
  queuedRunOf(scheduleId: string): RunRecord | undefined
  /** By their planned instants, the latest first; of all schedules when there is no id. */
  runs(scheduleId: string | null, before: RunPlace | null, limit: number): RunRecord[]
  /** Clears away the oldest of a schedule's rows; answers the latest planned instant among them. */
  forgetRuns(scheduleId: string, count: number): number

  tally(): ScheduleTally
  saveTally(tally: ScheduleTally): void
  counts(now: number): Pick<ScheduleFigures, 'schedules' | 'paused' | 'overdue'>
}

/** Totals since the rows began; they only grow. */
export type ScheduleTally = Pick<ScheduleFigures, 'runs' | 'lateMs' | 'lateBuckets'>

/**
 * What others ask of the objects that keep a store's schedules: the same objects that keep the jobs, so that a firing,
 * its job and the next instant are written in one turn. A schedule lives where its id says.
 */
import type { Decision } from '../basics/decision.ts'
import type { Backoff, JobRate, Lane } from './job-desk.ts'

/** When it fires. Instants ms since the epoch. */
export type Timing =
  | { kind: 'cron'; expression: string; zone: string; gap: GapRule; overlap: OverlapRule }
  /** Every so many ms from the anchor. */
  | { kind: 'interval'; everyMs: number; anchorAt: number }
  | { kind: 'once'; at: number }
  /** Moves when the drop moves. */
  | { kind: 'drop'; drop: string; moment: 'opening' | 'sold_out' | 'end'; offsetMs: number }

/** A wall time that does not exist: at the gap's end, not at all, just before it; or as cron does (see docs). */
export type GapRule = 'usual' | 'run_after' | 'skip' | 'run_before'
/** A wall time that comes twice. */
export type OverlapRule = 'usual' | 'first' | 'last' | 'both'

/** What becomes of firings that nobody was there for. */
export type Misfire = { kind: 'skip' } | { kind: 'once' } | { kind: 'all'; most: number }

/** What becomes of a firing while the last one's job has not ended. */
export type Overlapping = 'allow' | 'skip' | 'queue_one' | 'cancel_running'

export interface ScheduleTerms {
  name: string
  timing: Timing
  misfire: Misfire
  /** Firings older than this were missed, ms. */
  misfireAfterMs: number
  overlapping: Overlapping
  /** Delays each firing by up to so much, ms; never makes one early. */
  jitterMs: number
  startsAt: number | null
  endsAt: number | null
  /** Half-open spans in which nothing fires; what would have is written down as skipped. */
  blackouts: { from: number; until: number }[]
  runsMax: number | null
  job: {
    type: string
    /** JSON text. */
    payload: string
    lane: Lane
    attemptsMax: number
    backoff: Backoff
    timeoutMs: number
    concurrencyKey: string | null
    concurrencyMax: number
    rate: JobRate | null
    /** How long its result can be read, ms. */
    resultForMs: number
    tags: string[]
  }
}

export type RunOutcome =
  | 'fired'
  | 'caught_up'
  | 'triggered'
  | 'backfilled'
  | 'skipped_overlap'
  | 'skipped_misfire'
  | 'skipped_blackout'
  | 'skipped_paused'
  /** Waits for the last one to end. */
  | 'queued'

/** One row of the firing ledger: one slot, once. */
export interface RunView {
  id: string
  scheduleId: string
  /** The planned instant; with the schedule's id it is the key of the ledger. When it was triggered: that instant. */
  nominalAt: number
  /** After a very long outage one row stands for all slots from `nominalAt` until here, exclusive. Null: for one. */
  untilAt: number | null
  /** When it was decided. */
  firedAt: number
  outcome: RunOutcome
  jobId: string | null
}

export interface ScheduleView extends ScheduleTerms {
  id: string
  storeId: string
  isPaused: boolean
  /** Null: paused, never again, or not known yet (a drop that has not sold out). */
  nextAt: number | null
  /** Planned firings so far, of which there may be `runsMax`. */
  runs: number
  lastJobId: string | null
  by: string
  version: number
  createdAt: number
  changedAt: number
}

export type ScheduleRefusal =
  | { code: 'schedule_not_found' }
  | { code: 'schedule_never_fires' }
  | { code: 'schedule_changed'; version: number }
  /** Its jobs are judged by one object, for their key or the rate of their type; another is wanted. Make a new schedule. */
  | { code: 'schedule_lives_elsewhere' }
  | { code: 'backfill_too_large'; most: number }
  /** The ledger does not reach so far back: nobody knows what has fired then. */
  | { code: 'backfill_too_early'; earliestAt: number }

/** When a drop's moments are; null: never, or not now; left out: as it was. A drop that goes on being sold out is so once. */
export type DropMoments = { [Moment in 'opening' | 'sold_out' | 'end']?: number | null }

/** A place in the ledger, from which to go on reading. */
export type RunPlace = Pick<RunView, 'nominalAt' | 'id'>

export interface ScheduleDesk {
  /** A key that is known gives the schedule that it made. `moments`: of its drop. */
  addSchedule(
    added: { id: string; storeId: string; onceKey: string; by: string },
    terms: ScheduleTerms,
    moments: DropMoments,
  ): Promise<Decision<ScheduleView, ScheduleRefusal>>
  /** `version` null: whatever it is now. Firings that were due before the change are fired by the old terms. */
  changeSchedule(
    id: string,
    version: number | null,
    terms: ScheduleTerms,
    moments: DropMoments,
  ): Promise<Decision<ScheduleView, ScheduleRefusal>>
  removeSchedule(id: string): Promise<Decision<null, ScheduleRefusal>>
  schedule(id: string): Promise<ScheduleView | null>
  /** Newest first; continue before this id. */
  schedules(before: string | null, limit: number): Promise<ScheduleView[]>
  pauseSchedule(id: string, isPaused: boolean): Promise<Decision<ScheduleView, ScheduleRefusal>>
  /** Fires now, whatever the plan; `key` makes a repeat the same run. */
  triggerSchedule(id: string, key: string): Promise<Decision<RunView, ScheduleRefusal>>
  /** Fires what would have fired in [from, until) and did not. Safe to repeat. */
  backfillSchedule(id: string, from: number, until: number): Promise<Decision<RunView[], ScheduleRefusal>>
  /** The ledger, of one schedule or (null) of all here, the latest slot first; continue before this place. */
  runs(scheduleId: string | null, before: RunPlace | null, limit: number): Promise<RunView[]>
  run(id: string): Promise<RunView | null>
  /** The drop's instants have moved, or one of its moments has come. Safe to repeat. */
  dropMoved(drop: string, moments: DropMoments): Promise<void>
}

/** Counts of one shard's schedules, for the board, for metrics and for alerts. Totals since the object's rows began. */
export interface ScheduleFigures {
  schedules: number
  paused: number
  /** Whose instant has come, who are not paused, and who have not been decided yet. */
  overdue: { count: number; oldestDueAt: number | null }
  /** Slots decided, by outcome; one that was queued and then fired counts as both. */
  runs: Partial<Record<RunOutcome, number>>
  /** Of those that fired by the plan (`fired`): from when they were due, jitter included, to the firing, ms, summed. */
  lateMs: number
  /** Cumulative buckets of the same: at most 0.1, 0.5, 1, 5, 30, 60, 600 s, and all. */
  lateBuckets: number[]
}

/** For the board and the metrics; the same objects. */
export interface ScheduleFiguresDesk {
  scheduleFigures(): Promise<ScheduleFigures>
}

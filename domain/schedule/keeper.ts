/**
 * Keeps the schedules of one shard: decides each slot of each plan once, and writes the ledger's row, the job and the
 * next instant in one transaction. What makes a slot unrepeatable is its row in the ledger, not a leader, a lock or a
 * clock; whoever comes to it a second time finds it decided.
 */
import { assert } from '../basics/assert.ts'
import { bucketOf } from '../basics/ids.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { Random } from '../basics/random.ts'
import { newRunId } from '../job/shards.ts'
import type {
  DropMoments,
  RunOutcome,
  RunPlace,
  RunView,
  ScheduleFigures,
  ScheduleRefusal,
  ScheduleTerms,
  ScheduleView,
} from '../message/schedule-desk.ts'
import { backlogOf, judge, slotAt, type Slot } from './backlog.ts'
import type { Calendar } from './calendar.ts'
import { jobFor, type JobsBeside } from './job-for.ts'
import {
  hasFired,
  momentOf,
  newSchedule,
  plannedAfter,
  plannedSlot,
  runView,
  scheduleView,
  triggeredSlot,
  type RunRecord,
  type ScheduleRecord,
} from './schedule.ts'
import type { ScheduleStore, ScheduleTally } from './store.ts'
import { counted } from './tally.ts'

/** Schedules that one alarm decides, each in a transaction of its own; the others are due at once again. */
const SCHEDULES_AT_ONCE = 100
/** A schedule that fails (a bug, a zone that the runtime has lost) is tried again then, and keeps no other waiting. */
const REST_AFTER_FAULT_MS = 60_000
/** A schedule's ledger keeps this many rows; a nightly one's reaches back a lifetime. */
export const LEDGER_ROWS_MOST = 10_000
/** Cleared away together. */
const LEDGER_SLACK = 500
export const BACKFILL_MOST = 100
/** Slots looked at for a backfill. */
const BACKFILL_SLOTS_MOST = 5_000

export interface ScheduleSurroundings {
  clock: Clock
  random: Random
  calendar: Calendar
  jobs: JobsBeside
}

type Changed = Decision<ScheduleView, ScheduleRefusal>

export class ScheduleKeeper {
  readonly #store: ScheduleStore
  readonly #around: ScheduleSurroundings
  /** Of this turn, when it counts anything: saved once, at its end. */
  #tally: ScheduleTally | undefined

  constructor(store: ScheduleStore, around: ScheduleSurroundings) {
    this.#store = store
    this.#around = around
  }

  /** The same key is the same schedule. */
  add(
    added: Pick<ScheduleRecord, 'id' | 'storeId' | 'onceKey' | 'by'>,
    terms: ScheduleTerms,
    moments: DropMoments,
  ): Changed {
    return this.#turn((now) => {
      const known = this.#store.scheduleOfKey(added.onceKey)
      if (known) return accept(scheduleView(known))
      const planned = this.#planned(newSchedule(added, terms, momentOf(terms, moments), now), now)
      if (planned.nextAt === null && !mayStillCome(terms)) return refuse({ code: 'schedule_never_fires' })
      return this.#saved(planned)
    })
  }

  /** What was due by the old terms is fired by them, and nothing twice: the new plan begins after this instant. */
  change(id: string, version: number | null, terms: ScheduleTerms, moments: DropMoments): Changed {
    return this.#changing(id, (was, now) => {
      if (version !== null && version !== was.version) return refuse({ code: 'schedule_changed', version: was.version })
      if (JSON.stringify(was.terms) === JSON.stringify(terms)) return accept(scheduleView(was))
      const schedule = this.#settled(was, now, { ignoringJitter: true })
      const changed = {
        ...schedule,
        terms,
        momentAt: momentOf(terms, moments, sameMoment(was.terms, terms) ? was.momentAt : null),
      }
      const planned = this.#planned(changed, Math.max(schedule.decidedUntil, now))
      if (planned.nextAt === null && !mayStillCome(terms)) return refuse({ code: 'schedule_never_fires' })
      return this.#saved(withChange(planned, now))
    })
  }

  /** Its ledger goes with it; jobs that it began go on. */
  remove(id: string): Decision<null, ScheduleRefusal> {
    return this.#store.transaction(() => {
      if (!this.#store.schedule(id)) return refuse({ code: 'schedule_not_found' })
      this.#store.remove(id)
      return accept(null)
    })
  }

  /** While it is paused nothing is due; when it goes on, what it has missed is written down as such. */
  pause(id: string, isPaused: boolean): Changed {
    return this.#changing(id, (was, now) => {
      if (was.isPaused === isPaused) return accept(scheduleView(was))
      const schedule = this.#settled(was, now)
      if (isPaused) return this.#saved(withChange({ ...schedule, isPaused, dueAt: null }, now))
      return this.#saved(withChange(this.#planned({ ...schedule, isPaused }, schedule.decidedUntil), now))
    })
  }

  /** Fires now, also while it is paused. Its rule for what overlaps holds. The same key is the same run. */
  trigger(id: string, key: string): Decision<RunView, ScheduleRefusal> {
    return this.#turn((now) => {
      const schedule = this.#store.schedule(id)
      if (!schedule) return refuse({ code: 'schedule_not_found' })
      const known = this.#store.runOf(id, triggeredSlot(key))
      if (known) return accept(runView(known))
      this.#store.save(this.#decided(schedule, { slot: triggeredSlot(key), nominalAt: now, outcome: 'triggered' }, now))
      return accept(runView(this.#store.runOf(id, triggeredSlot(key))!))
    })
  }

  /**
   * Fires each slot of [from, until) that has passed and has not fired, whatever passed it over, and beside each other.
   * The plan is the present one. Repeated, it finds its own rows.
   */
  backfill(id: string, from: number, until: number): Decision<RunView[], ScheduleRefusal> {
    return this.#turn((now) => {
      const was = this.#store.schedule(id)
      if (!was) return refuse({ code: 'schedule_not_found' })
      if (from <= was.forgottenUntil) return refuse({ code: 'backfill_too_early', earliestAt: was.forgottenUntil + 1 })
      let schedule = was.isPaused ? was : this.#settled(was, now)
      const slots = this.#slotsToFill(schedule, from, Math.min(until, now + 1))
      if (!slots) return refuse({ code: 'backfill_too_large', most: BACKFILL_MOST })
      const runs = slots.map((nominalAt) => {
        schedule = this.#filled(schedule, nominalAt, now)
        return runView(this.#store.runOf(id, plannedSlot(nominalAt))!)
      })
      this.#store.save(schedule)
      return accept(runs)
    })
  }

  /** What happens to a drop moves the schedules that are relative to it. News that says nothing new changes nothing. */
  dropMoved(drop: string, moments: DropMoments): void {
    this.#turn((now) => {
      for (const schedule of this.#store.ofDrop(drop)) {
        const momentAt = momentOf(schedule.terms, moments, schedule.momentAt)
        if (momentAt === schedule.momentAt) continue
        const settled = schedule.isPaused ? schedule : this.#settled(schedule, now, { ignoringJitter: true })
        const moved = { ...settled, momentAt }
        const at = plannedAfter(moved, -1, this.#around.calendar)
        // The new instant may have passed already: then it is a slot that was missed, unless it was decided before.
        const isOpen = at !== null && !this.#store.runOf(schedule.id, plannedSlot(at))
        this.#store.save(this.#planned(moved, isOpen ? at - 1 : Math.max(moved.decidedUntil, at ?? 0)))
      }
    })
  }

  nextDueAt(): number | null {
    return this.#store.nextDue()
  }

  /** Schedules that should have been looked at longer ago than this. */
  overdue(byMs: number): number {
    return this.#store.counts(this.#around.clock.now() - byMs).overdue.count
  }

  /** Decides what is due. Answers the faults of those that failed; they rest, and the others have had their turn. */
  fireDue(): unknown[] {
    const now = this.#around.clock.now()
    const faults: unknown[] = []
    for (const { id } of this.#store.due(now, SCHEDULES_AT_ONCE)) {
      try {
        this.#turn(() => {
          const schedule = this.#store.schedule(id)
          if (schedule) this.#store.save(this.#settled(schedule, now))
        })
      } catch (fault) {
        faults.push(fault)
        this.#store.transaction(() => {
          const schedule = this.#store.schedule(id)
          if (schedule) this.#store.save({ ...schedule, dueAt: now + REST_AFTER_FAULT_MS })
        })
      }
    }
    return faults
  }

  /** Begins what waited for the last job of its schedule. To be called after every turn in which jobs may have ended. */
  startQueued(): void {
    if (this.#store.queuedRuns().length === 0) return
    this.#turn((now) => {
      for (const run of this.#store.queuedRuns()) {
        const schedule = this.#store.schedule(run.scheduleId)!
        if (schedule.isPaused || this.#isBusy(schedule)) continue
        const jobId = this.#begun(schedule, run, now)
        this.#store.saveRun({ ...run, outcome: 'fired', jobId, firedAt: now })
        this.#count('fired', null)
        this.#store.save({ ...schedule, lastJobId: jobId })
      }
    })
  }

  schedule(id: string): ScheduleView | null {
    const schedule = this.#store.schedule(id)
    return schedule ? scheduleView(schedule) : null
  }

  schedules(before: string | null, limit: number): ScheduleView[] {
    return this.#store.schedules(before, limit).map(scheduleView)
  }

  runs(scheduleId: string | null, before: RunPlace | null, limit: number): RunView[] {
    return this.#store.runs(scheduleId, before, limit).map(runView)
  }

  run(id: string): RunView | null {
    const run = this.#store.run(id)
    return run ? runView(run) : null
  }

  figures(): ScheduleFigures {
    return { ...this.#store.counts(this.#around.clock.now()), ...this.#store.tally() }
  }

  /** Everything that is due, decided; the schedule as it is to be saved. */
  #settled(was: ScheduleRecord, now: number, options?: { ignoringJitter?: boolean }): ScheduleRecord {
    const { slots, passed, next } = backlogOf(was, now, this.#around, options)
    let schedule = was
    if (passed) {
      const outcome: RunOutcome = was.isPaused ? 'skipped_paused' : 'skipped_misfire'
      const slot = `from ${passed.from}`
      schedule = this.#decided(schedule, { slot, nominalAt: passed.from, untilAt: passed.until, outcome }, now)
    }
    const outcomes = judge(schedule, slots, now)
    for (const [i, { nominalAt, dueAt }] of slots.entries()) {
      if (this.#store.runOf(schedule.id, plannedSlot(nominalAt))) continue // a backfill was quicker than its jitter
      if (isUsedUp(schedule)) break
      schedule = this.#decided(schedule, { slot: plannedSlot(nominalAt), nominalAt, dueAt, outcome: outcomes[i]! }, now)
    }
    const decidedUntil = Math.max(schedule.decidedUntil, slots.at(-1)?.nominalAt ?? 0, (passed?.until ?? 0) - 1)
    return withNext({ ...schedule, decidedUntil }, isUsedUp(schedule) ? null : next)
  }

  /** One slot: its row, and its job if it has one. What overlaps is seen here, since each slot changes that for the next. */
  #decided(
    schedule: ScheduleRecord,
    { dueAt, ...wanted }: { slot: string; nominalAt: number; untilAt?: number; dueAt?: number; outcome: RunOutcome },
    now: number,
  ): ScheduleRecord {
    const outcome = hasFired(wanted.outcome) ? this.#overlapped(schedule, wanted.outcome) : wanted.outcome
    const id = newRunId(shardOf(schedule), now, this.#around.random)
    const row = { ...wanted, id, scheduleId: schedule.id, untilAt: wanted.untilAt ?? null, firedAt: now, outcome }
    const isPlanned = wanted.outcome !== 'triggered'
    const begins = hasFired(outcome) && outcome !== 'queued'
    const jobId = begins ? this.#begun(schedule, row, now) : null
    this.#store.insertRun({ ...row, jobId })
    this.#count(outcome, dueAt === undefined ? null : Math.max(0, now - dueAt))
    return this.#forgetting({
      ...schedule,
      runs: schedule.runs + (isPlanned && hasFired(outcome) ? 1 : 0),
      lastJobId: jobId ?? schedule.lastJobId,
      ledgerRows: schedule.ledgerRows + 1,
    })
  }

  /** What becomes of a firing while the job of the last one has not ended. */
  #overlapped(schedule: ScheduleRecord, outcome: RunOutcome): RunOutcome {
    const { overlapping } = schedule.terms
    if (overlapping === 'allow' || !this.#isBusy(schedule)) return outcome
    if (overlapping === 'queue_one' && !this.#store.queuedRunOf(schedule.id)) return 'queued'
    if (overlapping !== 'cancel_running') return 'skipped_overlap'
    this.#around.jobs.cancel(schedule.lastJobId!)
    return outcome
  }

  #isBusy({ lastJobId }: ScheduleRecord): boolean {
    return lastJobId !== null && !this.#around.jobs.hasEnded(lastJobId)
  }

  #begun(schedule: ScheduleRecord, run: Pick<RunRecord, 'id' | 'nominalAt'>, now: number): string {
    const job = jobFor(schedule, run, shardOf(schedule), now, this.#around.random)
    this.#around.jobs.accept(job)
    return job.id
  }

  /** Backfilled: a new row, or the row that said why it had not fired. */
  #filled(schedule: ScheduleRecord, nominalAt: number, now: number): ScheduleRecord {
    const slot = plannedSlot(nominalAt)
    const row = this.#store.runOf(schedule.id, slot)
    const id = row?.id ?? newRunId(shardOf(schedule), now, this.#around.random)
    const run = { ...{ id, slot, scheduleId: schedule.id, nominalAt, untilAt: null, firedAt: now } }
    const jobId = this.#begun(schedule, run, now)
    const filled: RunRecord = { ...run, outcome: 'backfilled', jobId }
    if (row) this.#store.saveRun(filled)
    else this.#store.insertRun(filled)
    this.#count('backfilled', null)
    return this.#forgetting({ ...schedule, lastJobId: jobId, ledgerRows: schedule.ledgerRows + (row ? 0 : 1) })
  }

  /** The planned instants of [from, until) that have not fired; undefined: too many for one go. */
  #slotsToFill(schedule: ScheduleRecord, from: number, until: number): number[] | undefined {
    const slots: number[] = []
    let seen = 0
    let at = plannedAfter(schedule, from - 1, this.#around.calendar)
    for (; at !== null && at < until; at = plannedAfter(schedule, at, this.#around.calendar)) {
      const row = this.#store.runOf(schedule.id, plannedSlot(at))
      if (!row || !hasFired(row.outcome)) slots.push(at)
      seen += 1
      if (slots.length > BACKFILL_MOST || seen > BACKFILL_SLOTS_MOST) return undefined
    }
    return slots
  }

  /** With the first slot after an instant. */
  #planned(schedule: ScheduleRecord, after: number): ScheduleRecord {
    const nextAt = isUsedUp(schedule) ? null : plannedAfter(schedule, after, this.#around.calendar)
    const next = nextAt === null ? null : slotAt(nextAt, schedule.terms.jitterMs, this.#around.random)
    return withNext({ ...schedule, decidedUntil: after }, next)
  }

  #forgetting(schedule: ScheduleRecord): ScheduleRecord {
    const { ledgerRows, forgottenUntil } = schedule
    if (ledgerRows < LEDGER_ROWS_MOST + LEDGER_SLACK) return schedule
    const latest = this.#store.forgetRuns(schedule.id, ledgerRows - LEDGER_ROWS_MOST)
    return { ...schedule, ledgerRows: LEDGER_ROWS_MOST, forgottenUntil: Math.max(forgottenUntil, latest) }
  }

  #changing(id: string, work: (was: ScheduleRecord, now: number) => Changed): Changed {
    return this.#turn((now) => {
      const was = this.#store.schedule(id)
      return was ? work(was, now) : refuse({ code: 'schedule_not_found' })
    })
  }

  #count(outcome: RunOutcome, lateMs: number | null): void {
    this.#tally = counted(this.#tally ?? this.#store.tally(), outcome, lateMs)
  }

  #saved(schedule: ScheduleRecord): Decision<ScheduleView, never> {
    this.#store.save(schedule)
    return accept(scheduleView(schedule))
  }

  #turn<Result>(work: (now: number) => Result): Result {
    this.#tally = undefined
    return this.#store.transaction(() => {
      const result = work(this.#around.clock.now())
      if (this.#tally) this.#store.saveTally(this.#tally)
      return result
    })
  }
}

const withChange = (schedule: ScheduleRecord, now: number): ScheduleRecord => ({
  ...schedule,
  version: schedule.version + 1,
  changedAt: now,
})

const withNext = (schedule: ScheduleRecord, next: Slot | null): ScheduleRecord => ({
  ...schedule,
  nextAt: next?.nominalAt ?? null,
  fireAt: next?.dueAt ?? null,
  dueAt: schedule.isPaused ? null : (next?.dueAt ?? null),
})

const isUsedUp = ({ terms, runs }: ScheduleRecord): boolean => terms.runsMax !== null && runs >= terms.runsMax

const sameMoment = ({ timing: one }: ScheduleTerms, { timing: other }: ScheduleTerms): boolean =>
  one.kind === 'drop' && other.kind === 'drop' && one.drop === other.drop && one.moment === other.moment

/** A drop's moment may come, or come again, whatever is known today. */
const mayStillCome = ({ timing }: ScheduleTerms): boolean => timing.kind === 'drop'

function shardOf({ id }: ScheduleRecord): number {
  const shard = bucketOf('sch', id)
  assert(shard !== undefined, `${id} is no schedule`)
  return shard
}

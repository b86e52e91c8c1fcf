/** A real store of schedules, in Maps: for tests and the simulation. */
import { assert } from '../basics/assert.ts'
import { UndoLog } from '../basics/undo-log.ts'
import type { RunPlace, ScheduleFigures } from '../message/schedule-desk.ts'
import type { RunRecord, ScheduleRecord } from './schedule.ts'
import type { ScheduleStore, ScheduleTally } from './store.ts'
import { NO_TALLY } from './tally.ts'

export class MemoryScheduleStore implements ScheduleStore {
  readonly #schedules = new Map<string, ScheduleRecord>()
  readonly #runs = new Map<string, RunRecord>()
  /** Ids of runs by schedule and slot. */
  readonly #slots = new Map<string, string>()
  readonly #undo = new UndoLog()
  #tally: ScheduleTally = NO_TALLY

  transaction<Result>(work: () => Result): Result {
    return this.#undo.transaction(work)
  }

  schedule(id: string): ScheduleRecord | undefined {
    return this.#schedules.get(id)
  }

  scheduleOfKey(onceKey: string): ScheduleRecord | undefined {
    return [...this.#schedules.values()].find((one) => one.onceKey === onceKey)
  }

  save(schedule: ScheduleRecord): void {
    this.#put(this.#schedules, schedule.id, schedule)
  }

  remove(id: string): void {
    this.#put(this.#schedules, id, undefined)
    for (const run of this.#allRuns(id)) this.#removeRun(run)
  }

  schedules(before: string | null, limit: number): ScheduleRecord[] {
    const all = [...this.#schedules.values()].filter(({ id }) => before === null || id < before)
    return all.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
  }

  ofDrop(drop: string): ScheduleRecord[] {
    return [...this.#schedules.values()].filter(
      ({ terms: { timing } }) => timing.kind === 'drop' && timing.drop === drop,
    )
  }

  due(until: number, limit: number): ScheduleRecord[] {
    const due = [...this.#schedules.values()].filter(({ dueAt }) => dueAt !== null && dueAt <= until)
    return due.sort((a, b) => a.dueAt! - b.dueAt!).slice(0, limit)
  }

  nextDue(): number | null {
    const dues = [...this.#schedules.values()].flatMap(({ dueAt }) => dueAt ?? [])
    return dues.length === 0 ? null : Math.min(...dues)
  }

  run(id: string): RunRecord | undefined {
    return this.#runs.get(id)
  }

  runOf(scheduleId: string, slot: string): RunRecord | undefined {
    const id = this.#slots.get(`${scheduleId} ${slot}`)
    return id === undefined ? undefined : this.#runs.get(id)
  }

  insertRun(run: RunRecord): void {
    assert(!this.runOf(run.scheduleId, run.slot), `a slot fires once: ${run.scheduleId} ${run.slot}`)
    this.#put(this.#slots, `${run.scheduleId} ${run.slot}`, run.id)
    this.#put(this.#runs, run.id, run)
  }

  saveRun(run: RunRecord): void {
    this.#put(this.#runs, run.id, run)
  }

  queuedRuns(): RunRecord[] {
    return [...this.#runs.values()].filter(({ outcome }) => outcome === 'queued')
  }

  queuedRunOf(scheduleId: string): RunRecord | undefined {
    return this.queuedRuns().find((run) => run.scheduleId === scheduleId)
  }

  runs(scheduleId: string | null, before: RunPlace | null, limit: number): RunRecord[] {
    const earlier = (run: RunRecord) => !before || byInstant(run, before) < 0
    return this.#allRuns(scheduleId)
      .filter(earlier)
      .sort((a, b) => byInstant(b, a))
      .slice(0, limit)
  }

  forgetRuns(scheduleId: string, count: number): number {
    const oldest = this.#allRuns(scheduleId).sort(byInstant).slice(0, count)
    for (const run of oldest) this.#removeRun(run)
    return oldest.at(-1)?.nominalAt ?? 0
  }

  tally(): ScheduleTally {
    return this.#tally
  }

  saveTally(tally: ScheduleTally): void {
    const earlier = this.#tally
    this.#undo.note(() => (this.#tally = earlier))
    this.#tally = tally
  }

  counts(now: number): Pick<ScheduleFigures, 'schedules' | 'paused' | 'overdue'> {
    const all = [...this.#schedules.values()]
    const dues = all.flatMap(({ dueAt }) => (dueAt !== null && dueAt <= now ? [dueAt] : []))
    return {
      schedules: all.length,
      paused: all.filter(({ isPaused }) => isPaused).length,
      overdue: { count: dues.length, oldestDueAt: dues.length === 0 ? null : Math.min(...dues) },
    }
  }

  #allRuns(scheduleId: string | null): RunRecord[] {
    return [...this.#runs.values()].filter((run) => scheduleId === null || run.scheduleId === scheduleId)
  }

  #removeRun({ id, scheduleId, slot }: RunRecord): void {
    this.#put(this.#runs, id, undefined)
    this.#put(this.#slots, `${scheduleId} ${slot}`, undefined)
  }

  #put<Value>(map: Map<string, Value>, key: string, value: Value | undefined): void {
    const earlier = map.get(key)
    this.#undo.note(() => (earlier === undefined ? map.delete(key) : map.set(key, earlier)))
    if (value === undefined) map.delete(key)
    else map.set(key, value)
  }
}

/** By planned instant, then by birth: triggers may fall on a planned one. */
const byInstant = (a: RunPlace, b: RunPlace): number => a.nominalAt - b.nominalAt || (a.id < b.id ? -1 : 1)

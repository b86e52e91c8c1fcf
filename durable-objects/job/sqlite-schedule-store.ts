/** The store of a shard's schedules and of their ledger, in the object's SQLite. Every query stands on an index. */
import type { RunOutcome, RunPlace, ScheduleFigures, ScheduleTerms } from '../../domain/message/schedule-desk.ts'
import type { RunRecord, ScheduleRecord } from '../../domain/schedule/schedule.ts'
import type { ScheduleStore, ScheduleTally } from '../../domain/schedule/store.ts'
import { NO_TALLY } from '../../domain/schedule/tally.ts'
import type { Sql, SqlValue } from '../basics/sql.ts'

type ScheduleRow = {
  id: string
  once_key: string
  is_paused: number
  due_at: number | null
  terms: string
  life: string
}

type RunRow = {
  id: string
  schedule_id: string
  slot: string
  nominal_at: number
  until_at: number | null
  fired_at: number
  outcome: string
  job_id: string | null
}

export class SqliteScheduleStore implements ScheduleStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  schedule(id: string): ScheduleRecord | undefined {
    const row = this.#sql.first<ScheduleRow>('SELECT * FROM schedules WHERE id = ?', id)
    return row && scheduleOf(row)
  }

  scheduleOfKey(onceKey: string): ScheduleRecord | undefined {
    return this.#schedules('SELECT * FROM schedules WHERE once_key = ?', onceKey)[0]
  }

  save({ id, onceKey, isPaused, dueAt, terms, ...life }: ScheduleRecord): void {
    const { timing } = terms
    this.#sql.run(
      `INSERT OR REPLACE INTO schedules (id, once_key, drop_id, is_paused, due_at, terms, life)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[id, onceKey, timing.kind === 'drop' ? timing.drop : null, isPaused ? 1 : 0, dueAt],
      ...[JSON.stringify(terms), JSON.stringify(life)],
    )
  }

  remove(id: string): void {
    this.#sql.run('DELETE FROM schedules WHERE id = ?', id)
    this.#sql.run('DELETE FROM runs WHERE schedule_id = ?', id)
  }

  schedules(before: string | null, limit: number): ScheduleRecord[] {
    const upTo = before ?? '~' // later than every id
    return this.#schedules('SELECT * FROM schedules WHERE id < ? ORDER BY id DESC LIMIT ?', upTo, limit)
  }

  ofDrop(drop: string): ScheduleRecord[] {
    return this.#schedules('SELECT * FROM schedules WHERE drop_id = ?', drop)
  }

  due(until: number, limit: number): ScheduleRecord[] {
    return this.#schedules('SELECT * FROM schedules WHERE due_at <= ? ORDER BY due_at LIMIT ?', until, limit)
  }

  nextDue(): number | null {
    const row = this.#sql.first<{ due: number | null }>(
      'SELECT MIN(due_at) AS due FROM schedules WHERE due_at IS NOT NULL',
    )
    return row?.due ?? null
  }

  run(id: string): RunRecord | undefined {
    return this.#runs('SELECT * FROM runs WHERE id = ?', id)[0]
  }

  runOf(scheduleId: string, slot: string): RunRecord | undefined {
    return this.#runs('SELECT * FROM runs WHERE schedule_id = ? AND slot = ?', scheduleId, slot)[0]
  }

  insertRun({ id, scheduleId, slot, nominalAt, untilAt, firedAt, outcome, jobId }: RunRecord): void {
    this.#sql.run(
      `INSERT INTO runs (id, schedule_id, slot, nominal_at, until_at, fired_at, outcome, job_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, scheduleId, slot, nominalAt, untilAt, firedAt, outcome, jobId],
    )
  }

  /** What may change of it. */
  saveRun({ id, firedAt, outcome, jobId }: RunRecord): void {
    this.#sql.run('UPDATE runs SET fired_at = ?, outcome = ?, job_id = ? WHERE id = ?', firedAt, outcome, jobId, id)
  }

  queuedRuns(): RunRecord[] {
    return this.#runs("SELECT * FROM runs WHERE outcome = 'queued'")
  }

  queuedRunOf(scheduleId: string): RunRecord | undefined {
    return this.#runs("SELECT * FROM runs WHERE schedule_id = ? AND outcome = 'queued' LIMIT 1", scheduleId)[0]
  }

  runs(scheduleId: string | null, before: RunPlace | null, limit: number): RunRecord[] {
    const ofOne = scheduleId === null ? '' : 'schedule_id = ? AND '
    return this.#runs(
      `SELECT * FROM runs WHERE ${ofOne}(nominal_at, id) < (?, ?) ORDER BY nominal_at DESC, id DESC LIMIT ?`,
      ...(scheduleId === null ? [] : [scheduleId]),
      ...[before?.nominalAt ?? Number.MAX_SAFE_INTEGER, before?.id ?? '', limit],
    )
  }

  forgetRuns(scheduleId: string, count: number): number {
    const oldest = this.#runs(
      'SELECT * FROM runs WHERE schedule_id = ? ORDER BY nominal_at, id LIMIT 1 OFFSET ?',
      ...[scheduleId, count - 1],
    )[0]
    if (!oldest) return 0
    this.#sql.run(
      'DELETE FROM runs WHERE schedule_id = ? AND (nominal_at, id) <= (?, ?)',
      ...[scheduleId, oldest.nominalAt, oldest.id],
    )
    return oldest.nominalAt
  }

  tally(): ScheduleTally {
    const row = this.#sql.first<{ counts: string }>('SELECT counts FROM schedule_tally WHERE only = 1')
    return row ? (JSON.parse(row.counts) as ScheduleTally) : NO_TALLY
  }

  saveTally(tally: ScheduleTally): void {
    this.#sql.run('INSERT OR REPLACE INTO schedule_tally (only, counts) VALUES (1, ?)', JSON.stringify(tally))
  }

  counts(now: number): Pick<ScheduleFigures, 'schedules' | 'paused' | 'overdue'> {
    const all = this.#sql.first<{ schedules: number; paused: number | null }>(
      'SELECT COUNT(*) AS schedules, SUM(is_paused) AS paused FROM schedules',
    )
    const overdue = this.#sql.first<{ count: number; oldest: number | null }>(
      'SELECT COUNT(*) AS count, MIN(due_at) AS oldest FROM schedules WHERE due_at <= ?',
      now,
    )
    return {
      schedules: all?.schedules ?? 0,
      paused: all?.paused ?? 0,
      overdue: { count: overdue?.count ?? 0, oldestDueAt: overdue?.oldest ?? null },
    }
  }

  #schedules(query: string, ...values: SqlValue[]): ScheduleRecord[] {
    return this.#sql.all<ScheduleRow>(query, ...values).map(scheduleOf)
  }

  #runs(query: string, ...values: SqlValue[]): RunRecord[] {
    return this.#sql.all<RunRow>(query, ...values).map(runOf)
  }
}

type Life = Omit<ScheduleRecord, 'id' | 'onceKey' | 'isPaused' | 'dueAt' | 'terms'>

const scheduleOf = ({ id, once_key, is_paused, due_at, terms, life }: ScheduleRow): ScheduleRecord => ({
  ...(JSON.parse(life) as Life),
  id,
  onceKey: once_key,
  isPaused: is_paused === 1,
  dueAt: due_at,
  terms: JSON.parse(terms) as ScheduleTerms,
})

const runOf = (row: RunRow): RunRecord => ({
  id: row.id,
  scheduleId: row.schedule_id,
  slot: row.slot,
  nominalAt: row.nominal_at,
  untilAt: row.until_at,
  firedAt: row.fired_at,
  outcome: row.outcome as RunOutcome,
  jobId: row.job_id,
})

/** The store of a shard's jobs, in the object's SQLite. Every query stands on an index. */
import type { JobQuery, JobState, Lane } from '../../domain/message/job-desk.ts'
import type { JobRecord } from '../../domain/job/job.ts'
import type { Ending, Need } from '../../domain/job/kin.ts'
import type { RateRow } from '../../domain/job/rate.ts'
import type { JobStore, Watcher } from '../../domain/job/store.ts'
import { emptyTallies, type Tallies } from '../../domain/job/tallies.ts'
import type { Sql } from '../basics/sql.ts'
import {
  hasOtherTerms,
  INSERT_JOB,
  insertValues,
  jobOf,
  lifeValues,
  termsValues,
  UPDATE_LIFE,
  UPDATE_TERMS,
  type JobRow,
} from './job-rows.ts'
import { listJobs } from './job-list.ts'

type NeedRow = {
  descendant_id: string
  place: number
  ancestor_id: string
  state: string | null
  result: string | null
  ask_at: number | null
  asks: number
}
type RateColumns = {
  type: string
  per_second: number
  burst: number
  tokens: number
  since: number
  let_out: number
  due_at: number | null
}

export class SqliteJobStore implements JobStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  tallies(): Tallies {
    const row = this.#sql.first<{ counts: string }>('SELECT counts FROM tallies WHERE only = 1')
    return row ? (JSON.parse(row.counts) as Tallies) : emptyTallies()
  }

  saveTallies(tallies: Tallies): void {
    this.#sql.run('INSERT OR REPLACE INTO tallies (only, counts) VALUES (1, ?)', JSON.stringify(tallies))
  }

  // Jobs

  job(id: string): JobRecord | undefined {
    const row = this.#sql.first<JobRow>('SELECT * FROM jobs WHERE id = ?', id)
    return row && jobOf(row)
  }

  /** One statement for hundreds. */
  jobs(ids: readonly string[]): Map<string, JobRecord> {
    if (ids.length === 0) return new Map()
    const query = 'SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each(?))'
    return new Map(this.#jobs(query, JSON.stringify(ids)).map((job) => [job.id, job]))
  }

  known(ids: readonly string[]): Set<string> {
    const query = 'SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?))'
    return new Set(this.#sql.all<{ id: string }>(query, JSON.stringify(ids)).map(({ id }) => id))
  }

  idOfKey(idempotencyKey: string): string | undefined {
    return this.#sql.first<{ id: string }>('SELECT id FROM jobs WHERE idempotency_key = ?', idempotencyKey)?.id
  }

  insert(job: JobRecord): void {
    this.#sql.run(INSERT_JOB, ...insertValues(job))
    for (const tag of new Set(job.tags)) {
      this.#sql.run('INSERT INTO tags (tag, job_id) VALUES (?, ?)', tag, job.id)
    }
  }

  save(job: JobRecord, was: JobRecord): void {
    this.#sql.run(UPDATE_LIFE, ...lifeValues(job))
    if (hasOtherTerms(job, was)) this.#sql.run(UPDATE_TERMS, ...termsValues(job))
  }

  remove(id: string): void {
    for (const tag of new Set(this.job(id)?.tags)) {
      this.#sql.run('DELETE FROM tags WHERE tag = ? AND job_id = ?', tag, id)
    }
    this.#sql.run('DELETE FROM needs WHERE descendant_id = ?', id)
    this.#sql.run('DELETE FROM watchers WHERE ancestor_id = ?', id)
    this.#sql.run('DELETE FROM endings WHERE ancestor_id = ?', id)
    this.#sql.run('DELETE FROM jobs WHERE id = ?', id)
  }

  // Due times and lines

  due(until: number, limit: number): JobRecord[] {
    const query = 'SELECT * FROM jobs WHERE due_at <= ? AND ended_at IS NULL ORDER BY due_at LIMIT ?'
    return this.#jobs(query, until, limit)
  }

  dueEnded(until: number, limit: number): JobRecord[] {
    const query = 'SELECT * FROM jobs WHERE due_at <= ? AND ended_at IS NOT NULL ORDER BY due_at LIMIT ?'
    return this.#jobs(query, until, limit)
  }

  nextDue(): number | null {
    const row = this.#sql.first<Record<'living' | 'ended' | 'rate' | 'need' | 'ending', number | null>>(
      `SELECT (SELECT MIN(due_at) FROM jobs WHERE due_at IS NOT NULL AND ended_at IS NULL) AS living,
              (SELECT MIN(due_at) FROM jobs WHERE ended_at IS NOT NULL) AS ended,
              (SELECT MIN(due_at) FROM rates WHERE due_at IS NOT NULL) AS rate,
              (SELECT MIN(ask_at) FROM needs WHERE ask_at IS NOT NULL) AS need,
              (SELECT MIN(due_at) FROM endings) AS ending`,
    )
    const dues = Object.values(row ?? {}).filter((due) => due !== null)
    return dues.length === 0 ? null : Math.min(...dues)
  }

  ready(lane: Lane, limit: number): JobRecord[] {
    return this.#jobs("SELECT * FROM jobs WHERE lane = ? AND stand = 'ready' ORDER BY line LIMIT ?", lane, limit)
  }

  firstHeld(concurrencyKey: string): JobRecord | undefined {
    const query = "SELECT * FROM jobs WHERE concurrency_key = ? AND stand = 'held' ORDER BY line LIMIT 1"
    return this.#jobs(query, concurrencyKey)[0]
  }

  paced(type: string, limit: number): JobRecord[] {
    return this.#jobs("SELECT * FROM jobs WHERE type = ? AND stand = 'paced' ORDER BY line LIMIT ?", type, limit)
  }

  /** Those behind a key or a rate wait for what somebody chose, and are not counted as late. */
  oldestQueuedAt(lane: Lane): number | null {
    const first = (stand: 'ready' | 'told'): number | undefined =>
      this.#sql.first<{ queued_at: number }>(
        `SELECT queued_at FROM jobs WHERE lane = ? AND stand = '${stand}' ORDER BY line LIMIT 1`,
        lane,
      )?.queued_at
    const found = [first('ready'), first('told')].filter((at) => at !== undefined)
    return found.length === 0 ? null : Math.min(...found)
  }

  // Keys and rates

  taken(concurrencyKey: string): number {
    const query = 'SELECT taken FROM keys WHERE concurrency_key = ?'
    return this.#sql.first<{ taken: number }>(query, concurrencyKey)?.taken ?? 0
  }

  saveTaken(concurrencyKey: string, taken: number): void {
    if (taken === 0) this.#sql.run('DELETE FROM keys WHERE concurrency_key = ?', concurrencyKey)
    else this.#sql.run('INSERT OR REPLACE INTO keys (concurrency_key, taken) VALUES (?, ?)', concurrencyKey, taken)
  }

  rate(type: string): RateRow | undefined {
    const row = this.#sql.first<RateColumns>('SELECT * FROM rates WHERE type = ?', type)
    return row && rateOf(row)
  }

  saveRate({ type, perSecond, burst, tokens, since, out, dueAt }: RateRow): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO rates (type, per_second, burst, tokens, since, let_out, due_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[type, perSecond, burst, tokens, since, out, dueAt],
    )
  }

  dueRates(until: number): RateRow[] {
    return this.#sql.all<RateColumns>('SELECT * FROM rates WHERE due_at <= ? ORDER BY due_at', until).map(rateOf)
  }

  // Kin

  needs(descendantId: string): Need[] {
    return this.#sql
      .all<NeedRow>('SELECT * FROM needs WHERE descendant_id = ? ORDER BY place', descendantId)
      .map(needOf)
  }

  saveNeed({ descendantId, place, ancestorId, state, result, askAt, asks }: Need): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO needs (descendant_id, place, ancestor_id, state, result, ask_at, asks)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[descendantId, place, ancestorId, state, result, askAt, asks],
    )
  }

  dueNeeds(until: number, limit: number): Need[] {
    return this.#sql
      .all<NeedRow>('SELECT * FROM needs WHERE ask_at <= ? ORDER BY ask_at LIMIT ?', until, limit)
      .map(needOf)
  }

  watchers(ancestorId: string, isElsewhere: boolean, limit: number): Watcher[] {
    return this.#sql
      .all<{ descendant_id: string }>(
        'SELECT descendant_id FROM watchers WHERE ancestor_id = ? AND is_elsewhere = ? LIMIT ?',
        ...[ancestorId, isElsewhere ? 1 : 0, limit],
      )
      .map((row) => ({ ancestorId, descendantId: row.descendant_id, isElsewhere }))
  }

  addWatcher({ ancestorId, descendantId, isElsewhere }: Watcher): boolean {
    const written = this.#sql.run(
      'INSERT OR IGNORE INTO watchers (ancestor_id, is_elsewhere, descendant_id) VALUES (?, ?, ?)',
      ...[ancestorId, isElsewhere ? 1 : 0, descendantId],
    )
    return written > 0
  }

  removeWatcher({ ancestorId, descendantId, isElsewhere }: Watcher): void {
    this.#sql.run(
      'DELETE FROM watchers WHERE ancestor_id = ? AND is_elsewhere = ? AND descendant_id = ?',
      ...[ancestorId, isElsewhere ? 1 : 0, descendantId],
    )
  }

  ending(ancestorId: string): Ending | undefined {
    const row = this.#sql.first<{ due_at: number; sends: number }>(
      'SELECT due_at, sends FROM endings WHERE ancestor_id = ?',
      ancestorId,
    )
    return row && { ancestorId, dueAt: row.due_at, sends: row.sends }
  }

  saveEnding({ ancestorId, dueAt, sends }: Ending): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO endings (ancestor_id, due_at, sends) VALUES (?, ?, ?)',
      ...[ancestorId, dueAt, sends],
    )
  }

  removeEnding(ancestorId: string): void {
    this.#sql.run('DELETE FROM endings WHERE ancestor_id = ?', ancestorId)
  }

  dueEndings(until: number, limit: number): Ending[] {
    const query = 'SELECT * FROM endings WHERE due_at <= ? ORDER BY due_at LIMIT ?'
    return this.#sql
      .all<{ ancestor_id: string; due_at: number; sends: number }>(query, until, limit)
      .map((row) => ({ ancestorId: row.ancestor_id, dueAt: row.due_at, sends: row.sends }))
  }

  // Lists

  batch(batchId: string): Partial<Record<JobState, number>> {
    const query = 'SELECT state, COUNT(*) AS count FROM jobs WHERE batch_id = ? GROUP BY state'
    const rows = this.#sql.all<{ state: string; count: number }>(query, batchId)
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
  }

  list(query: JobQuery): JobRecord[] {
    return listJobs(this.#sql, query)
  }

  #jobs(query: string, ...values: (string | number)[]): JobRecord[] {
    return this.#sql.all<JobRow>(query, ...values).map(jobOf)
  }
}

const rateOf = (row: RateColumns): RateRow => ({
  ...{ type: row.type, perSecond: row.per_second, burst: row.burst, tokens: row.tokens, since: row.since },
  ...{ out: row.let_out, dueAt: row.due_at },
})

const needOf = (row: NeedRow): Need => ({
  ...{ descendantId: row.descendant_id, place: row.place, ancestorId: row.ancestor_id },
  ...{ state: row.state as JobState | null, result: row.result, askAt: row.ask_at, asks: row.asks },
})

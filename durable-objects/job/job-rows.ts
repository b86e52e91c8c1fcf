/** A job as a row: columns for what is looked for, JSON for the rest. */
import type { JobRecord } from '../../domain/job/job.ts'
import type { SqlValue } from '../basics/sql.ts'

/** What was asked for, and changes only when a dead letter is amended or replayed. */
const TERMS = [
  ...['storeId', 'isPayloadAside', 'runAt', 'attemptsMax', 'backoff', 'concurrencyMax', 'rate', 'after', 'takesInput'],
  ...['expiresAt', 'timeoutMs', 'resultForMs', 'tags', 'runId', 'by'],
] as readonly (keyof JobRecord)[]

const LIFE = [
  ...['hasSlot', 'pending', 'watchers', 'attemptsMade', 'attempts', 'sends', 'unheard', 'token', 'legAt', 'legs'],
  ...['checkpoint', 'progress', 'error', 'isCancelAsked', 'replays', 'startedAt', 'version'],
] as readonly (keyof JobRecord)[]

export type JobRow = {
  id: string
  type: string
  lane: string
  state: string
  stand: string
  line: number
  due_at: number | null
  queued_at: number | null
  ended_at: number | null
  created_at: number
  concurrency_key: string | null
  idempotency_key: string | null
  batch_id: string | null
  payload: string
  result: string | null
  terms: string
  life: string
}

export const INSERT_JOB = `INSERT INTO jobs
  (id, type, lane, state, stand, line, due_at, queued_at, ended_at, created_at, concurrency_key, idempotency_key,
   batch_id, payload, result, terms, life)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export const insertValues = (job: JobRecord): SqlValue[] => [
  ...[job.id, job.type, job.lane, job.state, job.stand, job.line, job.dueAt, job.queuedAt, job.endedAt, job.createdAt],
  ...[job.concurrencyKey, job.idempotencyKey, job.batchId, job.payload, job.result],
  ...[chosen(job, TERMS), chosen(job, LIFE)],
]

export const UPDATE_LIFE = `UPDATE jobs
  SET state = ?, stand = ?, line = ?, due_at = ?, queued_at = ?, ended_at = ?, result = ?, life = ? WHERE id = ?`

export const lifeValues = (job: JobRecord): SqlValue[] => [
  ...[job.state, job.stand, job.line, job.dueAt, job.queuedAt, job.endedAt, job.result, chosen(job, LIFE), job.id],
]

export const UPDATE_TERMS = 'UPDATE jobs SET payload = ?, terms = ? WHERE id = ?'

export const termsValues = (job: JobRecord): SqlValue[] => [job.payload, chosen(job, TERMS), job.id]

/** Whether something changed of what hardly ever does. */
export const hasOtherTerms = (job: JobRecord, was: JobRecord): boolean =>
  job.payload !== was.payload || TERMS.some((field) => job[field] !== was[field])

export const jobOf = (row: JobRow): JobRecord =>
  ({
    ...{ id: row.id, type: row.type, lane: row.lane, state: row.state, stand: row.stand, line: row.line },
    ...{ dueAt: row.due_at, queuedAt: row.queued_at, endedAt: row.ended_at, createdAt: row.created_at },
    ...{ concurrencyKey: row.concurrency_key, idempotencyKey: row.idempotency_key, batchId: row.batch_id },
    ...{ payload: row.payload, result: row.result },
    ...(JSON.parse(row.terms) as object),
    ...(JSON.parse(row.life) as object),
  }) as JobRecord

const chosen = (job: JobRecord, fields: readonly (keyof JobRecord)[]): string =>
  JSON.stringify(Object.fromEntries(fields.map((field) => [field, job[field]])))

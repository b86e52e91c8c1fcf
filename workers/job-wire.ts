/** Jobs at the border: our words on one side, the API's on the other. */
import type { z } from '@hono/zod-openapi'
import type { Ancestor, Backoff, JobView, NewJob } from '../domain/message/job-desk.ts'
import type { JobHandler } from '../queues/jobs/handler.ts'
import type * as schema from './job-schemas.ts'
import { instantIn, instantOut, maybeInstantOut } from './wire.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

const MS = 1000
const RESULT_FOR_MS = 86_400_000

export const linksOf = (id: string): { self: string; events: string } => ({
  self: `/api/v1/admin/jobs/${id}`,
  events: `/api/v1/admin/jobs/${id}/events`,
})

export const jobOut = (job: JobView): Wire<typeof schema.Job> => ({
  id: job.id,
  type: job.type,
  lane: job.lane,
  state: job.state,
  tags: job.tags,
  concurrency_key: job.concurrencyKey,
  after: job.after.map(({ jobId, on }) => ({ job: jobId, on })),
  batch: job.batchId,
  run: job.runId,
  by: job.by,
  max_attempts: job.attemptsMax,
  attempts: job.attempts.map(({ number, startedAt, endedAt, outcome, error }) => ({
    number,
    started_at: instantOut(startedAt),
    ended_at: maybeInstantOut(endedAt),
    outcome,
    error: error && { code: error.code, message: error.message },
  })),
  progress: job.progress && { done: job.progress.done, note: job.progress.note },
  result: job.result === null ? null : (JSON.parse(job.result) as unknown),
  error: job.error && { code: job.error.code, message: job.error.message },
  is_cancel_asked: job.isCancelAsked,
  replays: job.replays,
  due_at: maybeInstantOut(job.dueAt),
  created_at: instantOut(job.createdAt),
  started_at: maybeInstantOut(job.startedAt),
  ended_at: maybeInstantOut(job.endedAt),
  version: job.version,
  links: linksOf(job.id),
})

export const statusOut = (id: string, job: JobView | null): Wire<typeof schema.JobStatus> => ({
  id,
  state: job?.state ?? null,
  progress: job?.progress ? { done: job.progress.done, note: job.progress.note } : null,
  error: job?.error ? { code: job.error.code, message: job.error.message } : null,
  ended_at: maybeInstantOut(job?.endedAt ?? null),
})

/** What a job is made of, apart from what only the one who takes it knows: its id, its payload's place, its ancestors. */
export type JobTerms = Omit<
  NewJob,
  'id' | 'storeId' | 'payload' | 'isPayloadAside' | 'after' | 'batchId' | 'runId' | 'idempotencyKey' | 'by'
>

/** A job as it was asked for, with its type's policy where nothing was said. */
export function termsIn(asked: schema.JobAsked, { type, policy }: JobHandler, now: number): JobTerms {
  const runAt = runAtOf(asked, now)
  const { ttl, timeout, result_ttl: resultTtl, rate } = asked
  return {
    type,
    lane: asked.lane ?? policy.lane,
    runAt,
    attemptsMax: asked.max_attempts ?? policy.attemptsMax,
    backoff: asked.backoff ? backoffIn(asked.backoff) : policy.backoff,
    concurrencyKey: asked.concurrency_key ?? null,
    concurrencyMax: asked.concurrency_max ?? 1,
    rate: rate ? { perSecond: rate.per_second, burst: rate.burst } : null,
    takesInput: asked.takes_input ?? false,
    expiresAt: ttl === undefined ? null : (runAt ?? now) + ttl * MS,
    timeoutMs: timeout === undefined ? policy.timeoutMs : timeout * MS,
    resultForMs: resultTtl === undefined ? RESULT_FOR_MS : resultTtl * MS,
    tags: [...new Set(asked.tags)],
  }
}

function runAtOf({ delay, run_at: runAt }: schema.JobAsked, now: number): number | null {
  if (runAt !== undefined) return instantIn(runAt)
  return delay === undefined || delay === 0 ? null : now + Math.round(delay * MS)
}

const backoffIn = ({ kind, first, most, factor }: NonNullable<schema.JobAsked['backoff']>): Backoff => ({
  kind,
  firstMs: first * MS,
  mostMs: most * MS,
  factor,
})

/** @param idOf the id of a job that was named; `#3` is the fourth of its batch. */
export const ancestorsIn = (asked: schema.JobAsked, idOf: (named: string) => string): Ancestor[] =>
  (asked.after ?? []).map((one) =>
    typeof one === 'string'
      ? { jobId: idOf(one), on: 'success', condition: null }
      : { jobId: idOf(one.job), on: one.on, condition: one.condition ?? null },
  )

/** Which others of its batch a job comes after, by their positions. */
export const positionsIn = (asked: schema.JobAsked): number[] =>
  (asked.after ?? [])
    .map((one) => (typeof one === 'string' ? one : one.job))
    .filter((named) => named.startsWith('#'))
    .map((named) => Number(named.slice(1)))

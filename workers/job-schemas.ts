/** Jobs, as the API says them. Spans of time are seconds, fractions allowed; instants are RFC 3339. */
import { z } from '@hono/zod-openapi'
import { JOB_HANDLERS } from '../queues/jobs/registry.ts'
import { Instant, text } from './schemas.ts'

/** Longer than this, a job is a plan. A year, and a day for leap years. */
const YEAR_S = 366 * 86_400
export const BATCH_JOBS_MAX = 10_000
/** Ends that one job can wait for. */
const ANCESTORS_MAX = 1000

export const JobLane = z.enum(['critical', 'default', 'bulk'])
export const JobState = z.enum([
  'scheduled',
  'waiting',
  'queued',
  'running',
  'retrying',
  'succeeded',
  'failed',
  'dead',
  'cancelled',
])
const seconds = (least: number, most: number) => z.number().min(least).max(most)

const Backoff = z
  .strictObject({
    kind: z.enum(['exponential', 'constant']).default('exponential'),
    first: seconds(0.1, 86_400).openapi({ description: 'Seconds before the second attempt, at most.' }),
    most: seconds(0.1, YEAR_S).default(3600),
    factor: z.number().min(1).max(10).default(2),
  })
  .openapi('JobBackoff', {
    description: 'Before each further attempt a chance share of `first * factor^n` seconds passes, `most` at most.',
  })

const AncestorId = z
  .string()
  .regex(/^(job_[0-9A-Z]{26}|#\d{1,4})$/, 'must be a job’s id, or in a batch # and a position')
const After = z.union([
  AncestorId,
  z.strictObject({
    job: AncestorId,
    on: z.enum(['success', 'failure', 'any']).default('success'),
    condition: z
      .strictObject({ field: text(100), equals: z.union([z.string().max(1000), z.number(), z.boolean()]) })
      .optional()
      .openapi({
        description: 'Begins only where this field of its result has this value; else this job is cancelled.',
      }),
  }),
])

const COMMON = {
  lane: JobLane.optional().openapi({ description: 'Left out: its type’s own.' }),
  delay: seconds(0, YEAR_S).optional().openapi({ description: 'Seconds from now.' }),
  run_at: Instant.optional(),
  max_attempts: z.int().min(1).max(100).optional(),
  backoff: Backoff.optional(),
  idempotency_key: text(200).optional().openapi({ description: 'In this store, the same key is the same job.' }),
  concurrency_key: text(200).optional().openapi({ description: 'Jobs of one key run one after the other, in order.' }),
  concurrency_max: z.int().min(1).max(1000).optional().openapi({ description: 'Or so many beside each other.' }),
  rate: z
    .strictObject({ per_second: z.number().min(0.001).max(10_000), burst: z.int().min(1).max(10_000).default(1) })
    .optional()
    .openapi({ description: 'Jobs of this type begin no faster.' }),
  after: z.array(After).max(ANCESTORS_MAX).optional(),
  takes_input: z.boolean().optional().openapi({ description: 'It is given the results of the jobs it comes after.' }),
  ttl: seconds(0.1, YEAR_S).optional().openapi({ description: 'Not begun so long after it was due, it is given up.' }),
  timeout: seconds(0.1, 900)
    .optional()
    .openapi({ description: 'The longest time of one go; work that goes on in several has so long for each.' }),
  result_ttl: seconds(1, 90 * 86_400)
    .optional()
    .openapi({ description: 'How long its result can be read: a day.' }),
  tags: z.array(text(50)).max(10).optional(),
}

const ONE_TIME = { message: 'say delay or run_at, not both', path: ['run_at'] }
const MAX_NEEDS_KEY = { message: 'says nothing without a concurrency_key', path: ['concurrency_max'] }

const [first, ...others] = [...JOB_HANDLERS.values()].map((handler) =>
  z
    .strictObject({ type: z.literal(handler.type), payload: handler.payload, ...COMMON })
    .openapi({ description: handler.summary }),
)

export const JobRequest = z
  .discriminatedUnion('type', [first!, ...others])
  .refine(({ delay, run_at: runAt }) => delay === undefined || runAt === undefined, ONE_TIME)
  .refine((job) => job.concurrency_max === undefined || job.concurrency_key !== undefined, MAX_NEEDS_KEY)
  .openapi('JobRequest')

export type JobAsked = z.infer<typeof JobRequest>

export const BatchRequest = z
  .strictObject({
    jobs: z.array(JobRequest).min(1).max(BATCH_JOBS_MAX).openapi({
      description: 'In `after`, `#0` is the first of these; a job may come only after earlier ones.',
    }),
  })
  .openapi('JobBatchRequest')

const Links = z.object({ self: z.string(), events: z.string() })

export const AcceptedJob = z
  .object({ id: z.string(), is_new: z.boolean(), links: Links })
  .openapi('AcceptedJob', { example: undefined })

export const AcceptedBatch = z
  .object({
    id: z.string(),
    jobs: z.array(z.string()).openapi({ description: 'Their ids, in the order given.' }),
    links: z.object({ self: z.string(), jobs: z.string() }),
  })
  .openapi('AcceptedJobBatch')

export const Batch = z
  .object({
    id: z.string(),
    jobs: z.int(),
    states: z.partialRecord(JobState, z.int()),
    is_over: z.boolean().openapi({ description: 'Nothing of it is still to happen.' }),
  })
  .openapi('JobBatch')

const JobError = z.object({ code: z.string(), message: z.string() })

export const Job = z
  .object({
    id: z.string(),
    type: z.string(),
    lane: JobLane,
    state: JobState,
    tags: z.array(z.string()),
    concurrency_key: z.string().nullable(),
    after: z.array(z.object({ job: z.string(), on: z.enum(['success', 'failure', 'any']) })),
    batch: z.string().nullable(),
    run: z.string().nullable().openapi({ description: 'The firing of a schedule that made it.' }),
    by: z.string(),
    max_attempts: z.int(),
    attempts: z.array(
      z.object({
        number: z.int(),
        started_at: Instant,
        ended_at: Instant.nullable(),
        outcome: z.enum(['running', 'succeeded', 'failed', 'timed_out', 'lost', 'cancelled']),
        error: JobError.nullable(),
      }),
    ),
    progress: z.object({ done: z.number(), note: z.string() }).nullable(),
    result: z.unknown().openapi({ description: 'As its type gives it; null: none, or its time is over.' }),
    error: JobError.nullable(),
    is_cancel_asked: z.boolean(),
    replays: z.int(),
    due_at: Instant.nullable(),
    created_at: Instant,
    started_at: Instant.nullable(),
    ended_at: Instant.nullable(),
    version: z.int(),
    links: Links,
  })
  .openapi('Job')

export const StatusRequest = z
  .strictObject({ ids: z.array(z.string().max(64)).min(1).max(1000) })
  .openapi('JobStatusRequest')

export const JobStatus = z
  .object({
    id: z.string(),
    state: JobState.nullable().openapi({ description: 'Null: there is no such job.' }),
    progress: z.object({ done: z.number(), note: z.string() }).nullable(),
    error: JobError.nullable(),
    ended_at: Instant.nullable(),
  })
  .openapi('JobStatus')

/** Which jobs; several values separated by commas. */
export const JobFilter = {
  type: z.string().max(300).optional().openapi({ description: 'One or more, separated by commas.' }),
  tag: z.string().max(50).optional(),
  error: z.string().max(100).optional().openapi({ description: 'The code of its last error.' }),
  from: Instant.optional().openapi({ description: 'Made at this instant or later.' }),
  until: Instant.optional().openapi({ description: 'Made before this instant.' }),
}

export const ReplayRequest = z
  .strictObject({
    filter: z.strictObject(JobFilter).default({}),
    dry_run: z.boolean().default(false),
    per_second: z.number().min(0.1).max(100).default(10),
    most: z.int().min(1).max(100_000).default(1000),
  })
  .openapi('DeadLetterReplayRequest')

export const ReplayPlan = z
  .object({
    dry_run: z.literal(true),
    would_replay: z.int(),
    ids: z.array(z.string()).openapi({ description: 'The first hundred.' }),
  })
  .openapi('DeadLetterReplayPlan')

export const Payload = z
  .object({ id: z.string(), type: z.string(), payload: z.unknown() })
  .openapi('JobPayload', { description: 'What the job was asked to do. It may hold what only its maker should know.' })

export const Queues = z
  .object({
    data: z.array(
      z.object({
        lane: JobLane,
        queued: z.int(),
        running: z.int(),
        scheduled: z.int(),
        oldest_queued_at: Instant.nullable(),
        oldest_age: z.number().nullable().openapi({ description: 'Seconds.' }),
      }),
    ),
    states: z.partialRecord(JobState, z.int()),
  })
  .openapi('JobQueues')

/**
 * Jobs: making them, one or ten thousand, and following, stopping and hurrying them. The answer to a POST says that the
 * job is written down, and where to watch it; what it does comes later, at least once and to the end.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { JobRefusal, JobState, JobView } from '../../../domain/message/job-desk.ts'
import type { Decision } from '../../../domain/basics/decision.ts'
import { shardOfJob } from '../../../domain/job/shards.ts'
import { mayDo, type Scope } from '../../../domain/store/operator-key.ts'
import { webhookSecretOf } from '../../../platform/outbound/signature.ts'
import { digest } from '../../../platform/signing.ts'
import { JobFiles, fileOf } from '../../../queues/jobs/files.ts'
import { JOB_HANDLERS } from '../../../queues/jobs/registry.ts'
import type { Asked } from '../../context.ts'
import { countBatch, deskOf, findJob, findJobs, listJobs } from '../../job-desk.ts'
import { hasEnded, jobEvents } from '../../job-events.ts'
import { takeJobs } from '../../job-intake.ts'
import {
  AcceptedBatch,
  AcceptedJob,
  BATCH_JOBS_MAX,
  Batch,
  BatchRequest,
  Job,
  JobFilter,
  JobRequest,
  JobState as State,
  JobStatus,
  StatusRequest,
} from '../../job-schemas.ts'
import { jobOut, linksOf, statusOut } from '../../job-wire.ts'
import { jsonBodyUpTo } from '../../middleware/limits/index.ts'
import { ARRAY_ITEMS_MAX } from '../../middleware/limits/json-shape.ts'
import { privateJson, refused } from '../../replies.ts'
import { PageQuery, page } from '../../schemas.ts'
import { instantIn } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { needs, needsOnce, takes } from './operating.ts'

const tags = ['Jobs']
const params = z.object({ id: z.string().max(64) })

/** A payload of a megabyte, and all that is said beside it. */
export const JOB_BYTES_MAX = 1_100_000
/** What an isolate can hold parsed, with room for others. */
const BATCH_BYTES_MAX = 10_000_000

/** Those whose bodies are longer than others'. */
export const jobIntake = router()
export const jobs = router()

const takingJobs = needsOnce('jobs:write')

answer(
  jobIntake,
  createRoute({
    method: 'post',
    path: '/jobs',
    tags,
    summary: 'Make a job',
    description:
      'Written down when it is answered. A payload has up to 1 MB; its shape is its type’s. `idempotency_key` outlives the request: in a store the same key is the same job.',
    ...takingJobs,
    middleware: [jsonBodyUpTo({ bytes: JOB_BYTES_MAX, items: ARRAY_ITEMS_MAX }), ...takingJobs.middleware],
    ...takes(JobRequest),
    responses: {
      202: json(AcceptedJob, 'Taken.'),
      ...problems(400, 401, 403, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const taken = await takeJobs(c, [c.req.valid('json')], null)
    if (!taken.ok) return refused(c, taken.refusal)
    const { id, isNew } = taken.value[0]!
    const links = linksOf(id)
    return privateJson(c, { id, is_new: isNew, links }, 202, { location: links.self })
  },
)

answer(
  jobIntake,
  createRoute({
    method: 'post',
    path: '/jobs/batch',
    tags,
    summary: 'Make up to 10,000 jobs',
    description:
      'At most 10 MB. A job may come after earlier ones of the batch (`"after": ["#0"]`). What broke off is completed by the same request with the same key.',
    ...takingJobs,
    middleware: [jsonBodyUpTo({ bytes: BATCH_BYTES_MAX, items: BATCH_JOBS_MAX }), ...takingJobs.middleware],
    ...takes(BatchRequest),
    responses: {
      202: json(AcceptedBatch, 'Taken, all of them.'),
      ...problems(400, 401, 403, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const id = await batchIdOf(c)
    const taken = await takeJobs(c, c.req.valid('json').jobs, id)
    if (!taken.ok) return refused(c, taken.refusal)
    const self = `/api/v1/admin/jobs/batches/${id}`
    const links = { self, jobs: `/api/v1/admin/jobs?batch=${id}` }
    return privateJson(c, { id, jobs: taken.value.map((job) => job.id), links }, 202, { location: self })
  },
)

/** Made from the request, so that one that is sent again speaks of the same batch. */
async function batchIdOf(c: Asked): Promise<string> {
  const { key, fingerprint } = c.var.once
  return `bat_${(await digest(`${c.var.operator.keyId}\n${key}\n${fingerprint}`)).slice(0, 32)}`
}

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/jobs',
    tags,
    summary: 'List jobs, newest first',
    ...needs('jobs:read'),
    request: {
      query: PageQuery.extend({
        ...JobFilter,
        state: z.string().max(100).optional().openapi({ description: 'One or more, separated by commas.' }),
        batch: z.string().max(64).optional(),
      }),
    },
    responses: { 200: json(page(Job), 'Those that fit.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const { state, batch, limit, cursor, ...filter } = c.req.valid('query')
    const states = state === undefined ? null : statesIn(state)
    if (states === 'unknown') {
      const problem = `must be one or more of ${State.options.join(', ')}`
      return refused(c, { code: 'invalid_request', errors: [{ pointer: 'query/state', problem }] })
    }
    if (cursor !== undefined && shardOfJob(cursor) === undefined) return refused(c, { code: 'cursor_not_valid' })
    const query = { ...filterIn(filter), states, batchId: batch ?? null, before: cursor ?? null, limit }
    const { jobs: found, nextBefore } = await listJobs(c, query)
    return privateJson(c, { data: found.map(jobOut), next_cursor: nextBefore })
  },
)

function statesIn(text: string): JobState[] | 'unknown' {
  const states = text.split(',').map((one) => State.safeParse(one))
  return states.every(({ success }) => success) ? states.map(({ data }) => data!) : 'unknown'
}

/** A filter as the objects take it. */
export const filterIn = ({ type, tag, error, from, until }: z.infer<z.ZodObject<typeof JobFilter>>) => ({
  types: type === undefined ? null : type.split(','),
  tag: tag ?? null,
  errorCode: error ?? null,
  from: from === undefined ? null : instantIn(from),
  until: until === undefined ? null : instantIn(until),
})

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/jobs/{id}',
    tags,
    summary: 'See a job: its state, its attempts, its result',
    ...needs('jobs:read'),
    request: { params },
    responses: { 200: json(Job, 'As it is now.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const job = await findJob(c, c.req.valid('param').id)
    return job ? privateJson(c, jobOut(job)) : refused(c, { code: 'job_not_found' })
  },
)

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/jobs/{id}/events',
    tags,
    summary: 'Watch a job',
    description:
      'Server-sent events named `job`, each the whole job, from now until it has ended; `Last-Event-ID` takes up where it was. Ends after five minutes: come back, as EventSource does by itself.',
    ...needs('jobs:read'),
    request: { params },
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
      204: { description: 'It has ended, and you have seen how.' },
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const job = await findJob(c, c.req.valid('param').id)
    return job ? jobEvents(c, job) : refused(c, { code: 'job_not_found' })
  },
)

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/jobs/{id}/file',
    tags,
    summary: 'Fetch the file that a job has made',
    ...needs('jobs:read'),
    request: { params },
    responses: {
      200: { description: 'The file.', content: { 'application/octet-stream': { schema: z.string() } } },
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const job = await findJob(c, c.req.valid('param').id)
    if (!job) return refused(c, { code: 'job_not_found' })
    const beyond = scopesOf(job).find((scope) => !mayDo({ scopes: [...c.var.operator.scopes] }, scope))
    if (beyond !== undefined) return refused(c, { code: 'scope_missing', required: beyond })
    const made = FileMade.safeParse(job.result === null ? null : JSON.parse(job.result))
    if (!made.success) return refused(c, { code: 'not_found', what: 'a file of this job' })
    const { parts, bytes, content_type: type } = made.data
    const headers = new Headers({
      'content-type': type,
      'content-length': String(bytes),
      'cache-control': 'private, no-store',
      'content-disposition': `attachment; filename="${job.id}${type === 'text/csv' ? '.csv' : '.ndjson'}"`,
    })
    const pieces = new JobFiles(c.env.DOCUMENTS).read(fileOf(job.storeId, job.id), parts)
    return new Response(c.req.method === 'HEAD' ? null : streamOf(pieces), { headers })
  },
)

const FileMade = z.object({
  parts: z.int(),
  bytes: z.int(),
  content_type: z.enum(['text/csv', 'application/x-ndjson']),
})

/** What it takes to see what this job has made. */
function scopesOf({ type, payload, isPayloadAside }: JobView): readonly Scope[] {
  const parsed = isPayloadAside ? undefined : JOB_HANDLERS.get(type)?.payload.safeParse(JSON.parse(payload))
  return parsed?.success === true ? JOB_HANDLERS.get(type)!.scopes(parsed.data) : ['*']
}

const streamOf = (pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => void pieces.return(undefined),
  })

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/jobs/batches/{id}',
    tags,
    summary: 'See how far a batch is',
    ...needs('jobs:read'),
    request: { params },
    responses: { 200: json(Batch, 'Its jobs, counted by state.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const states = await countBatch(c, id)
    const counts = Object.entries(states) as [JobState, number][]
    const total = counts.reduce((sum, [, count]) => sum + count, 0)
    if (total === 0) return refused(c, { code: 'not_found', what: id })
    const isOver = counts.every(([state, count]) => count === 0 || hasEnded(state))
    return privateJson(c, { id, jobs: total, states, is_over: isOver })
  },
)

answer(
  jobs,
  createRoute({
    method: 'post',
    path: '/jobs/status',
    tags,
    summary: 'Ask for the states of up to 1,000 jobs',
    description: 'Changes nothing. In the order asked.',
    ...needs('jobs:read'),
    ...takes(StatusRequest),
    responses: {
      200: json(z.object({ data: z.array(JobStatus), next_cursor: z.null() }), 'How they are now.'),
      ...problems(400, 401, 403, 413, 415, 503),
    },
  }),
  async (c) => {
    const { ids } = c.req.valid('json')
    const found = await findJobs(c, ids)
    return privateJson(c, { data: ids.map((id, i) => statusOut(id, found[i] ?? null)), next_cursor: null })
  },
)

answer(
  jobs,
  createRoute({
    method: 'post',
    path: '/jobs/{id}/cancel',
    tags,
    summary: 'Cancel a job: one that has not begun has ended, one that runs is asked to stop',
    ...needsOnce('jobs:write'),
    request: { params },
    responses: { 200: json(Job, 'As it is now.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  (c) => changed(c, c.req.valid('param').id, (desk, id) => desk.cancel(id)),
)

answer(
  jobs,
  createRoute({
    method: 'post',
    path: '/jobs/{id}/retry',
    tags,
    summary: 'Have a job that waits for its next attempt, or for its instant, begin now',
    ...needsOnce('jobs:write'),
    request: { params },
    responses: { 200: json(Job, 'As it is now.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  (c) => changed(c, c.req.valid('param').id, (desk, id) => desk.retryNow(id)),
)

answer(
  jobs,
  createRoute({
    method: 'get',
    path: '/webhooks/secret',
    tags,
    summary: 'See what calls to your servers are signed with',
    description: 'For the libraries of Standard Webhooks. It changes when the deployment’s signing key does.',
    ...needs('keys:write'),
    responses: {
      200: json(z.object({ secret: z.string().openapi({ example: 'whsec_…' }) }), 'The secret.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => privateJson(c, { secret: await webhookSecretOf(c.env.SIGNING_KEY, c.var.visit.storeId) }),
)

/** Does it with the job, if there is one, and says how it is then. */
export async function changed(
  c: Asked,
  id: string,
  change: (desk: NonNullable<ReturnType<typeof deskOf>>, id: string) => Promise<Decision<JobView, JobRefusal>>,
  status = 200,
): Promise<Response> {
  const desk = deskOf(c, id)
  if (!desk) return refused(c, { code: 'job_not_found' })
  const decision = await change(desk, id)
  return decision.ok ? privateJson(c, jobOut(decision.value), status) : refused(c, decision.refusal)
}

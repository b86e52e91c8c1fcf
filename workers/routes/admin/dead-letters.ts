/**
 * Dead letters: jobs that were given up on. They wait for an operator, who looks, mends the payload and replays one or
 * many. They are rows of their jobs, so nobody has to read them in time.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { JOB_SHARDS } from '../../../domain/job/shards.ts'
import type { JobView } from '../../../domain/message/job-desk.ts'
import { mayDo } from '../../../domain/store/operator-key.ts'
import { JobFiles, PAYLOAD_BYTES_IN_ROW, PAYLOAD_BYTES_MAX } from '../../../queues/jobs/files.ts'
import { JOB_HANDLERS } from '../../../queues/jobs/registry.ts'
import type { Asked } from '../../context.ts'
import { deskOf, findJob, listJobs, queueFigures } from '../../job-desk.ts'
import { takeJobs } from '../../job-intake.ts'
import { AcceptedJob, Job, JobFilter, Payload, Queues, ReplayPlan, ReplayRequest } from '../../job-schemas.ts'
import { jobOut, linksOf } from '../../job-wire.ts'
import { jsonBodyUpTo } from '../../middleware/limits/index.ts'
import { ARRAY_ITEMS_MAX } from '../../middleware/limits/json-shape.ts'
import { may } from '../../middleware/operator/index.ts'
import { privateJson, refused } from '../../replies.ts'
import { PageQuery, page } from '../../schemas.ts'
import { maybeInstantOut } from '../../wire.ts'
import { answer, body, fieldErrors, json, problems, router } from '../endpoint.ts'
import { JOB_BYTES_MAX, changed, filterIn } from './jobs.ts'
import { auditSoon, needs, needsOnce, security, takes } from './operating.ts'

const tags = ['Jobs']
const params = z.object({ id: z.string().max(64) })

/** The one whose body is longer than others'. */
export const letterMending = router()
export const deadLetters = router()

answer(
  deadLetters,
  createRoute({
    method: 'get',
    path: '/dead-letters',
    tags,
    summary: 'List the jobs that were given up on, newest first',
    ...needs('jobs:read'),
    request: { query: PageQuery.extend(JobFilter) },
    responses: { 200: json(page(Job), 'Those that fit.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const { limit, cursor, ...filter } = c.req.valid('query')
    const found = await listJobs(c, { ...deadOnes(filter), before: cursor ?? null, limit })
    return privateJson(c, { data: found.jobs.map(jobOut), next_cursor: found.nextBefore })
  },
)

const deadOnes = (filter: Parameters<typeof filterIn>[0]) => ({
  ...filterIn(filter),
  states: ['dead' as const],
  batchId: null,
})

answer(
  deadLetters,
  createRoute({
    method: 'get',
    path: '/dead-letters/{id}/payload',
    tags,
    summary: 'See what a dead letter was asked to do',
    ...needs('jobs:write'),
    request: { params },
    responses: { 200: json(Payload, 'Its payload.'), ...problems(401, 403, 404, 409, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const job = await findJob(c, id)
    if (!job) return refused(c, { code: 'job_not_found' })
    if (job.state !== 'dead') return refused(c, { code: 'job_not_dead', state: job.state })
    return privateJson(c, { id, type: job.type, payload: await payloadOf(c, job) })
  },
)

async function payloadOf(c: Asked, { payload, isPayloadAside }: JobView): Promise<unknown> {
  return JSON.parse(isPayloadAside ? await new JobFiles(c.env.DOCUMENTS).payload(payload) : payload)
}

answer(
  letterMending,
  createRoute({
    method: 'patch',
    path: '/dead-letters/{id}/payload',
    tags,
    summary: 'Mend what a dead letter will be asked to do when it is replayed',
    description:
      'A merge patch (RFC 7396): fields that are named are replaced, `null` takes one away. What comes out must be a payload of its type.',
    security,
    middleware: [jsonBodyUpTo({ bytes: JOB_BYTES_MAX, items: ARRAY_ITEMS_MAX }), may('jobs:write')],
    request: { params, ...body(z.record(z.string(), z.unknown())) },
    responses: { 200: json(Payload, 'As it is now.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const job = await findJob(c, id)
    if (!job) return refused(c, { code: 'job_not_found' })
    if (job.state !== 'dead') return refused(c, { code: 'job_not_dead', state: job.state })
    const handler = JOB_HANDLERS.get(job.type)
    const mended = merged(await payloadOf(c, job), c.req.valid('json'))
    const parsed = handler?.payload.safeParse(mended)
    if (parsed && !parsed.success) {
      return refused(c, { code: 'invalid_request', errors: fieldErrors(parsed.error) })
    }
    const beyond =
      parsed && handler?.scopes(parsed.data).find((scope) => !mayDo({ scopes: [...c.var.operator.scopes] }, scope))
    if (beyond !== undefined) return refused(c, { code: 'scope_missing', required: beyond })
    const text = JSON.stringify(parsed ? parsed.data : mended)
    const bytes = new TextEncoder().encode(text).length
    if (bytes > PAYLOAD_BYTES_MAX) return refused(c, { code: 'body_too_large', limitBytes: PAYLOAD_BYTES_MAX })
    const isAside = bytes > PAYLOAD_BYTES_IN_ROW
    const kept = isAside ? await new JobFiles(c.env.DOCUMENTS).keepPayload(c.var.visit.storeId, text) : text
    const decision = await deskOf(c, id)!.amend(id, kept, isAside)
    if (!decision.ok) return refused(c, decision.refusal)
    await auditSoon(c, { action: 'job.payload_amended', subject: id, facts: {} })
    return privateJson(c, { id, type: job.type, payload: JSON.parse(text) as unknown })
  },
)

/** RFC 7396, section 2. */
function merged(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const isObject = typeof target === 'object' && target !== null && !Array.isArray(target)
  const all = new Map<string, unknown>(isObject ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) all.delete(name)
    else all.set(name, merged(all.get(name), value))
  }
  return Object.fromEntries(all)
}

answer(
  deadLetters,
  createRoute({
    method: 'post',
    path: '/dead-letters/{id}/replay',
    tags,
    summary: 'Try a dead letter again, with fresh attempts and under the same key',
    ...needsOnce('jobs:write'),
    request: { params },
    responses: { 202: json(Job, 'As it is now.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const response = await changed(c, id, (desk) => desk.replay(id, null, c.var.operator.keyId), 202)
    if (response.ok) await auditSoon(c, { action: 'job.replayed', subject: id, facts: {} })
    return response
  },
)

/** What a dry run names by id. */
const IDS_SHOWN = 100
/** What a dry run counts in one answer of a shard. */
const COUNTED_AT_ONCE = 500

answer(
  deadLetters,
  createRoute({
    method: 'post',
    path: '/dead-letters/replay',
    tags,
    summary: 'Try many dead letters again, at a pace',
    description:
      'A dry run says how many there are and changes nothing. Otherwise a job does it, `per_second` a second, oldest last: watch it, or cancel it, like any other.',
    ...needsOnce('jobs:write'),
    ...takes(ReplayRequest),
    responses: {
      200: json(ReplayPlan, 'What would be replayed.'),
      202: json(AcceptedJob, 'The job that replays them.'),
      ...problems(400, 401, 403, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { filter, dry_run: isDryRun, per_second: perSecond, most } = c.req.valid('json')
    if (isDryRun) {
      const ids = await deadLettersFitting(c, filter, most)
      return privateJson(c, { dry_run: true, would_replay: ids.length, ids: ids.slice(0, IDS_SHOWN) })
    }
    const payload = { filter, per_second: perSecond, most, by: c.var.operator.keyId }
    const taken = await takeJobs(c, [{ type: 'replay_dead_letters', payload }], null)
    if (!taken.ok) return refused(c, taken.refusal)
    const { id, isNew } = taken.value[0]!
    await auditSoon(c, { action: 'job.replay_of_many', subject: id, facts: { most, per_second: perSecond } })
    return privateJson(c, { id, is_new: isNew, links: linksOf(id) }, 202, { location: linksOf(id).self })
  },
)

/** The ids of those that fit, newest first, `most` at most. */
export async function deadLettersFitting(
  c: Asked,
  filter: Parameters<typeof filterIn>[0],
  most: number,
): Promise<string[]> {
  const ids: string[] = []
  let before: string | null = null
  do {
    const limit = Math.min(COUNTED_AT_ONCE, most - ids.length)
    const found: { jobs: JobView[]; nextBefore: string | null } = await listJobs(c, {
      ...deadOnes(filter),
      before,
      limit,
    })
    ids.push(...found.jobs.map(({ id }) => id))
    before = found.nextBefore
  } while (before !== null && ids.length < most)
  return ids
}

answer(
  deadLetters,
  createRoute({
    method: 'get',
    path: '/queues',
    tags,
    summary: 'See how many jobs wait, and for how long',
    description: `Asked of the ${JOB_SHARDS} objects that keep them.`,
    ...needs('jobs:read'),
    responses: { 200: json(Queues, 'By lane.'), ...problems(401, 403, 503) },
  }),
  async (c) => {
    const { lanes, states } = await queueFigures(c)
    const now = c.var.visit.clock.now()
    const data = (['critical', 'default', 'bulk'] as const).map((lane) => {
      const { queued, running, scheduled, oldestQueuedAt } = lanes[lane]
      const oldestAge = oldestQueuedAt === null ? null : Math.max(0, now - oldestQueuedAt) / 1000
      return {
        lane,
        queued,
        running,
        scheduled,
        oldest_queued_at: maybeInstantOut(oldestQueuedAt),
        oldest_age: oldestAge,
      }
    })
    return privateJson(c, { data, states })
  },
)

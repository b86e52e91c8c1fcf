/**
 * Schedules: making, changing and steering them, what they will do, and their ledger of what they did. A firing is a job,
 * and is followed as one (jobs.ts).
 */
import { createRoute, z } from '@hono/zod-openapi'
import { refuse, type Decision } from '../../../domain/basics/decision.ts'
import { newScheduleId, shardOfSchedule } from '../../../domain/job/shards.ts'
import type { DropMoments, ScheduleDesk, ScheduleTerms, ScheduleView } from '../../../domain/message/schedule-desk.ts'
import { mayDo } from '../../../domain/store/operator-key.ts'
import type { Asked } from '../../context.ts'
import { scheduleDesk } from '../../desks.ts'
import type { Refusal } from '../../problems.ts'
import { privateJson, refused } from '../../replies.ts'
import {
  checked,
  deskOfSchedule,
  findRun,
  findSchedule,
  listRuns,
  listSchedules,
  maySchedule,
  mistakesInPlan,
  shardForSchedule,
  timingChecked,
} from '../../schedule-desk.ts'
import { inWords, previewOf } from '../../schedule-preview.ts'
import {
  Backfill,
  Run,
  Schedule,
  ScheduleChange,
  SchedulePreview,
  SchedulePreviewRequest,
  ScheduleWithNext,
  ScheduleWrite,
} from '../../schedule-schemas.ts'
import {
  blackoutsIn,
  linkTo,
  placeIn,
  placeOut,
  runOut,
  scheduleIn,
  scheduleOut,
  timingIn,
} from '../../schedule-wire.ts'
import { PageQuery, page } from '../../schemas.ts'
import { instantIn } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { auditSoon, needs, needsOnce, takes } from './operating.ts'

export const schedules = router()
const tags = ['Schedules']
const params = z.object({ id: z.string().max(64) })

/** Firings that are shown with a schedule. */
const NEXT_SHOWN = 5

answer(
  schedules,
  createRoute({
    method: 'get',
    path: '/schedules',
    tags,
    summary: 'List schedules, newest first',
    ...needs('jobs:read'),
    request: { query: PageQuery },
    responses: { 200: json(page(Schedule), 'A page of them.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    if (cursor !== undefined && shardOfSchedule(cursor) === undefined) return refused(c, { code: 'cursor_not_valid' })
    const { schedules: found, nextBefore } = await listSchedules(c, cursor ?? null, limit)
    return privateJson(c, { data: await Promise.all(found.map((one) => out(c, one))), next_cursor: nextBefore })
  },
)

answer(
  schedules,
  createRoute({
    method: 'post',
    path: '/schedules',
    tags,
    summary: 'Make a schedule',
    description:
      'Each firing makes the job that is given, once. The scopes that such a job needs are wanted now, of the key that makes the schedule.',
    ...needsOnce('jobs:write'),
    ...takes(ScheduleWrite),
    responses: {
      201: json(ScheduleWithNext, 'Made, with its next firings.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { storeId, clock, random } = c.var.visit
    const now = clock.now()
    // The schema asks for every term of a new one.
    const wanted = await checked(c, scheduleIn(c.req.valid('json'), now) as ScheduleTerms)
    if (!wanted.ok) return refused(c, wanted.refusal)
    const { terms, moments } = wanted.value
    const onceKey = `${c.var.operator.keyId} ${c.var.once.key} ${c.var.once.fingerprint}`
    const shard = shardForSchedule(c, terms, onceKey)
    const added = { id: newScheduleId(shard, now, random), storeId, onceKey, by: c.var.operator.keyId }
    const made = await scheduleDesk(c.env, storeId, shard).addSchedule(added, terms, moments)
    if (!made.ok) return refused(c, made.refusal)
    await auditSoon(c, { action: 'schedule.made', subject: made.value.id, facts: { name: terms.name } })
    return privateJson(c, await outWithNext(c, made.value), 201, { location: linkTo(made.value.id) })
  },
)

answer(
  schedules,
  createRoute({
    method: 'post',
    path: '/schedules/preview',
    tags,
    summary: 'See what a schedule would do, before making it',
    description: 'Changes nothing. Firings that a clock change affects say how, also those that it takes away.',
    ...needs('jobs:read'),
    ...takes(SchedulePreviewRequest),
    responses: {
      200: json(SchedulePreview, 'In words, and instant by instant.'),
      ...problems(400, 401, 403, 404, 413, 415, 503),
    },
  }),
  async (c) => {
    const now = c.var.visit.clock.now()
    const { timing, starts_at, ends_at, blackouts, from, count } = c.req.valid('json')
    const { startsAt, endsAt } = scheduleIn({ starts_at, ends_at }, now) as Pick<ScheduleTerms, 'startsAt' | 'endsAt'>
    const plan = { timing: timingIn(timing, now), startsAt, endsAt, blackouts: blackoutsIn(blackouts) }
    const errors = mistakesInPlan(plan)
    if (errors.length > 0) return refused(c, { code: 'invalid_request', errors })
    const found = await timingChecked(c, plan.timing)
    if (!found.ok) return refused(c, found.refusal)
    const after = from === undefined ? now : instantIn(from) - 1
    const next = previewOf(plan, found.value.moments, after, count)
    return privateJson(c, { ...(await inWords(plan)), next })
  },
)

answer(
  schedules,
  createRoute({
    method: 'get',
    path: '/schedules/{id}',
    tags,
    summary: 'See a schedule and its next firings',
    ...needs('jobs:read'),
    request: { params },
    responses: { 200: json(ScheduleWithNext, 'As it is now.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const found = await findSchedule(c, c.req.valid('param').id)
    return found ? privateJson(c, await outWithNext(c, found)) : refused(c, { code: 'schedule_not_found' })
  },
)

answer(
  schedules,
  createRoute({
    method: 'patch',
    path: '/schedules/{id}',
    tags,
    summary: 'Change a schedule',
    description:
      'What was due before is fired by the old terms, and nothing twice. `timing`, `misfire` and `job` are replaced whole.',
    ...needs('jobs:write'),
    request: { params, ...takes(ScheduleChange).request },
    responses: {
      200: json(ScheduleWithNext, 'As it is now.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { version, ...change } = c.req.valid('json')
    const was = await findSchedule(c, id)
    if (!was) return refused(c, { code: 'schedule_not_found' })
    const wanted = await checked(c, {
      ...(scheduleIn(defined(change), c.var.visit.clock.now(), termsOf(was)) as ScheduleTerms),
    })
    if (!wanted.ok) return refused(c, wanted.refusal)
    const { terms, moments } = wanted.value
    if (!maySchedule(c, id, terms)) return refused(c, { code: 'schedule_lives_elsewhere' })
    // Of the version that was merged with, or somebody else's change would be undone by what was left out here.
    const changed = await deskOfSchedule(c, id)!.changeSchedule(id, version ?? was.version, terms, moments)
    return settled(c, 'schedule.changed', changed)
  },
)

answer(
  schedules,
  createRoute({
    method: 'delete',
    path: '/schedules/{id}',
    tags,
    summary: 'Remove a schedule and its ledger. Jobs that it made go on',
    ...needs('jobs:write'),
    request: { params },
    responses: { 204: { description: 'Gone.' }, ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const removed = await deskOfSchedule(c, id)?.removeSchedule(id)
    if (removed?.ok !== true) return refused(c, { code: 'schedule_not_found' })
    await auditSoon(c, { action: 'schedule.removed', subject: id, facts: {} })
    return c.body(null, 204)
  },
)

const STEPS = [
  ['pause', true, 'Pause a schedule: nothing fires until it is resumed. Safe to repeat'],
  ['resume', false, 'Resume a schedule. What it missed meanwhile is in its ledger, skipped. Safe to repeat'],
] as const

for (const [step, isPaused, summary] of STEPS) {
  answer(
    schedules,
    createRoute({
      method: 'post',
      path: `/schedules/{id}/${step}`,
      tags,
      summary,
      ...needs('jobs:write'),
      request: { params },
      responses: { 200: json(ScheduleWithNext, 'As it is now.'), ...problems(401, 403, 404, 413, 415, 503) },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      return settled(c, `schedule.${step}d`, await asked(c, id, (desk) => desk.pauseSchedule(id, isPaused)))
    },
  )
}

answer(
  schedules,
  createRoute({
    method: 'post',
    path: '/schedules/{id}/trigger',
    tags,
    summary: 'Fire a schedule now, beside its plan',
    description: 'Also while it is paused. While the last job has not ended, its rule for what overlaps decides.',
    ...needsOnce('jobs:write'),
    request: { params },
    responses: { 202: json(Run, 'What became of it.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const key = `${c.var.operator.keyId} ${c.var.once.key}`
    const triggered = await asked(c, id, (desk) => desk.triggerSchedule(id, key))
    if (!triggered.ok) return refused(c, triggered.refusal)
    await auditSoon(c, { action: 'schedule.triggered', subject: id, facts: { run: triggered.value.id } })
    return privateJson(c, runOut(triggered.value), 202)
  },
)

answer(
  schedules,
  createRoute({
    method: 'post',
    path: '/schedules/{id}/backfill',
    tags,
    summary: 'Fire what has not fired in a range of the past',
    description:
      'Up to 100 firings, by the present plan, also from before the schedule was made; beside each other. What has fired is left as it is.',
    ...needsOnce('jobs:write'),
    request: { params, ...takes(Backfill).request },
    responses: {
      202: json(z.object({ data: z.array(Run), next_cursor: z.null() }), 'What was fired.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { from, until } = c.req.valid('json')
    const range = [instantIn(from), instantIn(until)] as const
    const filled = await asked(c, id, (desk) => desk.backfillSchedule(id, ...range))
    if (!filled.ok) return refused(c, filled.refusal)
    await auditSoon(c, {
      action: 'schedule.backfilled',
      subject: id,
      facts: { from, until, runs: filled.value.length },
    })
    return privateJson(c, { data: filled.value.map(runOut), next_cursor: null }, 202)
  },
)

answer(
  schedules,
  createRoute({
    method: 'get',
    path: '/schedules/{id}/runs',
    tags,
    summary: 'Read a schedule’s ledger: each slot, what became of it, and its job',
    ...needs('jobs:read'),
    request: { params, query: PageQuery },
    responses: { 200: json(page(Run), 'The latest slot first.'), ...problems(400, 401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    if (!(await findSchedule(c, id))) return refused(c, { code: 'schedule_not_found' })
    return ledger(c, id, c.req.valid('query'))
  },
)

answer(
  schedules,
  createRoute({
    method: 'get',
    path: '/runs',
    tags,
    summary: 'Read the ledger of all schedules',
    ...needs('jobs:read'),
    request: { query: PageQuery },
    responses: { 200: json(page(Run), 'The latest slot first.'), ...problems(400, 401, 403, 503) },
  }),
  (c) => ledger(c, null, c.req.valid('query')),
)

answer(
  schedules,
  createRoute({
    method: 'get',
    path: '/runs/{id}',
    tags,
    summary: 'See one firing',
    ...needs('jobs:read'),
    request: { params },
    responses: { 200: json(Run, 'The firing.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const run = await findRun(c, id)
    return run ? privateJson(c, runOut(run)) : refused(c, { code: 'not_found', what: id })
  },
)

async function ledger(
  c: Asked,
  scheduleId: string | null,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Response> {
  const before = cursor === undefined ? null : placeIn(cursor)
  if (before === undefined) return refused(c, { code: 'cursor_not_valid' })
  const { runs, nextBefore } = await listRuns(c, scheduleId, before, limit)
  return privateJson(c, { data: runs.map(runOut), next_cursor: nextBefore && placeOut(nextBefore) })
}

/** Asks the desk that keeps it; a text that is no schedule's id is no schedule. */
async function asked<Value>(
  c: Asked,
  id: string,
  ask: (desk: ScheduleDesk) => Promise<Decision<Value, Refusal>>,
): Promise<Decision<Value, Refusal>> {
  const desk = deskOfSchedule(c, id)
  return desk ? ask(desk) : refuse({ code: 'schedule_not_found' })
}

/** A change is written down and answered with what the schedule is now. */
async function settled(c: Asked, action: string, changed: Decision<ScheduleView, Refusal>): Promise<Response> {
  if (!changed.ok) return refused(c, changed.refusal)
  await auditSoon(c, { action, subject: changed.value.id, facts: { name: changed.value.name } })
  return privateJson(c, await outWithNext(c, changed.value))
}

const out = async (c: Asked, one: ScheduleView) => {
  const showsPayload = mayDo({ scopes: [...c.var.operator.scopes] }, 'jobs:write')
  return scheduleOut(one, { ...(await inWords(one)), showsPayload })
}

/** Its next firings; those of a paused one are what it would do. */
async function outWithNext(c: Asked, one: ScheduleView) {
  const moments: DropMoments = one.timing.kind === 'drop' ? momentsFrom(one) : {}
  return { ...(await out(c, one)), next: previewOf(one, moments, c.var.visit.clock.now(), NEXT_SHOWN) }
}

/** The one instant that is known of a schedule relative to a drop. */
function momentsFrom({ timing, nextAt }: ScheduleView): DropMoments {
  return timing.kind !== 'drop' || nextAt === null ? {} : { [timing.moment]: nextAt - timing.offsetMs }
}

const termsOf = (one: ScheduleView): ScheduleTerms => ({
  ...{ name: one.name, timing: one.timing, misfire: one.misfire, misfireAfterMs: one.misfireAfterMs },
  ...{ overlapping: one.overlapping, jitterMs: one.jitterMs, startsAt: one.startsAt, endsAt: one.endsAt },
  ...{ blackouts: one.blackouts, runsMax: one.runsMax, job: one.job },
})

/** What a change names; what it leaves out must overwrite nothing. */
const defined = <Change extends object>(change: Change) =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Change]: Exclude<Change[Name], undefined>
  }

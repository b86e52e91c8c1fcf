/**
 * Schedules in the console: which there are and what comes next, one with its runs, and what can be done with it. Who stands
 * here is signed in and may look at jobs (console/index.tsx); commands want `jobs:write`, as by the API.
 */
import { Hono } from 'hono'
import type { Decision } from '../../domain/basics/decision.ts'
import { newScheduleId } from '../../domain/job/shards.ts'
import type { ScheduleDesk, ScheduleRefusal, ScheduleView } from '../../domain/message/schedule-desk.ts'
import type { AppEnv, Asked } from '../context.ts'
import { scheduleDesk } from '../desks.ts'
import { findJobs } from '../job-desk.ts'
import { lookAnew } from '../job-look.ts'
import { newRequestKey, readForm, requestKeyOf, type Filled } from '../pages/forms.ts'
import { goTo } from '../pages/frame.ts'
import { notFound } from '../pages/refused.tsx'
import type { Refusal } from '../problems.ts'
import { auditSoon } from '../routes/admin/operating.ts'
import { deskOfSchedule, findSchedule, listRuns, listSchedules, shardForSchedule } from '../schedule-desk.ts'
import { inWords } from '../schedule-preview.ts'
import type { Notice } from './drop-page.tsx'
import { shown } from './layout.tsx'
import { only } from './only.tsx'
import { refusedAs } from './refusal-notice.ts'
import { scheduleAsked, timingOnly, type Mistakes } from './schedule-asked.ts'
import { ScheduleForm, type FormView } from './schedule-form.tsx'
import { SchedulePage, SchedulesPage, type ScheduleSeen } from './schedule-pages.tsx'
import { mayHere } from './session.ts'

export const schedulesDesk = new Hono<AppEnv>()

/** The API has them all. */
const LISTED = 100
const RUNS_SHOWN = 40

schedulesDesk.get('/', async (c) => {
  const { schedules } = await listSchedules(c, null, LISTED)
  const lastIds = schedules.flatMap(({ lastJobId }) => lastJobId ?? [])
  const jobs = new Map((await findJobs(c, lastIds)).flatMap((job) => (job ? [[job.id, job] as const] : [])))
  const listed = await Promise.all(
    schedules.toSorted(sooner).map(async (schedule) => ({
      schedule,
      words: (await inWords(schedule)).words,
      lastJob: jobs.get(schedule.lastJobId ?? '') ?? null,
    })),
  )
  const notice = DONE[c.req.query('done') ?? ''] ?? null
  const page = <SchedulesPage listed={listed} mayChange={mayHere(c, 'jobs:write')} notice={notice} />
  return shown(c, { title: 'Schedules', isSignedIn: true }, page)
})

/** What comes next stands first; what never comes, last. */
const sooner = (one: ScheduleView, other: ScheduleView): number =>
  (one.nextAt ?? Infinity) === (other.nextAt ?? Infinity)
    ? one.name.localeCompare(other.name)
    : (one.nextAt ?? Infinity) - (other.nextAt ?? Infinity)

/** Filled in or not; whoever has said when it shall fire sees when that is. */
schedulesDesk.get('/new', only('jobs:write'), async (c) => {
  const filled = c.req.query()
  if (filled['kind'] === undefined) return shownForm(c, filled)
  const timing = await timingOnly(c, filled)
  if (!timing.ok) return shownForm(c, filled, { mistakes: timing.mistakes, notice: noticeOf(c, timing.refusal) })
  const words = await inWords(timing.value)
  return shownForm(c, filled, { preview: { of: timing.value, words, now: c.var.visit.clock.now() } })
})

schedulesDesk.post('/', only('jobs:write'), async (c) => {
  const filled = await readForm(c)
  const asked = await scheduleAsked(c, filled)
  if (!asked.ok) return shownForm(c, filled, { mistakes: asked.mistakes, notice: noticeOf(c, asked.refusal) }, 422)
  const { terms, moments } = asked.value
  const { storeId, clock, random } = c.var.visit
  const onceKey = `console ${requestKeyOf(c, filled)}`
  const shard = shardForSchedule(c, terms, onceKey)
  const added = { id: newScheduleId(shard, clock.now(), random), storeId, onceKey, by: c.var.operator.keyId }
  const decision = await scheduleDesk(c.env, storeId, shard).addSchedule(added, terms, moments)
  if (!decision.ok) {
    const { notice, status } = refusedAs(decision.refusal, c.var.visit.requestId)
    return shownForm(c, filled, { notice }, status)
  }
  await auditSoon(c, { action: 'schedule.created', subject: decision.value.id, facts: { name: terms.name } })
  return goTo(`/console/schedules/${decision.value.id}?done=added`)
})

const noticeOf = (c: Asked, refusal: Refusal | null): Notice | null =>
  refusal && refusedAs(refusal, c.var.visit.requestId).notice

function shownForm(c: Asked, filled: Filled, more: Partial<FormView> = {}, status = 200): Promise<Response> {
  const view = { filled, mistakes: {} as Mistakes, preview: null, notice: null, requestKey: newRequestKey(c), ...more }
  return shown(c, { title: 'Add a schedule', isSignedIn: true }, <ScheduleForm view={view} />, status)
}

schedulesDesk.get('/:id', async (c) => {
  const seen = await seenSchedule(c)
  return seen ? shownSchedule(c, seen, DONE[c.req.query('done') ?? ''] ?? null) : notFound(c)
})

async function seenSchedule(c: Asked): Promise<ScheduleSeen | null> {
  const schedule = await findSchedule(c, c.req.param('id') ?? '')
  if (!schedule) return null
  const { runs } = await listRuns(c, schedule.id, null, RUNS_SHOWN)
  const jobs = await findJobs(
    c,
    runs.flatMap(({ jobId }) => jobId ?? []),
  )
  return {
    schedule,
    words: await inWords(schedule),
    runs,
    jobs: new Map(jobs.flatMap((job) => (job ? [[job.id, job] as const] : []))),
    now: c.var.visit.clock.now(),
    requestKey: newRequestKey(c),
  }
}

const shownSchedule = (c: Asked, seen: ScheduleSeen, notice: Notice | null, status = 200): Promise<Response> => {
  const page = <SchedulePage seen={seen} mayChange={mayHere(c, 'jobs:write')} notice={notice} />
  return shown(c, { title: seen.schedule.name, isSignedIn: true }, page, status)
}

const good = (title: string, detail: string): Notice => ({ tone: 'good', title, detail })
const bad = (title: string, detail: string): Notice => ({ tone: 'bad', title, detail })

const DONE: Readonly<Record<string, Notice>> = {
  added: good('Added.', 'It fires by itself from now on.'),
  pause: good('Paused.', 'Nothing fires until it is resumed.'),
  resume: good('Resumed.', 'What was left out meanwhile stays left out.'),
  trigger: good('Triggered.', 'Its job is in line; the plan goes on as it was.'),
  backfill: good('Filled in.', 'What had fired already was not fired again.'),
  remove: good('Removed.', 'Its jobs are still there.'),
}

type Done = Decision<unknown, ScheduleRefusal> | Notice
type Command = (desk: ScheduleDesk, id: string, filled: Filled, key: string) => Promise<Done>

const COMMANDS: Readonly<Record<string, { action: string; does: Command }>> = {
  pause: { action: 'schedule.paused', does: (desk, id) => desk.pauseSchedule(id, true) },
  resume: { action: 'schedule.resumed', does: (desk, id) => desk.pauseSchedule(id, false) },
  trigger: { action: 'schedule.triggered', does: (desk, id, _filled, key) => desk.triggerSchedule(id, key) },
  backfill: { action: 'schedule.backfilled', does: backfilled },
  remove: {
    action: 'schedule.removed',
    does: async (desk, id, filled) =>
      filled['sure'] === 'yes'
        ? desk.removeSchedule(id)
        : bad('Nothing was removed.', 'It is for good, so it wants its box ticked.'),
  },
}

async function backfilled(desk: ScheduleDesk, id: string, filled: Filled): Promise<Done> {
  const [from, until] = [instantOf(filled['from']), instantOf(filled['until'])]
  if (from === null || until === null || until <= from) {
    return bad('Nothing was filled in.', 'It wants two instants, in UTC, the later one last.')
  }
  return desk.backfillSchedule(id, from, until)
}

/** `2027-01-31T09:00`, as browsers send it; in UTC. Null: it is none. */
export function instantOf(text = ''): number | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return null
  const at = Date.parse(`${text}Z`)
  return Number.isNaN(at) ? null : at
}

for (const [name, { action, does }] of Object.entries(COMMANDS)) {
  schedulesDesk.post(`/:id/${name}`, only('jobs:write'), async (c) => {
    const id = c.req.param('id')
    const desk = deskOfSchedule(c, id)
    const filled = await readForm(c)
    const done = desk && (await does(desk, id, filled, `console ${requestKeyOf(c, filled)}`))
    if (!done || ('ok' in done && !done.ok && done.refusal.code === 'schedule_not_found')) return notFound(c)
    if (!('ok' in done)) return again(c, done, 422)
    if (!done.ok) {
      const { notice, status } = refusedAs(done.refusal, c.var.visit.requestId)
      return again(c, notice, status)
    }
    lookAnew(c.var.visit.storeId)
    await auditSoon(c, { action, subject: id, facts: {} })
    return goTo(name === 'remove' ? '/console/schedules?done=remove' : `/console/schedules/${id}?done=${name}`)
  })
}

async function again(c: Asked, notice: Notice, status: number): Promise<Response> {
  const seen = await seenSchedule(c)
  return seen ? shownSchedule(c, seen, notice, status) : notFound(c)
}

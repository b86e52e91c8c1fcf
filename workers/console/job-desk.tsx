/**
 * Jobs in the console: the board, each job with its story, and what can be done with it. Who stands here is signed in and
 * may look at jobs (console/index.tsx); commands want `jobs:write`, as by the API.
 */
import { Hono } from 'hono'
import { findingsIn, type Finding } from '../../domain/alert/rules.ts'
import type { Decision } from '../../domain/basics/decision.ts'
import { shardOfJob, shardOfRun } from '../../domain/job/shards.ts'
import type { JobDesk, JobRefusal, JobState, JobView } from '../../domain/message/job-desk.ts'
import { JobFiles } from '../../queues/jobs/files.ts'
import { JOB_HANDLERS } from '../../queues/jobs/registry.ts'
import type { AppEnv, Asked } from '../context.ts'
import { judgeSometimes } from '../alerts/watching.ts'
import { alertDesk, scheduleDesk } from '../desks.ts'
import { deskOf, findJob, findJobs, listJobs } from '../job-desk.ts'
import { lookAnew, lookAtJobs } from '../job-look.ts'
import { everySecond } from '../live-events.ts'
import { goTo } from '../pages/frame.ts'
import { notFound } from '../pages/refused.tsx'
import { auditSoon } from '../routes/admin/operating.ts'
import type { Notice } from './drop-page.tsx'
import { JobBoardParts, Standing, Numbers, Lanes, Types, Mended, secondsJson, type Watched } from './job-board.tsx'
import { JobList, JobListed, type JobFilterAsked, type JobPageAsked } from './job-list.tsx'
import { JobCommands, JobPage, JobParts, type JobSeen } from './job-page.tsx'
import { JOB_STATES } from './job-say.tsx'
import { shown } from './layout.tsx'
import { refusedAs } from './refusal-notice.ts'
import { only } from './only.tsx'
import { mayHere } from './session.ts'

export const jobsDesk = new Hono<AppEnv>()

const LISTED = 25

jobsDesk.get('/', async (c) => {
  const asked = await askedFor(c)
  if (!asked) return notFound(c)
  const watched = await watchedNow(c)
  return shown(
    c,
    { title: boardTitle(watched), liveBy: 'console-jobs.js', isSignedIn: true },
    <BoardPage watched={watched} asked={asked} />,
  )
})

jobsDesk.get('/events', (c) => {
  let toList = 0
  return everySecond(c, 'parts', async () => {
    const watched = await watchedNow(c)
    // The list asks each shard for its rows, and nobody reads it every second.
    const asked = toList-- > 0 ? null : await askedFor(c)
    if (asked) toList = SECONDS_BETWEEN_LISTS
    const parts = (
      <>
        <JobBoardParts watched={watched} />
        {asked ? <JobListed asked={asked} /> : null}
      </>
    )
    return JSON.stringify({ title: boardTitle(watched), html: String(await parts), seconds: secondsJson(watched.look) })
  })
})

const SECONDS_BETWEEN_LISTS = 4

/** What is past a threshold now stands beside what was found at the last judgement: nobody waits for the next one. */
async function watchedNow(c: Asked): Promise<Watched> {
  const { storeId, clock } = c.var.visit
  const [look, standing] = await Promise.all([
    lookAtJobs(c.env, storeId, clock),
    alertDesk(c.env, storeId)
      .standing()
      .catch(() => []),
  ])
  judgeSometimes(c, look)
  const found = findingsIn(look, null)
  const isFound = ({ rule, subject }: Finding): boolean =>
    found.some((finding) => finding.rule === rule && finding.subject === subject)
  // A share of failures is only found beside an earlier look, which the alerts' object has.
  const others = standing.filter((alert) => !isFound(alert) && (alert.rule === 'failure_rate' || look.silent > 0))
  return { look, alerts: [...found, ...others] }
}

const boardTitle = ({ alerts }: Watched): string => (alerts.length > 0 ? `(${alerts.length}) Jobs` : 'Jobs')

/** Null: an address that asks for what cannot be. */
async function askedFor(c: Asked): Promise<JobPageAsked | null> {
  const of = (name: string, most: number): string => (c.req.query(name) ?? '').trim().slice(0, most)
  const filter: JobFilterAsked = {
    state: of('state', 20),
    type: of('type', 50),
    tag: of('tag', 50),
    batch: of('batch', 64),
  }
  const before = c.req.query('before') ?? null
  if (filter.state !== '' && !JOB_STATES.some((state) => state === filter.state)) return null
  if (before !== null && shardOfJob(before) === undefined) return null
  const wanted = (text: string): string | null => (text === '' ? null : text)
  const found = await listJobs(c, {
    states: filter.state === '' ? null : [filter.state as JobState],
    types: filter.type === '' ? null : [filter.type],
    ...{ tag: wanted(filter.tag), batchId: wanted(filter.batch), errorCode: null, from: null, until: null },
    ...{ before, limit: LISTED },
  })
  const query = new URLSearchParams({ ...filter, ...(before === null ? {} : { before }) }).toString()
  return { filter, query, types: [...JOB_HANDLERS.keys()].toSorted(), ...found }
}

const BoardPage = ({ watched, asked }: { watched: Watched; asked: JobPageAsked }) => (
  <div class="board" data-events={`/console/jobs/events?${asked.query}`} data-page={`/console/jobs?${asked.query}`}>
    <h1>
      Jobs <a href="/console/dead-letters">dead letters</a> <a href="/console/schedules">schedules</a>
    </h1>
    <div class="standing">
      <Standing watched={watched} />
    </div>
    <Numbers watched={watched} />
    <div class="whole">
      <section class="chart" aria-labelledby="chart-title">
        <div class="part-head">
          <h2 id="chart-title">
            Last minutes <span>a second</span>
          </h2>
          <p class="key">
            <span class="key-started">started</span> <span class="key-paid">succeeded</span>{' '}
            <span class="key-holds">failed</span>
          </p>
        </div>
        <div class="plot" data-chart>
          <noscript>
            <p class="small">The chart needs JavaScript; the figures do not.</p>
          </noscript>
        </div>
      </section>
      <Lanes watched={watched} />
      <Types watched={watched} />
      <Mended watched={watched} />
      <JobList asked={asked} />
    </div>
    <script type="application/json" data-seconds dangerouslySetInnerHTML={{ __html: secondsJson(watched.look) }} />
  </div>
)

jobsDesk.get('/:id', async (c) => {
  const seen = await seenJob(c)
  return seen ? shownJob(c, seen, DONE[c.req.query('done') ?? ''] ?? null) : notFound(c)
})

jobsDesk.get('/:id/events', async (c) => {
  const first = await findJob(c, c.req.param('id'))
  if (!first) return notFound(c)
  return everySecond(c, 'parts', async () => {
    const seen = (await seenJob(c)) ?? Promise.reject(new Error('the job is known no more'))
    const parts = (
      <>
        <JobParts seen={await seen} />
        {mayHere(c, 'jobs:write') ? <JobCommands job={(await seen).job} at={`/console/jobs/${first.id}`} /> : null}
      </>
    )
    return JSON.stringify({ title: titleOf((await seen).job), html: String(await parts), seconds: null })
  })
})

const titleOf = ({ type, state }: JobView): string => `${state} · ${type}`

async function seenJob(c: Asked): Promise<JobSeen | null> {
  const job = await findJob(c, c.req.param('id') ?? '')
  if (!job) return null
  const ancestors = await findJobs(
    c,
    job.after.map(({ jobId }) => jobId),
  )
  return {
    job,
    ancestors: job.after.map((ancestor, i) => ({ ...ancestor, job: ancestors[i] ?? null })),
    payload: mayHere(c, 'jobs:write') ? await payloadOf(c, job) : null,
    scheduleId: await scheduleOf(c, job),
    now: c.var.visit.clock.now(),
  }
}

/** One that was laid aside may be gone by now. */
async function payloadOf(c: Asked, { payload, isPayloadAside }: JobView): Promise<string | null> {
  if (!isPayloadAside) return payload
  return new JobFiles(c.env.DOCUMENTS).payload(payload).catch(() => null)
}

async function scheduleOf(c: Asked, { runId }: JobView): Promise<string | null> {
  const shard = runId === null ? undefined : shardOfRun(runId)
  if (runId === null || shard === undefined) return null
  const run = await scheduleDesk(c.env, c.var.visit.storeId, shard)
    .run(runId)
    .catch(() => null)
  return run?.scheduleId ?? null
}

const shownJob = (c: Asked, seen: JobSeen, notice: Notice | null, status = 200): Promise<Response> =>
  shown(
    c,
    { title: titleOf(seen.job), liveBy: 'console-jobs.js', isSignedIn: true },
    <JobPage seen={seen} mayChange={mayHere(c, 'jobs:write')} notice={notice} />,
    status,
  )

const DONE: Readonly<Record<string, Notice>> = {
  cancel: { tone: 'good', title: 'It was cancelled, or asked to stop.', detail: 'What had begun ends by itself.' },
  retry: { tone: 'good', title: 'It begins now.', detail: 'As soon as a consumer has room.' },
  replay: { tone: 'good', title: 'It is tried again.', detail: 'With fresh attempts, under the same key.' },
}

const COMMANDS: Readonly<
  Record<string, (c: Asked, desk: JobDesk, id: string) => Promise<Decision<JobView, JobRefusal>>>
> = {
  cancel: (_c, desk, id) => desk.cancel(id),
  retry: (_c, desk, id) => desk.retryNow(id),
  replay: (c, desk, id) => desk.replay(id, null, c.var.operator.keyId),
}

const AUDITED: Readonly<Record<string, string>> = {
  cancel: 'job.cancelled',
  retry: 'job.hurried',
  replay: 'job.replayed',
}

for (const [name, command] of Object.entries(COMMANDS)) {
  jobsDesk.post(`/:id/${name}`, only('jobs:write'), async (c) => {
    const id = c.req.param('id')
    const desk = deskOf(c, id)
    const decision = desk && (await command(c, desk, id))
    if (!decision || (!decision.ok && decision.refusal.code === 'job_not_found')) return notFound(c)
    lookAnew(c.var.visit.storeId)
    if (decision.ok) {
      await auditSoon(c, { action: AUDITED[name]!, subject: id, facts: {} })
      return goTo(`/console/jobs/${id}?done=${name}`)
    }
    const seen = await seenJob(c)
    const { notice, status } = refusedAs(decision.refusal, c.var.visit.requestId)
    return seen ? shownJob(c, seen, notice, status) : notFound(c)
  })
}

/**
 * Dead letters in the console: those that fit a filter, and replaying them, many at a pace. Counting comes first: the form
 * says how many it would be before anything is done. Who stands here is signed in and may look at jobs.
 */
import { Hono } from 'hono'
import type { FC } from 'hono/jsx'
import { shardOfJob } from '../../domain/job/shards.ts'
import type { JobView } from '../../domain/message/job-desk.ts'
import { JOB_HANDLERS } from '../../queues/jobs/registry.ts'
import type { AppEnv, Asked } from '../context.ts'
import { listJobs } from '../job-desk.ts'
import { takeJobs } from '../job-intake.ts'
import { lookAnew } from '../job-look.ts'
import { newRequestKey, readForm, requestKeyOf, type Filled } from '../pages/forms.ts'
import { goTo } from '../pages/frame.ts'
import { notFound } from '../pages/refused.tsx'
import { deadLettersFitting } from '../routes/admin/dead-letters.ts'
import { auditSoon } from '../routes/admin/operating.ts'
import type { Notice } from './drop-page.tsx'
import { JobRows } from './job-list.tsx'
import { Told } from './job-page.tsx'
import { shown } from './layout.tsx'
import { only } from './only.tsx'
import { refusedAs } from './refusal-notice.ts'
import { number } from './say.ts'
import { mayHere } from './session.ts'

export const deadLetterDesk = new Hono<AppEnv>()

const LISTED = 50
const MOST = 100_000
const PER_SECOND_MOST = 100

/** '': whatever it is. */
interface Filter {
  type: string
  error: string
  tag: string
}

interface View {
  filter: Filter
  jobs: readonly JobView[]
  nextBefore: string | null
  mayReplay: boolean
  requestKey: string
  notice: Notice | null
}

deadLetterDesk.get('/', (c) => page(c, filterIn(c.req.query()), null))

const filterIn = (said: Filled): Filter => ({
  type: (said['type'] ?? '').trim().slice(0, 50),
  error: (said['error'] ?? '').trim().slice(0, 100),
  tag: (said['tag'] ?? '').trim().slice(0, 50),
})

async function page(c: Asked, filter: Filter, notice: Notice | null, status = 200): Promise<Response> {
  const before = c.req.query('before') ?? null
  if (before !== null && shardOfJob(before) === undefined) return notFound(c)
  const found = await listJobs(c, {
    ...{ states: ['dead'], types: filter.type === '' ? null : [filter.type], tag: filter.tag || null },
    ...{ errorCode: filter.error || null, batchId: null, from: null, until: null, before, limit: LISTED },
  })
  const view = { filter, ...found, mayReplay: mayHere(c, 'jobs:write'), requestKey: newRequestKey(c), notice }
  return shown(c, { title: 'Dead letters', isSignedIn: true }, <DeadLettersPage view={view} />, status)
}

deadLetterDesk.post('/replay', only('jobs:write'), async (c) => {
  const filled = await readForm(c)
  const filter = filterIn(filled)
  const [most, perSecond] = [Number(filled['most']), Number(filled['per_second'])]
  const isSane = Number.isInteger(most) && most >= 1 && most <= MOST && perSecond >= 0.1 && perSecond <= PER_SECOND_MOST
  if (!isSane) return page(c, filter, NOT_A_NUMBER, 422)
  const named = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ''))
  if (filled['how'] !== 'replay') {
    const fitting = (await deadLettersFitting(c, named, most)).length
    const title = `${number(fitting)} would be replayed.`
    return page(c, filter, { tone: 'good', title, detail: 'Nothing was changed.' })
  }
  const { keyId: by } = c.var.operator
  const asked = {
    type: 'replay_dead_letters' as const,
    payload: { filter: named, per_second: perSecond, most, by },
    idempotency_key: `console ${requestKeyOf(c, filled)}`,
  }
  const taken = await takeJobs(c, [asked], null)
  lookAnew(c.var.visit.storeId)
  if (!taken.ok) {
    const { notice, status } = refusedAs(taken.refusal, c.var.visit.requestId)
    return page(c, filter, notice, status)
  }
  const { id } = taken.value[0]!
  await auditSoon(c, { action: 'job.replay_of_many', subject: id, facts: { most, per_second: perSecond } })
  return goTo(`/console/jobs/${id}`)
})

const NOT_A_NUMBER: Notice = {
  tone: 'bad',
  title: 'Nothing was changed.',
  detail: `At most ${number(MOST)} jobs, and between a tenth and ${PER_SECOND_MOST} a second.`,
}

const DeadLettersPage: FC<{ view: View }> = ({ view }) => {
  const { filter, jobs, nextBefore, mayReplay, notice } = view
  const older = new URLSearchParams({ ...filter, before: nextBefore ?? '' })
  return (
    <div class="sheet">
      <h1>
        Dead letters <a href="/console/jobs">all jobs</a>
      </h1>
      <p>
        Jobs that were given up on. They wait here until somebody replays them, and one that is replayed is the same
        job, under the same key: what it had done already is not done twice.
      </p>
      <Told notice={notice} />
      <FilterForm filter={filter} />
      {jobs.length === 0 ? <p class="fine">There are none.</p> : <JobRows jobs={jobs} />}
      {nextBefore === null ? null : (
        <p>
          <a href={`/console/dead-letters?${older.toString()}`}>Older ones</a>
        </p>
      )}
      {mayReplay && jobs.length > 0 ? <ReplayForm view={view} /> : null}
    </div>
  )
}

const FilterForm: FC<{ filter: Filter }> = ({ filter }) => (
  <form method="get" action="/console/dead-letters" class="filter">
    <label>
      Type
      <select name="type">
        <option value="">any</option>
        {[...JOB_HANDLERS.keys()].toSorted().map((type) => (
          <option value={type} selected={type === filter.type}>
            {type}
          </option>
        ))}
      </select>
    </label>
    <label>
      Error
      <input name="error" maxlength={100} value={filter.error} />
    </label>
    <label>
      Tag
      <input name="tag" maxlength={50} value={filter.tag} />
    </label>
    <button class="button button-quiet">Show</button>
  </form>
)

const ReplayForm: FC<{ view: View }> = ({ view: { filter, requestKey } }) => (
  <section aria-labelledby="replay-title">
    <h2 id="replay-title">Replay all that fit</h2>
    <form method="post" action="/console/dead-letters/replay" class="filter">
      <input type="hidden" name="key" value={requestKey} />
      {Object.entries(filter).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <label>
        At most
        <input name="most" type="number" inputmode="numeric" min={1} max={MOST} value="1000" required />
      </label>
      <label>
        A second
        <input
          name="per_second"
          type="number"
          inputmode="decimal"
          min={0.1}
          max={PER_SECOND_MOST}
          step="any"
          value="10"
          required
        />
      </label>
      <button class="button button-quiet" name="how" value="count">
        Only count
      </button>
      <button class="button" name="how" value="replay">
        Replay
      </button>
    </form>
    <p class="small">A job does it, newest first; it can be watched and cancelled like any other.</p>
  </section>
)

/** The addresses of experiments in the console. Who stands here is signed in and may look (console/index.tsx). */
import { Hono } from 'hono'
import { findExperiment, listExperiments } from '../../platform/postgres/experiments.ts'
import type { AppEnv, Asked } from '../context.ts'
import { previewsOf } from '../experiments/previews.ts'
import { countedResults } from '../experiments/results.ts'
import { failingOf, report } from '../failures.ts'
import { readForm } from '../pages/forms.ts'
import { goTo } from '../pages/frame.ts'
import { notFound } from '../pages/refused.tsx'
import { PROBLEMS, problemFor } from '../problems.ts'
import { conduct } from '../routes/admin/experiments.ts'
import { reading } from '../sessions.ts'
import type { Notice } from './drop-page.tsx'
import { ExperimentPage, ExperimentsPage } from './experiment-pages.tsx'
import { shown } from './layout.tsx'
import { mayHere } from './session.ts'

export const experimentDesk = new Hono<AppEnv>()

experimentDesk.get('/', async (c) => {
  const experiments = await listExperiments(await reading(c), c.var.visit.storeId)
  const now = c.var.visit.clock.now()
  return shown(c, { title: 'Experiments', isSignedIn: true }, <ExperimentsPage experiments={experiments} now={now} />)
})

experimentDesk.get('/:key', (c) => shownExperiment(c, DONE[c.req.query('done') ?? ''] ?? null))

experimentDesk.post('/:key/start', (c) => conducted(c, 'start'))

experimentDesk.post('/:key/stop', async (c) => {
  const filled = await readForm(c)
  return filled['sure'] === 'yes' ? conducted(c, 'stop') : shownExperiment(c, NOT_SURE, 422)
})

const bad = (title: string, detail: string): Notice => ({ tone: 'bad', title, detail })
const NOT_SURE = bad('Nothing was stopped.', 'A stop is for good, so it wants its box ticked.')
const MAY_NOT = bad('This key may not do that.', 'It has no scope experiments:write. Nothing was changed.')
const DONE: Record<string, Notice | undefined> = {
  start: { tone: 'good', title: 'Started.', detail: 'It is shown everywhere within a quarter of a minute.' },
  stop: { tone: 'good', title: 'Stopped for good.', detail: 'Everywhere within a quarter of a minute.' },
}

async function conducted(c: Asked, step: 'start' | 'stop'): Promise<Response> {
  const key = c.req.param('key') ?? ''
  if (!mayHere(c, 'experiments:write')) return shownExperiment(c, MAY_NOT, 403)
  const done = await conduct(c, key, step)
  if (done.ok) return goTo(`/console/experiments/${done.value.key}?done=${step}`)
  const { title, help } = PROBLEMS[done.refusal.code]
  const { status } = problemFor(done.refusal, c.var.visit.requestId)
  return shownExperiment(c, bad(title, help.replaceAll('`', '')), status)
}

async function shownExperiment(c: Asked, notice: Notice | null, status = 200): Promise<Response> {
  const { storeId, store, clock } = c.var.visit
  const experiment = await findExperiment(await reading(c), storeId, c.req.param('key') ?? '')
  if (!experiment) return notFound(c)
  const counted = countedResults(c.env, { storeId, currency: store.currency }, experiment)
  const results = await counted.catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return null
  })
  const view = {
    ...{ experiment, results, notice, currency: store.currency, now: clock.now() },
    previews: await previewsOf(c, experiment),
    mayControl: mayHere(c, 'experiments:write'),
  }
  return shown(c, { title: experiment.name, isSignedIn: true }, <ExperimentPage view={view} />, status)
}

/** Experiments for operators: define, start, stop, and see what came of them. */
import { createRoute, z } from '@hono/zod-openapi'
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import {
  problemsOfExperiment,
  type Experiment as ExperimentValue,
  type ExperimentDraft,
} from '../../../domain/experiment/experiment.ts'
import {
  defineExperiment,
  findExperiment,
  listExperiments,
  rewriteExperiment,
  startExperiment,
  stopExperiment,
} from '../../../platform/postgres/experiments.ts'
import type { Writer } from '../../../platform/postgres/writing.ts'
import type { Asked } from '../../context.ts'
import { forgetExperiments } from '../../experiments/deciding.ts'
import { countedResults } from '../../experiments/results.ts'
import { Experiment, ExperimentResults, ExperimentWrite } from '../../experiments/schemas.ts'
import { previewsOf } from '../../experiments/previews.ts'
import { experimentIn, experimentOut, resultsOut } from '../../experiments/wire.ts'
import type { Refusal } from '../../problems.ts'
import { catalogChanged } from '../../public-reads.ts'
import { privateJson, refused } from '../../replies.ts'
import { database, leaveBookmark, reading } from '../../sessions.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { audit, birth, needs, needsOnce, takes } from './operating.ts'

export const experiments = router()
const tags = ['Experiments']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The experiment’s id or key.' }) })

answer(
  experiments,
  createRoute({
    method: 'get',
    path: '/experiments',
    tags,
    summary: 'List experiments',
    ...needs('experiments:read'),
    responses: {
      200: json(z.object({ data: z.array(Experiment), next_cursor: z.null() }), 'Those that run first.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const listed = await listExperiments(await reading(c), c.var.visit.storeId)
    return privateJson(c, { data: await Promise.all(listed.map((one) => out(c, one))), next_cursor: null })
  },
)

answer(
  experiments,
  createRoute({
    method: 'post',
    path: '/experiments',
    tags,
    summary: 'Define an experiment. It shows nothing to anybody before its start',
    ...needsOnce('experiments:write'),
    ...takes(ExperimentWrite),
    responses: { 201: json(Experiment, 'A draft.'), ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const draft = experimentIn(c.req.valid('json'))
    const mistakes = mistakesIn(draft)
    if (mistakes) return refused(c, mistakes)
    const writer = database(c).write()
    const defined = await defineExperiment(writer, c.var.visit.storeId, draft, birth(c))
    if (!defined.ok) return refused(c, defined.refusal)
    await after(c, writer, 'experiment.defined', defined.value)
    const location = `/api/v1/admin/experiments/${defined.value.id}`
    return privateJson(c, await out(c, defined.value), 201, { location })
  },
)

answer(
  experiments,
  createRoute({
    method: 'get',
    path: '/experiments/{id}',
    tags,
    summary: 'See an experiment',
    ...needs('experiments:read'),
    request: { params },
    responses: { 200: json(Experiment, 'The experiment.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await findExperiment(await reading(c), c.var.visit.storeId, id)
    return found ? privateJson(c, await out(c, found)) : refused(c, notFound(id))
  },
)

answer(
  experiments,
  createRoute({
    method: 'put',
    path: '/experiments/{id}',
    tags,
    summary: 'Rewrite a draft as a whole. Its key stays',
    ...needs('experiments:write'),
    request: { params, ...takes(ExperimentWrite).request },
    responses: { 200: json(Experiment, 'Rewritten.'), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const existing = await newest(c, id)
    if (!existing) return refused(c, notFound(id))
    const draft = { ...experimentIn(c.req.valid('json')), key: existing.key }
    const mistakes = mistakesIn(draft)
    if (mistakes) return refused(c, mistakes)
    const writer = database(c).write()
    const written = await rewriteExperiment(writer, c.var.visit.storeId, existing, draft)
    if (!written.ok) return refused(c, written.refusal)
    await after(c, writer, 'experiment.rewritten', written.value)
    return privateJson(c, await out(c, written.value))
  },
)

const STEPS = [
  ['start', 'Start it: from now on it is shown and counted. Safe to repeat'],
  ['stop', 'Stop it for good. Orders taken before go on counting as they settle. Safe to repeat'],
] as const

for (const [step, summary] of STEPS) {
  answer(
    experiments,
    createRoute({
      method: 'post',
      path: `/experiments/{id}/${step}`,
      tags,
      summary,
      ...needs('experiments:write'),
      request: { params },
      responses: { 200: json(Experiment, 'As it is now.'), ...problems(401, 403, 404, 409, 503) },
    }),
    async (c) => {
      const stepped = await conduct(c, c.req.valid('param').id, step)
      return stepped.ok ? privateJson(c, await out(c, stepped.value)) : refused(c, stepped.refusal)
    },
  )
}

answer(
  experiments,
  createRoute({
    method: 'get',
    path: '/experiments/{id}/results',
    tags,
    summary: 'See what came of it, as often as you like',
    description:
      'Intervals and p-values are valid at any look. Nothing is said before there are enough visitors and purchases, or when the split is not what the weights say.',
    ...needs('experiments:read'),
    request: { params },
    responses: {
      200: json(ExperimentResults, 'What was counted, and what is certain.'),
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await findExperiment(await reading(c), c.var.visit.storeId, id)
    if (!found) return refused(c, notFound(id))
    const { store, clock } = c.var.visit
    const results = await countedResults(c.env, { storeId: store.id, currency: store.currency }, found)
    return privateJson(c, resultsOut(found, results, { currency: store.currency, asOf: clock.now() }))
  },
)

const AUDITED = { start: 'experiment.started', stop: 'experiment.stopped' } as const

/** Starts or stops an experiment for the operator on duty. Safe to repeat. */
export async function conduct(
  c: Asked,
  idOrKey: string,
  step: 'start' | 'stop',
): Promise<Decision<ExperimentValue, Refusal>> {
  const existing = await newest(c, idOrKey)
  if (!existing) return refuse(notFound(idOrKey))
  const writer = database(c).write()
  const { storeId, clock } = c.var.visit
  const done =
    step === 'start'
      ? await startExperiment(writer, database(c).read('primary'), storeId, existing, clock.now())
      : await stopExperiment(writer, storeId, existing, 'operator', clock.now())
  if (!done.ok) return done
  if (done.value.version !== existing.version) await after(c, writer, AUDITED[step], done.value)
  return accept(done.value)
}

/** It is written down, every edge asks anew, and this session reads what it wrote. */
async function after(c: Asked, writer: Writer, action: string, { id, key }: ExperimentValue): Promise<void> {
  await audit(c, writer, { action, subject: id, facts: { key } })
  await catalogChanged(c)
  forgetExperiments()
  await leaveBookmark(c, writer)
}

const newest = (c: Asked, idOrKey: string): Promise<ExperimentValue | null> =>
  findExperiment(database(c).read('primary'), c.var.visit.storeId, idOrKey)

const notFound = (experiment: string): Refusal => ({ code: 'experiment_not_found', experiment })

function mistakesIn(draft: ExperimentDraft): Refusal | null {
  const errors = problemsOfExperiment(draft).map(({ field, message }) => ({ pointer: `/${field}`, problem: message }))
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

const out = async (c: Asked, one: ExperimentValue) => experimentOut(one, await previewsOf(c, one))

/** Experiments for clients: what this visitor is to see, and that they have seen it. */
import { createRoute, z } from '@hono/zod-openapi'
import { shownOn, type Shown } from '../../domain/experiment/assignment.ts'
import type { Asked } from '../context.ts'
import { askerOf, knownExperiments } from '../experiments/deciding.ts'
import { countExposures } from '../experiments/exposures.ts'
import { forcedBy } from '../experiments/previews.ts'
import { privateJson, refused } from '../replies.ts'
import { Slug } from '../schemas.ts'
import { knownVisitor, visitorOf } from '../visitors.ts'
import { answer, json, problems, router } from './endpoint.ts'

export const experiments = router()
const tags = ['Experiments']

const Assignments = z
  .object({
    visitor: z.string(),
    data: z.array(
      z.object({
        experiment: z.string(),
        variation: z.string(),
        parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        forced: z.boolean().openapi({ description: 'By a preview link; never counted.' }),
      }),
    ),
  })
  .openapi('Assignments')

const ofDrop = z.object({
  drop: Slug.optional().openapi({ description: 'In which the thing is offered that is shown.' }),
})

answer(
  experiments,
  createRoute({
    method: 'get',
    path: '/experiments/assignments',
    tags,
    summary: 'What this visitor is to see. Counts nothing',
    description:
      'The visitor is the one of the cookie; who has none is given one. Say what was really shown by `POST /experiments/{key}/exposures`.',
    request: { query: ofDrop },
    responses: { 200: json(Assignments, 'Of each experiment they take part in, the variation.'), ...problems(400) },
  }),
  async (c) => {
    const drop = c.req.valid('query').drop ?? null
    const { id } = await visitorOf(c)
    const shown = await shownToVisitor(c, id, drop)
    const data = shown.map(({ experiment, variation, isForced }) => {
      const { key, parameters } = experiment.variations[variation]!
      return { experiment: experiment.key, variation: key, parameters, forced: isForced }
    })
    return privateJson(c, { visitor: id, data })
  },
)

answer(
  experiments,
  createRoute({
    method: 'post',
    path: '/experiments/{key}/exposures',
    tags,
    summary: 'Say that this visitor has been shown their variation. Safe to repeat: counted once',
    request: { params: z.object({ key: z.string().max(60) }), query: ofDrop },
    responses: {
      202: json(
        z.object({ counted: z.boolean() }),
        '`counted`: they take part; it is counted in a moment, if it was not.',
      ),
      ...problems(400, 403, 404, 413, 415, 429),
    },
  }),
  async (c) => {
    const { key } = c.req.valid('param')
    const visitorId = await knownVisitor(c)
    const known = await knownExperiments(c)
    if (!known.some((one) => one.key === key && one.state !== 'draft')) {
      return refused(c, { code: 'experiment_not_found', experiment: key })
    }
    // Which one they saw is not theirs to say: it follows from who they are.
    const all = visitorId === null ? [] : await shownToVisitor(c, visitorId, c.req.valid('query').drop ?? null)
    const shown = all.filter(({ experiment, isForced }) => experiment.key === key && !isForced)
    if (visitorId !== null) countExposures(c, visitorId, shown)
    return privateJson(c, { counted: shown.length > 0 }, 202)
  },
)

async function shownToVisitor(c: Asked, visitorId: string, drop: string | null): Promise<Shown[]> {
  const [known, forced] = await Promise.all([knownExperiments(c), forcedBy(c)])
  const asker = askerOf(c, visitorId, drop)
  return (['product', 'client'] as const).flatMap((surface) => shownOn(surface, known, asker, forced))
}

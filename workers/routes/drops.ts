/**
 * Drops for everybody, and the small number that everybody polls: `now` is the same bytes for all for a second, so a
 * crowd of any size costs one question a second.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { isSlug } from '../../domain/catalog/slug.ts'
import type { DropWithProducts as DropFound } from '../../domain/drop/drop.ts'
import { findDrop, listDrops } from '../../platform/postgres/drops.ts'
import { Drop, DropNow, DropWithProducts } from '../catalog-schemas.ts'
import { dropNowOut, dropOut, dropPageOut } from '../catalog-wire.ts'
import { DROP_FACTS, NOW, publicJson, publicValue } from '../public-reads.ts'
import type { Asked } from '../context.ts'
import { refused } from '../replies.ts'
import { answer, json, problems, router } from './endpoint.ts'

export const drops = router()
const tags = ['Drops']
const bySlug = z.object({ slug: z.string().max(200) })

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops',
    tags,
    summary: 'List the drops that matter now',
    responses: {
      200: json(
        z.object({ data: z.array(Drop), next_cursor: z.null() }),
        'Open and coming ones first, then those that have been.',
      ),
      ...problems(503),
    },
  }),
  (c) =>
    publicJson(c, 'drops', NOW, async () => {
      const now = c.var.visit.clock.now()
      const { storeId } = c.var.visit
      const listed = await publicValue(c, 'drops facts', DROP_FACTS, (reader) => listDrops(reader, storeId, now))
      return { value: { data: (listed ?? []).map((drop) => dropOut(drop, now)), next_cursor: null } }
    }),
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}',
    tags,
    summary: 'See a drop and what it offers',
    request: { params: bySlug },
    responses: { 200: json(DropWithProducts, 'The drop.'), ...problems(404, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    return publicJson(c, `drop ${slug}`, NOW, async () => {
      const found = await dropFacts(c, slug)
      return found
        ? { value: dropPageOut(found, c.var.visit.clock.now()) }
        : { refusal: { code: 'drop_not_found', drop: slug } }
    })
  },
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}/now',
    tags,
    summary: 'How a drop stands this second',
    request: { params: bySlug },
    responses: { 200: json(DropNow, 'Cacheable by anybody for one second.'), ...problems(404, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    return publicJson(c, `now ${slug}`, NOW, async () => {
      const found = await dropFacts(c, slug)
      return found
        ? { value: dropNowOut(found.drop, c.var.visit.clock.now()) }
        : { refusal: { code: 'drop_not_found', drop: slug } }
    })
  },
)

/** One copy of a drop's facts serves all three answers, and outlives the database. */
const dropFacts = (c: Asked, slug: string): Promise<DropFound | null> =>
  publicValue(c, `drop facts ${slug}`, DROP_FACTS, (reader) => findDrop(reader, c.var.visit.storeId, slug))

/**
 * Drops for everybody, and the small number that everybody polls: `now` is the same bytes for all for a second, so a
 * crowd of any size costs one question a second.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { isSlug } from '../../domain/catalog/slug.ts'
import { DROPS, dropTag, tagsOfDrop } from '../../domain/catalog/tags.ts'
import type { DrawView } from '../../domain/message/drop-desk.ts'
import type { Freshness } from '../../domain/freshness/freshness.ts'
import { listDrops } from '../../platform/postgres/drops.ts'
import { Drop, DropWithProducts } from '../catalog-schemas.ts'
import { dropOut, dropPageOut } from '../catalog-wire.ts'
import { DROP_FACTS, inMarket, NOW, publicJson, publicValue } from '../public-reads.ts'
import type { Asked } from '../context.ts'
import { dropDesk } from '../desks.ts'
import type { Refusal } from '../problems.ts'
import { refused } from '../replies.ts'
import { Draw, DrawEntry, DropNow } from '../room-schemas.ts'
import { drawOut, dropNowOut, nowFromFacts } from '../room-wire.ts'
import { drawNow, dropFacts, dropNow, inMarketOf } from '../room.ts'
import { roomEvents } from '../room-events.ts'
import { TOLD_NOW } from '../room-freshness.ts'
import { MarketQuery, page } from '../schemas.ts'
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
      const listed = await publicValue(
        c,
        'drops facts',
        DROP_FACTS,
        (reader) => listDrops(reader, storeId, now),
        () => ({ tags: [DROPS] }),
      )
      const data = (listed ?? []).map((drop) => dropOut(drop, now))
      return { value: { data, next_cursor: null }, tags: [DROPS] }
    }),
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}',
    tags,
    summary: 'See a drop and what it offers',
    request: { params: bySlug, query: MarketQuery },
    responses: { 200: json(DropWithProducts, 'The drop.'), ...problems(404, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    return publicJson(c, inMarket(c, `drop ${slug}`), NOW, async () => {
      const found = inMarketOf(c, await dropFacts(c, slug))
      const told = found
        ? { value: dropPageOut(found, c.var.visit.clock.now()) }
        : { refusal: { code: 'drop_not_found' as const, drop: slug } }
      return { ...told, tags: tagsOfDrop(found?.drop ?? null) }
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
    return publicJson(c, `now ${slug}`, TOLD_NOW, async () => {
      const found = await dropFacts(c, slug)
      if (!found) return { refusal: { code: 'drop_not_found', drop: slug } }
      const now = await dropNow(c, found.drop.id)
      return { value: dropNowOut(now ?? nowFromFacts(found.drop, c.var.visit.clock.now()), found.drop) }
    })
  },
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}/now/events',
    tags,
    summary: 'Be told how a drop stands',
    description:
      'Server-sent events named `now`, each the whole of what `GET /drops/{slug}/now` answers: when something has changed, and every five seconds at the latest (every second while `poll_after_ms` is below 1000). Ends within five minutes: come back, as EventSource does by itself. Refused before anything else when there is much to do; whoever is not told anything asks `now` instead.',
    request: { params: bySlug },
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
      204: { description: 'There are no streams here: ask `now`.' },
      ...problems(404, 503),
    },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    const found = isSlug(slug) ? await dropFacts(c, slug) : null
    return found ? roomEvents(c, slug) : refused(c, { code: 'drop_not_found', drop: slug })
  },
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}/draw',
    tags,
    summary: 'See what is published of the draw',
    description:
      'Before the opening the commitment to a seed; after the draw everything that it takes to recompute every position (docs/concepts/the-draw.md, `npm run verify-draw`).',
    request: { params: bySlug },
    responses: { 200: json(Draw, 'What is null is not revealed yet.'), ...problems(404, 409, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    return publicJson(c, `told draw ${slug}`, TOLD_NOW, async () => {
      const found = await drawOf(c, slug)
      return found.ok ? { value: drawOut(found.value.draw) } : { refusal: found.refusal }
    })
  },
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{slug}/draw/entries',
    tags,
    summary: 'List the lots in the order of the draw',
    request: { params: bySlug, query: z.object({ cursor: z.string().max(20).optional() }) },
    responses: {
      200: json(page(DrawEntry), 'A thousand at a time; none before the draw.'),
      ...problems(400, 404, 409, 503),
    },
  }),
  async (c) => {
    const { slug } = c.req.valid('param')
    const { cursor } = c.req.valid('query')
    if (!isSlug(slug)) return refused(c, { code: 'drop_not_found', drop: slug })
    if (cursor !== undefined && !/^\d{1,9}$/.test(cursor)) return refused(c, { code: 'cursor_not_valid' })
    const found = await drawOf(c, slug)
    if (!found.ok) return refused(c, found.refusal)
    const { draw, dropId } = found.value
    const after = Number(cursor ?? 0)
    // What was drawn stays drawn; until then there is nothing, and that may change any second.
    const freshness = draw.drawnAt === null ? TOLD_NOW : DRAWN
    return publicJson(c, `draw entries ${slug} ${draw.drawnAt} ${after}`, freshness, async () => {
      const data = draw.drawnAt === null ? [] : await dropDesk(c.env, c.var.visit.storeId, dropId).drawEntries(after)
      const last = data.at(-1)?.position
      const next_cursor = last !== undefined && last < draw.joined ? String(last) : null
      return { value: { data, next_cursor }, tags: [dropTag(dropId)] }
    })
  },
)

async function drawOf(c: Asked, slug: string): Promise<Decision<{ draw: DrawView; dropId: string }, Refusal>> {
  const facts = await dropFacts(c, slug)
  if (!facts) return refuse({ code: 'drop_not_found', drop: slug })
  const draw = await drawNow(c, facts.drop.id)
  return draw ? accept({ draw, dropId: facts.drop.id }) : refuse({ code: 'drop_has_no_room', drop: slug })
}

const DRAWN: Freshness = { memoryMs: 5000, coloSeconds: 60, staleIfErrorSeconds: 0, isTagged: true }

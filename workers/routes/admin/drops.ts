/** Drops for operators: plan, change, pause, resume. */
import { createRoute, z } from '@hono/zod-openapi'
import { slugFor } from '../../../domain/catalog/slug.ts'
import { problemsOfDrop, type Drop as DropValue, type DropDraft } from '../../../domain/drop/drop.ts'
import { UNITS_MAX } from '../../../domain/stock/moves.ts'
import { findDrop, listDrops, pauseDrop, putDrop } from '../../../platform/postgres/drops.ts'
import { Drop } from '../../catalog-schemas.ts'
import { dropOut } from '../../catalog-wire.ts'
import type { Asked } from '../../context.ts'
import type { Refusal } from '../../problems.ts'
import { privateJson, refused } from '../../replies.ts'
import { ImageUrl, Instant, Sku, Slug, text } from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { instantIn } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { markup } from './markup.ts'
import { afterCatalogWrite, birth, named, needs, needsOnce, takes } from './operating.ts'

export const drops = router()
const tags = ['Operating drops and stock']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The drop’s id or slug.' }) })

const OperatorDrop = Drop.extend({
  paused: z.boolean(),
  hold_duration_ms: z.int().nullable(),
  total: z.int(),
  free: z.int(),
  version: z.int(),
}).openapi('OperatorDrop')

const DropWrite = z
  .strictObject({
    slug: Slug.optional(),
    title: text(200),
    description_html: z.string().max(20_000).optional(),
    image_url: ImageUrl.or(z.literal('')).optional(),
    opens_at: Instant,
    ends_at: Instant.nullish(),
    paused: z.boolean().optional(),
    units_per_visitor_max: z.int().min(1).max(UNITS_MAX).nullish(),
    hold_duration_ms: z.int().min(10_000).max(86_400_000).nullish(),
    skus: z.array(Sku).max(500),
    version: z.int().optional().openapi({ description: 'Refused when the drop has moved on since this version.' }),
  })
  .openapi('DropWrite')

const DropChange = DropWrite.partial().openapi('DropChange')

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops',
    tags,
    summary: 'List drops',
    ...needs('catalog:read'),
    responses: {
      200: json(z.object({ data: z.array(OperatorDrop), next_cursor: z.null() }), 'Those that matter now first.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const now = c.var.visit.clock.now()
    const listed = await listDrops(await reading(c), c.var.visit.storeId, now, 500)
    return privateJson(c, { data: listed.map((drop) => operatorDropOut(drop, now)), next_cursor: null })
  },
)

answer(
  drops,
  createRoute({
    method: 'post',
    path: '/drops',
    tags,
    summary: 'Plan a drop',
    ...needsOnce('catalog:write'),
    ...takes(DropWrite),
    responses: { 201: json(OperatorDrop, 'Planned.'), ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
  }),
  (c) => written(c, c.req.valid('json'), { action: 'drop.created' }),
)

answer(
  drops,
  createRoute({
    method: 'get',
    path: '/drops/{id}',
    tags,
    summary: 'See a drop',
    ...needs('catalog:read'),
    request: { params },
    responses: { 200: json(OperatorDrop, 'The drop.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const found = await findDrop(await reading(c), c.var.visit.storeId, id)
    if (!found) return refused(c, { code: 'drop_not_found', drop: id })
    return privateJson(c, operatorDropOut(found.drop, c.var.visit.clock.now()))
  },
)

answer(
  drops,
  createRoute({
    method: 'put',
    path: '/drops/{id}',
    tags,
    summary: 'Rewrite a drop as a whole',
    ...needs('catalog:write'),
    request: { params, ...takes(DropWrite).request },
    responses: { 200: json(OperatorDrop, 'Rewritten.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const existing = await newest(c, c.req.valid('param').id)
    if (!existing) return refused(c, { code: 'drop_not_found', drop: c.req.valid('param').id })
    return written(c, c.req.valid('json'), { action: 'drop.updated', id: existing.id })
  },
)

answer(
  drops,
  createRoute({
    method: 'patch',
    path: '/drops/{id}',
    tags,
    summary: 'Change some of a drop',
    ...needs('catalog:write'),
    request: { params, ...takes(DropChange).request },
    responses: { 200: json(OperatorDrop, 'Changed.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const existing = await newest(c, c.req.valid('param').id)
    if (!existing) return refused(c, { code: 'drop_not_found', drop: c.req.valid('param').id })
    const change = c.req.valid('json')
    // What is not named stays; the version keeps two half-changes from being mixed.
    const whole = { ...writeOf(existing), version: existing.version, ...named(change) }
    return written(c, whole, { action: 'drop.updated', id: existing.id })
  },
)

for (const [verb, paused, summary] of [
  ['pause', true, 'Stop selling for now. Safe to repeat'],
  ['resume', false, 'Go on selling. Safe to repeat'],
] as const) {
  answer(
    drops,
    createRoute({
      method: 'post',
      path: `/drops/{id}/${verb}`,
      tags,
      summary,
      ...needs('catalog:write'),
      request: { params },
      responses: { 200: json(OperatorDrop, 'The drop as it is now.'), ...problems(401, 403, 404, 503) },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      const existing = await newest(c, id)
      if (!existing) return refused(c, { code: 'drop_not_found', drop: id })
      const writer = database(c).write()
      const done = await pauseDrop(writer, c.var.visit.storeId, existing.id, paused)
      if (!done.ok) return refused(c, done.refusal)
      await afterCatalogWrite(c, writer, { action: `drop.${verb}d`, subject: existing.id, facts: {} })
      return privateJson(c, operatorDropOut(done.value, c.var.visit.clock.now()))
    },
  )
}

type Write = z.infer<typeof DropWrite>

async function written(c: Asked, write: Write, { action, id }: { action: string; id?: string }): Promise<Response> {
  const draft = draftOf(write)
  const mistakes = mistakesIn(draft)
  if (mistakes) return refused(c, mistakes)
  const writer = database(c).write()
  const put = await putDrop(writer, c.var.visit.storeId, draft, {
    ...birth(c),
    ...(id === undefined ? {} : { id }),
    ...(write.version === undefined ? {} : { ifVersion: write.version }),
  })
  if (!put.ok) return refused(c, put.refusal)
  await afterCatalogWrite(c, writer, { action, subject: put.value.id, facts: { version: put.value.version } })
  const out = operatorDropOut(put.value, c.var.visit.clock.now())
  return id === undefined
    ? privateJson(c, out, 201, { location: `/api/v1/admin/drops/${put.value.id}` })
    : privateJson(c, out)
}

/** From the primary: what is about to be changed must be read as it is. */
async function newest(c: Asked, id: string): Promise<DropValue | null> {
  return (await findDrop(database(c).read('primary'), c.var.visit.storeId, id))?.drop ?? null
}

const draftOf = (write: Write): DropDraft => ({
  slug: write.slug ?? slugFor(write.title),
  title: write.title,
  description: markup(write.description_html ?? ''),
  imageUrl: write.image_url ?? '',
  opensAt: instantIn(write.opens_at),
  endsAt: write.ends_at ? instantIn(write.ends_at) : null,
  paused: write.paused ?? false,
  unitsPerVisitorMax: write.units_per_visitor_max ?? null,
  holdDurationMs: write.hold_duration_ms ?? null,
  skus: write.skus,
})

const writeOf = (drop: DropValue): Write => ({
  slug: drop.slug,
  title: drop.title,
  description_html: drop.description,
  image_url: drop.imageUrl,
  opens_at: new Date(drop.opensAt).toISOString(),
  ends_at: drop.endsAt === null ? null : new Date(drop.endsAt).toISOString(),
  paused: drop.paused,
  units_per_visitor_max: drop.unitsPerVisitorMax,
  hold_duration_ms: drop.holdDurationMs,
  skus: drop.skus,
})

function mistakesIn(draft: DropDraft): Refusal | null {
  const errors = problemsOfDrop(draft).map(({ field, message }) => ({ pointer: `/${field}`, problem: message }))
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

const operatorDropOut = (drop: DropValue, now: number): z.infer<typeof OperatorDrop> => ({
  ...dropOut(drop, now),
  paused: drop.paused,
  hold_duration_ms: drop.holdDurationMs,
  total: drop.total,
  free: drop.free,
  version: drop.version,
})

/** Drops for operators: plan, change, pause, resume, slow, stop. */
import { createRoute, z } from '@hono/zod-openapi'
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import { slugFor } from '../../../domain/catalog/slug.ts'
import {
  EXPECTED_BUYERS_MAX,
  LEAVES_MAX,
  PASS_DURATION_MAX_MS,
  PASS_DURATION_MIN_MS,
  ROOM_MAX,
  problemsOfDrop,
  type Drop as DropValue,
  type DropDraft,
} from '../../../domain/drop/drop.ts'
import type { RoomTerms } from '../../../domain/message/drop-desk.ts'
import { UNITS_MAX } from '../../../domain/stock/moves.ts'
import { controlDrop, findDrop, listDrops, putDrop, type DropControl } from '../../../platform/postgres/drops.ts'
import { Drop } from '../../catalog-schemas.ts'
import { dropOut, roomOut } from '../../catalog-wire.ts'
import type { Asked } from '../../context.ts'
import type { Refusal } from '../../problems.ts'
import { privateJson, refused } from '../../replies.ts'
import { ImageUrl, Instant, Sku, Slug, text } from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { instantIn, maybeInstantOut } from '../../wire.ts'
import type { Heard } from '../../publishing.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { markup } from './markup.ts'
import { afterDropChange, birth, named, needs, needsOnce, takes } from './operating.ts'

export const drops = router()
const tags = ['Operating drops and stock']
const params = z.object({ id: z.string().max(200).openapi({ description: 'The drop’s id or slug.' }) })

const OperatorDrop = Drop.extend({
  paused: z.boolean(),
  hold_duration_ms: z.int().nullable(),
  expected_buyers: z.int(),
  leaves: z.int().openapi({ description: 'Leaves of the stock tree; 0: the owners of its SKUs sell by themselves.' }),
  leaves_wanted: z.int().nullable().openapi({ description: 'As set by `leaves`; null: as planned.' }),
  planned_ends_at: Instant.nullable().openapi({ description: '`ends_at` says when it is really over.' }),
  stopped_at: Instant.nullable(),
  total: z.int(),
  free: z.int(),
  version: z.int(),
}).openapi('OperatorDrop')

/** How far a change has got when it is answered. Whoever has not heard is told again until they have. */
const HeardOut = z
  .object({
    stock_objects: z.int().openapi({ description: 'Owners of SKUs that sell by the new terms already.' }),
    stock_objects_of: z.int(),
    drop: z.boolean().openapi({ description: 'Whether the drop’s own object has heard.' }),
  })
  .openapi('DropHeard')

const ControlledDrop = OperatorDrop.extend({ heard: HeardOut }).openapi('ControlledDrop')

const people = z.int().min(1).max(ROOM_MAX)

const RoomWrite = z
  .strictObject({
    inside_max: people,
    admissions_per_minute: people,
    pass_duration_ms: z
      .int()
      .min(PASS_DURATION_MIN_MS)
      .max(PASS_DURATION_MAX_MS)
      .default(8 * 60_000),
    challenge: z.boolean().default(false),
    one_lot_per_email: z.boolean().default(false),
  })
  .openapi('RoomWrite')

const Country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code')

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
    expected_buyers: z
      .int()
      .min(0)
      .max(EXPECTED_BUYERS_MAX)
      .optional()
      .openapi({ description: 'How large a crowd to be ready for; plans `leaves` and the waiting room’s objects.' }),
    leaves: z
      .int()
      .min(0)
      .max(LEAVES_MAX)
      .nullish()
      .openapi({ description: 'Left out or null: as planned. While the drop runs there can only be more.' }),
    room: RoomWrite.nullish(),
    countries: z.array(Country).min(1).max(250).nullish(),
    invite_only: z.boolean().optional(),
    units_per_order_max: z.int().min(1).max(UNITS_MAX).nullish(),
    version: z.int().optional().openapi({ description: 'Refused when the drop has moved on since this version.' }),
  })
  .openapi('DropWrite')

const DropChange = DropWrite.partial().openapi('DropChange')

const WHO_HEARD = 'The drop as it is now, and who sells by it already.'

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
    return written(c, c.req.valid('json'), { action: 'drop.updated', existing })
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
    return written(c, whole, { action: 'drop.updated', existing })
  },
)

const CONTROLS = [
  ['pause', 'Stop selling for now. Safe to repeat'],
  ['resume', 'Go on selling. Safe to repeat'],
  ['stop', 'End it now and for good. Safe to repeat'],
] as const

for (const [kind, summary] of CONTROLS) {
  answer(
    drops,
    createRoute({
      method: 'post',
      path: `/drops/{id}/${kind}`,
      tags,
      summary,
      ...needs('catalog:write'),
      request: { params },
      responses: { 200: json(ControlledDrop, WHO_HEARD), ...problems(401, 403, 404, 409, 503) },
    }),
    (c) => controlled(c, c.req.valid('param').id, { kind }),
  )
}

answer(
  drops,
  createRoute({
    method: 'post',
    path: '/drops/{id}/pace',
    tags,
    summary: 'Admit faster or slower from the waiting room. Safe to repeat',
    ...needs('catalog:write'),
    request: { params, ...takes(z.strictObject({ admissions_per_minute: people }).openapi('DropPace')).request },
    responses: { 200: json(ControlledDrop, WHO_HEARD), ...problems(400, 401, 403, 404, 409, 413, 415, 503) },
  }),
  (c) => {
    const { admissions_per_minute: admissionsPerMinute } = c.req.valid('json')
    return controlled(c, c.req.valid('param').id, { kind: 'pace', admissionsPerMinute })
  },
)

const AUDITED = { pause: 'paused', resume: 'resumed', stop: 'stopped', pace: 'paced' } as const

async function controlled(c: Asked, idOrSlug: string, control: DropControl): Promise<Response> {
  const done = await steer(c, idOrSlug, control)
  if (!done.ok) return refused(c, done.refusal)
  const { drop, heard } = done.value
  return privateJson(c, { ...operatorDropOut(drop, c.var.visit.clock.now()), heard: heardOut(heard) })
}

/** Pauses, resumes, stops or paces a drop, and says who sells by it already. Safe to repeat. */
export async function steer(
  c: Asked,
  idOrSlug: string,
  control: DropControl,
): Promise<Decision<{ drop: DropValue; heard: Heard }, Refusal>> {
  const existing = await newest(c, idOrSlug)
  if (!existing) return refuse({ code: 'drop_not_found', drop: idOrSlug })
  const writer = database(c).write()
  const { clock, storeId } = c.var.visit
  const done = await controlDrop(writer, storeId, existing.id, control, clock.now())
  if (!done.ok) return done
  const facts = control.kind === 'pace' ? { admissions_per_minute: control.admissionsPerMinute } : {}
  const entry = { action: `drop.${AUDITED[control.kind]}`, subject: existing.id, facts }
  return accept({ drop: done.value, heard: await afterDropChange(c, writer, entry, done.value) })
}

type Write = z.infer<typeof DropWrite>

async function written(
  c: Asked,
  write: Write,
  { action, existing }: { action: string; existing?: DropValue },
): Promise<Response> {
  const draft = draftOf(write)
  const mistakes = mistakesIn(draft)
  if (mistakes) return refused(c, mistakes)
  const writer = database(c).write()
  const put = await putDrop(writer, c.var.visit.storeId, draft, {
    ...birth(c),
    ...(existing && { id: existing.id }),
    ...(write.version === undefined ? {} : { ifVersion: write.version }),
  })
  if (!put.ok) return refused(c, put.refusal)
  const { id, version, skus } = put.value
  const touched = [...new Set([...skus, ...(existing?.skus ?? [])])]
  await afterDropChange(c, writer, { action, subject: id, facts: { version } }, { id, skus: touched })
  const out = operatorDropOut(put.value, c.var.visit.clock.now())
  return existing ? privateJson(c, out) : privateJson(c, out, 201, { location: `/api/v1/admin/drops/${id}` })
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
  expectedBuyers: write.expected_buyers ?? 0,
  leavesWanted: write.leaves ?? null,
  room: write.room ? roomIn(write.room) : null,
  countries: write.countries ?? null,
  inviteOnly: write.invite_only ?? false,
  unitsPerOrderMax: write.units_per_order_max ?? null,
})

const roomIn = (room: z.infer<typeof RoomWrite>): RoomTerms => ({
  insideMax: room.inside_max,
  admissionsPerMinute: room.admissions_per_minute,
  passDurationMs: room.pass_duration_ms,
  challenge: room.challenge,
  oneLotPerEmail: room.one_lot_per_email,
})

const writeOf = (drop: DropValue): Write => ({
  slug: drop.slug,
  title: drop.title,
  description_html: drop.description,
  image_url: drop.imageUrl,
  opens_at: new Date(drop.opensAt).toISOString(),
  ends_at: maybeInstantOut(drop.plannedEndsAt),
  paused: drop.paused,
  units_per_visitor_max: drop.unitsPerVisitorMax,
  hold_duration_ms: drop.holdDurationMs,
  skus: drop.skus,
  expected_buyers: drop.expectedBuyers,
  leaves: drop.leavesWanted,
  room: drop.room && roomOut(drop.room),
  countries: drop.countries,
  invite_only: drop.inviteOnly,
  units_per_order_max: drop.unitsPerOrderMax,
})

function mistakesIn(draft: DropDraft): Refusal | null {
  const errors = problemsOfDrop(draft).map(({ field, message }) => ({ pointer: `/${field}`, problem: message }))
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

const operatorDropOut = (drop: DropValue, now: number): z.infer<typeof OperatorDrop> => ({
  ...dropOut(drop, now),
  paused: drop.paused,
  hold_duration_ms: drop.holdDurationMs,
  expected_buyers: drop.expectedBuyers,
  leaves: drop.leaves,
  leaves_wanted: drop.leavesWanted,
  planned_ends_at: maybeInstantOut(drop.plannedEndsAt),
  stopped_at: maybeInstantOut(drop.stoppedAt),
  total: drop.total,
  free: drop.free,
  version: drop.version,
})

const heardOut = (heard: Heard): z.infer<typeof HeardOut> => ({
  stock_objects: heard.stockObjects,
  stock_objects_of: heard.stockObjectsOf,
  drop: heard.drop,
})

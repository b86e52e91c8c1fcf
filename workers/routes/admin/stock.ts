/** The stock as its owner knows it, and adjustments by the operator. */
import { createRoute, z } from '@hono/zod-openapi'
import { accept, refuse, type Decision } from '../../../domain/basics/decision.ts'
import type { AdjustmentRefusal, StockCount, StockDesk } from '../../../domain/message/stock-desk.ts'
import { UNITS_MAX } from '../../../domain/stock/moves.ts'
import type { Asked } from '../../context.ts'
import { stockDesk } from '../../desks.ts'
import { privateJson, refused } from '../../replies.ts'
import { Sku, text } from '../../schemas.ts'
import { database } from '../../sessions.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { audit, needs, needsOnce, takes } from './operating.ts'

export const stock = router()
const tags = ['Operating drops and stock']
const params = z.object({ sku: Sku })

const Stock = z
  .object({
    sku: z.string(),
    initial: z.int(),
    adjusted: z.int(),
    total: z.int().openapi({ description: 'initial + adjusted = free + held + sold.' }),
    free: z.int(),
    held: z.int(),
    sold: z.int(),
    version: z.int(),
  })
  .openapi('Stock')

/** Why units come or go. What a merchant sells by hand leaves the shop's stock before it is sold, so nobody gets it twice. */
const KINDS = {
  found: 1,
  broken: -1,
  reserved_for_manual_sale: -1,
  returned_from_manual_sale: 1,
} as const
type Kind = keyof typeof KINDS

const Kind = z.enum(Object.keys(KINDS) as [Kind, ...Kind[]])

const AdjustmentRequest = z
  .strictObject({
    kind: Kind.optional().openapi({ description: 'Left out: `found` when units come, `broken` when they go.' }),
    delta: z
      .int()
      .min(-UNITS_MAX)
      .max(UNITS_MAX)
      .refine((delta) => delta !== 0, 'must not be zero')
      .openapi({ description: 'Units found (positive) or lost (negative).' }),
    reason: text(500),
  })
  .refine(({ kind, delta }) => kind === undefined || Math.sign(delta) === KINDS[kind], {
    message: 'units that are found or returned come (positive); broken and reserved ones go (negative)',
    path: ['delta'],
  })
  .openapi('AdjustmentRequest')

const Adjustment = z
  .object({ id: z.string(), sku: z.string(), kind: Kind, delta: z.int(), reason: z.string(), stock: Stock })
  .openapi('Adjustment')

answer(
  stock,
  createRoute({
    method: 'get',
    path: '/stock/{sku}',
    tags,
    summary: 'See where the units of a SKU are, this instant',
    ...needs('stock:read'),
    request: { params },
    responses: { 200: json(Stock, 'From their owner.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { sku } = c.req.valid('param')
    const count = await stockDesk(c.env, c.var.visit.storeId, sku).count()
    return count ? privateJson(c, stockOut(count)) : refused(c, { code: 'unknown_sku' })
  },
)

answer(
  stock,
  createRoute({
    method: 'post',
    path: '/stock/{sku}/adjustments',
    tags,
    summary: 'Add units that were found or returned, take away those that broke or are sold by hand',
    description:
      'Applies at once, also while a drop runs. Only free units can go: what is held or sold belongs to buyers, and the refusal says how many can be taken now.',
    ...needsOnce('stock:write'),
    request: { params, ...takes(AdjustmentRequest).request },
    responses: { 201: json(Adjustment, 'Done, once.'), ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
  }),
  async (c) => {
    const { sku } = c.req.valid('param')
    const { delta, reason, kind: said } = c.req.valid('json')
    const kind: Kind = said ?? (delta > 0 ? 'found' : 'broken')
    const adjusted = await adjustStock(c, sku, { key: c.var.once.key, kind, delta, reason })
    if (!adjusted.ok) return refused(c, adjusted.refusal)
    const { id, count } = adjusted.value
    return privateJson(c, { id, sku, kind, delta, reason, stock: stockOut(count) }, 201)
  },
)

/** Adjusts a SKU's units once a `key`, whoever repeats it, and writes it down. */
export async function adjustStock(
  c: Asked,
  sku: string,
  { key, kind, delta, reason }: { key: string; kind: Kind; delta: number; reason: string },
): Promise<Decision<{ id: string; count: StockCount }, AdjustmentRefusal>> {
  // From the key, so that an attempt whose answer was lost adjusts nothing a second time.
  const id = `${c.var.operator.keyId}:${key}`
  const desk = stockDesk(c.env, c.var.visit.storeId, sku)
  const adjusted = await desk.adjust({ adjustmentId: id, delta, kind: 'adjustment', reason: `${kind}: ${reason}` })
  if (!adjusted.ok) return refuse(await withHeld(desk, adjusted.refusal))
  const facts = { kind, delta, adjustment: id }
  await audit(c, database(c).write(), { action: 'stock.adjusted', subject: sku, facts })
  return accept({ id, count: adjusted.value })
}

/** Units in baskets may come back: an operator who wants them is told how many there are. */
async function withHeld(desk: StockDesk, refusal: AdjustmentRefusal): Promise<AdjustmentRefusal> {
  if (refusal.code !== 'adjustment_exceeds_free') return refusal
  const count = await desk.count()
  return count ? { ...refusal, held: count.held } : refusal
}

const stockOut = (count: StockCount): z.infer<typeof Stock> => ({
  sku: count.sku,
  initial: count.initial,
  adjusted: count.adjusted,
  total: count.total,
  free: count.free,
  held: count.held,
  sold: count.sold,
  version: count.version,
})

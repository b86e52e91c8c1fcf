/** Holds: units reserved until an instant, all lines or none. The order book decides; this door only translates. */
import { createRoute, z } from '@hono/zod-openapi'
import { bookOf } from '../../domain/basics/ids.ts'
import type { BasketHold } from '../../domain/message/order-book.ts'
import { decideBasket } from '../../domain/order/basket.ts'
import { chosenOf } from '../admission/chosen.ts'
import { admissionOf } from '../admission/index.ts'
import { holdInCompany } from '../company.ts'
import type { Asked } from '../context.ts'
import { orderBook } from '../desks.ts'
import { marketOfPurchase, restrictionOfPurchase } from '../market.ts'
import { keyed } from '../middleware/idempotency/index.ts'
import { buyingRate, refusalOfNewcomer } from '../middleware/limit/index.ts'
import { privateJson, refused, replayed } from '../replies.ts'
import { Hold, HoldRequest } from '../schemas.ts'
import { homeBook, knownVisitor, visitorOfKey } from '../visitors.ts'
import { holdOut, lineIn } from '../wire.ts'
import { KEY_PARAMETER, answer, body, json, problems, router } from './endpoint.ts'

export const holds = router()
const tags = ['Buying']
const params = z.object({
  id: z.string().max(64).openapi({ description: 'The id of a hold; knowing it is proof of having made it.' }),
})

answer(
  holds,
  createRoute({
    method: 'post',
    path: '/holds',
    tags,
    summary: 'Hold units of one or several SKUs, all lines or none',
    parameters: [KEY_PARAMETER],
    middleware: [keyed] as const,
    request: body(HoldRequest),
    responses: {
      201: json(Hold, 'The units are yours until `expires_at`.'),
      ...problems(400, 403, 404, 409, 413, 415, 422, 451, 503),
    },
  }),
  async (c) => {
    const { storeId, requestId } = c.get('visit')
    const { key, fingerprint } = c.get('once')
    const request = c.req.valid('json')
    const visitor = await visitorOfKey(c, key)
    const tooMany = visitor.isNew ? await refusalOfNewcomer(c) : null
    if (tooMany) return refused(c, tooMany)
    const lines = request.lines?.map(lineIn) ?? (await chosenOf(c, visitor.id, request.drop!))
    const basket = decideBasket(lines)
    if (!basket.ok) return refused(c, basket.refusal)
    const home = homeBook(c, visitor.id)
    const answered = await holdInCompany(c, home.book, {
      // A book is shared by many visitors, so the key is kept under the visitor's name.
      request: { key: `${visitor.id} hold ${key}`, fingerprint, requestId },
      storeId,
      visitorId: visitor.id,
      lines: basket.value,
      drop: request.drop ?? null,
      ...marketOfPurchase(c, request.market),
      ...restrictionOfPurchase(c),
      admission: await admissionOf(c, visitor.id),
      formerHomes: home.former,
      rate: buyingRate(c),
    })
    const { decision } = answered
    const response = decision.ok
      ? privateJson(c, holdOut(decision.value), 201, { location: `/api/v1/holds/${decision.value.id}` })
      : refused(c, decision.refusal, answered.requestId)
    return answered.replayed ? replayed(response) : response
  },
)

answer(
  holds,
  createRoute({
    method: 'get',
    path: '/holds/{id}',
    tags,
    summary: 'See a hold',
    request: { params },
    responses: { 200: json(Hold, 'The hold as it is now.'), ...problems(404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const hold = await findHold(c, id)
    return hold ? privateJson(c, holdOut(hold)) : refused(c, { code: 'hold_not_found', holdId: id })
  },
)

answer(
  holds,
  createRoute({
    method: 'delete',
    path: '/holds/{id}',
    tags,
    summary: 'Give the units back. Safe to repeat',
    request: { params },
    responses: { 200: json(Hold, 'The hold has ended; the units are for sale again.'), ...problems(404, 409, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const hold = await findHold(c, id)
    if (!hold) return refused(c, { code: 'hold_not_found', holdId: id })
    const released = await orderBook(c.env, hold.storeId, bookOf('hld', id)!).releaseHold(id)
    return released.ok ? privateJson(c, holdOut(released.value)) : refused(c, released.refusal)
  },
)

/**
 * The hold, when this store has it. Its id has 60 bits of chance: whoever knows it has made it, or was told. But who comes
 * with the cookie of another visitor says himself that it is not his.
 */
async function findHold(c: Asked, id: string): Promise<BasketHold | null> {
  const book = bookOf('hld', id)
  if (book === undefined) return null
  const hold = await orderBook(c.env, c.get('visit').storeId, book).findHold(id)
  if (!hold || hold.storeId !== c.get('visit').storeId) return null
  const visitorId = await knownVisitor(c)
  return visitorId === null || visitorId === hold.visitorId ? hold : null
}

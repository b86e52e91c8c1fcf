/**
 * Orders: taken with a 202 in milliseconds, settled behind a queue, watched live. The order book decides and remembers;
 * this door translates, and lets in only whoever holds the order's secret or placed it.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { bookOf } from '../../domain/basics/ids.ts'
import type { OrderView } from '../../domain/message/order-book.ts'
import type { AppEnv, Asked } from '../context.ts'
import { orderBook } from '../desks.ts'
import { documentLink } from '../document-links.ts'
import { restrictionOfPurchase } from '../market.ts'
import { answeredOnce, keyed } from '../middleware/idempotency/index.ts'
import { buyingRate } from '../middleware/limit/index.ts'
import { orderFor, orderSecret } from '../order-access.ts'
import { privateJson, refused, replayed } from '../replies.ts'
import { AcceptedOrder, Order, OrderRequest } from '../schemas.ts'
import { homeBook, knownVisitor } from '../visitors.ts'
import { addressIn, orderOut } from '../wire.ts'
import { KEY_PARAMETER, answer, body, json, problems, router } from './endpoint.ts'
import { orderEvents } from './order-events.ts'

export const orders = router()
const tags = ['Buying']
const params = z.object({ id: z.string().max(64) })
const query = z.object({
  secret: z.string().max(128).optional().openapi({ description: 'The order’s secret, where no header can be sent.' }),
})

/**
 * Whose the key is. Without a cookie that is whoever knows the hold's id, which only its maker was told: a phone that
 * changes from one network to another between two tries is still the same buyer.
 */
const buyerOf = (visitorId: string | null, holdId: string): string => visitorId ?? `hold:${holdId}`

/** Whether this visitor's book is the one that keeps the hold, and so the answer. */
function keepsTheAnswer(c: Asked, visitorId: string | null, holdId: string): boolean {
  return visitorId !== null && bookOf('hld', holdId) === homeBook(c, visitorId).book
}

/**
 * The book keeps the answer beside the order; but it is found by the hold, and a client without the basket's cookie may
 * use its key again with another hold, in another book. For those a guard by network address stands before the book and
 * refuses that. Over another address the guard knows nothing, and the book, which knows the buyer by the hold, replays.
 */
const onceForStrangers: MiddlewareHandler<AppEnv> = async (c, next) => {
  const named = OrderRequest.pick({ hold_id: true })
    .loose()
    .safeParse(await c.req.json().catch(() => null))
  // Without a hold there is no order; the schema says so in a moment.
  if (!named.success || keepsTheAnswer(c, await knownVisitor(c), named.data.hold_id)) return next()
  return answeredOnce(() => `ip:${c.var.visit.clientIp}`)(c, next)
}

answer(
  orders,
  createRoute({
    method: 'post',
    path: '/orders',
    tags,
    summary: 'Order what a hold reserves',
    parameters: [KEY_PARAMETER],
    middleware: [keyed, onceForStrangers] as const,
    request: body(OrderRequest),
    responses: {
      202: json(AcceptedOrder, 'Taken, and never lost from here on. `Location` is where to follow it.'),
      ...problems(400, 403, 404, 409, 413, 415, 422, 451, 503),
    },
  }),
  async (c) => {
    const { storeId, requestId, publicOrigin } = c.var.visit
    const { key, fingerprint } = c.var.once
    const request = c.req.valid('json')
    const book = bookOf('hld', request.hold_id)
    if (book === undefined) return refused(c, { code: 'hold_not_found', holdId: request.hold_id })
    const visitorId = await knownVisitor(c)
    const answered = await orderBook(c.env, storeId, book).order({
      request: { key: `${buyerOf(visitorId, request.hold_id)} order ${key}`, fingerprint, requestId },
      storeId,
      holdId: request.hold_id,
      visitorId,
      email: request.email,
      name: request.name || null,
      shippingAddress: request.shipping_address ? addressIn(request.shipping_address) : null,
      paymentMethod: request.payment_method,
      returnUrl: `${publicOrigin}/orders/{order}`,
      orderUrl: `${publicOrigin}/orders/{order}`,
      locale: 'en',
      storeName: c.var.visit.store.name,
      ...restrictionOfPurchase(c, request.shipping_address?.country),
      rate: buyingRate(c),
    })
    const { decision } = answered
    if (!decision.ok) {
      const refusal = refused(c, decision.refusal, answered.requestId)
      return answered.replayed ? replayed(refusal) : refusal
    }
    const order = decision.value
    const accepted = { ...(await shown(c, order)), secret: await orderSecret(c, order.id) }
    const response = privateJson(c, accepted, 202, { location: `/api/v1/orders/${order.id}` })
    return answered.replayed ? replayed(response) : response
  },
)

answer(
  orders,
  createRoute({
    method: 'get',
    path: '/orders/{id}',
    tags,
    summary: 'See an order',
    description: 'With its secret (`Authorization: Bearer …` or `?secret=`), or with the cookie of whoever placed it.',
    request: { params, query },
    responses: {
      200: json(Order, 'The order as it is now, from its owner.'),
      304: { description: 'It is as `If-None-Match` has it.' },
      ...problems(404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const order = await orderFor(c, id)
    if (!order) return refused(c, { code: 'order_not_found', orderId: id })
    return privateJson(c, await shown(c, order), 200, { etag: `"${order.version}"` })
  },
)

answer(
  orders,
  createRoute({
    method: 'get',
    path: '/orders/{id}/events',
    tags,
    summary: 'Watch an order',
    description:
      'Server-sent events: one `order` message for each change, its id the order’s version. `Last-Event-ID` goes on from there. Ends when the order has settled; 204 when there is nothing more to tell.',
    request: { params, query },
    responses: {
      200: { description: 'The stream.', content: { 'text/event-stream': { schema: z.string() } } },
      204: { description: 'Settled, and you know already.' },
      ...problems(404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const order = await orderFor(c, id)
    if (!order) return refused(c, { code: 'order_not_found', orderId: id })
    return orderEvents(c, order, (later) => shown(c, later))
  },
)

/** The order as whoever may see it sees it. */
export async function shown(c: Asked, order: OrderView): Promise<z.infer<typeof Order>> {
  const receipt = order.receiptDocumentId
  return orderOut(order, receipt === null ? null : await documentLink(c, order.id, receipt))
}

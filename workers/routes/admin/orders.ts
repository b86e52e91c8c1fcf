/**
 * Orders for operators. Lists come from Postgres (seconds behind), one order from its book (the truth); refunds and
 * cancellations are asked of the book, which keeps the answer beside the effect.
 */
import { createRoute, z } from '@hono/zod-openapi'
import { bookOf } from '../../../domain/basics/ids.ts'
import type { OrderView } from '../../../domain/message/order-book.ts'
import { listOrders, type OrderSummary } from '../../../platform/postgres/orders.ts'
import { pageOut } from '../../catalog-wire.ts'
import type { Asked } from '../../context.ts'
import { orderBook } from '../../desks.ts'
import { documentLink } from '../../document-links.ts'
import { privateJson, refused, replayed } from '../../replies.ts'
import {
  CancellationRequest,
  Instant,
  Money,
  Order,
  OrderStatus,
  PageQuery,
  Refund,
  RefundRequest,
  page,
} from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { instantOut, lineIn, moneyOut, refundOut } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { shown } from '../orders.ts'
import { audit, needs, needsKey, takes } from './operating.ts'

export const orders = router()
const tags = ['Operating orders']
const params = z.object({ id: z.string().max(64) })

const Summary = z
  .object({
    id: z.string(),
    status: OrderStatus,
    email: z.string(),
    name: z.string().nullable(),
    total: Money,
    units: z.int(),
    created_at: Instant,
    updated_at: Instant,
  })
  .openapi('OrderSummary')

answer(
  orders,
  createRoute({
    method: 'get',
    path: '/orders',
    tags,
    summary: 'List orders, newest first',
    ...needs('orders:read'),
    request: { query: PageQuery.extend({ status: OrderStatus.optional(), email: z.string().max(254).optional() }) },
    responses: { 200: json(page(Summary), 'Seconds behind the orders themselves.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const { status, email, limit, cursor } = c.req.valid('query')
    const query = { status: status ?? null, email: email ?? null, limit, cursor: cursor ?? null }
    const listed = await listOrders(await reading(c), c.var.visit.storeId, query)
    return listed.ok ? privateJson(c, pageOut(listed.value, summaryOut)) : refused(c, listed.refusal)
  },
)

answer(
  orders,
  createRoute({
    method: 'get',
    path: '/orders/{id}',
    tags,
    summary: 'See an order',
    ...needs('orders:read'),
    request: { params },
    responses: { 200: json(Order, 'As it is now, from its owner.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const order = await findOrder(c, id)
    return order ? privateJson(c, await shown(c, order)) : refused(c, { code: 'order_not_found', orderId: id })
  },
)

answer(
  orders,
  createRoute({
    method: 'post',
    path: '/orders/{id}/refunds',
    tags,
    summary: 'Give money back, and units back to the shop',
    ...needsKey('orders:write'),
    request: { params, ...takes(RefundRequest).request },
    responses: {
      201: json(Refund, 'Taken; the money follows.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { amount, reason, restock } = c.req.valid('json')
    const order = await findOrder(c, id)
    if (!order) return refused(c, { code: 'order_not_found', orderId: id })
    const answered = await bookWith(c, id).refund({
      request: requestKey(c, 'refund'),
      orderId: id,
      amount: amount ?? null,
      reason: reason ?? null,
      restock: restock.map(lineIn),
    })
    const { decision } = answered
    if (!decision.ok) {
      const refusal = refused(c, decision.refusal, answered.requestId)
      return answered.replayed ? replayed(refusal) : refusal
    }
    const refund = decision.value
    await audit(c, database(c).write(), {
      action: 'order.refunded',
      subject: id,
      facts: { refund: refund.id, amount: refund.amount.amount, currency: refund.amount.currency },
    })
    const response = privateJson(c, refundOut(refund), 201, { location: `/api/v1/admin/orders/${id}` })
    return answered.replayed ? replayed(response) : response
  },
)

answer(
  orders,
  createRoute({
    method: 'post',
    path: '/orders/{id}/cancellation',
    tags,
    summary: 'Cancel an order: what was authorised is let go, what was captured is refunded',
    ...needsKey('orders:write'),
    request: { params, ...takes(CancellationRequest).request },
    responses: {
      201: json(Order, 'Cancelled, or about to be.'),
      ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { reason } = c.req.valid('json')
    const order = await findOrder(c, id)
    if (!order) return refused(c, { code: 'order_not_found', orderId: id })
    const answered = await bookWith(c, id).cancel({
      request: requestKey(c, 'cancel'),
      orderId: id,
      reason: reason ?? null,
    })
    const { decision } = answered
    if (!decision.ok) {
      const refusal = refused(c, decision.refusal, answered.requestId)
      return answered.replayed ? replayed(refusal) : refusal
    }
    await audit(c, database(c).write(), { action: 'order.cancelled', subject: id, facts: { reason: reason ?? null } })
    const response = privateJson(c, await shown(c, decision.value), 201)
    return answered.replayed ? replayed(response) : response
  },
)

const OrderDocument = z.object({ id: z.string(), kind: z.literal('receipt'), url: z.string() }).openapi('OrderDocument')

answer(
  orders,
  createRoute({
    method: 'get',
    path: '/orders/{id}/documents',
    tags,
    summary: 'List the documents of an order',
    ...needs('orders:read'),
    request: { params },
    responses: {
      200: json(z.object({ data: z.array(OrderDocument), next_cursor: z.null() }), 'Each with a link that opens it.'),
      ...problems(401, 403, 404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const order = await findOrder(c, id)
    if (!order) return refused(c, { code: 'order_not_found', orderId: id })
    const receipt = order.receiptDocumentId
    const data = receipt ? [{ id: receipt, kind: 'receipt', url: await documentLink(c, id, receipt) }] : []
    return privateJson(c, { data, next_cursor: null })
  },
)

/** The order, when it is this store's. A foreign one is not there. */
async function findOrder(c: Asked, id: string): Promise<OrderView | null> {
  if (bookOf('ord', id) === undefined) return null
  const order = await bookWith(c, id).findOrder(id)
  return order && order.storeId === c.var.visit.storeId ? order : null
}

const bookWith = (c: Asked, id: string) => orderBook(c.env, c.var.visit.storeId, bookOf('ord', id)!)

/** A book is shared by all who ask it, so the key is kept under the operator's. */
const requestKey = (c: Asked, verb: string) => ({
  key: `${c.var.operator.keyId} ${verb} ${c.var.once.key}`,
  fingerprint: c.var.once.fingerprint,
  requestId: c.var.visit.requestId,
})

const summaryOut = (order: OrderSummary): z.infer<typeof Summary> => ({
  id: order.id,
  status: order.status,
  email: order.email,
  name: order.name,
  total: moneyOut(order.total),
  units: order.units,
  created_at: instantOut(order.createdAt),
  updated_at: instantOut(order.updatedAt),
})

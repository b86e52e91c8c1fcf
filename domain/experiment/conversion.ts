/** What the order ledger says of an order, as an experiment counts it. */
import type { Conversion } from '../message/experiment-desk.ts'
import type { OrderRecord } from '../order/records.ts'

export function conversionOf({ order }: Pick<OrderRecord, 'order'>): Conversion {
  const { captured, refunded } = order.payment
  return {
    orderId: order.id,
    visitorId: order.visitorId,
    version: order.version,
    orderedAt: order.createdAt,
    // Not "captured": what was captured for an order that could not be kept goes back by itself.
    isKept: order.status === 'paid' || order.status === 'partially_refunded',
    revenue: captured.amount - refunded.amount,
    refunded: refunded.amount,
    currency: order.total.currency,
  }
}

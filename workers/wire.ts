/**
 * The border: our words on one side, on the other snake_case, RFC 3339, and money in minor units. Every view names the
 * fields it lets out one by one, so that nothing new inside travels by accident.
 */
import type { z } from '@hono/zod-openapi'
import type { Money } from '../domain/basics/money.ts'
import type { Address, BasketHold, BasketLine, HeldLine, OrderView, RefundView } from '../domain/message/order-book.ts'
import type * as schema from './schemas.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

export const instantOut = (at: number): string => new Date(at).toISOString()
export const maybeInstantOut = (at: number | null): string | null => (at === null ? null : instantOut(at))
export const instantIn = (text: string): number => Date.parse(text)

export const moneyOut = ({ amount, currency }: Money): Wire<typeof schema.Money> => ({ amount, currency })
export const maybeMoneyOut = (money: Money | null): Wire<typeof schema.Money> | null => money && moneyOut(money)

export const lineIn = ({ sku, quantity }: { sku: string; quantity: number }): BasketLine => ({ sku, units: quantity })
export const lineOut = ({ sku, units }: BasketLine): { sku: string; quantity: number } => ({ sku, quantity: units })

const heldLineOut = (line: HeldLine): Wire<typeof schema.HeldLine> => ({
  sku: line.sku,
  quantity: line.units,
  product_slug: line.productSlug,
  product_title: line.productTitle,
  variant_title: line.variantTitle,
  unit_price: moneyOut(line.unitPrice),
  line_total: moneyOut(line.lineTotal),
})

export const holdOut = (hold: BasketHold): Wire<typeof schema.Hold> => ({
  id: hold.id,
  state: hold.state,
  lines: hold.lines.map(heldLineOut),
  total: moneyOut(hold.total),
  expires_at: instantOut(hold.expiresAt),
  order_id: hold.orderId,
  created_at: instantOut(hold.createdAt),
})

export const addressIn = (address: Wire<typeof schema.Address>): Address => ({
  line1: address.line1,
  line2: address.line2 || null,
  city: address.city,
  postalCode: address.postal_code,
  country: address.country,
})

const addressOut = (address: Address): Wire<typeof schema.Address> => ({
  line1: address.line1,
  line2: address.line2,
  city: address.city,
  postal_code: address.postalCode,
  country: address.country,
})

export const refundOut = (refund: RefundView): Wire<typeof schema.Refund> => ({
  id: refund.id,
  amount: moneyOut(refund.amount),
  reason: refund.reason,
  restock: refund.restock.map(lineOut),
  status: refund.status,
  created_at: instantOut(refund.createdAt),
})

/** @param receiptUrl where its receipt may be fetched by whoever sees this order. */
export const orderOut = (order: OrderView, receiptUrl: string | null): Wire<typeof schema.Order> => ({
  id: order.id,
  status: order.status,
  hold_id: order.holdId,
  email: order.email,
  name: order.name,
  shipping_address: order.shippingAddress && addressOut(order.shippingAddress),
  lines: order.lines.map(heldLineOut),
  total: moneyOut(order.total),
  failure: order.failure && { code: order.failure.code, message: order.failure.message },
  next_action_url: order.nextActionUrl,
  payment: {
    authorised: moneyOut(order.payment.authorised),
    captured: moneyOut(order.payment.captured),
    refunded: moneyOut(order.payment.refunded),
  },
  refunds: order.refunds.map(refundOut),
  receipt_url: receiptUrl,
  version: order.version,
  created_at: instantOut(order.createdAt),
  updated_at: instantOut(order.updatedAt),
})

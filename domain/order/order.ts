/**
 * Order: a visitor's promise to buy what they hold, and everything we know about keeping it.
 *
 * Three things are known apart from each other: where each line's units are, how the money stands, and whether the
 * order has been given up. What a buyer sees as its status is read off these three and stored nowhere, so it cannot
 * disagree with them. What to do next is domain/order/settlement.ts.
 */
import { assert } from '../basics/assert.ts'
import { money } from '../basics/money.ts'
import type {
  Address,
  BasketHold,
  HeldLine,
  OrderCommand,
  OrderStatus,
  OrderView,
  RefundView,
} from '../message/order-book.ts'
import { newPayment, type Payment } from '../payment/payment.ts'
import type { OrderRecord } from './records.ts'

/**
 * How long a buyer may take over a bank's confirmation. Stripe's own pages expire no sooner; a unit should not be
 * pinned longer by somebody who walked away.
 */
export const PAYMENT_DEADLINE_MS = 30 * 60_000

/** Where a line's units are, as far as we know: at its owner, or gone from us (`lost`), or given back by us (`free`). */
export type UnitsState = 'held' | 'claimed' | 'lost' | 'sold' | 'free'

export interface LineUnits {
  sku: string
  units: number
  /** The hold at the SKU's owner: the basket's, or a later one of our own when that was lost. */
  holdId: string
  /** How often the units had to be taken anew. */
  renewals: number
  state: UnitsState
  /** Sold units that went back for sale with refunds. */
  restocked: number
}

/** Why an order will not be sold. Money that turns up late can still save one given up for its payment. */
export interface GivenUp {
  cause: 'payment' | 'units' | 'operator'
  code: string
  message: string
}

export interface Refund {
  id: string
  amount: number
  reason: string | null
  restock: { sku: string; units: number }[]
  status: 'pending' | 'succeeded' | 'failed'
  providerId: string | null
  /** We may have asked the provider for it. */
  asked: boolean
  /** A repeat that follows by itself is not asked for before this instant. */
  notBefore?: number
  /** Keys under which the provider keeps a failure; absent: none. */
  burntKeys?: number
  /** The SKUs whose units are back for sale; a restock is done when these are all of them. */
  restocked: string[]
  createdAt: number
}

export interface Order {
  id: string
  storeId: string
  visitorId: string
  holdId: string
  email: string
  name: string | null
  shippingAddress: Address | null
  lines: HeldLine[]
  total: { amount: number; currency: string }
  paymentMethod: string
  returnUrl: string
  orderUrl: string
  locale: string
  storeName: string
  units: LineUnits[]
  payment: Payment
  givenUp: GivenUp | null
  refunds: Refund[]
  /** After it, a payment that waits for the buyer is cancelled. ms, exclusive. */
  deadlineAt: number
  /** Tries of the present step that led nowhere, and when to try again. */
  tries: number
  retryAt: number
  /** Webhooks seen lately: the same one twice is once. */
  eventsSeen: string[]
  receiptDocumentId: string | null
  settledAt: number | null
  /** Grows with every change that anybody can see. */
  version: number
  createdAt: number
  updatedAt: number
}

/** The order as it is taken: the hold's lines and prices, nothing asked of anybody yet. */
export function newOrder(id: string, paymentId: string, hold: BasketHold, command: OrderCommand, now: number): Order {
  assert(hold.state === 'held' && now < hold.expiresAt, `${hold.id} must still be held`)
  const { email, name, shippingAddress, paymentMethod, locale, storeName } = command
  return {
    id,
    storeId: hold.storeId,
    visitorId: hold.visitorId,
    holdId: hold.id,
    email,
    name,
    shippingAddress,
    lines: hold.lines,
    total: hold.total,
    paymentMethod,
    returnUrl: command.returnUrl.replaceAll('{order}', id),
    orderUrl: command.orderUrl.replaceAll('{order}', id),
    locale,
    storeName,
    units: hold.lines.map(({ sku, units }) => ({
      sku,
      units,
      holdId: hold.id,
      renewals: 0,
      state: 'held',
      restocked: 0,
    })),
    payment: newPayment(paymentId),
    givenUp: null,
    refunds: [],
    deadlineAt: now + PAYMENT_DEADLINE_MS,
    tries: 0,
    retryAt: 0,
    eventsSeen: [],
    receiptDocumentId: null,
    settledAt: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
  }
}

/** All lines together: lost as soon as one is; sold, or free, only when every one is. */
export function unitsOf(order: Order): UnitsState {
  const states = order.units.map(({ state }) => state)
  if (states.includes('lost')) return 'lost'
  if (states.every((state) => state === 'sold')) return 'sold'
  if (states.every((state) => state === 'free')) return 'free'
  return states.every((state) => state === 'claimed' || state === 'sold') ? 'claimed' : 'held'
}

/** Minor units that may still be refunded: captured, less what has gone back or is on its way. */
export const refundable = (order: Order): number =>
  order.payment.captured - sum(order.refunds.filter(({ status }) => status !== 'failed').map(({ amount }) => amount))

/** A repeat that follows by itself and has not been asked for: nobody sees it, and the operator may be quicker. */
export const isPaused = ({ notBefore, asked }: Refund): boolean => notBefore !== undefined && !asked

/** What the buyer sees. A given-up order says so only once it is certain that nothing stays charged. */
export function statusOf(order: Order): OrderStatus {
  const { payment, givenUp } = order
  if (givenUp?.cause === 'operator') return 'cancelled'
  if (givenUp) {
    const nothingCharged = payment.state === 'unasked' || payment.state === 'canceled' || wholly(payment)
    if (!nothingCharged || payment.mustLook) return 'processing'
    return givenUp.cause === 'units' ? 'not_available' : 'payment_failed'
  }
  if (payment.state === 'captured' && unitsOf(order) === 'sold') {
    if (payment.refunded === 0) return 'paid'
    return wholly(payment) ? 'refunded' : 'partially_refunded'
  }
  if (payment.state === 'unasked') return 'accepted'
  return payment.state === 'requires_action' && !payment.mustLook ? 'requires_action' : 'processing'
}

const wholly = ({ captured, refunded }: Payment): boolean => captured > 0 && refunded >= captured

export function viewOf(order: Order): OrderView {
  const { currency } = order.total
  const { id, storeId, visitorId, holdId, email, name, shippingAddress, lines, total, payment } = order
  const status = statusOf(order)
  return {
    id,
    storeId,
    visitorId,
    holdId,
    email,
    name,
    shippingAddress,
    lines,
    total,
    status,
    failure:
      order.givenUp && status !== 'processing' ? { code: order.givenUp.code, message: order.givenUp.message } : null,
    nextActionUrl: status === 'requires_action' ? payment.nextActionUrl : null,
    payment: {
      providerId: payment.providerId,
      authorised: money(payment.authorised, currency),
      captured: money(payment.captured, currency),
      refunded: money(payment.refunded, currency),
    },
    refunds: order.refunds.filter((refund) => !isPaused(refund)).map((refund) => viewOfRefund(refund, currency)),
    receiptDocumentId: order.receiptDocumentId,
    locale: order.locale,
    storeName: order.storeName,
    orderUrl: order.orderUrl,
    version: order.version,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  }
}

export const viewOfRefund = (refund: Refund, currency: string): RefundView => ({
  id: refund.id,
  amount: money(refund.amount, currency),
  reason: refund.reason,
  restock: refund.restock,
  status: refund.status,
  createdAt: refund.createdAt,
})

export const recordOf = (order: Order): OrderRecord => ({
  order: viewOf(order),
  payment: {
    id: order.payment.id,
    state: order.payment.state,
    providerId: order.payment.providerId,
    declineCode: order.payment.declined?.code ?? null,
  },
  settledAt: order.settledAt,
})

/** The order with its version grown when something visible changed, and untouched when nothing did. */
export function versioned(before: Order, after: Order, now: number): Order {
  if (before === after) return before
  const same = JSON.stringify(recordOf(before)) === JSON.stringify(recordOf(after))
  return same ? after : { ...after, version: before.version + 1, updatedAt: now }
}

export const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0)

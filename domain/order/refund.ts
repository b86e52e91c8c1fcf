/**
 * Giving money back, and cancelling. Both are only decided here; the provider's part is a step of the settlement.
 *
 * Money that may be refunded is what was captured less every refund that has not failed, so two refunds that are asked
 * for together can never give back more than was taken (SPEC REF1).
 */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { siblingOf } from '../basics/ids.ts'
import type { BasketLine, CancelRefusal, RefundCommand, RefundRefusal } from '../message/order-book.ts'
import { isPaused, refundable, statusOf, sum, type GivenUp, type Order, type Refund } from './order.ts'

/** After each failure of the refund that follows from giving an order up; then it is the operator's. */
const REPEATED_AFTER_MS = [10 * 60_000, 3600_000, 6 * 3600_000, 24 * 3600_000]

/**
 * The order with the refund of all that stands behind it although it was given up: once, under an id that derives from
 * the order's, and, when the provider refuses that for good, again under the next id after growing pauses (SPEC REF7).
 */
export function withRefundOfAll(order: Order, now: number): Order {
  const { givenUp, refunds } = order
  const amount = refundable(order)
  if (!givenUp || amount <= 0) return order
  const first = `ref_${order.id.slice('ord_'.length)}`
  const idOf = (n: number): string => siblingOf(first, n)
  let failures = 0
  while (refunds.some(({ id }) => id === idOf(failures))) failures += 1
  const pauseMs = REPEATED_AFTER_MS[failures - 1]
  if (failures > 0 && pauseMs === undefined) return order
  const refund: Refund = {
    id: idOf(failures),
    amount,
    reason: givenUp.code,
    restock: [], // `release` takes the units back
    status: 'pending',
    providerId: null,
    asked: false,
    restocked: [],
    createdAt: now,
    ...(pauseMs === undefined ? {} : { notBefore: now + pauseMs }),
  }
  return { ...order, refunds: [...refunds, refund] }
}

/** Without the repeats that nobody has asked for yet: an operator who acts takes their place. */
export const withoutPaused = (order: Order): Order => ({
  ...order,
  refunds: order.refunds.filter((refund) => !isPaused(refund)),
})

/**
 * Refuses an order that is not paid (`order_not_refundable`), more money than is left (`refund_exceeds_captured`) and
 * more units than were sold and have not gone back (`restock_exceeds_sold`). `amount: null` is all that is left.
 */
export function decideRefund(
  asIs: Order,
  refundId: string,
  command: Pick<RefundCommand, 'amount' | 'reason' | 'restock'>,
  now: number,
): Decision<Refund, RefundRefusal> {
  const order = withoutPaused(asIs)
  const status = statusOf(order)
  const left = refundable(order)
  if (!isRefundable(order) || (left === 0 && command.amount === null))
    return refuse({ code: 'order_not_refundable', status })
  const amount = command.amount ?? left
  const { captured } = order.payment
  if (!Number.isSafeInteger(amount) || amount <= 0 || amount > left) {
    return refuse({ code: 'refund_exceeds_captured', captured, alreadyRefunded: captured - left, requested: amount })
  }
  const wrong = command.restock.find(({ units }) => !Number.isSafeInteger(units) || units < 1)
  if (wrong) {
    return refuse({
      code: 'restock_exceeds_sold',
      sku: wrong.sku,
      sold: unitsStillSold(order, wrong.sku),
      requested: wrong.units,
    })
  }
  const restock = summedBySku(command.restock)
  for (const { sku, units } of restock) {
    const sold = unitsStillSold(order, sku)
    if (units > sold) return refuse({ code: 'restock_exceeds_sold', sku, sold, requested: units })
  }
  const { reason } = command
  return accept({
    id: refundId,
    amount,
    reason,
    restock,
    status: 'pending',
    providerId: null,
    asked: false,
    restocked: [],
    createdAt: now,
  })
}

/** Paid; or given up, and the refund that follows by itself has failed: then somebody has to be able to try again. */
function isRefundable(order: Order): boolean {
  const status = statusOf(order)
  const stranded = order.givenUp !== null && order.refunds.some((refund) => refund.status === 'failed')
  return status === 'paid' || status === 'partially_refunded' || stranded
}

/** The key a refund is asked for under. One for ever, unless the provider keeps a failure under it. */
export function refundKey(order: Order, { id, burntKeys = 0 }: Refund): string {
  const first = `${order.id}/refund/${id}`
  return burntKeys === 0 ? first : `${first}/${burntKeys + 1}`
}

/**
 * The order with the next key for a refund whose present one is burnt. A refund that was asked for is searched for
 * before it is asked for again, so between two keys there is always a search (SPEC REF2). Twice is once.
 */
export function withNextKey(order: Order, { refundId, key }: { refundId: string; key: string }): Order {
  const burnt = order.refunds.find((refund) => refund.id === refundId && refundKey(order, refund) === key)
  if (!burnt?.asked) return order
  const next: Refund = { ...burnt, burntKeys: (burnt.burntKeys ?? 0) + 1 }
  return { ...order, refunds: order.refunds.map((refund) => (refund === burnt ? next : refund)) }
}

/** Lines of a refund whose owner has not yet said that the units are back. */
export const stillToRestock = ({ restock, restocked }: Refund): BasketLine[] =>
  restock.filter(({ sku }) => !restocked.includes(sku))

/** Sold units of a line that no refund has put back, or is about to. */
export function unitsStillSold(order: Order, sku: string): number {
  const line = order.units.find((candidate) => candidate.sku === sku)
  if (line?.state !== 'sold') return 0
  const promised = order.refunds.filter(({ status }) => status !== 'failed')
  const onTheirWay = promised.flatMap(stillToRestock).filter((back) => back.sku === sku)
  return line.units - line.restocked - sum(onTheirWay.map(({ units }) => units))
}

/**
 * An order may be cancelled at any time before it has ended: whatever was authorised is cancelled, whatever was
 * captured is refunded, and its units are for sale again. Refuses one that has ended already.
 */
export function decideCancel(order: Order, reason: string | null): Decision<GivenUp, CancelRefusal> {
  const status = statusOf(order)
  const ended =
    status === 'cancelled' || status === 'payment_failed' || status === 'not_available' || status === 'refunded'
  if (ended || order.givenUp?.cause === 'units') return refuse({ code: 'order_not_cancellable', status })
  return accept({ cause: 'operator', code: 'cancelled', message: reason ?? 'The shop cancelled this order.' })
}

function summedBySku(lines: readonly BasketLine[]): BasketLine[] {
  const unitsBySku = new Map<string, number>()
  for (const { sku, units } of lines) unitsBySku.set(sku, (unitsBySku.get(sku) ?? 0) + units)
  return [...unitsBySku].map(([sku, units]) => ({ sku, units }))
}

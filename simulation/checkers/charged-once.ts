/** PAY3 and PAY4, from the provider's side: one charge an order, of its total, and only for units that are sold. */
import type { StockMove } from '../../domain/message/stock-desk.ts'
import { unitsOf } from '../../domain/order/order.ts'
import type { Intent, Provider } from '../provider.ts'
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import { Violation } from './violation.ts'

export function expectAtMostOneCharge(provider: Provider, intent: Intent): void {
  const charged = [...provider.intents.values()].filter(
    ({ orderId, captured }) => orderId === intent.orderId && captured > 0,
  )
  if (charged.length > 1) throw new Violation('PAY3', `${intent.orderId} was charged ${charged.length} times`)
  if (intent.captures > 1) throw new Violation('PAY3', `${intent.id} was captured ${intent.captures} times`)
  if (intent.captured !== intent.amount) {
    throw new Violation('PAY3', `${intent.id}: ${intent.captured} was taken of ${intent.amount}`)
  }
}

export function expectGoodsBehindCharge(shop: Shop, intent: Intent): void {
  const order = shop.bookOfOrder(intent.orderId)?.store.order(intent.orderId)
  if (!order) throw new Violation('PAY3', `${intent.orderId} was charged and nobody knows it`)
  for (const line of order.units) {
    const hold = shop.holdRow(line.sku, line.holdId)
    if (hold?.state !== 'sold' || hold.orderId !== order.id) {
      const units = `${line.units} of ${line.sku} are ${hold?.state ?? 'unknown'} at their owner, ${unitsOf(order)} in the book`
      throw new Violation('PAY3', `${order.id} was charged without its goods: ${units}`)
    }
  }
}

/** PAY4: units that an order has claimed are pinned until the provider has said that no money can come. */
export function expectNoMoneyBehindRelease(provider: Provider, host: StockHost, moves: readonly StockMove[]): void {
  for (const move of moves) {
    const hold = move.kind === 'release' ? host.holdRow(move.holdId) : undefined
    if (hold?.state === 'claimed') expectNoMoneyBehind(provider, hold.orderId!)
  }
}

/** The order's pinned units are about to be given back. */
export function expectNoMoneyBehind(provider: Provider, orderId: string): void {
  const intent = provider.findByOrder(orderId)
  if (intent && intent.state !== 'canceled' && intent.captured === intent.refunded && intent.captured === 0) {
    throw new Violation('PAY4', `${orderId} gives its units back while ${intent.id} is ${intent.state}`)
  }
}

/**
 * Once the world has healed, everything must come to an end: holds come back, orders settle, outboxes drain, the
 * database and the post have what they are owed, and no money is left anywhere it should not be. Safety alone cannot
 * see a unit that never comes back; that is why this is a checker of its own.
 */
import { differencesOf } from '../../domain/order/proof.ts'
import { statusOf, type Order } from '../../domain/order/order.ts'
import type { BookHost } from '../book-host.ts'
import type { Shop } from '../shop.ts'
import { Violation } from './violation.ts'

export const isAtRest = (shop: Shop): boolean => unrest(shop) === undefined

/** The first thing that is still going on; undefined: nothing is. */
export function unrest(shop: Shop): string | undefined {
  for (const book of shop.books) {
    if (book.keeper.nextHoldDue() !== null) return `${book.name} has a hold that has not ended`
    if (book.keeper.nextOutboxDue() !== null) {
      return `${book.name} owes ${book.store
        .outboxDue(Infinity, 3)
        .map(({ id }) => id)
        .join(', ')}`
    }
  }
  for (const book of shop.books) {
    if (book.nextLeafDue() !== null) return `${book.name} has a leaf with units in its hands`
  }
  for (const host of shop.stocks.values()) {
    if (host.keeper.nextHoldEnd() !== null) return `${host.sku} is held`
    if (host.isTellingTerms) return `${host.sku} has leaves that sell on old terms`
    if (host.keeper.nextReportDue() !== null) return `${host.sku} has numbers nobody has recorded`
  }
  return undefined
}

export function expectAllInOrder(shop: Shop): void {
  const still = unrest(shop)
  if (still) throw new Violation('SIM2', `nothing comes to rest: ${still}`)
  for (const book of shop.books) for (const order of book.store.orders('', 10_000)) expectSettled(shop, book, order)
  expectUnitsAddUp(shop)
  expectNoForgottenMoney(shop)
}

function expectSettled(shop: Shop, book: BookHost, order: Order): void {
  shop.world.sometimes(`an order ended ${statusOf(order)}`)
  if (order.units.some(({ renewals }) => renewals > 0)) shop.world.sometimes('lost units were taken anew')
  const wrong = differencesOf(order, shop.world.clock.now())
  if (wrong.length > 0) throw new Violation('PRF3', `${order.id}: ${wrong.join('; ')}`)
  if (order.settledAt === null) throw new Violation('PAY9', `${order.id} never settled: ${statusOf(order)}`)
  const recorded = shop.database.orders.get(order.id)
  if (recorded?.order.version !== order.version) {
    throw new Violation(
      'ORD6',
      `${order.id} is at version ${order.version}; the database has ${recorded?.order.version}`,
    )
  }
  if (statusOf(order) === 'paid' && !shop.post.letters.has(`confirmation:${order.id}`)) {
    throw new Violation('LET1', `${order.id} of ${book.name} is paid and nobody was told`)
  }
}

/** Units sold, by the owner's count, against what captured orders stand for. */
function expectUnitsAddUp(shop: Shop): void {
  const stand = new Map<string, number>()
  for (const book of shop.books) {
    for (const order of book.store.orders('', 10_000)) {
      for (const { sku, units, restocked, state } of order.units) {
        if (state === 'sold') stand.set(sku, (stand.get(sku) ?? 0) + units - restocked)
      }
    }
  }
  for (const host of shop.stocks.values()) {
    const count = host.keeper.count()!
    if (count.sold !== (stand.get(host.sku) ?? 0)) {
      throw new Violation('STK1', `${host.sku}: ${count.sold} sold, and orders stand for ${stand.get(host.sku) ?? 0}`)
    }
    const known = shop.database.counts.get(host.sku)
    if (known && known.version !== count.version) throw new Violation('STK9', `${host.sku}: old numbers are recorded`)
  }
}

function expectNoForgottenMoney(shop: Shop): void {
  for (const intent of shop.provider.intents.values()) {
    if (intent.state === 'requires_capture')
      throw new Violation('PAY4', `${intent.id} of ${intent.orderId} is authorised for ever`)
    const order = shop.bookOfOrder(intent.orderId)?.store.order(intent.orderId)
    const stays = intent.captured - intent.refunded
    if (stays > 0 && (!order || order.givenUp))
      throw new Violation('PAY3', `${intent.orderId} paid ${stays} for nothing`)
    if (order && order.payment.providerId === intent.id && order.payment.refunded !== intent.refunded) {
      throw new Violation(
        'REF1',
        `${order.id}: ${intent.refunded} went back, and the order says ${order.payment.refunded}`,
      )
    }
  }
}

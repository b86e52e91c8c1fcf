/** The merchant during the sale: finds units, breaks some, refunds, cancels, and sometimes clicks twice. */
import type { Decision } from '../../domain/basics/decision.ts'
import type { Answered, OrderView, RefundView } from '../../domain/message/order-book.ts'
import type { Adjustment, StockCount } from '../../domain/message/stock-desk.ts'
import type { Order } from '../../domain/order/order.ts'
import { Violation } from '../checkers/violation.ts'
import { insist, type Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'

type Said<Value> = Answered<Value, { code: string }>

export class Operator {
  readonly #shop: Shop
  #acts = 0
  readonly #adjusted: { host: StockHost; adjustment: Adjustment }[] = []

  constructor(shop: Shop) {
    this.#shop = shop
  }

  acts(): void {
    const { world } = this.#shop
    const act = world.oneOf([() => this.#adjusts(), () => this.#refunds(), () => this.#cancels()])
    act()
  }

  /** The crowd is larger than planned. There are never fewer leaves than there were. */
  addsLeaves(): void {
    const { world, stocks, network } = this.#shop
    const host = world.oneOf([...stocks.values()])
    const { offer } = host
    if (!offer.drop) return
    const leaves = Math.min(3, (offer.drop.leaves ?? 0) + 1)
    const more = { ...offer, version: offer.version + 1, drop: { ...offer.drop, leaves } }
    network.ask<true>(
      (reply) => {
        world.sometimes('leaves were added during the sale')
        host.describe(more)
        reply(true)
      },
      () => {},
    )
  }

  #adjusts(): void {
    const { world, stocks, network } = this.#shop
    const host = world.oneOf([...stocks.values()])
    const adjustmentId = `adj_${++this.#acts}`
    const adjustment = { adjustmentId, delta: world.between(-2, 3), kind: 'adjustment', reason: 'counted' } as const
    this.#adjusted.push({ host, adjustment })
    const clicks = world.oneOf([1, 1, 2])
    for (let i = 0; i < clicks; i++) {
      network.ask<Decision<StockCount, { code: string }>>(
        (reply) => host.adjust(adjustment, reply),
        (answer) => {
          if (answer && !answer.ok) world.sometimes('an adjustment was refused')
        },
      )
    }
  }

  #refunds(): void {
    const { world, network } = this.#shop
    const order = this.#someOrder()
    const book = order && this.#shop.bookOfOrder(order.id)
    if (!book) return
    const all = world.dice.fraction() < 0.5
    const restock = world.dice.fraction() < 0.5 ? order.lines.map(({ sku }) => ({ sku, units: 1 })) : []
    const request = { key: `refund-${++this.#acts}`, fingerprint: 'same', requestId: 'req' }
    const amount = all ? null : world.between(1, order.total.amount)
    const command = { request, orderId: order.id, amount, reason: null, restock }
    for (let clicks = world.oneOf([1, 2]); clicks > 0; clicks--) {
      network.ask<Said<RefundView>>(
        (reply) => reply(book.turn((keeper) => keeper.refund(command))),
        (answer) => answer?.decision.ok && world.sometimes('a refund was asked for'),
      )
    }
  }

  #cancels(): void {
    const { world, network } = this.#shop
    const order = this.#someOrder()
    const book = order && this.#shop.bookOfOrder(order.id)
    if (!book) return
    const request = { key: `cancel-${++this.#acts}`, fingerprint: 'same', requestId: 'req' }
    network.ask<Said<OrderView>>(
      (reply) => reply(book.turn((keeper) => keeper.cancel({ request, orderId: order.id, reason: null }))),
      (answer) => answer?.decision.ok && world.sometimes('an order was cancelled by the operator'),
    )
  }

  /** Asks once more for each adjustment: those that stand are in the account once, and the others not at all. */
  expectAdjustmentsToAddUp(): void {
    const expected = new Map<StockHost, number>()
    for (const { host, adjustment } of this.#adjusted) {
      const before = host.numbers()!.adjusted
      const stands = insist(() => host.turn((keeper) => keeper.adjust(adjustment)))
      const late = host.numbers()!.adjusted - before // it never arrived until now
      if (stands.ok) expected.set(host, (expected.get(host) ?? 0) + adjustment.delta)
      else if (late !== 0) throw new Violation('STK12', `${host.sku}: a refused adjustment changed the stock`)
    }
    for (const [host, adjusted] of expected) {
      const { adjusted: counted } = host.numbers()!
      if (counted !== adjusted)
        throw new Violation('STK12', `${host.sku}: adjusted by ${counted} instead of ${adjusted}`)
    }
  }

  /**
   * Units that leaves have, or that are still on their way to one, are free as well. Asks again each minute: a buyer may
   * still wait for one of them, and then it is not to be had.
   */
  wantsAllThatIsFree(): void {
    for (const host of this.#shop.stocks.values()) {
      const { free, version } = host.numbers()!
      const adjustmentId = `all ${version} ${++this.#acts}`
      if (free > 0) host.adjust({ adjustmentId, delta: -free, kind: 'adjustment', reason: 'the end' }, () => {})
    }
    this.#shop.world.later(60_000, () => this.wantsAllThatIsFree())
  }

  expectToHaveGotIt(): void {
    for (const host of this.#shop.stocks.values()) {
      const { free } = host.numbers()!
      if (free > 0) throw new Violation('LEA1', `${host.sku}: ${free} free units cannot be had by anybody`)
    }
  }

  #someOrder(): Order | undefined {
    const orders = this.#shop.books.flatMap((book) => book.store.orders('', 1_000))
    return orders.length === 0 ? undefined : this.#shop.world.oneOf(orders)
  }
}

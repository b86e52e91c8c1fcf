/**
 * The book's part of the proof: money and units added up from its rows, each order checked on its own, and every order
 * that does not add up named. Whoever asks lays it beside what the owners of the stock say.
 */
import { addMoney, money } from '../basics/money.ts'
import type { BookProof } from '../message/order-book.ts'
import { refundable, sum, unitsOf, type Order } from './order.ts'
import { stillToRestock } from './refund.ts'
import type { OrderBookStore } from './store.ts'

/** Rows are read in pages, so that a proof of many orders needs little memory. */
const PAGE = 500
/** An order that has not settled by now is stuck, whatever the reason. */
const STUCK_AFTER_MS = 24 * 3600_000
/** More than these are not worth listing: something is wrong with all of them. */
const DIFFERENCES_MOST = 100

type Sums = BookProof['money'][number]
type Units = BookProof['units'][number]

export function proofOf(
  store: Pick<OrderBookStore, 'orders' | 'livingHolds'>,
  leaves: BookProof['leaves'],
  now: number,
): BookProof {
  const sums = new Map<string, Sums>()
  const units = new Map<string, Units>()
  const differences: BookProof['differences'] = []
  let orders = 0
  for (const order of pages((after) => store.orders(after, PAGE))) {
    orders += 1
    addOrder(sums, units, order)
    for (const what of differencesOf(order, now)) {
      if (differences.length < DIFFERENCES_MOST) differences.push({ orderId: order.id, what })
    }
  }
  for (const hold of pages((after) => store.livingHolds(after, PAGE))) {
    for (const line of hold.lines) unitsOfSku(units, line.sku).held += line.units
  }
  const bySku = [...units.values()].sort((a, b) => (a.sku < b.sku ? -1 : 1))
  const byCurrency = [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
  return { orders, money: byCurrency, units: bySku, leaves, differences }
}

function addOrder(sums: Map<string, Sums>, units: Map<string, Units>, order: Order): void {
  const { currency, amount } = order.total
  const inCurrency = sums.get(currency) ?? { currency, ordered: 0, authorised: 0, captured: 0, refunded: 0 }
  sums.set(currency, inCurrency)
  inCurrency.ordered += amount
  inCurrency.authorised += order.payment.authorised
  inCurrency.captured += order.payment.captured
  inCurrency.refunded += order.payment.refunded
  for (const line of order.units) {
    const ofSku = unitsOfSku(units, line.sku)
    if (line.state === 'sold') ofSku.sold += line.units - line.restocked
    if (line.state === 'held' || line.state === 'claimed') ofSku.held += line.units
  }
}

function unitsOfSku(units: Map<string, Units>, sku: string): Units {
  const ofSku = units.get(sku) ?? { sku, sold: 0, held: 0 }
  units.set(sku, ofSku)
  return ofSku
}

/** What is wrong with an order. None of these may ever be seen; an order on its way has some time to become right. */
export function differencesOf(order: Order, now: number): string[] {
  const { payment, givenUp, settledAt, total } = order
  const units = unitsOf(order)
  const refunded = sum(order.refunds.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount))
  const lines = order.lines.reduce((all, { lineTotal }) => addMoney(all, lineTotal), money(0, total.currency))
  const paid = payment.captured > 0 && !givenUp
  const owedUnits = order.refunds.flatMap((refund) => (refund.status === 'succeeded' ? stillToRestock(refund) : []))
  const wrong: [boolean, string][] = [
    [lines.amount !== total.amount, 'its lines do not add up to its total'],
    [payment.captured > payment.authorised, 'more was captured than authorised'],
    [paid && payment.captured !== total.amount, 'what was captured is not its total'],
    [payment.refunded !== refunded, 'its refunds do not add up to what was refunded'],
    [payment.refunded > payment.captured, 'more was refunded than captured'],
    [paid && settledAt !== null && units !== 'sold', 'it is paid and its units are not sold'],
    [
      payment.captured === 0 && settledAt !== null && units !== 'free',
      'nothing was charged and its units are not free',
    ],
    [givenUp !== null && settledAt !== null && refundable(order) > 0, 'it was given up and not all money went back'],
    [settledAt !== null && !givenUp && owedUnits.length > 0, 'units of a refund are not back for sale'],
    [payment.strangers.length > 0, 'the provider has another payment in its name'],
    [settledAt === null && now - order.createdAt > STUCK_AFTER_MS, 'it has not settled for a day'],
  ]
  return wrong.filter(([is]) => is).map(([, what]) => what)
}

function* pages<Row extends { id: string }>(read: (afterId: string) => Row[]): Generator<Row> {
  for (let page = read(''); page.length > 0; page = read(page.at(-1)!.id)) yield* page
}

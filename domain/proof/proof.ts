/**
 * The proof: adds up what the owners of the truth say about themselves, compares it with what they say about each other,
 * and names each difference. Stock objects know units; order books know who they stand for, and the money. Nobody's
 * copy is believed: no projection, no cache (SPEC PRF).
 */
import type { BookProof } from '../message/order-book.ts'
import type { StockProof } from '../message/stock-desk.ts'

export type Difference =
  /** initial + adjustments is not free + held + sold. */
  | { kind: 'units_do_not_add_up'; sku: string; expected: number; found: number }
  /** A running figure is not what its rows add up to. */
  | {
      kind: 'count_is_not_its_rows'
      sku: string
      figure: 'initial' | 'adjusted' | 'held' | 'sold'
      counted: number
      rows: number
    }
  /** Stock and order books disagree about units. */
  | { kind: 'stock_and_orders_disagree'; sku: string; figure: 'held' | 'sold'; stock: number; orders: number }
  /** An owner and a leaf disagree about what was leased, or what became of it. */
  | { kind: 'owner_and_leaf_disagree'; sku: string; leaf: string; figure: string; owner: number; atLeaf: number }
  /** Orders stand for units of a SKU that nobody keeps. */
  | { kind: 'nobody_keeps_this_sku'; sku: string; sold: number; held: number }
  /** An order and its payment disagree, as its own book says. */
  | { kind: 'order_and_payment_disagree'; orderId: string; what: string }
  /** More was captured than authorised, or more refunded than captured. */
  | { kind: 'money_does_not_add_up'; currency: string; authorised: number; captured: number; refunded: number }

export interface Money {
  currency: string
  ordered: number
  authorised: number
  captured: number
  refunded: number
}

/** What each owner said of one SKU. Null: no object has ever been told of it. */
export type StockSaid = { sku: string; proof: StockProof | null }

/** The differences within and between these SKUs' owners and all of the store's books. */
export function differencesInUnits(stock: readonly StockSaid[], books: readonly BookProof[]): Difference[] {
  const byOrders = unitsByOrders(books)
  return stock.flatMap(({ sku, proof }) => {
    const orders = byOrders.get(sku) ?? { sold: 0, held: 0 }
    if (!proof) {
      return orders.sold + orders.held === 0 ? [] : [{ kind: 'nobody_keeps_this_sku', sku, ...orders } as const]
    }
    return [...withinStock(sku, proof), ...betweenOwners(sku, proof, orders), ...withLeaves(sku, proof, books)]
  })
}

function withinStock(sku: string, { count, recounted }: StockProof): Difference[] {
  const differences: Difference[] = []
  const found = count.free + count.held + count.sold
  const expected = recounted.initial + recounted.adjusted
  if (found !== expected || count.free < 0) differences.push({ kind: 'units_do_not_add_up', sku, expected, found })
  for (const figure of ['initial', 'adjusted', 'held', 'sold'] as const) {
    if (count[figure] === recounted[figure]) continue
    differences.push({ kind: 'count_is_not_its_rows', sku, figure, counted: count[figure], rows: recounted[figure] })
  }
  return differences
}

/** Each leaf's units add up by themselves, and to what their owner believes to have leased. */
function withLeaves(sku: string, { leases = [] }: StockProof, books: readonly BookProof[]): Difference[] {
  const leaves = books.flatMap((book) => book.leaves).filter((leaf) => leaf.sku === sku)
  return leaves.flatMap(({ leaf, proof }) => {
    const lease = leases.find((one) => one.leaf === leaf) ?? { granted: 0, takenBack: 0, held: 0, sold: 0 }
    const { count } = proof
    const figures = [
      ['received', lease.granted, count.initial],
      ['returned', lease.takenBack, -count.adjusted],
      ['held', lease.held, count.held],
      ['sold', lease.sold, count.sold],
    ] as const
    const apart = figures.filter(([, owner, atLeaf]) => owner !== atLeaf)
    return [
      ...withinStock(sku, proof),
      ...apart.map(([figure, owner, atLeaf]): Difference => {
        return { kind: 'owner_and_leaf_disagree', sku, leaf, figure, owner, atLeaf }
      }),
    ]
  })
}

const betweenOwners = (sku: string, { count }: StockProof, orders: { sold: number; held: number }): Difference[] =>
  (['held', 'sold'] as const).flatMap((figure) =>
    count[figure] === orders[figure]
      ? []
      : [{ kind: 'stock_and_orders_disagree', sku, figure, stock: count[figure], orders: orders[figure] }],
  )

/** SKUs that orders stand for and that are not among these, within the range that a page of them covers. */
export function strangersIn(books: readonly BookProof[], known: readonly string[], after: string, last: string | null) {
  const all = unitsByOrders(books)
  const isCovered = (sku: string): boolean => sku > after && (last === null || sku <= last)
  const listed = new Set(known)
  return [...all.keys()].filter((sku) => isCovered(sku) && !listed.has(sku)).sort()
}

export function moneyOf(books: readonly BookProof[]): Money[] {
  const sums = new Map<string, Money>()
  for (const { currency, ...amounts } of books.flatMap(({ money }) => money)) {
    const sum = sums.get(currency) ?? { currency, ordered: 0, authorised: 0, captured: 0, refunded: 0 }
    sums.set(currency, {
      currency,
      ordered: sum.ordered + amounts.ordered,
      authorised: sum.authorised + amounts.authorised,
      captured: sum.captured + amounts.captured,
      refunded: sum.refunded + amounts.refunded,
    })
  }
  return [...sums.values()].sort((a, b) => (a.currency < b.currency ? -1 : 1))
}

export function differencesInMoney(books: readonly BookProof[]): Difference[] {
  const named = books.flatMap(({ differences }) =>
    differences.map(({ orderId, what }): Difference => ({ kind: 'order_and_payment_disagree', orderId, what })),
  )
  const impossible = moneyOf(books)
    .filter(({ ordered, captured, refunded }) => captured > ordered || refunded > captured)
    .map(({ currency, authorised, captured, refunded }): Difference => {
      return { kind: 'money_does_not_add_up', currency, authorised, captured, refunded }
    })
  return [...named, ...impossible]
}

function unitsByOrders(books: readonly BookProof[]): Map<string, { sold: number; held: number }> {
  const units = new Map<string, { sold: number; held: number }>()
  for (const { sku, sold, held } of books.flatMap((book) => book.units)) {
    const before = units.get(sku) ?? { sold: 0, held: 0 }
    units.set(sku, { sold: before.sold + sold, held: before.held + held })
  }
  return units
}

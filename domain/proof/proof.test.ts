import { describe, expect, it } from 'vitest'
import type { BookProof } from '../message/order-book.ts'
import type { StockProof } from '../message/stock-desk.ts'
import { differencesInMoney, differencesInUnits, moneyOf, strangersIn } from './proof.ts'

const stock = (
  count: Partial<StockProof['count']> = {},
  recounted: Partial<StockProof['recounted']> = {},
): StockProof => ({
  count: { sku: 'A', initial: 10, adjusted: 2, total: 12, free: 5, held: 3, sold: 4, version: 1, ...count },
  recounted: { initial: 10, adjusted: 2, held: 3, sold: 4, ...recounted },
  holdsOverdue: 0,
})

const book = (more: Partial<BookProof> = {}): BookProof => ({
  orders: 1,
  money: [],
  units: [],
  leaves: [],
  differences: [],
  ...more,
})
const agreeing = [book({ units: [{ sku: 'A', sold: 1, held: 3 }] }), book({ units: [{ sku: 'A', sold: 3, held: 0 }] })]

describe('the proof of units', () => {
  it('[PRF1] finds nothing where all agree', () => {
    expect(differencesInUnits([{ sku: 'A', proof: stock() }], agreeing)).toEqual([])
    expect(differencesInUnits([{ sku: 'B', proof: null }], agreeing)).toEqual([])
  })

  it.each([
    ['what the owner leased and the leaf has received', { granted: 7 }, { figure: 'received', owner: 7, atLeaf: 6 }],
    ['what came back', { takenBack: 0 }, { figure: 'returned', owner: 0, atLeaf: 1 }],
    ['what is held there', { held: 1 }, { figure: 'held', owner: 1, atLeaf: 2 }],
    ['what was sold there', { sold: 2 }, { figure: 'sold', owner: 2, atLeaf: 1 }],
  ])('[PRF6] names a leaf that disagrees with the owner about %s', (_, wrong, named) => {
    const lease = { leaf: 'store/book-1', granted: 6, takenBack: 1, held: 2, sold: 1 }
    const figures = { initial: 6, adjusted: -1, total: 5, free: 2, held: 2, sold: 1 }
    const proof = stock(figures, { initial: 6, adjusted: -1, held: 2, sold: 1 })
    const leaves = [{ leaf: 'store/book-1', sku: 'A', proof }]
    const books = [book({ leaves, units: [{ sku: 'A', sold: 4, held: 3 }] })]
    const owner = (leases: (typeof lease)[]) => [{ sku: 'A', proof: { ...stock(), leases } }]
    expect(differencesInUnits(owner([lease]), books)).toEqual([])
    const [difference] = differencesInUnits(owner([{ ...lease, ...wrong }]), books)
    expect(difference).toEqual({ kind: 'owner_and_leaf_disagree', sku: 'A', leaf: 'store/book-1', ...named })
  })

  it.each([
    ['a unit too many', stock({ free: 6 }), { kind: 'units_do_not_add_up', expected: 12, found: 13 }],
    ['free units below none', stock({ free: -1, sold: 4, held: 3 }), { kind: 'units_do_not_add_up', found: 6 }],
    [
      'a figure that drifted',
      stock({}, { sold: 5 }),
      { kind: 'count_is_not_its_rows', figure: 'sold', counted: 4, rows: 5 },
    ],
    [
      'stock that sold more than orders bought',
      stock({ free: 4, sold: 5 }, { sold: 5 }),
      { kind: 'stock_and_orders_disagree', figure: 'sold', stock: 5, orders: 4 },
    ],
    [
      'units held for nobody',
      stock({ free: 4, held: 4 }, { held: 4 }),
      { kind: 'stock_and_orders_disagree', figure: 'held', stock: 4, orders: 3 },
    ],
    ['a SKU that nobody keeps', null, { kind: 'nobody_keeps_this_sku', sold: 4, held: 3 }],
  ])('[PRF2] names %s', (_, proof, difference) => {
    expect(differencesInUnits([{ sku: 'A', proof }], agreeing)).toMatchObject([{ sku: 'A', ...difference }])
  })

  it('[PRF2] names free units below none, though the sums agree', () => {
    const oversold = stock({ free: -1, sold: 10 }, { sold: 10 })
    const books = [book({ units: [{ sku: 'A', sold: 10, held: 3 }] })]
    expect(differencesInUnits([{ sku: 'A', proof: oversold }], books)).toEqual([
      { kind: 'units_do_not_add_up', sku: 'A', expected: 12, found: 12 },
    ])
  })

  it('[PRF4] misses no SKU that orders stand for: each page names the strangers of its range', () => {
    const books = [book({ units: ['B', 'D', 'F', 'Z'].map((sku) => ({ sku, sold: 1, held: 0 })) })]
    expect(strangersIn(books, ['A', 'C', 'D'], '', 'D')).toEqual(['B'])
    expect(strangersIn(books, ['E'], 'D', null)).toEqual(['F', 'Z'])
  })
})

describe('the proof of money', () => {
  const eur = { currency: 'EUR', ordered: 100, authorised: 100, captured: 90, refunded: 10 }

  it('[PRF3] adds up over all books, each currency by itself', () => {
    const usd = { ...eur, currency: 'USD' }
    expect(moneyOf([book({ money: [eur, usd] }), book({ money: [eur] })])).toEqual([
      { currency: 'EUR', ordered: 200, authorised: 200, captured: 180, refunded: 20 },
      usd,
    ])
    expect(differencesInMoney([book({ money: [eur] })])).toEqual([])
  })

  it('[PRF3] names the order that disagrees with its payment', () => {
    const differences = differencesInMoney([book({ differences: [{ orderId: 'ord_1', what: 'captured twice' }] })])
    expect(differences).toEqual([{ kind: 'order_and_payment_disagree', orderId: 'ord_1', what: 'captured twice' }])
  })

  it.each([
    ['more was captured than ordered', { ...eur, captured: 101 }],
    ['more was refunded than captured', { ...eur, refunded: 91 }],
  ])('[PRF2] says so when %s', (_, money) => {
    expect(differencesInMoney([book({ money: [money] })])).toMatchObject([{ kind: 'money_does_not_add_up' }])
  })
})

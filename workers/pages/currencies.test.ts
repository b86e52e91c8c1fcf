/** A shop in yen, dinars or forints, on every page and letter that says an amount. */
import { describe, expect, it } from 'vitest'
import type { Money } from '../../domain/basics/money.ts'
import { receiptOf } from '../../platform/documents/receipt.ts'
import { confirmationText, refundText } from '../../queues/letter-text.ts'
import { basketPage } from './basket.tsx'
import { checkoutPage } from './checkout.tsx'
import { dropPage } from './drop.tsx'
import { cards, checkout, drop, frame, hold, home, order, product } from './fixtures.ts'
import { homePage } from './home.tsx'
import { orderPage } from './order.tsx'
import { productPage } from './product.tsx'
import { searchPage } from './shelves.tsx'

/** The same view with every amount of it in this currency. */
function allIn<View>(view: View, price: Money): View {
  if (Array.isArray(view)) return view.map((one: unknown) => allIn(one, price)) as View
  if (typeof view !== 'object' || view === null) return view
  if ('currency' in view && 'amount' in view) return { ...view, ...price }
  return Object.fromEntries(Object.entries(view).map(([name, value]) => [name, allIn(value as unknown, price)])) as View
}

const inEuro = { amount: 149_00, currency: 'EUR' }
const refund = { id: 'rfd_1', amount: inEuro, reason: null, restock: [], status: 'succeeded' as const, createdAt: 0 }
const refunded = { ...order, status: 'paid' as const, refunds: [refund] }
const watching = { pictures: {}, eventsUrl: '/events', receiptUrl: '/receipt' }
const shelf = { nextCursor: null, sort: 'newest' as const, inStockOnly: false, isFirstPage: true, query: 'lamp' }

const SAYS: Record<string, (price: Money) => unknown> = {
  home: (price) => homePage(frame, allIn(home, price)),
  search: (price) => searchPage(frame, allIn({ ...shelf, cards }, price)),
  product: (price) => productPage(frame, allIn(product, price), { requestKey: 'key' }),
  drop: (price) => dropPage(frame, allIn(drop, price)),
  basket: (price) => basketPage(frame, [allIn({ hold, pictures: {} }, price)]),
  checkout: (price) => checkoutPage(frame, allIn(checkout, price)),
  order: (price) => orderPage(frame, allIn({ order: refunded, ...watching }, price)),
  'the letter about an order': (price) => confirmationText(allIn(order, price), 'https://shop.example').text,
  'the letter about a refund': (price) => {
    const view = allIn(refunded, price)
    return refundText(view, view.refunds[0]!, 'https://shop.example').html
  },
  receipt: (price) => JSON.stringify(receiptOf(allIn(order, price))),
}

/** Everything in it that reads as an amount of money. */
const amountsIn = (text: string): string[] =>
  [...text.replaceAll('\u00a0', ' ').matchAll(/(?:[A-Z]{3} |[¥€])\d[\d,.]*\d/g)].map(([found]) => found)

describe.each([
  [{ amount: 14_900, currency: 'JPY' }, '¥14,900', '14900'],
  [{ amount: 14_900, currency: 'KRW' }, '₩14,900', '14900'],
  [{ amount: 14_900, currency: 'KWD' }, 'KWD 14.900', '14.900'],
  [{ amount: 14_955, currency: 'HUF' }, 'HUF 149.55', '149.55'],
  [{ amount: 1_490_000, currency: 'HUF' }, 'HUF 14,900', '14900.00'],
  [{ amount: 14_955, currency: 'EUR' }, '€149.55', '149.55'],
])('%j', (price, words, plain) => {
  it.each(Object.keys(SAYS))('[PAG25] is said right by %s, and nothing else is', async (where) => {
    const text = String(await SAYS[where]!(price)).replaceAll('\u00a0', ' ')
    expect(text).toContain(words)
    expect(new Set(amountsIn(text))).toEqual(new Set(amountsIn(words)))
  })

  it('[PAG25] is said to search engines as a plain decimal', async () => {
    expect(String(await SAYS['product']!(price))).toContain(`"price":"${plain}","priceCurrency":"${price.currency}"`)
  })
})

/** Orders, holds and commands for tests: the ordinary ones, changed where a test says so. */
import { seededRandom } from '../basics/random.ts'
import { newIdInBook } from '../basics/ids.ts'
import type { BasketHold, HeldLine, HoldCommand, OrderCommand } from '../message/order-book.ts'
import type { Offer, StockAnswer } from '../message/stock-desk.ts'
import { bucketFor } from '../sharding/bucket.ts'
import { newOrder, type Order } from './order.ts'

export const START = Date.UTC(2026, 10, 20, 10)
export const VISITOR = 'vis_01JANA'

export const line = (sku: string, units = 1, price = 4500): HeldLine => ({
  sku,
  units,
  productSlug: sku.toLowerCase(),
  productTitle: `Product ${sku}`,
  variantTitle: '',
  unitPrice: { amount: price, currency: 'EUR' },
  lineTotal: { amount: price * units, currency: 'EUR' },
})

export function anOffer(sku: string, over: Partial<Offer> = {}): Offer {
  return {
    sku,
    storeId: 'store_demo',
    version: 1,
    productId: `prd_${sku}`,
    variantId: `var_${sku}`,
    productSlug: sku.toLowerCase(),
    productTitle: `Product ${sku}`,
    variantTitle: '',
    price: { amount: 4500, currency: 'EUR' },
    forSale: true,
    unitsPerVisitorMax: 10,
    holdDurationMs: 480_000,
    drop: null,
    ...over,
  }
}

/** What the owner of a SKU answers to a hold. */
export const granted = (sku: string, units: number, expiresAt: number, over: Partial<Offer> = {}): StockAnswer => ({
  hold: { id: 'hld_x', visitorId: VISITOR, units, expiresAt, state: 'held', orderId: null, unitsTakenBack: 0 },
  offer: anOffer(sku, over),
})

export function aHold(over: Partial<BasketHold> = {}): BasketHold {
  const lines = over.lines ?? [line('SKU-A', 2), line('SKU-B')]
  return {
    id: newIdInBook('hld', { bucket: bucketFor(VISITOR), book: 0 }, START, seededRandom(7)),
    storeId: 'store_demo',
    visitorId: VISITOR,
    lines,
    total: { amount: lines.reduce((total, { lineTotal }) => total + lineTotal.amount, 0), currency: 'EUR' },
    expiresAt: START + 480_000,
    state: 'held',
    orderId: null,
    createdAt: START,
    ...over,
  }
}

export const holdCommand = (over: Partial<HoldCommand> = {}, key = 'k1'): HoldCommand => ({
  request: { key, fingerprint: 'f', requestId: 'req_1' },
  storeId: 'store_demo',
  visitorId: VISITOR,
  lines: [
    { sku: 'SKU-A', units: 2 },
    { sku: 'SKU-B', units: 1 },
  ],
  drop: null,
  ...over,
})

export const orderCommand = (holdId: string, over: Partial<OrderCommand> = {}, key = 'k2'): OrderCommand => ({
  request: { key, fingerprint: 'f', requestId: 'req_2' },
  storeId: 'store_demo',
  holdId,
  visitorId: VISITOR,
  email: 'ana@example.com',
  name: 'Ana',
  shippingAddress: null,
  paymentMethod: 'pm_card_visa',
  returnUrl: 'https://shop.example/orders/{order}',
  orderUrl: 'https://shop.example/orders/{order}',
  locale: 'en',
  storeName: 'The Shop',
  ...over,
})

/** An order just taken: 2 of SKU-A, 1 of SKU-B, 135.00 EUR. */
export function anOrder(over: Partial<Order> = {}): Order {
  const id = newIdInBook('ord', { bucket: bucketFor(VISITOR), book: 0 }, START, seededRandom(8))
  const hold = aHold()
  return { ...newOrder(id, 'pay_1', hold, orderCommand(hold.id), START), ...over }
}

/** The same order with its units, its money and its fate as given. */
export function orderIn(
  units: Order['units'][number]['state'],
  payment: Order['payment']['state'],
  over: { givenUp?: NonNullable<Order['givenUp']>['cause'] | null; mustLook?: boolean } = {},
): Order {
  const order = anOrder()
  const asked = payment === 'unasked' ? null : { first: START, last: START }
  const named = payment !== 'unasked' && payment !== 'in_doubt'
  const { givenUp = null } = over
  const { amount } = order.total
  return {
    ...order,
    units: order.units.map((one) => ({ ...one, state: units })),
    payment: {
      ...order.payment,
      state: payment,
      providerId: named ? 'pi_1' : null,
      asked,
      authorised: payment === 'authorised' || payment === 'captured' ? amount : 0,
      captured: payment === 'captured' ? amount : 0,
      declined: payment === 'declined' ? { code: 'card_declined', message: 'Declined.' } : null,
      mustLook: over.mustLook ?? false,
    },
    givenUp: givenUp && { cause: givenUp, code: 'because', message: 'Because.' },
  }
}

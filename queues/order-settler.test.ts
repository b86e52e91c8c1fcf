/** The settler, with the real SDK, the stand-in for Stripe, and real keepers of books and stock. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { orderCommand } from '../domain/order/testing.ts'
import type { OrderView } from '../domain/message/order-book.ts'
import { startStripe, type ControlPatch, type StripeStandIn } from '../local/stripe/server.ts'
import { StripePayments } from '../platform/stripe/payments.ts'
import { settleOrders } from './order-settler.ts'
import { BOOK, TestShop, unlimited } from './testing.ts'

const request = (key: string) => ({ key, fingerprint: 'f', requestId: `req_${key}` })
const NONE = { free: 10, held: 0, sold: 0 }

describe('settling an order', () => {
  let standIn: StripeStandIn
  let payments: StripePayments
  let shop: TestShop

  beforeAll(async () => {
    standIn = await startStripe({ webhookSecret: 'whsec_test' })
    payments = new StripePayments({
      STRIPE_SECRET_KEY: standIn.secretKey,
      STRIPE_API_BASE: standIn.url,
      STRIPE_PUBLIC_BASE: '',
    })
  })
  afterAll(() => standIn.stop())
  beforeEach(async () => {
    await standIn.control({ reset: true })
    shop = new TestShop({ 'SKU-A': 10, 'SKU-B': 10 })
  })

  const settle = async (...orders: OrderView[]) =>
    settleOrders(
      orders.map(({ id }) => ({ v: 1, kind: 'settle', book: BOOK, orderId: id })),
      { bookNamed: shop.bookNamed, stockOf: shop.stockOf, payments, pacing: unlimited() },
    )
  /** Settles, and again as often as the book says, until the order waits for somebody else or is done. */
  const settleThrough = async (order: OrderView, rounds = 12): Promise<OrderView> => {
    for (let round = 0; round < rounds; round++) {
      await settle(order)
      const step = shop.keeper.nextStep(order.id)
      if (step.kind === 'done' || (step.kind === 'wait' && step.for !== 'retry')) break
      if (step.kind === 'wait') shop.now = step.until
    }
    return shop.order(order.id)
  }
  const ledger = async (order: OrderView) => {
    const { intents } = await (
      await fetch(`${standIn.url}/control/ledger`)
    ).json<{
      intents: {
        id: string
        status: string
        captured: number
        refunded: number
        captures: number
        authorizations: number
        metadata: { order_id: string }
      }[]
    }>()
    return intents.filter(({ metadata }) => metadata.order_id === order.id)
  }

  it('[PAY3] authorises, sells the units, captures', async () => {
    const order = shop.orders()
    expect(await settle(order)).toEqual([{ kind: 'done' }])
    expect(shop.order(order.id)).toMatchObject({
      status: 'paid',
      payment: { captured: { amount: 13500, currency: 'EUR' }, refunded: { amount: 0 } },
    })
    expect(shop.count('SKU-A')).toEqual({ free: 8, held: 0, sold: 2 })
    expect(await ledger(order)).toMatchObject([{ status: 'succeeded', captures: 1, captured: 13500 }])
    expect(shop.keeper.findHold(order.holdId)).toMatchObject({ state: 'sold' })
  })

  it('[PAY4] frees the units of a declined order once the provider says that there is no money', async () => {
    const order = shop.orders('pm_card_visa_chargeDeclined')
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({ status: 'payment_failed', failure: { code: 'generic_decline' } })
    expect([shop.count('SKU-A'), shop.count('SKU-B')]).toEqual([NONE, NONE])
    expect(await ledger(order)).toMatchObject([{ status: 'canceled', captured: 0 }])
    expect(shop.keeper.findHold(order.holdId)).toMatchObject({ state: 'released' })
  })

  it('[PAY17] gives up an order whose way to pay is none', async () => {
    const order = shop.orders('pm_no_such_card')
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({ status: 'payment_failed', failure: { code: 'resource_missing' } })
    expect(shop.count('SKU-A')).toEqual(NONE)
  })

  it('[PAY11] waits for the buyer, and sells when they confirm', async () => {
    const order = shop.orders('pm_card_authenticationRequired')
    await settle(order)
    const waiting = shop.order(order.id)
    expect(waiting).toMatchObject({ status: 'requires_action', nextActionUrl: expect.stringContaining('http') })
    await fetch(waiting.nextActionUrl!, {
      method: 'POST',
      body: new URLSearchParams({ outcome: 'approve' }),
      redirect: 'manual',
    })
    shop.now += 15_000 // the webhook got lost; the book asks by itself
    await settle(order)
    expect(shop.order(order.id).status).toBe('paid')
  })

  it('[PAY11] cancels at the deadline and frees the units', async () => {
    const order = shop.orders('pm_card_authenticationRequired')
    await settle(order)
    shop.now += 31 * 60_000
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({
      status: 'payment_failed',
      failure: { code: 'payment_deadline_passed' },
    })
    expect(shop.count('SKU-A')).toEqual(NONE)
    expect(await ledger(order)).toMatchObject([{ status: 'canceled' }])
  })

  const outages: [string, ControlPatch][] = [
    ['a connection that breaks before the effect', { outage: 'refuse' }],
    ['a 500 without effect, kept under the key', { error_before_effect: 1, fault_on: 'payment_intents.create' }],
    ['a 500 in spite of the effect, kept under the key', { error_after_effect: 1, fault_on: 'payment_intents.create' }],
    ['half an answer', { truncate_body: 1, fault_on: 'payment_intents.create' }],
    ['a proxy’s page instead of the capture', { html_body: 1, fault_on: 'payment_intents.capture' }],
    ['a capture that failed without effect', { error_before_effect: 1, fault_on: 'payment_intents.capture' }],
    ['a capture that worked and said it had not', { error_after_effect: 1, fault_on: 'payment_intents.capture' }],
  ]
  it.each(outages)('[PAY13] ends with one charge or none after %s', async (_, patch) => {
    const order = shop.orders()
    await standIn.control(patch)
    await settle(order)
    expect(shop.order(order.id).status).toBe('processing')
    await standIn.control({ outage: 'none' })
    const settled = await settleThrough(order)
    const [charge] = await ledger(order)
    const sold = settled.status === 'paid'
    expect(settled.status).toMatch(/^(paid|payment_failed)$/)
    expect([charge?.captures ?? 0, charge?.captured ?? 0]).toEqual(sold ? [1, 13500] : [0, 0])
    expect(shop.count('SKU-A')).toEqual(sold ? { free: 8, held: 0, sold: 2 } : NONE)
    expect(await ledger(order)).toHaveLength(charge ? 1 : 0)
  })

  it('[PAY10] fails an order whose key keeps a 500 without a payment within minutes, charging nobody', async () => {
    const order = shop.orders()
    await standIn.control({ error_before_effect: 1, fault_on: 'payment_intents.create' })
    for (let round = 0; (round < 60 && shop.order(order.id).status === 'processing') || round === 0; round++) {
      await settle(order)
      const step = shop.keeper.nextStep(order.id)
      if (step.kind === 'wait') shop.now = step.until
    }
    expect(shop.order(order.id)).toMatchObject({
      status: 'payment_failed',
      failure: { code: 'payment_provider_unavailable' },
    })
    expect(await ledger(order)).toEqual([])
    expect(shop.count('SKU-A')).toEqual(NONE)
    expect(shop.now - order.createdAt).toBeLessThan(180_000)
  })

  it('[PAY12] takes units anew that ran out before they were claimed', async () => {
    const order = shop.orders()
    shop.now += 9 * 60_000
    expect(shop.count('SKU-A')).toEqual(NONE)
    await settle(order)
    expect(shop.order(order.id).status).toBe('paid')
    expect(shop.count('SKU-A')).toEqual({ free: 8, held: 0, sold: 2 })
  })

  it('[PAY12] charges nobody when they are gone by then', async () => {
    const order = shop.orders()
    shop.now += 9 * 60_000
    shop.stocks.get('SKU-B')!.adjust({ adjustmentId: 'fire', delta: -10, kind: 'adjustment', reason: 'fire' })
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({ status: 'not_available', failure: { code: 'not_available' } })
    expect([shop.count('SKU-A'), shop.count('SKU-B').held]).toEqual([NONE, 0])
    expect(await ledger(order)).toEqual([])
  })

  it('[PAY18] does no harm as two settlers of one order', async () => {
    const order = shop.orders()
    await Promise.all([settle(order), settle(order), settle(order, order)])
    await settleThrough(order)
    expect(shop.order(order.id).status).toBe('paid')
    expect(await ledger(order)).toMatchObject([{ captures: 1, authorizations: 1, captured: 13500 }])
    expect(shop.count('SKU-A')).toEqual({ free: 8, held: 0, sold: 2 })
  })

  it('[PAY18] settles the others when one fails, and that one later', async () => {
    const orders = [shop.orders(), shop.orders(), shop.orders()]
    shop.faults.push('ask SKU-A', 'tell')
    const outcomes = await settle(...orders)
    expect(outcomes.filter(({ kind }) => kind === 'again')).toHaveLength(1)
    for (const order of orders) expect((await settleThrough(order)).status).toBe('paid')
    expect(shop.count('SKU-A')).toEqual({ free: 4, held: 0, sold: 6 })
  })

  it('[PAY15] leaves an owner of stock alone that is away, and comes back later', async () => {
    const order = shop.orders()
    shop.faults.push(...Array.from({ length: 3 }, () => 'ask SKU-A'))
    expect(await settle(order)).toEqual([{ kind: 'done' }])
    expect(shop.asked.filter((what) => what === 'ask SKU-A')).toHaveLength(1)
    expect(shop.keeper.nextStep(order.id)).toMatchObject({ kind: 'wait', for: 'retry' })
    expect((await settleThrough(order)).status).toBe('paid')
  })

  it('[PAY18] asks the provider later when it is asked too much', async () => {
    await standIn.control({ rate_limit: true })
    const orders = Array.from({ length: 3 }, () => shop.orders())
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        fetch(`${standIn.url}/v1/payment_intents/pi_${i}`, {
          headers: { authorization: `Bearer ${standIn.secretKey}` },
        }),
      ),
    )
    await settle(...orders)
    await standIn.control({ rate_limit: false })
    for (const order of orders) expect((await settleThrough(order)).status).toBe('paid')
  })

  it('[REF3] refunds a part and puts units back for sale', async () => {
    const order = shop.orders()
    await settle(order)
    const restock = [{ sku: 'SKU-A', units: 1 }]
    const first = shop.keeper.refund({
      request: request('r1'),
      orderId: order.id,
      amount: 4500,
      reason: 'too big',
      restock,
    })
    expect(first.decision).toMatchObject({ ok: true, value: { status: 'pending', amount: { amount: 4500 } } })
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({
      status: 'partially_refunded',
      payment: { refunded: { amount: 4500 } },
    })
    expect(shop.count('SKU-A')).toEqual({ free: 9, held: 0, sold: 1 })
    const rest = shop.keeper.refund({
      request: request('r2'),
      orderId: order.id,
      amount: null,
      reason: null,
      restock: [],
    })
    expect(rest.decision).toMatchObject({ value: { amount: { amount: 9000 } } })
    await settle(order)
    expect(shop.order(order.id).status).toBe('refunded')
    expect(shop.count('SKU-A')).toEqual({ free: 9, held: 0, sold: 1 })
    expect(await ledger(order)).toMatchObject([{ captured: 13500, refunded: 13500 }])
  })

  it('[REF1] never gives back more than was taken, however many ask at once', async () => {
    const order = shop.orders()
    await settle(order)
    const ask = (key: string, amount: number) =>
      shop.keeper.refund({ request: request(key), orderId: order.id, amount, reason: null, restock: [] }).decision
    expect(ask('a', 10_000).ok).toBe(true)
    expect(ask('b', 3_501)).toMatchObject({ refusal: { code: 'refund_exceeds_captured', alreadyRefunded: 10_000 } })
    expect(ask('c', 3_500).ok).toBe(true)
    expect(ask('a', 10_000).ok).toBe(true) // the same key: the same refund
    await settle(order)
    expect(await ledger(order)).toMatchObject([{ refunded: 13500 }])
  })

  it('[REF2] refuses to refund what was not paid', () => {
    const order = shop.orders()
    const { decision } = shop.keeper.refund({
      request: request('r'),
      orderId: order.id,
      amount: 1,
      reason: null,
      restock: [],
    })
    expect(decision).toMatchObject({ refusal: { code: 'order_not_refundable', status: 'accepted' } })
  })

  it('[REF3] refuses to restock more than was sold', async () => {
    const order = shop.orders()
    await settle(order)
    const { decision } = shop.keeper.refund({
      request: request('r'),
      orderId: order.id,
      amount: 1,
      reason: null,
      restock: [{ sku: 'SKU-A', units: 3 }],
    })
    expect(decision).toMatchObject({ refusal: { code: 'restock_exceeds_sold', sold: 2, requested: 3 } })
  })

  it.each([
    ['before anything was asked', 0],
    ['while the buyer confirms', 1],
  ])('[REF4] cancels %s, charging nobody', async (_, rounds) => {
    const order = shop.orders('pm_card_authenticationRequired')
    for (let i = 0; i < rounds; i++) await settle(order)
    const { decision } = shop.keeper.cancel({ request: request('c'), orderId: order.id, reason: 'no parcel' })
    expect(decision).toMatchObject({ value: { status: 'cancelled' } })
    await settleThrough(order)
    expect(shop.order(order.id)).toMatchObject({ status: 'cancelled', failure: { message: 'no parcel' } })
    expect([shop.count('SKU-A'), shop.count('SKU-B')]).toEqual([NONE, NONE])
    expect((await ledger(order)).every(({ status }) => status === 'canceled')).toBe(true)
  })

  it('[REF4] gives all the money and all the units back when it was paid', async () => {
    const order = shop.orders()
    await settle(order)
    shop.keeper.refund({
      request: request('r'),
      orderId: order.id,
      amount: 500,
      reason: null,
      restock: [{ sku: 'SKU-A', units: 1 }],
    })
    await settle(order)
    shop.keeper.cancel({ request: request('c'), orderId: order.id, reason: null })
    await settle(order)
    expect(shop.order(order.id)).toMatchObject({ status: 'cancelled', payment: { refunded: { amount: 13500 } } })
    expect([shop.count('SKU-A'), shop.count('SKU-B')]).toEqual([NONE, NONE])
    expect(await ledger(order)).toMatchObject([{ refunded: 13500 }])
    const again = shop.keeper.cancel({ request: request('d'), orderId: order.id, reason: null })
    expect(again.decision).toMatchObject({ refusal: { code: 'order_not_cancellable' } })
  })

  it('[REF5] cannot cancel an order that has failed', async () => {
    const order = shop.orders('pm_card_visa_chargeDeclined')
    await settle(order)
    const { decision } = shop.keeper.cancel({ request: request('c'), orderId: order.id, reason: null })
    expect(decision).toMatchObject({ refusal: { code: 'order_not_cancellable', status: 'payment_failed' } })
  })

  it('[REF1] counts a refund that failed later as not given', async () => {
    const order = shop.orders('pm_card_refundFail')
    await settle(order)
    shop.keeper.refund({ request: request('r'), orderId: order.id, amount: null, reason: null, restock: [] })
    await settle(order)
    await standIn.control({ clock_advance_ms: 10_000 })
    const refund = shop.order(order.id).refunds[0]!
    shop.keeper.tell(order.id, [
      {
        kind: 'refund',
        refundId: refund.id,
        outcome: { status: 'failed', providerId: 're_x', code: 'lost', message: 'Lost.' },
        eventId: 'evt_1',
      },
    ])
    expect(shop.order(order.id)).toMatchObject({ status: 'paid', payment: { refunded: { amount: 0 } } })
    const again = shop.keeper.refund({
      request: request('s'),
      orderId: order.id,
      amount: null,
      reason: null,
      restock: [],
    })
    expect(again.decision).toMatchObject({ ok: true, value: { amount: { amount: 13500 } } })
  })

  it('[PRF1] adds up money and units from its rows, and finds nothing wrong', async () => {
    const orders = ['pm_card_visa', 'pm_card_visa_chargeDeclined', 'pm_card_authenticationRequired'].map((card) =>
      shop.orders(card),
    )
    await settle(...orders)
    const proof = shop.keeper.proof()
    expect(proof).toEqual({
      orders: 3,
      money: [{ currency: 'EUR', ordered: 40500, authorised: 13500, captured: 13500, refunded: 0 }],
      units: [
        { sku: 'SKU-A', sold: 2, held: 2 },
        { sku: 'SKU-B', sold: 1, held: 1 },
      ],
      leaves: [],
      differences: [],
    })
    for (const { sku, sold, held } of proof.units) expect(shop.count(sku)).toMatchObject({ sold, held })
    expect(shop.keeper.order(orderCommand(orders[0]!.holdId, { visitorId: null }, 'again')).decision).toMatchObject({
      refusal: { code: 'hold_already_ordered' },
    })
  })
})

/** The real SDK against the stand-in: what each answer, and each lack of one, means to us. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { seededRandom } from '../../domain/basics/random.ts'
import type { News } from '../../domain/message/settle.ts'
import { startStripe, type StripeStandIn } from '../../local/stripe/server.ts'
import { unpaced } from './calls.ts'
import { StripePayments, type PaymentStep } from './payments.ts'

const random = seededRandom(1)

describe('payments through Stripe', () => {
  let standIn: StripeStandIn
  let payments: StripePayments
  let orderId = ''

  beforeAll(async () => {
    standIn = await startStripe({ webhookSecret: 'whsec_test' })
    payments = new StripePayments({
      STRIPE_SECRET_KEY: standIn.secretKey,
      STRIPE_API_BASE: standIn.url,
      STRIPE_PUBLIC_BASE: 'https://pay.example',
    })
  })
  afterAll(() => standIn.stop())

  beforeEach(async () => {
    await standIn.control({ reset: true })
    orderId = newId('ord', Date.now(), random)
  })

  type Authorise = Extract<PaymentStep, { kind: 'authorise' }>
  const authoriseStep = (paymentMethod = 'pm_card_visa', over: Partial<Authorise> = {}): Authorise => ({
    kind: 'authorise',
    orderId,
    storeId: 'store_demo',
    paymentId: 'pay_1',
    amount: { amount: 4500, currency: 'EUR' },
    paymentMethod,
    email: 'ana@example.com',
    returnUrl: 'https://shop.example/orders/1',
    key: `${orderId}/authorise/1`,
    how: 'ask',
    askedBetween: null,
    asking: 1,
    ...over,
  })
  const asked = () => ({ first: Date.now() - 1000, last: Date.now() })
  const newsIn = (news: News) => {
    if (news.kind !== 'payment') throw new Error(`no news of the payment: ${news.kind}`)
    return news.news
  }
  const authorise = async (...args: Parameters<typeof authoriseStep>) =>
    newsIn(await payments.perform(authoriseStep(...args), unpaced))
  const providerId = (news: ReturnType<typeof newsIn>): string => ('providerId' in news ? news.providerId : '')
  /** What the provider's own books say about this order; one payment, or the test is wrong. */
  const ledgerLine = async () => {
    const { intents } = await (
      await fetch(`${standIn.url}/control/ledger`)
    ).json<{
      intents: { metadata: { order_id: string } }[]
    }>()
    const own = intents.filter(({ metadata }) => metadata.order_id === orderId)
    expect(own).toHaveLength(1)
    return own[0]
  }
  const read = async (id: string) =>
    newsIn(await payments.perform({ kind: 'read', orderId, providerId: id, asOf: 3 }, unpaced))
  const capture = (id: string, key = '1') =>
    payments.perform(
      {
        kind: 'capture',
        orderId,
        providerId: id,
        amount: { amount: 4500, currency: 'EUR' },
        key: `${orderId}/capture/${key}`,
      },
      unpaced,
    )
  const refund = (id: string, over: Partial<Extract<PaymentStep, { kind: 'refund' }>> = {}) =>
    payments.perform(
      {
        kind: 'refund',
        orderId,
        providerId: id,
        refundId: 'ref_1',
        amount: { amount: 500, currency: 'EUR' },
        key: `${orderId}/refund/ref_1`,
        refundProviderId: null,
        searchFirst: false,
        ...over,
      },
      unpaced,
    )

  it('[PAY17] authorises, captures once under any key, and refunds a part', async () => {
    const authorised = await authorise()
    expect(authorised).toMatchObject({ kind: 'authorised', amount: 4500, source: 'answer' })
    const id = providerId(authorised)
    expect(newsIn(await capture(id))).toMatchObject({ kind: 'captured', amount: 4500 })
    expect(newsIn(await capture(id, '2'))).toMatchObject({ kind: 'captured', amount: 4500 })
    expect(await refund(id)).toMatchObject({ kind: 'refund', outcome: { status: 'succeeded' } })
    expect(await ledgerLine()).toMatchObject({ captures: 1, captured: 4500, refunded: 500 })
  })

  it.each([
    ['pm_card_visa_chargeDeclined', { kind: 'declined', code: 'generic_decline' }],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', { kind: 'declined', code: 'insufficient_funds' }],
    ['pm_card_processing', { kind: 'processing' }],
    ['pm_no_such_card', { kind: 'never_made', code: 'resource_missing' }],
  ])('[PAY17] tells what became of %s', async (card, news) => {
    expect(await authorise(card)).toMatchObject(news)
  })

  it('[PAY17] says where the buyer confirms, under the name their browser knows', async () => {
    const news = await authorise('pm_card_authenticationRequired')
    expect(news).toMatchObject({ kind: 'requires_action', url: expect.stringMatching(/^https:\/\/pay\.example\/./) })
    const cancelled = await payments.perform(
      {
        kind: 'cancel_payment',
        orderId,
        providerId: providerId(news),
        key: `${orderId}/cancel/1`,
      },
      unpaced,
    )
    expect(newsIn(cancelled)).toMatchObject({ kind: 'canceled' })
  })

  it('[PAY17] sees the payment as it is when a question comes too late', async () => {
    const id = providerId(await authorise())
    await capture(id)
    const cancelled = await payments.perform(
      {
        kind: 'cancel_payment',
        orderId,
        providerId: id,
        key: `${orderId}/cancel/1`,
      },
      unpaced,
    )
    expect(newsIn(cancelled)).toMatchObject({ kind: 'captured', amount: 4500 })
  })

  it('[PAY17] takes 429 for "later" and a wrong key for our own mistake', async () => {
    await standIn.control({ rate_limit: true })
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, i) => authorise('pm_card_visa', { key: `${orderId}/burst/${i}` })),
    )
    expect(new Set(many.map(({ kind }) => kind))).toEqual(new Set(['authorised', 'again_later']))
    const stranger = new StripePayments({
      STRIPE_SECRET_KEY: 'sk_wrong',
      STRIPE_API_BASE: standIn.url,
      STRIPE_PUBLIC_BASE: '',
    })
    expect(newsIn(await stranger.perform(authoriseStep(), unpaced))).toMatchObject({ kind: 'misconfigured' })
    await standIn.control({ reset: true })
    await authorise('pm_card_visa', { key: `${orderId}/x` })
    const other = await authorise('pm_card_visa', { key: `${orderId}/x`, amount: { amount: 1, currency: 'EUR' } })
    expect(other).toMatchObject({ kind: 'misconfigured' })
  })

  it.each([
    ['an outage', { outage: 'refuse' }],
    ['500 without effect', { error_before_effect: 1 }],
    ['500 in spite of the effect', { error_after_effect: 1 }],
    ['a proxy’s page', { html_body: 1 }],
    ['half of the JSON', { truncate_body: 1 }],
  ] as const)('[PAY17] is in doubt after %s', async (_, patch) => {
    await standIn.control(patch)
    expect(await authorise()).toMatchObject({ kind: 'in_doubt' })
  })

  it('[PAY10] finds its payment by searching when the key keeps a 500', async () => {
    await standIn.control({ error_after_effect: 1 })
    expect((await authorise()).kind).toBe('in_doubt')
    expect(await authorise()).toMatchObject({ kind: 'in_doubt', burnt: true }) // the 500 is kept under the key
    expect(await authorise('pm_card_visa', { how: 'search_only', askedBetween: asked() })).toMatchObject({
      kind: 'authorised',
      source: 'read',
    })
    expect(await ledgerLine()).toMatchObject({ authorizations: 1 })
  })

  it('[PAY10] takes a payment that a late search does not find for never made, and does not make it', async () => {
    const late = { how: 'search_only', askedBetween: asked() } as const
    expect(await authorise('pm_card_visa', late)).toMatchObject({ kind: 'never_made' })
    expect(await authorise()).toMatchObject({ kind: 'authorised', source: 'answer' })
    await standIn.control({ outage: 'refuse' })
    expect(await authorise('pm_card_visa', late)).toMatchObject({ kind: 'in_doubt' })
  })

  /** Payments of others, made now. */
  const crowd = async (count: number): Promise<void> => {
    const one = () => fetch(`${standIn.url}/v1/payment_intents`, { method: 'POST', headers, body })
    const headers = { authorization: `Bearer ${standIn.secretKey}` }
    const body = new URLSearchParams({ amount: '100', currency: 'eur' })
    for (let made = 0; made < count; made += 50) {
      const all = await Promise.all(Array.from({ length: 50 }, one))
      expect(all.every(({ ok }) => ok)).toBe(true)
      await Promise.all(all.map((response) => response.arrayBuffer()))
    }
  }

  it('[PAY10] hears of its payment again under the same key, however many others were made since', async () => {
    const askedBetween = asked()
    await standIn.control({ html_body: 1 })
    expect((await authorise()).kind).toBe('in_doubt')
    await crowd(2_100)
    expect(await authorise('pm_card_visa', { askedBetween })).toMatchObject({ kind: 'authorised', source: 'answer' })
    expect(await ledgerLine()).toMatchObject({ authorizations: 1 })
    // Also a search, where there must be one, goes on beyond them.
    const late = { how: 'search_only', askedBetween } as const
    expect(await authorise('pm_card_visa', late)).toMatchObject({ kind: 'authorised', source: 'read' })
  })

  it('[PAY10] looks only around its questions, and concludes nothing from a search that ran out of time', async () => {
    await authorise()
    const longAgo = Date.now() - 60_000
    const away = { how: 'search_only', askedBetween: { first: longAgo, last: longAgo } } as const
    expect(await authorise('pm_card_visa', away)).toMatchObject({ kind: 'never_made' })
    await crowd(150)
    let now = 0
    const slow = new StripePayments(
      { STRIPE_SECRET_KEY: standIn.secretKey, STRIPE_API_BASE: standIn.url, STRIPE_PUBLIC_BASE: '' },
      { now: () => (now += 60_000) },
    )
    const step = authoriseStep('pm_card_visa', { how: 'search_only', askedBetween: asked() })
    expect(newsIn(await slow.perform(step, unpaced))).toMatchObject({ kind: 'again_later', afterMs: 300_000 })
  })

  it('[PAY13] reads the provider’s present view after a capture in doubt', async () => {
    const id = providerId(await authorise())
    await standIn.control({ error_after_effect: 1 })
    expect(newsIn(await capture(id))).toMatchObject({ kind: 'in_doubt' })
    expect(await read(id)).toMatchObject({ kind: 'captured', source: 'read' })
  })

  it('[REF2] refunds once under one key, and finds a refund whose answer got lost', async () => {
    const id = providerId(await authorise())
    await capture(id)
    await standIn.control({ error_after_effect: 1, fault_on: 'refunds.create' })
    expect(await refund(id)).toMatchObject({ kind: 'fault', about: 'refund' })
    expect(await refund(id, { searchFirst: true })).toMatchObject({ kind: 'refund', outcome: { status: 'succeeded' } })
    expect(await ledgerLine()).toMatchObject({ refunded: 500 })
    const tooMuch = { refundId: 'ref_2', key: `${orderId}/refund/ref_2`, amount: { amount: 4001, currency: 'EUR' } }
    expect(await refund(id, tooMuch)).toMatchObject({ kind: 'refund', outcome: { status: 'failed' } })
  })

  it('[REF2] says when the provider keeps a failure under a refund’s key, and refunds once under the next', async () => {
    const id = providerId(await authorise())
    await capture(id)
    await standIn.control({ error_before_effect: 1, fault_on: 'refunds.create' })
    const fresh = await refund(id)
    expect(fresh).toMatchObject({ kind: 'fault', about: 'refund' })
    expect(fresh).not.toHaveProperty('burnt')
    const key = `${orderId}/refund/ref_1`
    expect(await refund(id, { searchFirst: true })).toMatchObject({ kind: 'fault', burnt: { refundId: 'ref_1', key } })
    const next = { searchFirst: true, key: `${key}/2` }
    expect(await refund(id, next)).toMatchObject({ kind: 'refund', outcome: { status: 'succeeded' } })
    expect(await ledgerLine()).toMatchObject({ refunded: 500 })
  })

  it('[REF2] follows a refund that takes its time', async () => {
    const id = providerId(await authorise('pm_card_pendingRefund'))
    await capture(id)
    const pending = await refund(id)
    expect(pending).toMatchObject({ outcome: { status: 'pending' } })
    await standIn.control({ clock_advance_ms: 10_000 })
    const refundProviderId = pending.kind === 'refund' ? pending.outcome.providerId : null
    expect(await refund(id, { refundProviderId })).toMatchObject({ outcome: { status: 'succeeded' } })
  })
})

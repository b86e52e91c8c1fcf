/** What stands between us and each call, with the real SDK and the stand-in. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../domain/message/pacer-desk.ts'
import type { StripeStandIn } from '../../local/stripe/server.ts'
import { startFrozen } from '../../local/stripe/testing.ts'
import { pushBackOf } from './answers.ts'
import { NotYet, unpaced, type Calls, type PushBack } from './calls.ts'
import { StripePayments, type PaymentStep } from './payments.ts'

/** Writes down what was admitted and how it went; from `closedFrom` calls on, nobody is let through. */
class Doorkeeper implements Calls {
  readonly admitted: Endpoint[] = []
  readonly pushedBack: (PushBack | null)[] = []
  closedFrom = Infinity
  async admit(endpoint: Endpoint): Promise<void> {
    if (this.admitted.length >= this.closedFrom) throw new NotYet(7_000)
    this.admitted.push(endpoint)
  }
  made(_endpoint: Endpoint, _tookMs: number, pushBack: PushBack | null): void {
    this.pushedBack.push(pushBack)
  }
}

describe('calls to the provider', () => {
  let standIn: StripeStandIn
  let started: number
  let payments: StripePayments
  let door: Doorkeeper

  beforeAll(async () => {
    started = Date.now()
    standIn = await startFrozen() // its seconds do not pass, so a limit that is reached stays so
    payments = new StripePayments({
      STRIPE_SECRET_KEY: standIn.secretKey,
      STRIPE_API_BASE: standIn.url,
      STRIPE_PUBLIC_BASE: '',
    })
  })
  afterAll(() => standIn.stop())
  beforeEach(async () => {
    await standIn.control({ reset: true })
    door = new Doorkeeper()
  })

  let orders = 0
  type Authorise = Extract<PaymentStep, { kind: 'authorise' }>
  const authorise = (over: Partial<Authorise> = {}): Authorise => {
    const orderId = `ord_${++orders}`
    return {
      kind: 'authorise',
      orderId,
      storeId: 'store_demo',
      paymentId: 'pay_1',
      amount: { amount: 4500, currency: 'EUR' },
      paymentMethod: 'pm_card_visa',
      email: 'ana@example.com',
      returnUrl: 'https://shop.example/orders/1',
      key: `${orderId}/authorise/1`,
      how: 'ask',
      askedBetween: null,
      asking: 1,
      ...over,
    }
  }
  /** As many at once as the provider takes in a second, and one more. */
  const tooFast = async (): Promise<void> => {
    await standIn.control({ rate_limit: true })
    await Promise.all(Array.from({ length: 25 }, () => payments.perform(authorise(), unpaced)))
  }

  it('[PCE2] are each admitted, the second and third of a step too', async () => {
    for (let i = 0; i < 101; i++) await payments.perform(authorise(), unpaced)
    const askedBetween = { first: started, last: started + 1_000 }
    await payments.perform(authorise({ how: 'search_only', askedBetween }), door)
    expect(door.admitted).toEqual(['payment_intents.list', 'payment_intents.list'])
    expect(door.pushedBack).toEqual([null, null])
  })

  it('[PCE6] that are turned away at the first asking leave nothing asked', async () => {
    await tooFast()
    const news = await payments.perform(authorise({ asking: 3 }), door)
    expect(news).toMatchObject({ kind: 'payment', news: { kind: 'again_later', unmade: 3 } })
    expect(door.pushedBack).toEqual([{ retryAfterMs: null, wholeAccount: false }])
  })

  it('[PCE6] that are turned away when it had been asked before leave that asked', async () => {
    await tooFast()
    const news = await payments.perform(authorise({ askedBetween: { first: 1, last: 1 } }), door)
    expect(news).toMatchObject({ news: { kind: 'again_later' } })
    expect(news).not.toHaveProperty('news.unmade')
  })

  it('[PCE6] that nobody admits are not made, and come back when they were told to', async () => {
    door.closedFrom = 0
    const step = authorise()
    const news = await payments.perform(step, door)
    expect(news).toMatchObject({ news: { kind: 'again_later', afterMs: 7_000, unmade: 1 } })
    const ledger = await (await fetch(`${standIn.url}/control/ledger`)).text()
    expect(ledger).not.toContain(step.orderId)
  })

  it.each([
    ['a rate of one endpoint', 429, undefined, 'endpoint-rate', { retryAfterMs: null, wholeAccount: false }],
    ['a rate of the account', 429, undefined, 'global-rate', { retryAfterMs: null, wholeAccount: true }],
    ['a lock on the payment', 429, 'lock_timeout', undefined, null],
    ['a key that is at work', 409, undefined, undefined, null],
    ['a fault of theirs', 500, undefined, undefined, null],
  ])('[PCE3] that meet %s push back as that', (_what, statusCode, code, reason, pushBack) => {
    const headers = reason === undefined ? {} : { 'stripe-rate-limited-reason': reason }
    expect(pushBackOf({ statusCode, code, headers })).toEqual(pushBack)
  })

  it('[PCE3] tell how long the provider wants silence', () => {
    expect(pushBackOf({ statusCode: 429, headers: { 'retry-after': '3' } })?.retryAfterMs).toBe(3_000)
  })
})

import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Stripe as WorkerStripe } from '../../node_modules/stripe/esm/stripe.esm.worker.js'
import type { StripeStandIn } from './server.ts'
import { clientOf, purchase, refusalOf, RETURN_URL, startFrozen } from './testing.ts'

let standIn: StripeStandIn
beforeAll(async () => {
  standIn = await startFrozen()
})
afterAll(() => standIn.stop())

const workerClient = (): Stripe =>
  new WorkerStripe(standIn.secretKey, { host: '127.0.0.1', port: standIn.port, protocol: 'http', telemetry: false })

describe.each([
  ['Node', () => clientOf(standIn)],
  ['workerd', workerClient],
])('the unmodified SDK, built for %s', (_build, client) => {
  it('[PSP1] authorises, captures a part and refunds a part of that', async () => {
    const stripe = client()
    const intent = await stripe.paymentIntents.create({ ...purchase(), expand: ['latest_charge'] })
    expect(intent).toMatchObject({ status: 'requires_capture', amount_capturable: 4500, amount_received: 0 })
    expect(intent.metadata).toEqual({ order_id: 'ord_1' })
    expect(intent.latest_charge).toMatchObject({ object: 'charge', paid: true, captured: false, amount: 4500 })

    const captured = await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4000 })
    expect(captured).toMatchObject({ status: 'succeeded', amount_received: 4000, amount_capturable: 0 })
    const refund = await stripe.refunds.create({
      payment_intent: intent.id,
      amount: 1500,
      expand: ['charge', 'payment_intent.latest_charge.refunds'],
    })
    expect(refund).toMatchObject({
      status: 'succeeded',
      amount: 1500,
      charge: { amount_refunded: 1500, refunded: false },
    })
    expect(refund.payment_intent).toMatchObject({ latest_charge: { refunds: { data: [{ id: refund.id }] } } })
    expect((await stripe.refunds.retrieve(refund.id)).id).toBe(refund.id)
    const listed = await stripe.refunds.list({ payment_intent: intent.id })
    expect(listed.data.map((one) => one.id)).toEqual([refund.id])
  })

  it('[PSP1] reads a decline as the SDK expects it', async () => {
    const fault = await refusalOf(
      client().paymentIntents.create(purchase('pm_card_visa_chargeDeclinedInsufficientFunds')),
    )
    expect(fault).toMatchObject({
      type: 'StripeCardError',
      statusCode: 402,
      code: 'card_declined',
      decline_code: 'insufficient_funds',
      payment_intent: { status: 'requires_payment_method', last_payment_error: { code: 'card_declined' } },
    })
    expect(fault.charge).toMatch(/^ch_/)
    expect(fault.requestId).toMatch(/^req_/)
  })

  it('[PSP1] says which request it was, and in which version', async () => {
    const made = await client().paymentIntents.create(purchase(), { idempotencyKey: crypto.randomUUID() })
    expect(made.lastResponse).toMatchObject({ statusCode: 200, requestId: expect.stringMatching(/^req_/) })
    expect(made.lastResponse.apiVersion).toBe(Stripe.API_VERSION)
  })
})

it('[PSP1] takes an intent step by step: create, choose a card, confirm, cancel', async () => {
  const stripe = clientOf(standIn)
  const born = await stripe.paymentIntents.create({ amount: 1000, currency: 'jpy', metadata: { a: '1', b: '2' } })
  expect(born).toMatchObject({
    status: 'requires_payment_method',
    capture_method: 'automatic_async',
    next_action: null,
  })
  const chosen = await stripe.paymentIntents.update(born.id, {
    payment_method: 'pm_card_mastercard',
    amount: 1200,
    description: 'two cups',
    metadata: { a: '', c: '3' },
  })
  expect(chosen).toMatchObject({ status: 'requires_confirmation', amount: 1200, description: 'two cups' })
  expect(chosen.metadata).toEqual({ b: '2', c: '3' })
  const paid = await stripe.paymentIntents.confirm(born.id, { return_url: RETURN_URL })
  expect(paid).toMatchObject({ status: 'succeeded', amount_received: 1200 })
  const fault = await refusalOf(stripe.paymentIntents.cancel(born.id))
  expect(fault).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' })
  const other = await stripe.paymentIntents.create(purchase())
  const canceled = await stripe.paymentIntents.cancel(other.id, { cancellation_reason: 'abandoned' })
  expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned', amount_capturable: 0 })
})

it.each([
  ['4242 4242 4242 4242', 'requires_capture'],
  ['5555555555554444', 'requires_capture'],
  ['4000000000003220', 'requires_action'],
  ['4000000000007777', 'processing'],
])('[PSP1] knows the test card %s by its number: %s', async (number, status) => {
  const { payment_method: _card, ...rest } = purchase()
  const card = { number, exp_month: 12, exp_year: 2040, cvc: '123' }
  const data = { type: 'card', card } as Stripe.PaymentIntentCreateParams.PaymentMethodData
  const intent = await clientOf(standIn).paymentIntents.create({ ...rest, payment_method_data: data })
  expect(intent.status).toBe(status)
})

const REFUSED: [string, Record<string, unknown>, string | undefined, string | undefined][] = [
  ['no amount', { amount: undefined }, 'parameter_missing', 'amount'],
  ['half a cent', { amount: 0.5 }, 'parameter_invalid_integer', 'amount'],
  ['nothing', { amount: 0 }, 'parameter_invalid_integer', 'amount'],
  ['less than Stripe charges', { amount: 49 }, 'amount_too_small', 'amount'],
  ['more than eight digits', { amount: 100_000_000 }, 'parameter_invalid_integer', 'amount'],
  ['an unknown field', { amonut: 1 }, 'parameter_unknown', 'amonut'],
  [
    'a field that the pinned version dropped',
    { payment_method_types: ['card'] },
    'parameter_unknown',
    'payment_method_types',
  ],
  ['an unknown card', { payment_method: 'pm_card_gold' }, 'resource_missing', 'payment_method'],
  ['a currency in capitals', { currency: 'EUR' }, undefined, 'currency'],
  ['a currency that is none', { currency: 'zzz' }, undefined, 'currency'],
  ['no way back', { allowed_payment_method_types: undefined, return_url: undefined }, undefined, 'return_url'],
  ['something that cannot be expanded', { expand: ['latest_charge.constructor'] }, undefined, 'expand'],
  ['no card, yet confirm', { payment_method: undefined }, 'payment_intent_unexpected_state', undefined],
]
it.each(REFUSED)('[PSP9] refuses an intent with %s', async (_what, change, code, param) => {
  const ask = { ...purchase(), ...change }
  const fault = await refusalOf(clientOf(standIn).paymentIntents.create(ask))
  expect(fault).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 })
  expect([fault.code, fault.param]).toEqual([code, param])
})

it('[PSP9] knows no stranger: a wrong key 401, an unknown id 404, an unknown address 404', async () => {
  const stranger = clientOf({ ...standIn, secretKey: 'sk_test_somebody_else' })
  const fault = await refusalOf(stranger.paymentIntents.retrieve('pi_1'))
  expect(fault).toMatchObject({ type: 'StripeAuthenticationError', statusCode: 401 })
  expect(fault.message).not.toContain('somebody')
  const missing = await refusalOf(clientOf(standIn).paymentIntents.retrieve('pi_nobody'))
  expect(missing).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' })
  const nowhere = await refusalOf(clientOf(standIn).customers.create({}))
  expect(nowhere).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 404 })
})

describe('lists', () => {
  let shelf: StripeStandIn
  const made: string[] = []
  let clock = 0
  beforeAll(async () => {
    shelf = await startFrozen()
    const stripe = clientOf(shelf)
    for (let nth = 0; nth < 7; nth++) {
      const intent = await stripe.paymentIntents.create({ amount: 1000 + nth, currency: 'eur' })
      made.unshift(intent.id)
      if (nth === 3) clock = intent.created
      await shelf.control({ clock_advance_ms: 10_000 })
    }
  })
  afterAll(() => shelf.stop())

  it('[PSP15] pages through every intent once, newest first', async () => {
    const seen: string[] = []
    for await (const intent of clientOf(shelf).paymentIntents.list({ limit: 3 })) seen.push(intent.id)
    expect(seen).toEqual(made)
  })

  it('[PSP15] pages backwards too', async () => {
    const page = await clientOf(shelf).paymentIntents.list({ limit: 2, ending_before: made[4] ?? '' })
    expect(page.data.map((intent) => intent.id)).toEqual([made[2], made[3]])
    expect(page.has_more).toBe(true)
  })

  it('[PSP15] keeps to a window of time', async () => {
    const ids = async (created: Stripe.RangeQueryParam | number): Promise<string[]> =>
      (await clientOf(shelf).paymentIntents.list({ created })).data.map((intent) => intent.id)
    expect(await ids({ gte: clock })).toEqual(made.slice(0, 4))
    expect(await ids({ gt: clock })).toEqual(made.slice(0, 3))
    expect(await ids({ lt: clock })).toEqual(made.slice(4))
    expect(await ids(clock)).toEqual([made[3]])
  })

  it('[PSP15] refuses a cursor that stands for nothing', async () => {
    const fault = await refusalOf(clientOf(shelf).paymentIntents.list({ starting_after: 'pi_nobody' }))
    expect(fault).toMatchObject({ statusCode: 400, code: 'resource_missing', param: 'starting_after' })
  })
})

import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Ledger, StripeStandIn } from './server.ts'
import { clientOf, purchase, refusalOf, startFrozen, until } from './testing.ts'

let standIn: StripeStandIn
let stripe: Stripe
beforeEach(async () => {
  standIn = await startFrozen()
  stripe = clientOf(standIn)
})
afterEach(() => standIn.stop())

const key = { idempotencyKey: 'order:1:capture:1' }
/** For what is expected to hang: nobody wants to wait long for nothing. */
const impatient = { ...key, timeout: 250 }
const ledger = async (): Promise<Ledger> => {
  const read: Ledger = await (await fetch(`${standIn.url}/control/ledger`)).json()
  return read
}
const turnOutside = (body: string, type = 'application/json'): Promise<Response> =>
  fetch(`${standIn.url}/control`, { method: 'POST', headers: { 'content-type': type }, body })

it.each([
  ['timeout_before_effect', 0, 'StripeConnectionError'],
  ['timeout_after_effect', 1, 'StripeConnectionError'],
  ['html_body', 1, 'StripeAPIError'],
  ['truncate_body', 1, 'StripeAPIError'],
  ['error_before_effect', 0, 'StripeAPIError'],
  ['error_after_effect', 1, 'StripeAPIError'],
] as const)('[PSP16] %s: the money moved %i times', async (fault, captures, type) => {
  const intent = await stripe.paymentIntents.create(purchase())
  await standIn.control({ [fault]: 1, fault_on: 'payment_intents.capture' })
  await stripe.paymentIntents.create(purchase()) // waits for its endpoint
  expect((await refusalOf(stripe.paymentIntents.capture(intent.id, {}, impatient))).type).toBe(type)
  await until(async () => (await standIn.control()).controls[fault] === 0, 'the fault is spent')
  expect((await standIn.control()).counters.captures).toBe(captures)
})

it.each(['timeout_before_effect', 'timeout_after_effect', 'reset_after_effect', 'html_body', 'truncate_body'] as const)(
  '[PSP16] %s: asking again with the same key charges once',
  async (fault) => {
    const intent = await stripe.paymentIntents.create(purchase())
    await standIn.control({ [fault]: 1 })
    await stripe.paymentIntents.capture(intent.id, {}, impatient).catch(() => 'lost on the way')
    expect(await stripe.paymentIntents.capture(intent.id, {}, key)).toMatchObject({ status: 'succeeded' })
    expect((await ledger()).intents).toMatchObject([{ captured: 4500, captures: 1, authorizations: 1 }])
  },
)

it('[PSP16] is away in three ways, and comes back', async () => {
  const ask = (timeout = 5000) => stripe.paymentIntents.create(purchase(), { timeout })
  await standIn.control({ outage: 'refuse' })
  expect((await refusalOf(ask())).type).toBe('StripeConnectionError')
  await standIn.control({ outage: 'hang' })
  expect((await refusalOf(ask(100))).message).toContain('timeout')
  await standIn.control({ outage: '500' })
  expect((await refusalOf(ask())).statusCode).toBe(500)
  expect((await standIn.control()).counters.intents).toBe(0)
  await standIn.control({ reset: true })
  expect((await ask()).status).toBe('requires_capture')
})

it('[PSP16] an outage leaves nothing behind under the key', async () => {
  await standIn.control({ outage: '500' })
  await refusalOf(stripe.paymentIntents.create(purchase(), key))
  await standIn.control({ outage: 'none' })
  expect((await stripe.paymentIntents.create(purchase(), key)).status).toBe('requires_capture')
})

it('[PSP16] declines a share of the payments, the same ones for the same seed', async () => {
  const runs: string[] = []
  for (let round = 0; round < 2; round++) {
    await standIn.control({ seed: 42, decline_percent: 50 })
    let run = ''
    for (let nth = 0; nth < 12; nth++) {
      run += await stripe.paymentIntents.create(purchase()).then(
        () => 'y',
        () => 'n',
      )
    }
    runs.push(run)
  }
  expect(runs[0]).toMatch(/y.*n|n.*y/)
  expect(runs[1]).toBe(runs[0])
})

describe('the pace', () => {
  it('[PSP17] lets 25 a second through per endpoint, when asked to', async () => {
    await standIn.control({ rate_limit: true })
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => stripe.paymentIntents.create(purchase())))
    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(25)
    const fault = await refusalOf(stripe.paymentIntents.create(purchase()))
    expect(fault).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429, code: 'rate_limit' })
    expect(fault.headers?.['stripe-rate-limited-reason']).toBe('endpoint-rate')
    expect((await stripe.paymentIntents.list()).data).toHaveLength(10)
    await standIn.control({ clock_advance_ms: 1000 })
    expect((await stripe.paymentIntents.create(purchase())).status).toBe('requires_capture')
  })

  it('[PSP17] lets 100 a second through per account', async () => {
    await standIn.control({ rate_limit: true })
    const endpoints = [
      () => stripe.paymentIntents.list(),
      () => stripe.refunds.list(),
      () => stripe.events.list(),
      () => stripe.charges.list(),
    ]
    for (const ask of endpoints) {
      for (let nth = 0; nth < 25; nth++) await ask()
    }
    const fault = await refusalOf(stripe.paymentIntents.create(purchase()))
    expect(fault.headers?.['stripe-rate-limited-reason']).toBe('global-rate')
  })
})

describe('the control route', () => {
  it.each([
    ['{"declin_next":1}', 'Unknown knob: declin_next'],
    ['{"decline_next":-1}', 'Invalid value for decline_next: -1'],
    ['{"outage":"maybe"}', 'Invalid value for outage'],
    ['{"webhooks":{"losenext":1}}', 'Unknown knob: webhooks.losenext'],
    ['{"webhooks":{"url":"nowhere"}}', 'Invalid value for webhooks.url'],
    ['[]', 'Send a JSON object.'],
    ['{', 'Send a JSON object.'],
  ])('[PSP18] refuses %s and turns nothing', async (body, message) => {
    const response = await turnOutside(body)
    expect(response.status).toBe(400)
    expect(await response.text()).toContain(message)
    expect((await standIn.control()).controls.decline_next).toBe(0)
  })

  it('[PSP18] listens to JSON only, so that no web page can turn the knobs', async () => {
    expect((await turnOutside('{"decline_next":1}', 'text/plain')).status).toBe(415)
  })

  it('[PSP18] turns knobs from outside and shows how they stand', async () => {
    const response = await turnOutside('{"decline_next":1,"outage":null,"webhooks":{"delay_ms":5}}')
    expect(await response.json()).toMatchObject({ controls: { decline_next: 1, webhooks: { delay_ms: 5, repeat: 0 } } })
    await refusalOf(stripe.paymentIntents.create(purchase()))
    const shown = await (await fetch(`${standIn.url}/control`)).json()
    expect(shown).toMatchObject({ controls: { decline_next: 0 }, counters: { declines: 1, intents: 1 } })
  })

  it('[PSP18] adds up in the ledger what was authorised, captured and refunded', async () => {
    const intent = await stripe.paymentIntents.create(purchase())
    await stripe.paymentIntents.capture(intent.id, { amount_to_capture: 4000 })
    await stripe.refunds.create({ payment_intent: intent.id, amount: 500 })
    const let_go = await stripe.paymentIntents.create(purchase())
    await stripe.paymentIntents.cancel(let_go.id)
    await refusalOf(stripe.paymentIntents.create(purchase('pm_card_visa_chargeDeclined')))
    const { intents, totals } = await ledger()
    expect(intents.map((line) => [line.status, line.captured, line.refunded, line.metadata])).toEqual([
      ['succeeded', 4000, 500, { order_id: 'ord_1' }],
      ['canceled', 0, 0, { order_id: 'ord_1' }],
      ['requires_payment_method', 0, 0, { order_id: 'ord_1' }],
    ])
    expect(totals).toEqual({ eur: { authorized: 9000, captured: 4000, refunded: 500 } })
  })
})

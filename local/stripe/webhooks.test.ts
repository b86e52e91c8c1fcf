import { Stripe } from 'stripe'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ControlPatch, StripeStandIn } from './server.ts'
import { clientOf, listenForWebhooks, purchase, refusalOf, startFrozen, until, WEBHOOK_SECRET } from './testing.ts'

let ear: Awaited<ReturnType<typeof listenForWebhooks>>
let standIn: StripeStandIn
let stripe: Stripe
beforeEach(async () => {
  ear = await listenForWebhooks()
  standIn = await startFrozen({ webhookUrl: ear.url })
  stripe = clientOf(standIn)
})
afterEach(async () => {
  await standIn.stop()
  await ear.stop()
})

const turn = (webhooks: ControlPatch['webhooks'] = {}) => standIn.control({ webhooks })
/** Counted as it leaves, so that what must not be sent yet is seen at once. */
const sent = async (): Promise<number> => (await standIn.control()).counters.webhooks.sent
const waiting = async (): Promise<number> => (await standIn.control()).counters.webhooks.waiting
const heard = (count: number): Promise<void> => until(() => ear.heard.length >= count, `${count} webhooks`)
const quiet = (): Promise<void> => until(async () => (await waiting()) === 0, 'every webhook delivered')
const arrived = async (): Promise<boolean> => {
  const { webhooks } = (await standIn.control()).counters
  return webhooks.sent === webhooks.acknowledged
}
/** The intent an event is about. */
const subject = (event: Stripe.Event): unknown => ('id' in event.data.object ? event.data.object.id : null)
const signatureOf = (nth: number): string => String(ear.heard[nth]?.headers['stripe-signature'])

it('[PSP13] signs what it delivers so that the SDK accepts it', async () => {
  const intent = await stripe.paymentIntents.create(purchase())
  await heard(3)
  for (const { payload, headers } of ear.heard) {
    const event = stripe.webhooks.constructEvent(payload, String(headers['stripe-signature']), WEBHOOK_SECRET)
    expect(event).toMatchObject({ object: 'event', api_version: Stripe.API_VERSION, livemode: false })
  }
  const paid = ear.heard.find((one) => one.event.type === 'payment_intent.amount_capturable_updated')
  expect(paid?.event.data.object).toMatchObject({ id: intent.id, status: 'requires_capture' })
  expect(paid?.event.request).toMatchObject({ id: expect.stringMatching(/^req_/) })
})

it('[PSP13] signs with a second secret during a rotation, and with a time that is off when told to', async () => {
  await turn({ extra_secret: 'whsec_next', skew_ms: -400_000 })
  await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  await heard(1)
  const payload = ear.heard[0]?.payload ?? ''
  expect(signatureOf(0).match(/v1=/g)).toHaveLength(2)
  expect(() => stripe.webhooks.constructEvent(payload, signatureOf(0), 'whsec_next')).toThrow('tolerance zone')
  expect(stripe.webhooks.constructEvent(payload, signatureOf(0), 'whsec_next', 500).type).toBe('payment_intent.created')
  expect(() => stripe.webhooks.constructEvent(payload, signatureOf(0), 'whsec_other', 500)).toThrow(
    'No signatures found',
  )
})

it('[PSP13] tells every step of a payment', async () => {
  const intent = await stripe.paymentIntents.create(purchase())
  await stripe.paymentIntents.capture(intent.id)
  await stripe.refunds.create({ payment_intent: intent.id })
  const other = await stripe.paymentIntents.create(purchase('pm_card_threeDSecure2Required'))
  await stripe.paymentIntents.cancel(other.id)
  await refusalOf(stripe.paymentIntents.create(purchase('pm_card_visa_chargeDeclined')))
  await stripe.paymentIntents.create(purchase('pm_card_processing'))
  await quiet()
  expect(new Set(ear.types())).toEqual(
    new Set([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
      'charge.captured',
      'payment_intent.succeeded',
      'refund.created',
      'charge.refunded',
      'payment_intent.requires_action',
      'payment_intent.canceled',
      'charge.failed',
      'payment_intent.payment_failed',
      'charge.pending',
      'payment_intent.processing',
    ]),
  )
})

it('[PSP14] tries again with longer and longer pauses until it is answered with a 2xx', async () => {
  await turn({ enabled_events: ['payment_intent.created'], retry_ms: 1000 })
  ear.answerWith(500)
  await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  const failed = (count: number) =>
    until(async () => (await standIn.control()).counters.webhooks.failed === count, `${count} failures`)
  await failed(1)
  await standIn.control({ clock_advance_ms: 999 })
  expect(await sent()).toBe(1)
  await standIn.control({ clock_advance_ms: 1 })
  await failed(2)
  await standIn.control({ clock_advance_ms: 1999 })
  expect(await sent()).toBe(2)
  ear.answerWith(204)
  await standIn.control({ clock_advance_ms: 1 })
  await quiet()
  expect(new Set(ear.heard.map((one) => one.event.id)).size).toBe(1)
  expect(ear.heard).toHaveLength(3)
})

it('[PSP14] shows as undelivered what was lost, and as delivered what arrived', async () => {
  await turn({ enabled_events: ['payment_intent.created'], lose_next: 1 })
  const lost = await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  const told = await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  await quiet()
  const about = async (delivery_success: boolean): Promise<unknown[]> => {
    const events = await stripe.events.list({ delivery_success, type: 'payment_intent.created' })
    return events.data.map(subject)
  }
  expect(ear.heard.map((one) => subject(one.event))).toEqual([told.id])
  expect(await about(false)).toEqual([lost.id])
  expect(await about(true)).toEqual([told.id])
})

it('[PSP14] delays, repeats and holds back when told to', async () => {
  await turn({ enabled_events: ['payment_intent.created'], delay_ms: 60_000, repeat: 2 })
  await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  await standIn.control({ clock_advance_ms: 59_999 })
  expect([await waiting(), await sent()]).toEqual([3, 0])
  await turn({ paused: true })
  await standIn.control({ clock_advance_ms: 1 })
  expect([await waiting(), await sent()]).toEqual([3, 0])
  await turn({ paused: false })
  await quiet()
  expect(new Set(ear.heard.map((one) => one.event.id)).size).toBe(1)
  expect(ear.heard).toHaveLength(3)
})

it('[PSP14] brings events out of their order, the same way for the same seed', async () => {
  const orders: string[][] = []
  for (let round = 0; round < 2; round++) {
    await standIn.control({
      seed: 7,
      webhooks: { reorder: true, reorder_ms: 40, enabled_events: ['payment_intent.created'] },
    })
    ear.heard.length = 0
    const made: string[] = []
    for (let nth = 0; nth < 6; nth++)
      made.push((await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })).id)
    for (let ms = 0; ms < 40; ms++) {
      await standIn.control({ clock_advance_ms: 1 })
      await until(arrived, 'what was sent in this millisecond has arrived')
    }
    orders.push(ear.heard.map((one) => String(made.indexOf(String(subject(one.event))))))
  }
  expect(orders[0]).toHaveLength(6)
  expect(orders[0]).not.toEqual(['0', '1', '2', '3', '4', '5'])
  expect(orders[1]).toEqual(orders[0])
})

it('[PSP14] delivers to an address that became known later', async () => {
  await turn({ paused: true })
  await stripe.paymentIntents.create({ amount: 100, currency: 'eur' })
  standIn.setWebhookUrl(`${ear.url}/moved`)
  await turn({ paused: false })
  await heard(1)
  expect(ear.types()).toEqual(['payment_intent.created'])
})

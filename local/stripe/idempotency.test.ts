import type { Stripe } from 'stripe'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { KeysAtWork } from './idempotency.ts'
import type { StripeStandIn } from './server.ts'
import { clientOf, purchase, refusalOf, startFrozen, unconfirmed, until } from './testing.ts'

let standIn: StripeStandIn
let stripe: Stripe
beforeEach(async () => {
  standIn = await startFrozen()
  stripe = clientOf(standIn)
})
afterEach(() => standIn.stop())

const key = { idempotencyKey: 'order:1:authorise:1' }
const authorizations = async (): Promise<number> => (await standIn.control()).counters.authorizations

it('[PSP8] answers a repeated key with the first answer, word for word', async () => {
  const first = await stripe.paymentIntents.create(purchase(), key)
  const again = await stripe.paymentIntents.create(purchase(), key)
  expect(again).toEqual(first)
  expect(again.lastResponse.headers['idempotent-replayed']).toBe('true')
  expect(again.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId)
  expect(first.lastResponse.headers['idempotent-replayed']).toBeUndefined()
  expect(await authorizations()).toBe(1)
})

it('[PSP8] keeps the first answer when a hundred ask at once', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, () => stripe.paymentIntents.create(purchase(), key)))
  expect(new Set(all.map((intent) => intent.id)).size).toBe(1)
  expect(await authorizations()).toBe(1)
})

it('[PSP8] keeps a decline, though the card would be good by now', async () => {
  await standIn.control({ decline_next: 1 })
  for (let round = 0; round < 2; round++) {
    const fault = await refusalOf(stripe.paymentIntents.create(purchase(), key))
    expect(fault).toMatchObject({ statusCode: 402, code: 'card_declined' })
  }
})

it('[PSP8] keeps a refusal by the state of the intent', async () => {
  const born = await stripe.paymentIntents.create(unconfirmed())
  await refusalOf(stripe.paymentIntents.capture(born.id, {}, key))
  await stripe.paymentIntents.confirm(born.id)
  const fault = await refusalOf(stripe.paymentIntents.capture(born.id, {}, key))
  expect(fault).toMatchObject({ statusCode: 400, code: 'payment_intent_unexpected_state' })
})

it.each([
  ['error_before_effect', 0],
  ['error_after_effect', 1],
] as const)('[PSP8] keeps a 500 (%s)', async (fault, effects) => {
  await standIn.control({ [fault]: 1 })
  for (let round = 0; round < 2; round++) {
    const answer = await refusalOf(stripe.paymentIntents.create(purchase(), key))
    expect(answer).toMatchObject({ type: 'StripeAPIError', statusCode: 500 })
    expect(answer.headers?.['stripe-should-retry']).toBe('false')
  }
  expect(await authorizations()).toBe(effects)
})

it('[PSP10] refuses a key with other parameters, or another address', async () => {
  const intent = await stripe.paymentIntents.create(purchase(), key)
  const other = await refusalOf(stripe.paymentIntents.create(purchase('pm_card_visa', 4600), key))
  expect(other).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400, rawType: 'idempotency_error' })
  const elsewhere = await refusalOf(stripe.paymentIntents.capture(intent.id, {}, key))
  expect(elsewhere).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 })
})

it('[PSP10] refuses a key that is at work, and answers it when the work is done', async () => {
  await standIn.control({ slow_ms: 1000 })
  const first = stripe.paymentIntents.create(purchase('pm_card_slow'), key)
  const meanwhile = await refusalOf(inFlight())
  expect(meanwhile).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' })
  const again = await stripe.paymentIntents.create(purchase('pm_card_slow'), key).catch(() => first)
  expect((await first).id).toBe(again.id)
  expect(await authorizations()).toBe(1)
})

/** Asks with the key as soon as the slow request is seen to have arrived. */
async function inFlight(): Promise<Stripe.PaymentIntent> {
  const arrived = async (): Promise<boolean> =>
    ((await standIn.control()).counters.requests['payment_intents.create'] ?? 0) > 0
  await until(arrived, 'the slow request at the desk')
  return stripe.paymentIntents.create(purchase('pm_card_slow'), key)
}

it('[PSP10] lets no other request at an intent that is at work', async () => {
  await standIn.control({ slow_ms: 1000 })
  const born = await stripe.paymentIntents.create(unconfirmed('pm_card_slow'))
  const paying = stripe.paymentIntents.confirm(born.id)
  const confirms = async (): Promise<boolean> =>
    (await standIn.control()).counters.requests['payment_intents.confirm'] === 1
  await until(confirms, 'the slow confirmation at the desk')
  const fault = await refusalOf(stripe.paymentIntents.cancel(born.id, {}, key))
  expect(fault).toMatchObject({ statusCode: 429, code: 'lock_timeout' })
  expect(fault.headers?.['stripe-should-retry']).toBe('true')
  expect((await paying).status).toBe('requires_capture')
  expect((await stripe.paymentIntents.cancel(born.id, {}, key)).status).toBe('canceled')
})

it('[PSP11] keeps nothing of what failed validation', async () => {
  await refusalOf(stripe.paymentIntents.create(purchase('pm_card_gold'), key))
  expect((await stripe.paymentIntents.create(purchase(), key)).status).toBe('requires_capture')
})

it('[PSP11] looks at the secret key and the pace before it looks at the idempotency key', async () => {
  const stranger = clientOf({ ...standIn, secretKey: 'sk_test_stranger' })
  expect((await refusalOf(stranger.paymentIntents.create(purchase(), key))).statusCode).toBe(401)
  const first = await stripe.paymentIntents.create(purchase(), key)
  await standIn.control({ rate_limit: true })
  for (let nth = 0; nth < 25; nth++) expect((await stripe.paymentIntents.create(purchase(), key)).id).toBe(first.id)
  expect((await refusalOf(stripe.paymentIntents.create(purchase(), key))).statusCode).toBe(429)
  await standIn.control({ clock_advance_ms: 1000 })
  expect((await stripe.paymentIntents.create(purchase(), key)).id).toBe(first.id)
})

it('[PSP12] forgets a key after 24 hours, and not a millisecond before', async () => {
  const first = await stripe.paymentIntents.create(purchase(), key)
  await standIn.control({ clock_advance_ms: 24 * 3_600_000 - 1 })
  expect((await stripe.paymentIntents.create(purchase(), key)).id).toBe(first.id)
  await standIn.control({ clock_advance_ms: 1 })
  expect((await stripe.paymentIntents.create(purchase(), key)).id).not.toBe(first.id)
})

it('[PSP12] takes a key of 24 hours ago for a new one, though it was not cleared away yet', () => {
  const saved = { id: 'k', fingerprint: 'f', status: 200, body: '{}', requestId: 'req_1', savedAt: 1000 }
  const standing = (now: number): string => new KeysAtWork().standing('k', 'f', saved, now).is
  expect([standing(1000 + 86_399_999), standing(1000 + 86_400_000)]).toEqual(['known', 'new'])
})

it('[PSP10] refuses a key longer than 255 characters', async () => {
  expect((await stripe.paymentIntents.create(purchase(), { idempotencyKey: 'k'.repeat(255) })).id).toMatch(/^pi_/)
  const fault = await refusalOf(stripe.paymentIntents.create(purchase(), { idempotencyKey: 'k'.repeat(256) }))
  expect(fault.statusCode).toBe(400)
})

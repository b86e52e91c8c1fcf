import { mkdtemp, appendFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Stripe } from 'stripe'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StripeStandIn } from './server.ts'
import { clientOf, listenForWebhooks, purchase, refusalOf, RETURN_URL, startFrozen, until } from './testing.ts'

let standIn: StripeStandIn
let stripe: Stripe
beforeEach(async () => {
  standIn = await startFrozen()
  stripe = clientOf(standIn)
})
afterEach(() => standIn.stop())

describe('what happens by itself', () => {
  it('[PSP6] lets an authorisation go after seven days, and not a millisecond before', async () => {
    const intent = await stripe.paymentIntents.create(purchase())
    const status = async (): Promise<string> => (await stripe.paymentIntents.retrieve(intent.id)).status
    await standIn.control({ clock_advance_ms: 7 * 86_400_000 - 1 })
    expect(await status()).toBe('requires_capture')
    await standIn.control({ clock_advance_ms: 1 })
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'automatic',
    })
    expect((await refusalOf(stripe.paymentIntents.capture(intent.id))).code).toBe('payment_intent_unexpected_state')
  })

  it('[PSP6] leaves a captured payment alone after seven days', async () => {
    const intent = await stripe.paymentIntents.create(purchase())
    await stripe.paymentIntents.capture(intent.id)
    await standIn.control({ clock_advance_ms: 8 * 86_400_000 })
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded')
  })

  it.each([
    ['succeed', 'requires_capture'],
    ['fail', 'requires_payment_method'],
  ] as const)('[PSP19] ends a payment that takes its time: %s → %s', async (outcome, status) => {
    await standIn.control({ processing_ms: 60_000, processing_outcome: outcome })
    const intent = await stripe.paymentIntents.create(purchase('pm_card_processing'))
    expect(intent.status).toBe('processing')
    expect((await refusalOf(stripe.paymentIntents.cancel(intent.id))).code).toBe('payment_intent_unexpected_state')
    await standIn.control({ clock_advance_ms: 59_999 })
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('processing')
    await standIn.control({ clock_advance_ms: 1 })
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe(status)
  })

  it('[PSP7] fails a refund later and says so', async () => {
    await standIn.control({ refund_ms: 1000 })
    const intent = await stripe.paymentIntents.create(purchase('pm_card_refundFail'))
    await stripe.paymentIntents.capture(intent.id)
    const refund = await stripe.refunds.create({ payment_intent: intent.id })
    await standIn.control({ clock_advance_ms: 1000 })
    expect(await stripe.refunds.retrieve(refund.id)).toMatchObject({ status: 'failed' })
    const told = await stripe.events.list({ types: ['refund.failed', 'refund.updated'] })
    expect(told.data.map((event) => event.type)).toEqual(['refund.updated', 'refund.failed'])
  })
})

describe('the 3-D-Secure page', () => {
  const asked = async (): Promise<{ id: string; url: string }> => {
    const intent = await stripe.paymentIntents.create(purchase('pm_card_authenticationRequired'))
    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'redirect_to_url' } })
    return { id: intent.id, url: intent.next_action?.redirect_to_url?.url ?? '' }
  }
  const press = (url: string, outcome: string): Promise<Response> =>
    fetch(url, { method: 'POST', redirect: 'manual', body: new URLSearchParams({ outcome }) })

  it('[PSP20] asks the visitor with two buttons, and works without scripts', async () => {
    const { url } = await asked()
    const page = await (await fetch(url)).text()
    expect(page).toContain('€45.00')
    expect(page).toContain('value="approve"')
    expect(page).toContain('value="fail"')
    expect(page).not.toContain('<script')
  })

  it.each([
    ['approve', 'requires_capture', 'succeeded'],
    ['fail', 'requires_payment_method', 'failed'],
  ])(
    '[PSP20] leads back to the shop after %s, and pressing twice is pressing once',
    async (outcome, status, redirect) => {
      const { id, url } = await asked()
      for (let round = 0; round < 2; round++) {
        const response = await press(url, outcome)
        expect(response.status).toBe(303)
        const back = new URL(response.headers.get('location') ?? '')
        expect(back.href.startsWith(`${RETURN_URL}&payment_intent=${id}`)).toBe(true)
        expect(back.searchParams.get('redirect_status')).toBe(redirect)
      }
      expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({ status, next_action: null })
      expect((await standIn.control()).counters.authorizations).toBe(outcome === 'approve' ? 1 : 0)
    },
  )

  it('[PSP20] takes no answer with a wrong token, or after the intent was canceled', async () => {
    const { id, url } = await asked()
    await press(`${url}x`, 'approve')
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_action')
    await stripe.paymentIntents.cancel(id)
    await press(url, 'approve')
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled')
  })

  it('[PSP20] declines after authentication a card that does so', async () => {
    const intent = await stripe.paymentIntents.create(purchase('pm_card_threeDSecureRequiredChargeDeclined'))
    await press(intent.next_action?.redirect_to_url?.url ?? '', 'approve')
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'card_declined' },
    })
  })
})

describe('a restart', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stripe-stand-in-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('[PSP21] forgets nothing: intents, keys, the clock, and what has yet to happen', async () => {
    const key = { idempotencyKey: 'order:1:authorise:1' }
    const started = Date.now()
    const frozen = { dataDir: folder, now: () => started }
    const before = await startFrozen(frozen)
    const first = await clientOf(before).paymentIntents.create(purchase(), key)
    const slow = await clientOf(before).paymentIntents.create(purchase('pm_card_processing'))
    await before.control({ clock_advance_ms: 2999 })
    await before.stop()
    for (let round = 0; round < 2; round++) {
      const after = await startFrozen(frozen)
      const client = clientOf(after)
      expect(await client.paymentIntents.create(purchase(), key)).toEqual(first)
      expect((await after.control()).counters.intents).toBe(2)
      const later = await client.paymentIntents.retrieve(slow.id)
      expect(later.status).toBe(round === 0 ? 'processing' : 'requires_capture')
      await after.control({ clock_advance_ms: 500 })
      await after.stop()
    }
  })

  it('[PSP21] leaves out a turn whose line was never finished', async () => {
    const before = await startFrozen({ dataDir: folder })
    const kept = await clientOf(before).paymentIntents.create(purchase())
    await before.stop()
    await appendFile(join(folder, 'stripe.journal'), '[["intents",{"id":"pi_torn"')
    const after = await startFrozen({ dataDir: folder })
    const listed = await clientOf(after).paymentIntents.list()
    await after.stop()
    expect(listed.data.map((intent) => intent.id)).toEqual([kept.id])
  })

  it('[PSP21] delivers afterwards the webhooks that were on their way', async () => {
    const ear = await listenForWebhooks()
    const before = await startFrozen({ dataDir: folder, webhookUrl: ear.url })
    await before.control({ webhooks: { paused: true } })
    await clientOf(before).paymentIntents.create({ amount: 100, currency: 'eur' })
    await before.stop()
    expect(ear.heard).toEqual([])
    const after = await startFrozen({ dataDir: folder, webhookUrl: ear.url })
    await until(() => ear.heard.length === 1, 'the webhook of before')
    await after.stop()
    await ear.stop()
    expect(ear.types()).toEqual(['payment_intent.created'])
  })
})

import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { seededRandom } from '../../domain/basics/random.ts'
import { readWebhook, WEBHOOK_TOLERANCE_MS } from './webhook.ts'

const NOW = Date.UTC(2026, 10, 20, 10)
const SECRET = 'whsec_test'
const ORDER = newId('ord', NOW, seededRandom(1))
const REFUND = newId('ref', NOW, seededRandom(2))

const intent = (status: string, more: object = {}) => ({
  id: 'pi_1',
  object: 'payment_intent',
  status,
  amount: 4500,
  amount_capturable: status === 'requires_capture' ? 4500 : 0,
  amount_received: status === 'succeeded' ? 4500 : 0,
  metadata: { order_id: ORDER },
  last_payment_error: null,
  next_action: null,
  ...more,
})
const eventOf = (type: string, object: object): string =>
  JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object } })
const BODY = eventOf('payment_intent.succeeded', intent('succeeded'))

const mac = (body: string, time: number | string, secret = SECRET): string =>
  createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')
const seconds = (ms: number): number => Math.floor(ms / 1000)
const signed = (body: string, at = NOW, secret = SECRET): string =>
  `t=${seconds(at)},v1=${mac(body, seconds(at), secret)}`
const read = (body: string, header: string | null, secrets = SECRET) =>
  readWebhook(new TextEncoder().encode(body), header, secrets, NOW)

describe('webhooks', () => {
  it('[PAY16] believes what is signed with our secret, now', async () => {
    expect(await read(BODY, signed(BODY))).toEqual({
      ok: true,
      value: {
        eventId: 'evt_1',
        type: 'payment_intent.succeeded',
        about: {
          orderId: ORDER,
          news: {
            kind: 'payment',
            news: { kind: 'captured', source: 'webhook', providerId: 'pi_1', amount: 4500 },
            asOf: null,
            eventId: 'evt_1',
          },
        },
      },
    })
  })

  it.each([
    ['exactly as old as may be', -WEBHOOK_TOLERANCE_MS, true],
    ['a second older', -WEBHOOK_TOLERANCE_MS - 1000, false],
    ['exactly as early as may be', WEBHOOK_TOLERANCE_MS, true],
    ['a second earlier, from the future', WEBHOOK_TOLERANCE_MS + 1000, false],
  ])('[PAY16] of a time %s', async (_, offMs, believed) => {
    expect((await read(BODY, signed(BODY, NOW + offMs))).ok).toBe(believed)
  })

  it('[PAY16] believes one good signature among several, and either secret of a rotation', async () => {
    const time = seconds(NOW)
    expect((await read(BODY, `t=${time},v1=${'0'.repeat(64)},v1=${mac(BODY, time)},v0=x`)).ok).toBe(true)
    expect((await read(BODY, signed(BODY, NOW, 'whsec_old'), 'whsec_new whsec_old')).ok).toBe(true)
  })

  const good = signed(BODY)
  it.each([
    ['no signature', null, 'webhook_signature_missing'],
    ['an empty one', '', 'webhook_signature_missing'],
    ['no time', good.replace(/t=\d+,/, ''), 'webhook_signature_malformed'],
    ['two times', `t=1,${good}`, 'webhook_signature_malformed'],
    ['a time with letters', good.replace(/t=/, 't=x'), 'webhook_signature_malformed'],
    ['only another scheme', good.replace('v1=', 'v0='), 'webhook_signature_malformed'],
    ['a short signature', good.slice(0, -2), 'webhook_signature_malformed'],
    [
      'another time under the signature',
      good.replace(/t=(\d+)/, (_, t: string) => `t=${Number(t) + 1}`),
      'webhook_signature_mismatch',
    ],
    ['another secret', signed(BODY, NOW, 'whsec_other'), 'webhook_signature_mismatch'],
    ['the signature of another body', signed(`${BODY} `), 'webhook_signature_mismatch'],
  ])('[PAY16] refuses %s', async (_, header, code) => {
    expect(await read(BODY, header)).toMatchObject({ ok: false, refusal: { code } })
  })

  it('[PAY16] refuses every change of one letter of the signature', async () => {
    const at = good.indexOf('v1=') + 3
    for (let i = at; i < good.length; i++) {
      const changed = good.slice(0, i) + (good[i] === 'a' ? 'b' : 'a') + good.slice(i + 1)
      expect((await read(BODY, changed)).ok).toBe(false)
    }
  })

  it.each(['', '[]', '"text"', 'null', '{"id":"evt_1"}', '{"id":1,"type":"x","data":{"object":{}}}'])(
    '[PAY16] refuses a signed body that is no event: %s',
    async (body) => {
      expect(await read(body, signed(body))).toMatchObject({ refusal: { code: 'webhook_body_malformed' } })
    },
  )

  it.each([
    [
      'payment_intent.requires_action',
      intent('requires_action', { next_action: { redirect_to_url: { url: 'https://b' } } }),
      { kind: 'requires_action', url: 'https://b' },
    ],
    ['payment_intent.processing', intent('processing'), { kind: 'processing' }],
    ['payment_intent.amount_capturable_updated', intent('requires_capture'), { kind: 'authorised', amount: 4500 }],
    ['payment_intent.canceled', intent('canceled'), { kind: 'canceled' }],
    [
      'payment_intent.payment_failed',
      intent('requires_payment_method', {
        last_payment_error: { code: 'card_declined', decline_code: 'lost_card', message: 'No.' },
      }),
      { kind: 'declined', code: 'lost_card' },
    ],
  ])('[PAY17] reads %s', async (type, object, news) => {
    const body = eventOf(type, object)
    expect(await read(body, signed(body))).toMatchObject({ value: { about: { orderId: ORDER, news: { news } } } })
  })

  it('[PAY17] reads what became of a refund', async () => {
    const refund = {
      id: 're_1',
      status: 'failed',
      failure_reason: 'lost_or_stolen_card',
      metadata: { order_id: ORDER, refund_id: REFUND },
    }
    const body = eventOf('refund.failed', refund)
    expect(await read(body, signed(body))).toMatchObject({
      value: {
        about: {
          news: { kind: 'refund', refundId: REFUND, outcome: { status: 'failed', code: 'lost_or_stolen_card' } },
        },
      },
    })
  })

  it.each([
    ['a payment of nobody’s', eventOf('payment_intent.succeeded', intent('succeeded', { metadata: {} }))],
    [
      'an order that is none',
      eventOf('payment_intent.succeeded', intent('succeeded', { metadata: { order_id: 'ord_1' } })),
    ],
    ['a customer', eventOf('customer.created', { id: 'cus_1' })],
    ['a payment that was merely created', eventOf('payment_intent.created', intent('requires_confirmation'))],
  ])('[PAY17] has nothing to say about %s', async (_, body) => {
    expect(await read(body, signed(body))).toMatchObject({ ok: true, value: { about: null } })
  })
})

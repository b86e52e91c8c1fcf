/**
 * Reading Stripe's webhooks. Who may send them is decided by the signature alone (docs.stripe.com/webhooks/signature):
 * an HMAC-SHA256 over `<t>.<body>` under our secret, and a time close to ours. The SDK's own check lets any time in the
 * future pass, so this is ours.
 *
 * A webhook is a hint that arrives late, twice, in any order or never. What it may change is domain/payment's.
 */
import type { Stripe } from 'stripe'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { isId } from '../../domain/basics/ids.ts'
import type { News } from '../../domain/message/settle.ts'
import { newsOf, outcomeOfRefund } from './answers.ts'

/** On either side of our clock: long enough for slow networks, short enough that a stolen message is soon worthless. */
export const WEBHOOK_TOLERANCE_MS = 300_000
const SIGNATURES_MOST = 10

export type WebhookRefusal =
  | { code: 'webhook_signature_missing' }
  | { code: 'webhook_signature_malformed' }
  | { code: 'webhook_signature_mismatch' }
  | { code: 'webhook_too_old_or_new'; toleranceMs: number }
  | { code: 'webhook_body_malformed' }

export interface Webhook {
  eventId: string
  type: string
  /** What it says about which order; null: nothing that concerns us. */
  about: { orderId: string; news: News } | null
}

/**
 * The webhook, or why it is not one. `secrets` are separated by white space: during a rotation there are two. Safe to
 * repeat; nothing is kept here.
 */
export async function readWebhook(
  body: Uint8Array,
  header: string | null,
  secrets: string,
  now: number,
): Promise<Decision<Webhook, WebhookRefusal>> {
  if (header === null || header === '') return refuse({ code: 'webhook_signature_missing' })
  const parsed = parseHeader(header)
  if (!parsed) return refuse({ code: 'webhook_signature_malformed' })
  if (!(await isSigned(body, parsed, secrets))) return refuse({ code: 'webhook_signature_mismatch' })
  if (Math.abs(now - parsed.timestamp * 1000) > WEBHOOK_TOLERANCE_MS) {
    return refuse({ code: 'webhook_too_old_or_new', toleranceMs: WEBHOOK_TOLERANCE_MS })
  }
  const event = parseEvent(body)
  return event ? accept(event) : refuse({ code: 'webhook_body_malformed' })
}

interface SignatureHeader {
  timestamp: number
  signatures: Uint8Array<ArrayBuffer>[]
}

/** `t=1492774577,v1=5257…,v1=…,v0=…`: other schemes are for others. */
function parseHeader(header: string): SignatureHeader | undefined {
  const parts = header.split(',').map((part) => part.trim().split('='))
  const timestamps = parts.filter(([name]) => name === 't').map(([, value]) => value ?? '')
  const signatures = parts.filter(([name]) => name === 'v1').map(([, value]) => bytesOfHex(value ?? ''))
  const readable = signatures.filter((signature) => signature !== undefined)
  if (timestamps.length !== 1 || !/^\d{1,12}$/.test(timestamps[0]!)) return undefined
  if (readable.length === 0 || readable.length > SIGNATURES_MOST) return undefined
  return { timestamp: Number(timestamps[0]), signatures: readable }
}

function bytesOfHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[0-9a-f]{64}$/.test(text)) return undefined
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))
}

async function isSigned(
  body: Uint8Array,
  { timestamp, signatures }: SignatureHeader,
  secrets: string,
): Promise<boolean> {
  const prefix = new TextEncoder().encode(`${timestamp}.`)
  const signed = new Uint8Array(prefix.length + body.length)
  signed.set(prefix)
  signed.set(body, prefix.length)
  for (const secret of secrets.split(/\s+/).filter((part) => part !== '')) {
    const key = await hmacKey(secret)
    for (const signature of signatures) {
      // `verify` compares in constant time.
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true
    }
  }
  return false
}

const hmacKey = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', new TextEncoder().encode(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])

function parseEvent(body: Uint8Array): Webhook | undefined {
  let event: Partial<Stripe.Event>
  try {
    event = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body),
    ) as Partial<Stripe.Event>
  } catch {
    return undefined // whoever signed this sent us something else than an event
  }
  const { id, type, data } = event ?? {}
  if (typeof id !== 'string' || typeof type !== 'string' || typeof data?.object !== 'object') return undefined
  return { eventId: id, type, about: aboutOf(id, type, data.object) }
}

function aboutOf(eventId: string, type: string, object: unknown): Webhook['about'] {
  if (type.startsWith('payment_intent.')) return aboutIntent(eventId, type, object as Stripe.PaymentIntent)
  const isRefund = type.startsWith('refund.') || type === 'charge.refund.updated'
  return isRefund ? aboutRefund(eventId, object as Stripe.Refund) : null
}

function aboutIntent(eventId: string, type: string, intent: Stripe.PaymentIntent): Webhook['about'] {
  const orderId = intent.metadata?.['order_id']
  // That it was created says nothing yet of how it went.
  if (!orderId || !isId('ord', orderId) || type === 'payment_intent.created') return null
  return { orderId, news: { kind: 'payment', news: newsOf(intent, 'webhook'), asOf: null, eventId } }
}

function aboutRefund(eventId: string, refund: Stripe.Refund): Webhook['about'] {
  const { order_id: orderId, refund_id: refundId } = refund.metadata ?? {}
  if (!orderId || !isId('ord', orderId) || !refundId || !isId('ref', refundId)) return null
  return { orderId, news: { kind: 'refund', refundId, outcome: outcomeOfRefund(refund), eventId } }
}

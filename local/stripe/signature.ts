/** Stripe's webhook signature: HMAC-SHA256 over `t.payload`, one `v1` per secret (docs.stripe.com/webhooks/signature). */
import { createHmac } from 'node:crypto'

/** The `Stripe-Signature` header for a payload sent at `atMs`; during a rotation both secrets sign. */
export function signatureHeader(payload: string, secrets: readonly string[], atMs: number): string {
  const time = Math.floor(atMs / 1000)
  const sign = (secret: string): string => createHmac('sha256', secret).update(`${time}.${payload}`).digest('hex')
  return [`t=${time}`, ...secrets.map((secret) => `v1=${sign(secret)}`)].join(',')
}

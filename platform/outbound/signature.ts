/**
 * Signatures on what we send to merchants, as Standard Webhooks 1.0.0 has them (github.com/standard-webhooks): the
 * message's id, the second it is sent at and its body, by HMAC-SHA256. The id is the same at each attempt, so that a
 * receiver can tell a repeat; the time is new, so that an old message cannot be sent again by somebody who kept it.
 */
import { Webhook } from 'standardwebhooks'
import { mac } from '../signing.ts'

/**
 * A store's secret, as the libraries of Standard Webhooks take it (`whsec_…`, 32 bytes). Derived from the deployment's
 * signing key and so nowhere kept: it changes when that does.
 */
export async function webhookSecretOf(signingKey: string, storeId: string): Promise<string> {
  const bytes = await mac(signingKey, `webhook-secret\n${storeId}`)
  return `whsec_${btoa(String.fromCharCode(...bytes))}`
}

/** The three headers of a signed message. */
export function signedHeaders(secret: string, id: string, now: number, body: string): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(now), body),
  }
}

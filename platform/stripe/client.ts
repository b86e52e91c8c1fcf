/**
 * The one place that makes a Stripe client. Its defaults are wrong for us: it would wait 80 s, draw a random key for
 * every call (not stable over a crash), retry by itself and report on us (facts in docs/decisions). Our keys come with
 * each step, and trying again is the order book's.
 */
import { Stripe } from 'stripe'
import type { PaymentEnv } from './payments.ts'

/** Stripe answers within a few seconds or not at all; the settler's own patience is longer than this. */
export const STRIPE_TIMEOUT_MS = 10_000

/** Talks to Stripe itself, or to whatever stands at `STRIPE_API_BASE`. */
export function stripeClient({ STRIPE_SECRET_KEY, STRIPE_API_BASE }: PaymentEnv): Stripe {
  return new Stripe(STRIPE_SECRET_KEY, {
    httpClient: Stripe.createFetchHttpClient(),
    timeout: STRIPE_TIMEOUT_MS,
    maxNetworkRetries: 0,
    telemetry: false,
    ...addressOf(STRIPE_API_BASE),
  })
}

function addressOf(base: string): { host?: string; port?: string; protocol?: 'http' | 'https' } {
  if (base === '') return {}
  const { hostname, port, protocol } = new URL(base)
  const scheme = protocol === 'http:' ? 'http' : 'https'
  return { host: hostname, port: port || (scheme === 'http' ? '80' : '443'), protocol: scheme }
}

/**
 * Before the tests in workerd: a real Postgres with its standby and gateway, migrated, the payment stand-in, and how the
 * Worker under test finds them. One of each for all files; each test makes a store of its own.
 */
import type { TestProject } from 'vitest/node'
import { startChallenge } from '../../local/challenge/server.ts'
import { startStripe } from '../../local/stripe/server.ts'
import { startTestCluster } from '../../platform/postgres/testing.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Laid over the bindings of wrangler.toml. */
    backends: Record<string, string>
  }
}

export const WEBHOOK_SECRET = 'whsec_of_the_tests'

export default async function start({ provide }: TestProject): Promise<() => Promise<void>> {
  const [cluster, stripe, challenge] = await Promise.all([
    startTestCluster(),
    startStripe({ webhookSecret: WEBHOOK_SECRET }),
    startChallenge(),
  ])
  const { DATABASE_URL, REPLICA_URLS, NEON_FETCH_ENDPOINT, SIGNING_KEY } = (await cluster.shop()).env
  provide('backends', {
    DATABASE_URL,
    REPLICA_URLS,
    NEON_FETCH_ENDPOINT,
    SIGNING_KEY,
    STRIPE_API_BASE: stripe.url,
    STRIPE_PUBLIC_BASE: stripe.url,
    STRIPE_SECRET_KEY: stripe.secretKey,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    CHALLENGE_API_BASE: challenge.url,
    CHALLENGE_SECRET_KEY: challenge.secretKey,
  })
  return async () => {
    await Promise.all([cluster.stop(), stripe.stop(), challenge.stop()])
  }
}

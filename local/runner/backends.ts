/**
 * What stands behind the Worker, for `serve` and `dev` alike: the database with its gateway and its newest schema, the
 * payment stand-in, the demo data; and what the Worker has to be told to find them.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startChallenge } from '../challenge/server.ts'
import { startLocalNeon } from '../neon-gateway/local-neon.ts'
import type { LocalNeon } from '../neon-gateway/local-neon.ts'
import { startStripe } from '../stripe/server.ts'
import type { StripeStandIn } from '../stripe/server.ts'
import type { DataFolder } from './data-folder.ts'
import { binary, ROOT } from './root.ts'

const DATABASE = 'onrush'

export interface Backends {
  neon: LocalNeon
  stripe: StripeStandIn
  /** For `pg`, over TCP: what an outsider connects to. The Worker gets the gateway's host names instead. */
  primaryUrl: string
  replicaUrl: string
  /** Brings the database to the newest schema and puts the demo data in, which takes a while. Safe to repeat. */
  fill(): Promise<void>
  vars: Record<string, string>
  secrets: Record<string, string>
}

/** `onStop` is told of each part as soon as it runs, so that a start that fails leaves nothing behind. */
export async function startBackends(
  folder: DataFolder,
  shop: { port: number; empty: boolean },
  onStop: (close: () => Promise<void>) => void,
): Promise<Backends> {
  const { secrets } = folder
  const [neon, stripe, challenge] = await Promise.all([
    startLocalNeon({ dataDir: folder.postgresDir, database: DATABASE }).then((started) => {
      onStop(() => started.stop())
      return started
    }),
    startStripe({
      dataDir: folder.stripeDir,
      secretKey: secrets.stripeSecretKey,
      webhookSecret: secrets.stripeWebhookSecret,
      webhookUrl: `http://127.0.0.1:${shop.port}/api/v1/webhooks/stripe`,
    }).then((started) => {
      onStop(() => started.stop())
      return started
    }),
    startChallenge().then((started) => {
      onStop(() => started.stop())
      return started
    }),
  ])
  const environment = { DATABASE_URL: neon.primaryUrl, NEON_FETCH_ENDPOINT: neon.gateway.url }
  return {
    fill: async () => {
      await runScript('migrate', [], environment)
      await runScript('seed', shop.empty ? ['--empty'] : [], { ...environment, OPERATOR_KEY: secrets.operatorKey })
    },
    neon,
    stripe,
    primaryUrl: neon.cluster.primary.connectionString(DATABASE),
    replicaUrl: neon.cluster.standby.connectionString(DATABASE),
    vars: {
      ENVIRONMENT: 'dev',
      NEON_FETCH_ENDPOINT: neon.gateway.url,
      STRIPE_API_BASE: stripe.url,
      STRIPE_PUBLIC_BASE: stripe.url,
      CHALLENGE_API_BASE: challenge.url,
      CHALLENGE_SECRET_KEY: challenge.secretKey,
    },
    secrets: {
      DATABASE_URL: neon.primaryUrl,
      REPLICA_URLS: neon.replicaUrl,
      STRIPE_SECRET_KEY: secrets.stripeSecretKey,
      STRIPE_WEBHOOK_SECRET: secrets.stripeWebhookSecret,
      SIGNING_KEY: secrets.signingKey,
    },
  }
}

/** A program of scripts/, by Node 22: they may import the platform, which the runner may not. */
async function runScript(name: string, args: string[], environment: Record<string, string>): Promise<void> {
  const script = join(ROOT, 'scripts', `${name}.ts`)
  if (!existsSync(script)) return
  const env = { ...process.env, ...environment }
  await promisify(execFile)(binary('node'), ['--disable-warning=ExperimentalWarning', script, ...args], {
    cwd: ROOT,
    env,
  })
}

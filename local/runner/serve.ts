/** `npm run serve`: the production bundle on bare workerd, at full speed. Says one thing when ready, then is quiet. */
import { parseArguments } from './arguments.ts'
import { banner, linksOf } from './banner.ts'
import { UnusableFolder } from './data-folder.ts'
import { originVars } from './origin-vars.ts'
import { PortTaken } from './ports.ts'
import { untilAskedToStop } from './signals.ts'
import { startShop } from './shop.ts'
import type { Shop } from './shop.ts'

const HELP = `npm run serve -- [options]     the production bundle on bare workerd, with everything it needs

  --port <number>   where the shop listens (8787); 0 takes any free port
  --data <folder>   where everything is kept (.onrush/serve); made when missing, found again by the next start
  --empty           no demo data: an empty store and its operator's key
  --json            print one line of JSON when ready: url, operator_key, stripe_url, gateway_url, primary_url,
                    replica_url, mail_dir, data_dir, pid
  --help            this

ORIGIN_URL, ORIGIN_TAKES and ORIGIN_CACHE in the environment put a shop of yours behind it, as they do in wrangler.toml.

Ends on Ctrl-C or SIGTERM, and all it started with it. The payment stand-in takes its faults at <stripe_url>/control,
the database at <gateway_url>/control; local/README.md says which.
`

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), { port: 8787, data: '.onrush/serve' })
  if (!parsed.ok) return complain(parsed.refusal.sentence, 2)
  const { port, data, json, empty, help } = parsed.value
  if (help) {
    process.stdout.write(HELP)
    return 0
  }
  const stopping = new AbortController()
  const asked = untilAskedToStop().then(() => stopping.abort())
  try {
    const shop = await startShop({ port, dataDir: data, empty, vars: originVars(), signal: stopping.signal })
    process.stdout.write(json ? `${JSON.stringify(announcement(shop))}\n` : banner(shop, await linksOf(shop.url)))
    await asked
    await shop.stop()
    return Number(process.exitCode ?? 0)
  } catch (cause) {
    if (stopping.signal.aborted) return 0
    if (cause instanceof PortTaken || cause instanceof UnusableFolder) return complain(cause.message, 1)
    return complain(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), 1)
  }
}

const announcement = (shop: Shop) => ({
  url: shop.url,
  operator_key: shop.operatorKey,
  stripe_url: shop.stripeUrl,
  gateway_url: shop.gatewayUrl,
  primary_url: shop.primaryUrl,
  replica_url: shop.replicaUrl,
  mail_dir: shop.mailDir,
  data_dir: shop.dataDir,
  pid: process.pid,
})

function complain(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`)
  return code
}

process.exit(await main())

/**
 * `npm run dev`: the same shop under `wrangler dev`, which builds again at every change. The database, the payments and
 * the demo data are those of `serve`; queues, objects, KV, R2 and mail are wrangler's own. Slower, and made for working.
 */
import { banner, linksOf } from './banner.ts'
import { startBackends } from './backends.ts'
import { parseArguments } from './arguments.ts'
import { openDataFolder, UnusableFolder } from './data-folder.ts'
import { keepLetters } from './dev-letters.ts'
import { originVars } from './origin-vars.ts'
import { choosePort, PortTaken } from './ports.ts'
import { untilAskedToStop } from './signals.ts'
import { countUntold, untilTold } from './until-told.ts'
import { startWranglerDev } from './wrangler-dev.ts'

const HELP = `npm run dev -- [options]     the shop under wrangler dev, built again at every change

  --port <number>   where the shop listens (8787); 0 takes any free port
  --data <folder>   where everything is kept (.onrush/dev); delete it to begin anew
  --empty           no demo data: an empty store and its operator's key
  --help            this

Ctrl-C ends everything.
`

const FIRST_CRON_MS = 5_000
const CRON_EVERY_MS = 10 * 60_000 // as wrangler.toml says; wrangler dev runs no trigger by itself

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), { port: 8787, data: '.onrush/dev' })
  if (!parsed.ok) return complain(parsed.refusal.sentence, 2)
  if (parsed.value.help) {
    process.stdout.write(HELP)
    return 0
  }
  const opened: (() => Promise<void> | void)[] = []
  const asked = untilAskedToStop()
  try {
    await Promise.race([open(parsed.value, (close) => opened.push(close)), asked])
    await asked
    return Number(process.exitCode ?? 0)
  } catch (cause) {
    if (cause instanceof PortTaken || cause instanceof UnusableFolder) return complain(cause.message, 1)
    return complain(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), 1)
  } finally {
    process.stderr.write('Closing the shop.\n')
    for (const close of opened.toReversed()) await close()
  }
}

async function open(
  asked: { port: number; data: string; empty: boolean },
  onStop: (close: () => Promise<void> | void) => void,
): Promise<void> {
  const folder = openDataFolder(asked.data)
  onStop(() => folder.release())
  process.stderr.write('Opening the shop: database, payments, demo data …\n')
  const port = await choosePort(asked.port)
  const backends = await startBackends(folder, { port, empty: asked.empty }, onStop)
  const starting = startWranglerDev({
    folder,
    port,
    vars: { ...backends.vars, MERCHANT_CALLS: 'anywhere', ...originVars() },
    secrets: backends.secrets,
  })
  onStop(async () => (await starting).stop())
  const [wrangler] = await Promise.all([starting, backends.fill()])
  onStop(keepLetters(wrangler.temporaryDir, folder.mailDir))
  const shop = {
    url: wrangler.url,
    operatorKey: folder.secrets.operatorKey,
    stripeUrl: backends.stripe.url,
    gatewayUrl: new URL(backends.neon.gateway.url).origin,
    primaryUrl: backends.primaryUrl,
    replicaUrl: backends.replicaUrl,
    mailDir: folder.mailDir,
    dataDir: folder.path,
  }
  process.stdout.write(banner(shop, await linksOf(wrangler.url)))
  const tick = (): Promise<unknown> => fetch(`${wrangler.url}/cdn-cgi/local/scheduled`).catch(() => null) // wrangler is building; the next one will do
  const telling = {
    turn: tick,
    untold: () => countUntold(backends.primaryUrl),
    pause: () => new Promise((resolve) => setTimeout(resolve, FIRST_CRON_MS)),
  }
  // The stock hears of the demo catalog in the background: hundreds of objects are made, and the first page comes first.
  const first = setTimeout(() => {
    untilTold(telling).catch(() => null) // the database is going down, and we with it
  }, FIRST_CRON_MS)
  onStop(() => clearTimeout(first))
  const clock = setInterval(tick, CRON_EVERY_MS)
  onStop(() => clearInterval(clock))
}

function complain(sentence: string, code: number): number {
  process.stderr.write(`${sentence}\n`)
  return code
}

process.exit(await main())

/**
 * A whole shop on this machine: database, gateway, payments, Worker, mails, in one data folder. `npm run serve` is this
 * with a command line in front; tests and benches call it directly and drive its parts through the handles.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Gateway } from '../neon-gateway/gateway.ts'
import type { Cluster } from '../postgres/cluster.ts'
import type { StripeStandIn } from '../stripe/server.ts'
import { startBackends } from './backends.ts'
import { builtBundle, builtShims } from './built.ts'
import { openDataFolder } from './data-folder.ts'
import type { DataFolder } from './data-folder.ts'
import { choosePort } from './ports.ts'
import { ROOT } from './root.ts'
import { countUntold, untilTold } from './until-told.ts'
import { Workerd } from './workerd.ts'

/** Between two turns of the clock at the start; what could not be told is due again after a second. */
const PAUSE_MS = 1000

export interface ShopSettings {
  /** Made when missing and kept by `stop`. Absent: a folder of its own, which `stop` removes. */
  dataDir?: string
  /** 0 or absent: any free port. The shop keeps it when its Worker is killed. */
  port?: number
  /** No demo data: an empty store with its operator's key. */
  empty?: boolean
  /** Laid over [vars] of wrangler.toml. */
  vars?: Record<string, string>
  /** Gives up a start that is under way: what already runs is ended, and startShop rejects. */
  signal?: AbortSignal
}

export interface Shop {
  url: string
  operatorKey: string
  stripeUrl: string
  /** The database's faults are driven at `<gatewayUrl>/control`. */
  gatewayUrl: string
  /** For `pg`, over TCP. */
  primaryUrl: string
  replicaUrl: string
  mailDir: string
  dataDir: string
  /** What the Worker was told: its vars and its secrets. */
  vars: Record<string, string>
  secrets: Record<string, string>
  cluster: Cluster
  gateway: Gateway
  stripe: StripeStandIn
  worker: Workerd
  /** SIGKILL; resolves when the Worker listens again, on the same port. */
  killWorker(): Promise<void>
  /** Every object that has lived since the Worker started, by its binding in wrangler.toml and its name. */
  objects(): Promise<{ binding: string; name: string | null }[]>
  /**
   * Aborts one object, as the platform may at any moment: what it remembers and what is in the air is lost, what it has
   * written stays. Resolves when it is gone; whoever asks next finds a new one.
   */
  abortObject(binding: string, name: string): Promise<void>
  /** How much waits in each queue. */
  queues(): Promise<Record<string, { messages: number; in_flight: number }>>
  /** Keeps every queue from delivering, or lets them again. A killed Worker delivers. */
  holdQueues(held: boolean): Promise<void>
  /** Runs every cron trigger now; resolves with the outcome of each. */
  runCron(): Promise<Record<string, string>>
  /** Ends every process and leaves the data. Safe to repeat. */
  stop(): Promise<void>
}

export async function startShop(settings: ShopSettings = {}): Promise<Shop> {
  const temporary = settings.dataDir === undefined ? await mkdtemp(join(tmpdir(), 'onrush-shop-')) : null
  const folder = openDataFolder(settings.dataDir ?? temporary ?? '')
  const opened: (() => Promise<void> | void)[] = [() => folder.release()]
  if (temporary !== null) opened.push(() => rm(temporary, { recursive: true, force: true }))
  let stopped: Promise<void> | null = null
  const stop = (): Promise<void> => (stopped ??= closeAll(opened))
  try {
    return await open(folder, settings, (close) => opened.push(close), stop)
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function open(
  folder: DataFolder,
  settings: ShopSettings,
  onStop: (close: () => Promise<void>) => void,
  stop: () => Promise<void>,
): Promise<Shop> {
  const port = await choosePort(settings.port ?? 0)
  const [backends, bundle, shimsDir] = await Promise.all([
    startBackends(folder, { port, empty: settings.empty ?? false }, onStop).then(async (started) => {
      await started.fill()
      return started
    }),
    builtBundle(),
    builtShims(),
  ])
  settings.signal?.throwIfAborted()
  const { neon, stripe, primaryUrl, replicaUrl } = backends
  const vars = { ...bundle.settings.vars, ...backends.vars, ...settings.vars }
  const worker = await Workerd.start({
    settings: { ...bundle.settings, vars },
    modulesDir: bundle.modulesDir,
    shimsDir,
    folder: folder.workerDir,
    mailDir: folder.mailDir,
    publicDir: join(ROOT, 'public'),
    port,
    environment: backends.secrets,
  })
  onStop(() => worker.stop())
  // The seed left its offers in the outbox; the clock would bring them to the stock within ten minutes, a newcomer is
  // here now.
  const told = untilTold({
    turn: () => worker.control('POST', '/cron'),
    untold: () => countUntold(primaryUrl),
    pause: () => setTimeout(PAUSE_MS),
  })
  await unlessAborted(told, settings.signal)
  return {
    url: worker.url,
    operatorKey: folder.secrets.operatorKey,
    stripeUrl: stripe.url,
    gatewayUrl: new URL(neon.gateway.url).origin,
    primaryUrl,
    replicaUrl,
    mailDir: folder.mailDir,
    dataDir: folder.path,
    vars: { ...backends.vars, ...settings.vars },
    secrets: backends.secrets,
    cluster: neon.cluster,
    gateway: neon.gateway,
    stripe,
    worker,
    killWorker: () => worker.kill(),
    objects: () => worker.control('GET', '/objects'),
    abortObject: async (binding, name) =>
      void (await worker.control('POST', `/objects/abort?${new URLSearchParams({ binding, name }).toString()}`)),
    queues: () => worker.control('GET', '/queues'),
    holdQueues: async (held) => void (await worker.control('POST', held ? '/queues/hold' : '/queues/deliver')),
    runCron: () => worker.control('POST', '/cron'),
    stop,
  }
}

/** Telling a whole catalog to the stock takes seconds; nobody who asked to stop should wait for it. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return void (await work)
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  await Promise.race([work, aborted])
  if (signal.aborted) work.catch(() => null) // it ends with the Worker
  signal.throwIfAborted()
}

/** The last opened first; one that fails does not keep the others open. */
async function closeAll(opened: (() => Promise<void> | void)[]): Promise<void> {
  const faults: unknown[] = []
  for (const close of opened.splice(0).toReversed()) {
    try {
      await close()
    } catch (cause) {
      faults.push(cause)
    }
  }
  if (faults.length > 0) throw new AggregateError(faults, 'Not everything ended in good order.')
}

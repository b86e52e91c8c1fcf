/**
 * From wrangler.toml to workerd's own configuration: every binding gets its wire or its shim, so that a new binding
 * needs no second edit. Secrets never reach this file: they come to the Worker through the environment.
 */
import { assert } from '../../domain/basics/assert.ts'
import { capnp, embed } from './capnp.ts'
import type { Capnp } from './capnp.ts'
import type { Asset } from './shims/assets.ts'
import type { ConsumerSettings } from './shims/env.ts'
import { WITHOUT_STAND_IN } from './wrangler-settings.ts'
import type { WranglerSettings } from './wrangler-settings.ts'

/** One module of a Worker: its name for imports and the file, beside the configuration, that holds it. */
export interface Module {
  name: string
  file: string
}

export interface ConfigParts {
  settings: WranglerSettings
  modules: Module[]
  shims: Module[]
  manifest: Record<string, Asset>
  publicDir: string
  mailDir: string
  objectsDir: string
}

/** The main Worker's entrypoint through which the control door reaches objects; no socket leads there. */
export const OBJECTS_DOOR = 'OnrushLocalObjects'

// The platform scales up to 250 consumers; a laptop has one thread for all of them.
const LOCAL_CONCURRENCY = 10

/** Throws for a binding that has no stand-in here. */
export function workerdConfig(parts: ConfigParts): string {
  refuseUnknown(parts.settings)
  const config: Capnp = {
    services: [
      { name: 'main', worker: mainWorker(parts) },
      { name: 'shims', worker: shimsWorker(parts) },
      { name: 'objects', disk: { path: parts.objectsDir, writable: true } },
      { name: 'mails', disk: { path: parts.mailDir, writable: true } },
      { name: 'public', disk: { path: parts.publicDir } },
      { name: 'internet', network: { allow: ['public', 'private'], tlsOptions: { trustBrowserCas: true } } },
    ],
    sockets: [
      {
        name: 'http',
        address: '127.0.0.1:0',
        service: 'main',
        // As on the platform, a visitor cannot choose this header. A test can: see shims/in-front.ts.
        http: { injectRequestHeaders: [{ name: 'cf-connecting-ip', value: '127.0.0.1' }] },
      },
      { name: 'control', address: '127.0.0.1:0', service: 'shims', http: {} },
    ],
  }
  return `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${capnp(config)};\n`
}

function refuseUnknown(settings: WranglerSettings): void {
  const asked = Object.entries(settings).filter(([, value]) => Array.isArray(value) && value.length > 0)
  for (const kind of WITHOUT_STAND_IN) {
    if (asked.some(([name]) => name === kind)) {
      throw new Error(`wrangler.toml asks for ${kind}, which has no stand-in yet: give it one in local/runner/shims/.`)
    }
  }
}

function mainWorker({ settings, modules, manifest }: ConfigParts): Capnp {
  const classes = objectClasses(settings)
  return {
    modules: modules.map(moduleField),
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags,
    durableObjectNamespaces: classes.map((className) => objectNamespace(className, `${settings.name}-${className}`)),
    ...(classes.length > 0 ? { durableObjectStorage: { localDisk: 'objects' } } : {}),
    bindings: bindings(settings, manifest),
    cacheApiOutbound: { name: 'shims', entrypoint: 'Cache' },
  }
}

function bindings(settings: WranglerSettings, manifest: Record<string, Asset>): Capnp[] {
  const vars = Object.entries(settings.vars).map(([name, value]) =>
    typeof value === 'string' ? { name, text: value } : { name, json: JSON.stringify(value) },
  )
  const secrets = (settings.secrets?.required ?? []).map((name) => ({ name, fromEnvironment: name }))
  const objects = settings.durable_objects.bindings.map(({ name, class_name: className }) => ({
    name,
    durableObjectNamespace: className,
  }))
  const namespaces = settings.kv_namespaces.map(({ binding, id }) => ({
    name: binding,
    kvNamespace: shim('Kv', { id: id ?? binding }),
  }))
  const buckets = settings.r2_buckets.map(({ binding, bucket_name: bucket }) => ({
    name: binding,
    r2Bucket: shim('R2', { bucket: bucket ?? binding }),
  }))
  const producers = (settings.queues.producers ?? []).map(({ binding, queue, delivery_delay: delay }) => ({
    name: binding,
    queue: shim('Queue', { queue, deliveryDelay: delay ?? 0 }),
  }))
  const mails = settings.send_email.map(({ name }) => ({ name, service: shim('Mail', {}) }))
  const assets = settings.assets?.binding
  return [
    ...vars,
    ...secrets,
    ...objects,
    ...namespaces,
    ...buckets,
    ...producers,
    ...mails,
    ...(assets === undefined ? [] : [{ name: assets, service: shim('Assets', { manifest }) }]),
  ]
}

function shimsWorker({ settings, shims }: ConfigParts): Capnp {
  const stores = { KV_STORES: 'NamespaceStore', BROKERS: 'QueueBroker', BUCKETS: 'BucketStore', CLOCK: 'CronClock' }
  return {
    modules: shims.map(moduleField),
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: ['service_binding_extra_handlers'], // lets the broker call queue() and the clock scheduled()
    durableObjectNamespaces: Object.values(stores).map((className) => ({
      ...objectNamespace(className, `local-${className}`),
      preventEviction: true, // a broker's deliveries in the air are known to its memory only
    })),
    durableObjectStorage: { localDisk: 'objects' },
    bindings: [
      ...Object.entries(stores).map(([name, className]) => ({ name, durableObjectNamespace: className })),
      { name: 'MAIN', service: 'main' },
      { name: 'OBJECTS', service: { name: 'main', entrypoint: OBJECTS_DOOR, props: { json: boundClasses(settings) } } },
      { name: 'CONSUMERS', json: JSON.stringify(consumers(settings)) },
      { name: 'CRONS', json: JSON.stringify(settings.triggers.crons ?? []) },
      { name: 'MAIL_DISK', service: 'mails' },
      { name: 'PUBLIC_DISK', service: 'public' },
    ],
  }
}

/** The platform's defaults where wrangler.toml is silent (Queues: Batching, retries and delays). */
function consumers(settings: WranglerSettings): Record<string, ConsumerSettings> {
  const read = (settings.queues.consumers ?? []).map((consumer): [string, ConsumerSettings] => [
    consumer.queue,
    {
      maxBatchSize: consumer.max_batch_size ?? 10,
      maxBatchTimeoutMs: (consumer.max_batch_timeout ?? 5) * 1000,
      maxRetries: consumer.max_retries ?? 3,
      maxConcurrency: Math.min(consumer.max_concurrency ?? LOCAL_CONCURRENCY, LOCAL_CONCURRENCY),
      retryDelayMs: (consumer.retry_delay ?? 0) * 1000,
      deadLetterQueue: consumer.dead_letter_queue ?? null,
    },
  ])
  return Object.fromEntries(read)
}

export function objectClasses(settings: WranglerSettings): string[] {
  const declared = Object.entries(settings.exports).filter(([, { type }]) => type === 'durable-object')
  const names = declared.map(([name]) => name)
  for (const { name, class_name: className } of settings.durable_objects.bindings) {
    assert(names.includes(className), `wrangler.toml binds ${name} to ${className} but declares no such export`)
  }
  return names
}

const boundClasses = ({ durable_objects: { bindings: bound } }: WranglerSettings): string =>
  JSON.stringify({ classes: Object.fromEntries(bound.map(({ name, class_name: className }) => [name, className])) })

/** Ids of objects derive from the key: changing it would lose every object of every data folder. */
const objectNamespace = (className: string, uniqueKey: string) => ({ className, uniqueKey, enableSql: true })

const shim = (entrypoint: string, props: object): Capnp => ({
  name: 'shims',
  entrypoint,
  props: { json: JSON.stringify(props) },
})

function moduleField({ name, file }: Module): Capnp {
  const ending = name.slice(name.lastIndexOf('.') + 1)
  if (ending === 'js' || ending === 'mjs' || ending === 'ts') return { name, esModule: embed(file) }
  if (ending === 'wasm') return { name, wasm: embed(file) }
  if (ending === 'bin') return { name, data: embed(file) }
  if (ending === 'json') return { name, json: embed(file) }
  return { name, text: embed(file) } // .sql, .txt, .html: as wrangler's rules have it
}

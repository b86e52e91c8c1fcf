/**
 * From wrangler.toml to workerd's own configuration: every binding gets its shim, and where that is in the other process
 * its wire, so that a new binding needs no second edit. Secrets never reach this file: they come to the Worker through
 * the environment.
 *
 * On the platform visitors and objects never share a thread. Here they do not either: one process, the *front*, has the
 * socket and runs the Worker for whoever comes; the other has the objects, the shims that keep something, the queues'
 * consumers and the clock. A wire is a socket of the second that speaks Cap'n Proto RPC.
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
  /** The same, behind another main module. */
  frontModules: Module[]
  shims: Module[]
  manifest: Record<string, Asset>
  publicDir: string
  mailDir: string
  objectsDir: string
}

/** The main Worker's entrypoint through which the front and the control door reach objects. */
export const OBJECTS_DOOR = 'OnrushLocalObjects'
/** The front's binding of that entrypoint; shims/far-objects.ts makes the Worker's own bindings of it. */
export const OBJECTS_BINDING = 'ONRUSH_LOCAL_OBJECTS'

// The platform scales up to 250 consumers; a laptop has one thread for all of them.
const LOCAL_CONCURRENCY = 10
/** What a wire is asked for with CONNECT; any name does, and both ends must say the same. */
const RPC_HOST = 'onrush'

const HTTP_SOCKET = {
  name: 'http',
  address: '127.0.0.1:0',
  service: 'main',
  // As on the platform, a visitor cannot choose this header. A test can: see shims/in-front.ts.
  http: { injectRequestHeaders: [{ name: 'cf-connecting-ip', value: '127.0.0.1' }] },
}
const INTERNET = {
  name: 'internet',
  network: { allow: ['public', 'private'], tlsOptions: { trustBrowserCas: true } },
}

/** The process with the objects. `hasFront` false: it serves the visitors, too. Throws for a binding without a stand-in. */
export function objectsConfig(parts: ConfigParts, hasFront: boolean): string {
  refuseUnknown(parts.settings)
  const sockets = hasFront ? wiresOf(parts.settings).map(wireSocket) : [HTTP_SOCKET]
  return written({
    services: [
      { name: 'main', worker: mainWorker(parts) },
      { name: 'shims', worker: shimsWorker(parts) },
      { name: 'objects', disk: { path: parts.objectsDir, writable: true } },
      { name: 'mails', disk: { path: parts.mailDir, writable: true } },
      { name: 'public', disk: { path: parts.publicDir } },
      INTERNET,
      OUTSIDE,
    ],
    sockets: [{ name: 'control', address: '127.0.0.1:0', service: 'shims', http: {} }, ...sockets],
  })
}

/** The process that visitors reach. What it keeps, it may forget: copies of answers and of files. */
export function frontConfig(parts: ConfigParts): string {
  return written({
    services: [
      { name: 'main', worker: frontWorker(parts) },
      { name: 'shims', worker: frontShims(parts) },
      { name: 'public', disk: { path: parts.publicDir } },
      INTERNET,
      OUTSIDE,
      ...wiresOf(parts.settings).map(({ name }) => ({
        name,
        external: { address: '127.0.0.1:0', http: { capnpConnectHost: RPC_HOST } }, // the launch says which port
      })),
    ],
    sockets: [HTTP_SOCKET],
  })
}

// For calls to addresses that merchants have written: whatever a name resolves to, nothing private is reached.
const OUTSIDE = { name: 'outside', network: { allow: ['public'], tlsOptions: { trustBrowserCas: true } } }

const written = (config: Capnp): string =>
  `using Workerd = import "/workerd/workerd.capnp";\nconst config :Workerd.Config = ${capnp(config)};\n`

/** What the front reaches in the other process: the names are those of its services, and of the other's sockets. */
interface Wire {
  name: string
  binding: string
  service: Capnp
}

function wiresOf(settings: WranglerSettings): Wire[] {
  const keeping = Object.entries(keepingShims(settings)).map(([binding, { designator }]) => ({
    name: wireTo(binding),
    binding,
    service: designator,
  }))
  return [...keeping, { name: wireTo(OBJECTS_BINDING), binding: OBJECTS_BINDING, service: objectsDoor(settings) }]
}

const wireTo = (binding: string): string => `wire-${binding}`

/** The names of the sockets through which the front reaches the other process. */
export const wireNames = (settings: WranglerSettings): string[] => wiresOf(settings).map(({ name }) => name)

const wireSocket = ({ name, service }: Wire): Capnp => ({
  name,
  address: '127.0.0.1:0',
  service,
  http: { capnpConnectHost: RPC_HOST },
})

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
    bindings: [
      ...plainBindings(settings, manifest),
      ...settings.durable_objects.bindings.map(({ name, class_name: className }) => ({
        name,
        durableObjectNamespace: className,
      })),
      ...Object.entries(keepingShims(settings)).map(([name, { kind, designator }]) => ({ name, [kind]: designator })),
    ],
    cacheApiOutbound: { name: 'shims', entrypoint: 'Cache' },
  }
}

function frontWorker({ settings, frontModules, manifest }: ConfigParts): Capnp {
  return {
    modules: frontModules.map(moduleField),
    compatibilityDate: settings.compatibility_date,
    compatibilityFlags: settings.compatibility_flags,
    bindings: [
      ...plainBindings(settings, manifest),
      ...Object.entries(keepingShims(settings)).map(([name, { kind }]) => ({ name, [kind]: wireTo(name) })),
      { name: OBJECTS_BINDING, service: wireTo(OBJECTS_BINDING) },
    ],
    cacheApiOutbound: { name: 'shims', entrypoint: 'Cache' },
  }
}

/** Vars, secrets and files: what each process has of its own. */
function plainBindings(settings: WranglerSettings, manifest: Record<string, Asset>): Capnp[] {
  const vars = Object.entries(settings.vars).map(([name, value]) =>
    typeof value === 'string' ? { name, text: value } : { name, json: JSON.stringify(value) },
  )
  const secrets = (settings.secrets?.required ?? []).map((name) => ({ name, fromEnvironment: name }))
  const assets = settings.assets?.binding
  return [
    ...vars,
    ...secrets,
    { name: 'OUTSIDE', service: 'outside' },
    ...(assets === undefined ? [] : [{ name: assets, service: shim('Assets', { manifest }) }]),
  ]
}

/** Bindings whose shims keep something, by name: the kind of binding, and the shim's service. */
function keepingShims(settings: WranglerSettings): Record<string, { kind: string; designator: Capnp }> {
  const namespaces = settings.kv_namespaces.map(
    ({ binding, id }) => [binding, { kind: 'kvNamespace', designator: shim('Kv', { id: id ?? binding }) }] as const,
  )
  const buckets = settings.r2_buckets.map(
    ({ binding, bucket_name: bucket }) =>
      [binding, { kind: 'r2Bucket', designator: shim('R2', { bucket: bucket ?? binding }) }] as const,
  )
  const producers = (settings.queues.producers ?? []).map(
    ({ binding, queue, delivery_delay: delay }) =>
      [binding, { kind: 'queue', designator: shim('Queue', { queue, deliveryDelay: delay ?? 0 }) }] as const,
  )
  const mails = settings.send_email.map(
    ({ name }) => [name, { kind: 'service', designator: shim('Mail', {}) }] as const,
  )
  return Object.fromEntries([...namespaces, ...buckets, ...producers, ...mails])
}

const objectsDoor = (settings: WranglerSettings): Capnp => ({
  name: 'main',
  entrypoint: OBJECTS_DOOR,
  props: { json: boundClasses(settings) },
})

function frontShims({ settings, shims }: ConfigParts): Capnp {
  return {
    modules: shims.map(moduleField),
    compatibilityDate: settings.compatibility_date,
    bindings: [{ name: 'PUBLIC_DISK', service: 'public' }],
  }
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
      { name: 'OBJECTS', service: objectsDoor(settings) },
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

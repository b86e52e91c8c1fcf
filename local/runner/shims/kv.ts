/**
 * Workers KV over one SQLite object per namespace. Speaks the HTTP form that workerd's KV binding uses: GET, PUT and
 * DELETE of /<key>, GET / for a list, POST /bulk/get. The rules of the platform are kept (sizes, times to live of 60 s
 * and more); its staleness is not: here every read sees the last write.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'

const KEY_BYTES_MAX = 512
const VALUE_BYTES_MAX = 25 * 1024 * 1024
const METADATA_BYTES_MAX = 1024
const TTL_SECONDS_MIN = 60
const LIST_KEYS_MAX = 1000
const BULK_KEYS_MAX = 100

interface Entry {
  value: ArrayBuffer
  expiration: number | null
  metadata: string | null
}

interface Listing {
  keys: { name: string; expiration: number | null; metadata: string | null }[]
  cursor: string | null
}

/** The keys of one namespace. `expiration` is in seconds since the epoch, exclusive; expired rows go when seen. */
export class NamespaceStore extends DurableObject<ShimEnv> {
  readonly #sql: SqlStorage

  constructor(state: DurableObjectState, env: ShimEnv) {
    super(state, env)
    this.#sql = state.storage.sql
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL, expiration INTEGER, metadata TEXT)',
    )
  }

  read(key: string): Entry | null {
    const [row] = this.#sql
      .exec<{ value: ArrayBuffer; expiration: number | null; metadata: string | null }>(
        'SELECT value, expiration, metadata FROM entries WHERE key = ? AND (expiration IS NULL OR expiration > ?)',
        key,
        nowSeconds(),
      )
      .toArray()
    return row ?? null
  }

  write(key: string, entry: Entry): void {
    this.#sql.exec('DELETE FROM entries WHERE expiration <= ?', nowSeconds())
    this.#sql.exec(
      'INSERT OR REPLACE INTO entries (key, value, expiration, metadata) VALUES (?, ?, ?, ?)',
      key,
      entry.value,
      entry.expiration,
      entry.metadata,
    )
  }

  remove(key: string): void {
    this.#sql.exec('DELETE FROM entries WHERE key = ?', key)
  }

  list(prefix: string, limit: number, after: string): Listing {
    const keys = this.#sql
      .exec<{ name: string; expiration: number | null; metadata: string | null }>(
        `SELECT key AS name, expiration, metadata FROM entries
         WHERE substr(key, 1, length(?1)) = ?1 AND key > ?2 AND (expiration IS NULL OR expiration > ?3)
         ORDER BY key LIMIT ?4`,
        prefix,
        after,
        nowSeconds(),
        limit + 1,
      )
      .toArray()
    const more = keys.length > limit
    const page = more ? keys.slice(0, limit) : keys
    return { keys: page, cursor: more ? (page.at(-1)?.name ?? null) : null }
  }
}

/** The binding's other end; `props.id` names the namespace. */
export class Kv extends WorkerEntrypoint<ShimEnv, { id: string }> {
  override async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const store = this.env.KV_STORES.getByName(this.ctx.props.id)
    if (request.method === 'POST' && url.pathname === '/bulk/get') return readMany(store, request)
    if (request.method === 'GET' && url.pathname === '/') return list(store, url.searchParams)
    // Before anything is refused: a body that nobody reads would keep the binding waiting for ever.
    const value = await request.arrayBuffer()
    const key = decodeKey(url)
    if (key === null) return new Response('That key is not valid.', { status: 400 })
    if (bytesOf(key) > KEY_BYTES_MAX) return new Response(`A key has at most ${KEY_BYTES_MAX} bytes.`, { status: 414 })
    if (request.method === 'GET') return read(store, key)
    if (request.method === 'PUT') return write(store, key, value, request.headers, url.searchParams)
    if (request.method === 'DELETE') {
      await store.remove(key)
      return new Response(null, { status: 204 })
    }
    return new Response('KV has no such method.', { status: 405 })
  }
}

type Store = DurableObjectStub<NamespaceStore>

async function read(store: Store, key: string): Promise<Response> {
  using entry = await store.read(key)
  if (entry === null) return new Response('Not Found', { status: 404 })
  const headers = new Headers()
  if (entry.expiration !== null) headers.set('CF-Expiration', String(entry.expiration))
  if (entry.metadata !== null) headers.set('CF-KV-Metadata', entry.metadata)
  return new Response(entry.value, { headers })
}

async function write(
  store: Store,
  key: string,
  value: ArrayBuffer,
  headers: Headers,
  query: URLSearchParams,
): Promise<Response> {
  const now = nowSeconds()
  const ttl = query.get('expiration_ttl')
  const expiration = ttl !== null ? now + Number(ttl) : query.has('expiration') ? Number(query.get('expiration')) : null
  if (expiration !== null && !(expiration >= now + TTL_SECONDS_MIN)) {
    return new Response(`An entry lives at least ${TTL_SECONDS_MIN} seconds.`, { status: 400 })
  }
  const metadata = headers.get('CF-KV-Metadata')
  if (metadata !== null && bytesOf(metadata) > METADATA_BYTES_MAX) {
    return new Response(`Metadata has at most ${METADATA_BYTES_MAX} bytes.`, { status: 413 })
  }
  if (value.byteLength > VALUE_BYTES_MAX) {
    return new Response(`A value has at most ${VALUE_BYTES_MAX} bytes.`, { status: 413 })
  }
  await store.write(key, { value, expiration, metadata })
  return new Response(null, { status: 204 })
}

async function list(store: Store, query: URLSearchParams): Promise<Response> {
  const limit = Number(query.get('key_count_limit') ?? LIST_KEYS_MAX)
  if (!Number.isInteger(limit) || limit < 1 || limit > LIST_KEYS_MAX) {
    return new Response(`A list has 1 to ${LIST_KEYS_MAX} keys.`, { status: 400 })
  }
  const cursor = query.get('cursor')
  const after = cursor === null || cursor === '' ? '' : decodeURIComponent(atob(cursor))
  using found = await store.list(query.get('prefix') ?? '', limit, after)
  const keys = found.keys.map(({ name, expiration, metadata }) => ({
    name,
    ...(expiration === null ? {} : { expiration }),
    ...(metadata === null ? {} : { metadata }), // workerd parses it itself
  }))
  if (found.cursor === null) return Response.json({ keys, list_complete: true, cacheStatus: null })
  return Response.json({
    keys,
    list_complete: false,
    cursor: btoa(encodeURIComponent(found.cursor)),
    cacheStatus: null,
  })
}

async function readMany(store: Store, request: Request): Promise<Response> {
  const asked = await request.json<{ keys: string[]; type?: 'text' | 'json'; withMetadata?: boolean }>()
  if (asked.keys.length < 1 || asked.keys.length > BULK_KEYS_MAX) {
    return new Response(`A bulk read has 1 to ${BULK_KEYS_MAX} keys.`, { status: 400 })
  }
  const found: Record<string, unknown> = {}
  for (const key of asked.keys) {
    using entry = await store.read(key)
    const text = entry === null ? null : new TextDecoder().decode(entry.value)
    const value: unknown = text !== null && asked.type === 'json' ? JSON.parse(text) : text
    const metadata: unknown = entry?.metadata == null ? null : JSON.parse(entry.metadata)
    found[key] = asked.withMetadata === true && entry !== null ? { value, metadata } : value
  }
  return Response.json(found)
}

/** workerd escapes the key once for the path; `urlencoded=true` says so. */
function decodeKey(url: URL): string | null {
  const key = decodeURIComponent(url.pathname.slice(1))
  return key === '' || key === '.' || key === '..' ? null : key
}

const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const bytesOf = (text: string): number => new TextEncoder().encode(text).byteLength

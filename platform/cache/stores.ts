/**
 * The tiers outside of an isolate, as places for bytes: this data centre's Cache API, and KV for the world. A place that
 * fails is a place that has nothing; what could not be put is asked of the database again, and that is all it costs.
 */
export interface ByteStore {
  /** Null: nothing, or the place does not answer. Never rejects. */
  get(key: string): Promise<Uint8Array<ArrayBuffer> | null>
  /** Answers whether it was taken. Never rejects. */
  put(key: string, bytes: Uint8Array<ArrayBuffer>, seconds: number): Promise<boolean>
}

/**
 * Addresses live under the shop's own host: a foreign one would cost a look into the DNS. Only bytes go in, so that the
 * Cache API has no HTTP to interpret: no validators, no ranges, no `Vary`.
 */
export const coloStore = (cache: Cache, origin: string): ByteStore => ({
  async get(key) {
    try {
      const response = await cache.match(addressOf(origin, key))
      return response ? new Uint8Array(await response.arrayBuffer()) : null
    } catch {
      return null
    }
  },
  async put(key, bytes, seconds) {
    try {
      const headers = { 'content-type': 'application/octet-stream', 'cache-control': `public, max-age=${seconds}` }
      await cache.put(addressOf(origin, key), new Response(bytes, { headers }))
      return true
    } catch {
      return false
    }
  },
})

const addressOf = (origin: string, key: string): string => `${origin}/.onrush-cache/${encodeURIComponent(key)}`

/** A KV key has 512 bytes; a longer one (a search with many filters) has no copy here. */
const KV_KEY_BYTES_MAX = 512
/** KV takes no shorter life. */
const KV_SECONDS_LEAST = 60

export const kvStore = (shelf: KVNamespace): ByteStore => ({
  async get(key) {
    if (!fitsKv(key)) return null
    try {
      const bytes = await shelf.get(key, 'arrayBuffer')
      return bytes === null ? null : new Uint8Array(bytes)
    } catch {
      return null
    }
  },
  async put(key, bytes, seconds) {
    if (!fitsKv(key)) return false
    try {
      await shelf.put(key, bytes, { expirationTtl: Math.max(KV_SECONDS_LEAST, seconds) })
      return true
    } catch {
      return false
    }
  },
})

const fitsKv = (key: string): boolean => new TextEncoder().encode(key).length <= KV_KEY_BYTES_MAX

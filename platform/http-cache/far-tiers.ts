/**
 * The tiers outside of an isolate: this data centre's Cache API and the world's KV. Neither may judge HTTP for us: both
 * keep an envelope of ours, under an address that is nobody's.
 */
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { ttlAt } from '../../domain/http-cache/stored.ts'
import { usefulForMs } from '../../domain/http-cache/reuse.ts'
import { packed, unpacked } from './envelope.ts'
import type { FarTier } from './tiers.ts'

/** What is stale sooner is not worth a trip. */
const COLO_MS_MIN = 1000
/** KV is a minute late, takes one write a second and key, and bills each: only what lives longer goes there. */
const KV_MS_MIN = 2 * 60_000
const KV_BYTES_MAX = 24 * 1024 * 1024

export const coloTier = (cache: Cache): FarTier => ({
  name: 'colo',
  ttlMsMin: COLO_MS_MIN,
  async find(key) {
    const found = await cache.match(addressOf(key))
    return found ? unpacked(await found.arrayBuffer()) : []
  },
  async keep(key, responses, now) {
    const kept = worthKeeping(responses, now, COLO_MS_MIN)
    if (kept.length === 0) return
    const seconds = Math.ceil(Math.max(...kept.map((one) => usefulForMs(one, now))) / 1000)
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': `public, max-age=${seconds}` }
    await cache.put(addressOf(key), new Response(packed(kept), { headers }))
  },
  async forget(key) {
    await cache.delete(addressOf(key))
  },
})

export const kvTier = (namespace: KVNamespace): FarTier => ({
  name: 'kv',
  ttlMsMin: KV_MS_MIN,
  async find(key) {
    const found = await namespace.get(await kvKeyOf(key), 'arrayBuffer')
    return found ? unpacked(found) : []
  },
  async keep(key, responses, now) {
    const kept = worthKeeping(responses, now, KV_MS_MIN)
    if (kept.length === 0) return
    const bytes = packed(kept)
    if (bytes.byteLength > KV_BYTES_MAX) return
    const seconds = Math.ceil(Math.max(...kept.map((one) => usefulForMs(one, now))) / 1000)
    await namespace.put(await kvKeyOf(key), bytes, { expirationTtl: Math.max(60, seconds) })
  },
  async forget(key) {
    await namespace.delete(await kvKeyOf(key))
  },
})

const worthKeeping = (responses: readonly StoredResponse[], now: number, msMin: number): StoredResponse[] =>
  responses.filter((one) => ttlAt(now, one) >= msMin)

/** Under the shop's own host, which it is nobody's cost to look up; a path that no request of ours is stored under. */
function addressOf(key: string): string {
  const end = key.indexOf('/', key.indexOf('//') + 2)
  return `${key.slice(0, end)}/.onrush-http-cache/${encodeURIComponent(key.slice(end))}`
}

/** KV's keys have 512 bytes, addresses have more. */
async function kvKeyOf(key: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key)))
  return `http-cache ${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

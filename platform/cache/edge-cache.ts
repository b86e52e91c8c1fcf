/**
 * Public reads, from the nearest place that has them: this isolate's memory (seconds) → this data centre's Cache API
 * (a minute) → the database, one flight at a time; and when the database is away, the last good copy, from memory or
 * from KV, however old within its allowance.
 *
 * How late a reader may be: `memoryMs` behind this data centre, and `coloSeconds` behind the world. An operator's write
 * turns the page (editions.ts), so in the data centre that took the write the bound is `memoryMs` and a second.
 * Nothing private ever enters: keys are built from the store and the question, never from who asks.
 */
import { statusOf } from './cache-status.ts'
import { Editions } from './editions.ts'
import { addressOf, putOnShelf, sealed, takeFromShelf, unsealed } from './envelope.ts'
import { MemoryTier, type Copy } from './memory.ts'
import { SingleFlight } from './single-flight.ts'

export interface Freshness {
  /** How long this isolate answers without asking anybody, in ms. */
  memoryMs: number
  /** How long this data centre does; 0: not at all. */
  coloSeconds: number
  /** How old a copy may be when the database is away; 0: rather a fault. */
  staleIfErrorSeconds: number
}

export interface Found {
  copy: Copy
  /** `Cache-Status` (RFC 9211), origin side first. */
  cacheStatus: string
  /** Until when this isolate may say it again. */
  freshUntil: number
}

/**
 * Brings the answer's bytes. `bookmark`: the last write this data centre knows of, which the answer must have seen.
 * A 404 is kept too, for a moment (`NEGATIVE_MS`).
 */
export type Load = (bookmark: string) => Promise<Omit<Copy, 'readAt' | 'etag'>>

/** What the cache needs of the request it works for. */
export interface Surroundings {
  now(): number
  waitUntil(work: Promise<unknown>): void
  /** The shop's own origin: keys of the Cache API live under our own host. */
  origin: string
  shelf: KVNamespace
  /** The runtime's Cache API, or null where there is none. */
  colo: Cache | null
}

/** Half of it is a thousand products with pictures' addresses; an isolate has 128 MB for everything. */
const MEMORY_BYTES_MAX = 24 * 1024 * 1024
/** A missing page is asked again soon: it may be about to appear. */
const NEGATIVE_MS = 1000
/** KV takes one write a second and key, and bills each; a shelf copy may be this much older than the newest. */
const SHELF_EVERY_MS = 10 * 60_000

export class EdgeCache {
  #memory = new MemoryTier(MEMORY_BYTES_MAX)
  #flights = new SingleFlight<Omit<Found, 'freshUntil'>>()
  #editions = new Editions()
  #shelvedAt = new Map<string, { etag: string; at: number }>()
  /** Counts this isolate's own writes: a flight that left before one must not fill the memory after it. */
  #turns = 0

  /**
   * The answer to `question` in `storeId`. Rejects with what `load` rejected with when no copy may stand in.
   * `question` is what was asked, in one canonical spelling, and holds nothing about who asked.
   */
  async read(at: Surroundings, storeId: string, question: string, freshness: Freshness, load: Load): Promise<Found> {
    const key = `${storeId} ${question}`
    const kept = this.#memory.find(key)
    if (kept && at.now() < kept.freshUntil) return this.#fromMemory(kept.copy, kept.freshUntil, at.now())
    const turn = this.#turns
    try {
      const bring = () => this.#bring(at, storeId, key, freshness, load)
      const { value, collapsed } = await this.#flights.fly(`${turn} ${key}`, bring, (flight) => at.waitUntil(flight))
      const freshUntil = at.now() + (value.copy.status === 200 ? freshness.memoryMs : NEGATIVE_MS)
      if (!collapsed && turn === this.#turns) this.#memory.keep(key, value.copy, freshUntil)
      const cacheStatus = collapsed ? statusOf('mem', { fwd: 'miss', collapsed }) : value.cacheStatus
      return { copy: value.copy, freshUntil, cacheStatus }
    } catch (fault) {
      const stale = await this.#lastGood(at, key, kept?.copy, freshness)
      if (!stale) throw fault
      return stale
    }
  }

  /** Says that something of this store changed, and how far the log had come with it. Safe to repeat. */
  async turnOver(at: Surroundings, storeId: string, bookmark: string): Promise<void> {
    this.#turns += 1
    this.#memory.clear()
    await this.#editions.begin(at, storeId, { id: `${at.now().toString(36)}-${this.#turns}`, bookmark })
  }

  #fromMemory(copy: Copy, freshUntil: number, now: number): Found {
    return { copy, freshUntil, cacheStatus: statusOf('mem', { hitTtlMs: freshUntil - now }) }
  }

  /** From the data centre's cache, else from the database; and filed on the way back. */
  async #bring(
    at: Surroundings,
    storeId: string,
    key: string,
    freshness: Freshness,
    load: Load,
  ): Promise<Omit<Found, 'freshUntil'>> {
    const edition = await this.#editions.current(at, storeId)
    const filed = freshness.coloSeconds > 0 ? addressOf(at.origin, `${edition.id} ${key}`) : null
    const near = filed === null ? null : await fromColo(at, filed)
    if (near) {
      const ttlMs = near.readAt + freshness.coloSeconds * 1000 - at.now()
      return {
        copy: near,
        cacheStatus: `${statusOf('colo', { hitTtlMs: ttlMs })}, ${statusOf('mem', { fwd: 'miss', stored: true })}`,
      }
    }
    const readAt = at.now()
    const loaded = await load(edition.bookmark)
    const copy: Copy = { ...loaded, readAt, etag: await etagOf(loaded.body) }
    if (copy.status === 200) {
      if (filed !== null) at.waitUntil(toColo(at, filed, copy, freshness.coloSeconds))
      this.#shelve(at, key, copy, freshness)
    }
    const colo = filed === null ? '' : `${statusOf('colo', { fwd: 'miss', stored: copy.status === 200 })}, `
    return { copy, cacheStatus: `${colo}${statusOf('mem', { fwd: 'miss', stored: true })}` }
  }

  #shelve(at: Surroundings, key: string, copy: Copy, { staleIfErrorSeconds }: Freshness): void {
    if (staleIfErrorSeconds === 0) return
    const last = this.#shelvedAt.get(key)
    if (last && last.etag === copy.etag && at.now() - last.at < staleIfErrorSeconds * 500) return
    if (last && at.now() - last.at < SHELF_EVERY_MS) return
    if (this.#shelvedAt.size > 10_000) this.#shelvedAt.clear()
    this.#shelvedAt.set(key, { etag: copy.etag, at: at.now() })
    // A copy for a bad day that could not be written is not worth failing a good read for.
    at.waitUntil(
      putOnShelf(at.shelf, key, copy, Math.max(60, staleIfErrorSeconds)).catch(() => this.#shelvedAt.delete(key)),
    )
  }

  /** The last good copy: from memory if this isolate has seen it, else from the shelf. */
  async #lastGood(at: Surroundings, key: string, seen: Copy | undefined, freshness: Freshness): Promise<Found | null> {
    const { staleIfErrorSeconds } = freshness
    if (staleIfErrorSeconds === 0) return null
    const isGood = (copy: Copy): boolean => copy.status === 200 && at.now() - copy.readAt < staleIfErrorSeconds * 1000
    if (seen && isGood(seen)) return this.#standIn(at, key, seen, 'mem', freshness)
    const shelved = await takeFromShelf(at.shelf, key).catch(() => null)
    return shelved && isGood(shelved) ? this.#standIn(at, key, shelved, 'shelf', freshness) : null
  }

  /** Kept for a moment, so that a crowd does not find out one by one that the database is away. */
  #standIn(at: Surroundings, key: string, copy: Copy, tier: 'mem' | 'shelf', freshness: Freshness): Found {
    const freshUntil = at.now() + NEGATIVE_MS
    this.#memory.keep(key, copy, freshUntil)
    const ttlMs = copy.readAt + (freshness.memoryMs + freshness.coloSeconds * 1000) - at.now()
    return {
      copy,
      freshUntil,
      cacheStatus: statusOf(tier, { hitTtlMs: Math.min(-1000, ttlMs), detail: 'stale-if-error' }),
    }
  }
}

/** A cache that fails is a cache that has nothing. */
async function fromColo(at: Surroundings, address: string): Promise<Copy | null> {
  try {
    const response = await at.colo?.match(address)
    return response ? await unsealed(response) : null
  } catch {
    return null
  }
}

async function toColo(at: Surroundings, address: string, copy: Copy, seconds: number): Promise<void> {
  try {
    await at.colo?.put(address, sealed(copy, seconds))
  } catch {
    // The next reader asks the database again; that is all this costs.
  }
}

/** A strong validator: sixteen bytes of SHA-256 of what is sent. */
async function etagOf(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body)).subarray(0, 16)
  return `"${[...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')}"`
}

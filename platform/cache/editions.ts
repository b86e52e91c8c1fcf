/**
 * Editions: each write to a store's catalog turns the page. The edition is part of every key in the data centre's
 * cache, so what was filed under an older one is never found again, and it carries the write's bookmark, so that the
 * page is made anew from a database that has seen the write and not from a replica that has not.
 *
 * Known to this data centre only. Others notice when their copies run out (`Freshness.coloSeconds`).
 */
import { addressOf } from './envelope.ts'

export interface Edition {
  id: string
  /** How far the log had come with the write that began it (platform/postgres/session-token.ts); '' for none. */
  bookmark: string
}

export const FIRST_EDITION: Edition = { id: 'first', bookmark: '' }

/** How long an isolate trusts what it knows. Part of the bound for readers in the same data centre. */
const KNOWN_MS = 1000
/** Longer than anything filed under an edition, or an old one would come back to life. */
const KEPT_SECONDS = 24 * 60 * 60

interface Surroundings {
  now(): number
  origin: string
  colo: Cache | null
}

export class Editions {
  #known = new Map<string, { edition: Edition; until: number }>()

  async current(at: Surroundings, storeId: string): Promise<Edition> {
    const known = this.#known.get(storeId)
    if (known && (at.now() < known.until || !at.colo)) return known.edition
    const edition = (await filed(at, storeId)) ?? FIRST_EDITION
    this.#known.set(storeId, { edition, until: at.now() + KNOWN_MS })
    return edition
  }

  async begin(at: Surroundings, storeId: string, edition: Edition): Promise<void> {
    this.#known.set(storeId, { edition, until: at.now() + KNOWN_MS })
    const headers = { 'cache-control': `public, max-age=${KEPT_SECONDS}` }
    await at.colo?.put(addressFor(at, storeId), new Response(`${edition.id} ${edition.bookmark}`, { headers }))
  }
}

async function filed(at: Surroundings, storeId: string): Promise<Edition | null> {
  try {
    const response = await at.colo?.match(addressFor(at, storeId))
    if (!response) return null
    const [id = '', bookmark = ''] = (await response.text()).split(' ')
    return { id, bookmark }
  } catch {
    return null // a cache that fails is a cache that has nothing
  }
}

const addressFor = (at: Surroundings, storeId: string): string => addressOf(at.origin, `edition ${storeId}`)

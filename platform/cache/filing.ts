/** Where copies go on their way back from the database: into this data centre's cache, and into KV for the world. */
import { revalidatedFor } from '../../domain/freshness/freshness.ts'
import type { Asking } from './asking.ts'
import { sealed, type Copy } from './copy.ts'
import type { Surroundings } from './surroundings.ts'

/** KV takes one write a second and key, and bills each; its copy may be this much older than the newest. */
const SHELF_EVERY_MS = 10 * 60_000
const SHELVED_MAX = 10_000
/** What was warmed is for the coming hours. */
const SPREAD_SECONDS = 24 * 60 * 60

export class Filing {
  #shelvedAt = new Map<string, { etag: string; at: number }>()

  /** Into this data centre's cache. */
  near({ at, key, freshness }: Asking, copy: Copy): void {
    const isWorth = freshness.coloSeconds > 0 && (copy.status === 200 || copy.tags.length > 0)
    if (!at.colo || !isWorth) return
    const seconds = Math.ceil((copy.lifetimeMs + revalidatedFor(copy.lifetimeMs, freshness)) / 1000)
    at.waitUntil(at.colo.put(key, sealed(key, copy), seconds))
  }

  /** Into KV, for the world and for a bad day. */
  shelve({ at, key, freshness: { staleIfErrorSeconds, isMadeUp } }: Asking, copy: Copy): void {
    if (!at.shelf || isMadeUp || staleIfErrorSeconds === 0 || copy.status !== 200) return
    const last = this.#shelvedAt.get(key)
    if (last && last.etag === copy.etag && at.now() - last.at < staleIfErrorSeconds * 500) return
    if (last && at.now() - last.at < SHELF_EVERY_MS) return
    if (this.#shelvedAt.size > SHELVED_MAX) this.#shelvedAt.clear()
    this.#shelvedAt.set(key, { etag: copy.etag, at: at.now() })
    const put = at.shelf.put(key, sealed(key, copy), staleIfErrorSeconds)
    at.waitUntil(put.then((isTaken) => isTaken || this.#shelvedAt.delete(key)))
  }

  /** Into KV at once. Answers how many were taken. */
  async spread({ shelf }: Surroundings, copies: readonly (readonly [key: string, copy: Copy])[]): Promise<number> {
    if (shelf === null) return 0
    const taken = await Promise.all(copies.map(([key, copy]) => shelf.put(key, sealed(key, copy), SPREAD_SECONDS)))
    return taken.filter(Boolean).length
  }
}

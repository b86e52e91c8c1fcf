/**
 * What is known about a request once it is through the door: resolved in one place (middleware/visit), handed to
 * everyone as `c.var.visit`. Time and dice are part of it, so that no route reads a clock of its own.
 *
 * What every request goes through, and what a hold does, asks for it by `c.get('visit')`: `c.var` gathers all variables
 * anew, each time it is looked at.
 */
import type { Context } from 'hono'
import type { Clock } from '../domain/basics/clock.ts'
import type { Random } from '../domain/basics/random.ts'
import type { Store } from '../domain/store/store.ts'
import type { Whereabouts } from './market.ts'

export interface Visit {
  requestId: string
  /** W3C Trace Context, as it came; echoed and handed on, never interpreted. */
  traceparent: string | null
  clock: Clock
  random: Random
  /** `https://shop.example`, as it was asked. Whoever asks may write any host: links are made from `publicOrigin`. */
  origin: string
  /** The origin of links in letters and pages: a host of the store's own (workers/public-origin.ts). */
  publicOrigin: string
  /** The store whose host name was asked, and its id. */
  storeId: string
  store: Store
  /** The market of the store that the request is in, and its language (market.ts). */
  whereabouts: Whereabouts
  clientIp: string
  /** A public HTTP API address (`/api/…`, `/metrics`, `/ofrep/…`), which answers problems as JSON; everything else answers pages. */
  isApi: boolean
  /** Cookies to send with the answer, whoever makes it. */
  setCookies: string[]
  /** How far this session's writes got: `Onrush-Bookmark` on the answer. */
  bookmark: string | null
  /** Until when all that was read from the cache for this answer may be said, ms. */
  freshUntil: number
  /** `Cache-Status` of what a page is drawn from: of the question among them that had to go farthest. */
  cacheStatus: string | null
  /** Tags of public answers that this request has changed: `Cache-Group-Invalidation` on the answer. */
  changedTags: string[]
}

/** Who sits behind the request. `isNew`: came without a cookie of ours, or with one that is not ours. */
export interface Visitor {
  id: string
  isNew: boolean
}

/** An operator's key, once it was accepted (middleware/operator). */
export interface OperatorOnDuty {
  keyId: string
  scopes: readonly string[]
}

export interface AppEnv {
  Bindings: Env
  Variables: {
    visit: Visit
    operator: OperatorOnDuty
    /** The key and digest of a request that must be done once (middleware/idempotency). */
    once: Once
  }
}

export interface Once {
  key: string
  /** A digest of method, route and body. */
  fingerprint: string
}

export type Asked = Context<AppEnv>

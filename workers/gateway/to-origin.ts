/** A request that a rule gave to a pool: through the cache, or past it, to one of the pool's origins. */
import type { Clock } from '../../domain/basics/clock.ts'
import type { Random } from '../../domain/basics/random.ts'
import type { Fields } from '../../domain/http-cache/fields.ts'
import { STOREFRONT, TRANSPARENT } from '../../domain/http-cache/policy.ts'
import type { Origin, Pool, RuleAction } from '../../domain/origin/rule-file.ts'
import { murmur3 } from '../../domain/sharding/murmur3.ts'
import { madeUp, passedOn } from '../../platform/http-cache/answers.ts'
import { coloTier, kvTier } from '../../platform/http-cache/far-tiers.ts'
import { Unreachable, type Surroundings } from '../../platform/http-cache/asking.ts'
import { HttpCache } from '../../platform/http-cache/http-cache.ts'
import type { GatewayRequest } from '../../platform/http-cache/keeping.ts'
import { MemoryTier } from '../../platform/http-cache/memory.ts'
import { SearchRules } from '../../platform/http-cache/search-rules.ts'
import { Tiers, type FarTier } from '../../platform/http-cache/tiers.ts'
import { poolOf } from '../../platform/desks.ts'
import { fieldsForOrigin, isUpgrade, send } from '../../platform/origin/forward.ts'
import { Pools } from '../../platform/origin/pools.ts'
import type { Telling } from '../../platform/origin/telling.ts'
import { ours, rewritten } from '../../platform/origin/rewriting.ts'
import { changesFor } from './changes.ts'
import { readCookie, VISITOR_COOKIE } from '../cookies.ts'
import type { Rules } from './rule-files.ts'

/** A third of an isolate: the catalog's cache and the code need theirs. */
const MEMORY_BYTES_MAX = 40 * 1024 * 1024

export const cache = new HttpCache(new Tiers(new MemoryTier(MEMORY_BYTES_MAX)))
const searchRules = new SearchRules()
/** What this isolate knows of its origins' health. */
export const pools = new Pools()

export interface Trip {
  request: Request
  action: Extract<RuleAction, { kind: 'origin' }>
  pool: Pool
  /** The path for the origin; the query as it came, with its question mark. */
  target: string
  query: string
  edition: string
  saved: Rules['saved']
  /** What the origin is told of the rule's experiment; null: the visitor takes no part; undefined: there is none. */
  variation?: string | null
  env: Env
  ctx: ExecutionContext
  clock: Clock
  random: Random
}

/** In which field an origin is told of the variation that it is asked for. */
export const VARIATION = 'onrush-variation'

export async function toOrigin(trip: Trip): Promise<Response> {
  const { request, action, env, ctx, clock, pool } = trip
  if (action.cache === 'none' || isUpgrade(request)) return pastTheCache(trip)
  const at: Surroundings = {
    now: () => clock.now(),
    waitUntil: (work) => ctx.waitUntil(work),
    policy: action.cache === 'storefront' ? STOREFRONT : TRANSPARENT,
    far: farTiersOf(env),
    changes: changesFor(trip),
    forward: (fields) => heard(trip, fields),
    keyOf: (address) => keyOf(address, request.url, pool),
  }
  return cache.answer(new Lazily(trip), at)
}

async function pastTheCache(trip: Trip): Promise<Response> {
  try {
    return passedOn(await asked(trip, fieldsFor(trip)), [], trip.clock.now())
  } catch (cause) {
    if (!(cause instanceof Unreachable)) throw cause
    return madeUp(cause.error.includes('timeout') ? 504 : 502, cause.error)
  }
}

/** The same, heard for what it says of the page's queries before anything is stored. */
async function heard(trip: Trip, fields: Fields): Promise<Response> {
  const answer = await asked(trip, fields)
  if (trip.request.method === 'GET') searchRules.learn(trip.request.url, answer)
  return answer
}

/** Asks the pool with these fields. Rejects with `Unreachable`. */
function asked(trip: Trip, fields: Fields): Promise<Response> {
  const { request, pool, target, query, action, edition, clock } = trip
  const { method, body } = request
  const country = request.cf?.country
  return pools.ask(`${edition} ${pool.name}`, pool, {
    method,
    hasBody: body !== null && method !== 'GET' && method !== 'HEAD',
    visitorShare: visitorShare(trip),
    country: typeof country === 'string' ? country : null,
    now: () => clock.now(),
    telling: tellingOf(trip),
    send: async (origin: Origin) => {
      const url = `${origin.url}${target}${query}`
      const { timeoutMs } = pool
      const answer = await send({ url, method, fields, body, timeoutMs, isUpgrade: isUpgrade(request) })
      const written = action.rewrite?.answers ? rewritten(answer, origin.url, new URL(request.url).origin) : answer
      return trip.variation === undefined ? written : varying(written)
    },
  })
}

/** The visitor's fields as they travel on, and of which variation the page is to be. */
function fieldsFor({ request, variation }: Trip): Fields {
  const fields = fieldsForOrigin(request)
  return variation ? [...fields, [VARIATION, variation]] : fields
}

/** Whatever the origin says, the variations of a page are stored apart. */
function varying(answer: Response): Response {
  if (answer.webSocket) return answer
  const { status, statusText } = answer
  const headers = new Headers(answer.headers)
  headers.append('vary', VARIATION)
  const isBodiless = status === 204 || status === 205 || status === 304
  return new Response(isBodiless ? null : answer.body, { status, statusText, headers, encodeBody: 'manual' })
}

/** Rules of the settings have no store that a pool's object could be named by. */
const tellingOf = ({ saved, pool, env, ctx }: Trip): Telling | null =>
  saved && {
    version: saved.version,
    desk: () => poolOf(env, saved.storeId, pool.name),
    waitUntil: (work) => ctx.waitUntil(work),
  }

/** The same for the same visitor where it matters: by their cookie of ours, else by their address. */
function visitorShare({ request, pool, random }: Trip): number {
  if (!pool.isSticky && pool.canary === null) return random.fraction()
  const who = readCookie(request.headers, VISITOR_COOKIE) ?? request.headers.get('cf-connecting-ip') ?? ''
  return murmur3(`${pool.name} ${who}`) / 2 ** 32
}

let tiers: { asked: string; far: readonly FarTier[] } | undefined

/** The tiers that the settings want and this runtime has, nearest first. */
function farTiersOf({ ORIGIN_CACHE: wanted, SHELF }: Env): readonly FarTier[] {
  if (tiers?.asked === wanted) return tiers.far
  const names = wanted.split(',').map((name) => name.trim())
  const far: FarTier[] = []
  if (names.includes('colo') && typeof caches !== 'undefined') far.push(coloTier(caches.default))
  if (names.includes('kv')) far.push(kvTier(SHELF))
  tiers = { asked: wanted, far }
  return far
}

/** A request whose fields are put together for the origin only when somebody wants them: a plain hit does not. */
class Lazily implements GatewayRequest {
  readonly method: string
  readonly address: string
  readonly headers: Headers
  readonly #trip: Trip
  #fields: Fields | undefined

  constructor(trip: Trip) {
    const { method, url, headers } = trip.request
    this.method = method
    this.address = url
    this.headers = headers
    this.#trip = trip
  }

  /** As far as is known by now: what the origin answers may say more. */
  get key(): string {
    return searchRules.keyFor(this.address)
  }

  get fields(): Fields {
    return (this.#fields ??= fieldsFor(this.#trip))
  }
}

/** An address as an origin wrote it, as it is asked of us; null: it is not of this shop. */
function keyOf(address: string, askedFor: string, pool: Pool): string | null {
  if (!URL.canParse(address, askedFor)) return null
  const here = new URL(askedFor).origin
  const meant = new URL(address, askedFor)
  meant.hash = ''
  const candidates = [meant.href, ...pool.origins.map(({ url }) => ours(meant.href, url, here))]
  const found = candidates.find((candidate) => new URL(candidate).origin === here)
  return found === undefined ? null : searchRules.keyFor(found)
}

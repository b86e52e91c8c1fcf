/**
 * The gateway: an existing shop behind Onrush. It is asked before the app, since nothing of ours may touch what goes to
 * an origin: no limits, no seals, no cookies, no session. Whatever no rule gives to an origin is the app's.
 */
import type { Clock } from '../../domain/basics/clock.ts'
import { STOREFRONT, TRANSPARENT } from '../../domain/http-cache/policy.ts'
import { ruleFileOfOne } from '../../domain/origin/rule-file.ts'
import type { Route, Routed } from '../../domain/origin/routing.ts'
import { routeBy } from '../../domain/origin/routing.ts'
import { systemClock } from '../../platform/dice.ts'
import { madeUp, passedOn } from '../../platform/http-cache/answers.ts'
import { HttpCache, Unreachable, type Surroundings } from '../../platform/http-cache/http-cache.ts'
import { MemoryTier } from '../../platform/http-cache/memory.ts'
import { coloTier, kvTier } from '../../platform/http-cache/far-tiers.ts'
import { Tiers, type FarTier } from '../../platform/http-cache/tiers.ts'
import { fieldsForOrigin, isLooping, isUpgrade, send } from '../../platform/origin/forward.ts'

/** A third of an isolate: the catalog's cache and the code need theirs. */
const MEMORY_BYTES_MAX = 40 * 1024 * 1024

const cache = new HttpCache(new Tiers(new MemoryTier(MEMORY_BYTES_MAX)))

/** The origin's answer, or what is stored of it; undefined: this is Onrush's own to answer. */
export function answerOfOrigin(
  request: Request,
  env: Env,
  ctx: ExecutionContext,
  clock: Clock = systemClock,
): Promise<Response> | Response | undefined {
  const route = routeOf(env)
  if (!route) return undefined
  const { host, path, query } = partsOf(request.url)
  const routed = route({ method: request.method, host, path, header: (name) => request.headers.get(name) })
  if (!routed || routed.action.kind === 'onrush') return undefined
  if (routed.action.kind === 'redirect') {
    return new Response(null, { status: routed.action.status, headers: { location: routed.target } })
  }
  if (isLooping(request)) return madeUp(508, 'proxy_loop_detected')
  return fromOrigin(request, routed, query, env, ctx, clock)
}

let known: { url: string; takes: string; route: Route } | undefined

/** What the settings say; null: there is no origin. */
function routeOf({ ORIGIN_URL: url, ORIGIN_TAKES: takes }: Env): Route | null {
  if (!url) return null
  if (known?.url !== url || known.takes !== takes) {
    known = { url, takes, route: routeBy(ruleFileOfOne(url.replace(/\/+$/, ''), takes)) }
  }
  return known.route
}

let tiers: { asked: string; far: readonly FarTier[] } | undefined

/** The tiers that the settings want and this runtime has, nearest first. */
function farTiersOf({ ORIGIN_CACHE: asked, SHELF }: Env): readonly FarTier[] {
  if (tiers?.asked === asked) return tiers.far
  const names = asked.split(',').map((name) => name.trim())
  const far: FarTier[] = []
  if (names.includes('colo') && typeof caches !== 'undefined') far.push(coloTier(caches.default))
  if (names.includes('kv')) far.push(kvTier(SHELF))
  tiers = { asked, far }
  return far
}

async function fromOrigin(
  request: Request,
  { action, pool, target }: Routed,
  query: string,
  env: Env,
  ctx: ExecutionContext,
  clock: Clock,
): Promise<Response> {
  const origin = pool?.origins[0]
  if (action.kind !== 'origin' || !pool || !origin) return madeUp(502, 'destination_not_found')
  const sending = {
    url: `${origin.url}${target}${query}`,
    method: request.method,
    body: request.body,
    timeoutMs: pool.timeoutMs,
    isUpgrade: isUpgrade(request),
  }
  const fields = fieldsForOrigin(request)
  if (action.cache === 'none' || sending.isUpgrade) {
    try {
      return passedOn(await send({ ...sending, fields }), [])
    } catch (cause) {
      if (!(cause instanceof Unreachable)) throw cause
      return madeUp(cause.error.includes('timeout') ? 504 : 502, cause.error)
    }
  }
  const at: Surroundings = {
    now: () => clock.now(),
    waitUntil: (work) => ctx.waitUntil(work),
    policy: action.cache === 'storefront' ? STOREFRONT : TRANSPARENT,
    far: farTiersOf(env),
    forward: (asked) => send({ ...sending, fields: asked }),
    keyOf: (address) => sameOrigin(address, request.url, origin.url),
  }
  const { method, headers, url: key } = request
  return cache.answer({ method, key, headers, fields }, at)
}

/** An address as the origin wrote it, as it is asked of us; null: it is not of this shop. */
function sameOrigin(address: string, askedFor: string, originUrl: string): string | null {
  if (!URL.canParse(address, askedFor)) return null
  const meant = new URL(address, askedFor)
  meant.hash = ''
  const [here, there] = [new URL(askedFor), new URL(originUrl)]
  if (meant.origin === here.origin) return meant.href
  if (meant.origin !== there.origin || !meant.pathname.startsWith(there.pathname.replace(/\/$/, ''))) return null
  const path = meant.pathname.slice(there.pathname.replace(/\/$/, '').length)
  return `${here.origin}${path.startsWith('/') ? path : `/${path}`}${meant.search}`
}

/** Cut, not parsed: this runs for every request of a shop behind us. */
function partsOf(url: string): { host: string; path: string; query: string } {
  const from = url.indexOf('//') + 2
  const slash = url.indexOf('/', from)
  const question = url.indexOf('?', slash)
  const host = url.slice(from, slash).replace(/:\d+$/, '').toLowerCase()
  return question === -1
    ? { host, path: url.slice(slash), query: '' }
    : { host, path: url.slice(slash, question), query: url.slice(question) }
}

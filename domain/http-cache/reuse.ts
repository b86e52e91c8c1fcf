/** May a stored response answer this request as it is, or must the origin be asked (RFC 9111 section 4, RFC 5861)? */
import type { Wishes } from './cache-control.ts'
import type { CachePolicy } from './policy.ts'
import type { StoredResponse } from './stored.ts'
import { ageAt, ttlAt } from './stored.ts'

export type Reuse =
  | { kind: 'fresh' }
  /** Stale within what the origin (or the request) allowed; `refresh`: ask the origin behind the visitor's back. */
  | { kind: 'stale'; refresh: boolean }
  /** Ask first. */
  | { kind: 'confirm'; why: 'stale' | 'request' }

export function decideReuse(stored: StoredResponse, wishes: Wishes, now: number, policy: CachePolicy): Reuse {
  const { directives, mustConfirm } = stored.facts
  const ttl = ttlAt(now, stored)
  if (mustConfirm || directives.noCache === true) return { kind: 'confirm', why: 'stale' }
  if (policy.hearsRequests && wants(wishes, stored, now)) return { kind: 'confirm', why: 'request' }
  if (ttl > 0) return { kind: 'fresh' }
  if (isForbiddenStale(stored)) return { kind: 'confirm', why: 'stale' }
  if (isWithin(directives.staleWhileRevalidate, ttl)) return { kind: 'stale', refresh: true }
  if (policy.hearsRequests && isWithin(wishes.maxStale, ttl)) return { kind: 'stale', refresh: false }
  return { kind: 'confirm', why: 'stale' }
}

/** Whether the request asks for something newer than this. */
function wants({ noCache, maxAge, minFresh }: Wishes, stored: StoredResponse, now: number): boolean {
  if (noCache) return true
  const [ageMs, ttlMs] = [ageAt(now, stored), ttlAt(now, stored)]
  // What never changes is not asked after because somebody pressed "reload" (RFC 8246 section 2).
  const isTooOld = maxAge !== null && (maxAge === 0 || ageMs > maxAge * 1000)
  if (isTooOld && !(stored.facts.directives.immutable && ttlMs > 0)) return true
  return minFresh !== null && ttlMs < minFresh * 1000
}

/** What asked the origin in vain: it answered with a fault, or could not be reached at all. */
export type Trouble = { kind: 'status'; status: number } | { kind: 'unreachable' }

/** The statuses that stale-if-error is about (RFC 5861 section 4). */
const FAULTS = new Set([500, 502, 503, 504])

/** Whether the stored response may stand in for an origin in trouble. */
export function mayStandIn(
  stored: StoredResponse,
  wishes: Wishes,
  trouble: Trouble,
  now: number,
  policy: CachePolicy,
): boolean {
  if (trouble.kind === 'status' && !FAULTS.has(trouble.status)) return false
  if (isForbiddenStale(stored) || stored.facts.mustConfirm) return false
  const ttl = ttlAt(now, stored)
  if (isWithin(stored.facts.directives.staleIfError, ttl)) return true
  if (policy.hearsRequests && isWithin(wishes.staleIfError, ttl)) return true
  // Cut off from the origin, a cache may serve stale (RFC 9111 section 4.2.4), unless it was told for how long.
  if (trouble.kind === 'status' || stored.facts.directives.staleIfError !== null) return false
  return -ttl <= policy.disconnectedMs
}

/** Never stale, whoever allows it. `s-maxage` means what proxy-revalidate means (RFC 9111 section 5.2.2.10). */
export function isForbiddenStale({ facts: { directives } }: StoredResponse): boolean {
  const { mustRevalidate, proxyRevalidate, sMaxage, noCache } = directives
  return mustRevalidate || proxyRevalidate || sMaxage !== null || noCache === true
}

const isWithin = (seconds: number | null, ttlMs: number): boolean => seconds !== null && -ttlMs <= seconds * 1000

/** A further tier may have something newer than what is stale here; not where every use must be confirmed anyway. */
export function isWorthLookingFurther(stored: StoredResponse | undefined, reuse: Reuse | undefined): boolean {
  if (!stored || !reuse) return true
  if (stored.facts.mustConfirm || stored.facts.directives.noCache === true) return false
  return reuse.kind !== 'fresh' && !(reuse.kind === 'confirm' && reuse.why === 'request')
}

/** How long after `now` it may still be of use to anybody, in ms; what lower tiers keep it for. */
export function usefulForMs(stored: StoredResponse, now: number): number {
  const { directives, etag, lastModified } = stored.facts
  const stale = Math.max(directives.staleWhileRevalidate ?? 0, directives.staleIfError ?? 0) * 1000
  // Something to confirm it by makes it worth keeping beyond its lifetime.
  const confirmable = etag !== null || lastModified !== null ? CONFIRMABLE_MS : 0
  return Math.max(0, ttlAt(now, stored)) + Math.max(stale, confirmable)
}

const CONFIRMABLE_MS = 60 * 60_000

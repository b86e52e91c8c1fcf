/**
 * What a route of the gateway asks of its cache beyond RFC 9111. `transparent` is the RFC and nothing else: what a
 * cautious shop wants on its first day. `storefront` is for pages that thousands read: whatever smells of one visitor is
 * never shared, and no visitor pierces the cache by asking for it.
 */
export interface CachePolicy {
  /** Never share what was made with cookies or an Authorization, nor what sets a cookie. */
  isStorefront: boolean
  /** Whether a request's own Cache-Control is heard (RFC 9111 section 5.2.1: advisory). */
  hearsRequests: boolean
  /** How long past its freshness a response may stand in for an origin that cannot be reached, in ms. */
  disconnectedMs: number
}

export const CACHE_CLASSES = ['transparent', 'storefront', 'none'] as const
export type CacheClass = (typeof CACHE_CLASSES)[number]

const DAY_MS = 24 * 60 * 60_000

export const TRANSPARENT: CachePolicy = { isStorefront: false, hearsRequests: true, disconnectedMs: DAY_MS }
export const STOREFRONT: CachePolicy = { isStorefront: true, hearsRequests: false, disconnectedMs: DAY_MS }

/** One member of `Cache-Status` (RFC 9211): which tier, and whether it had the answer or passed the question on. */
export const TIERS = ['mem', 'colo', 'kv'] as const
export type TierName = (typeof TIERS)[number]

export type Forwarded = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'request' | 'stale' | 'partial'

export type Said =
  | { hit: true; ttlMs: number; detail?: string }
  | { fwd: Forwarded; status?: number; stored?: boolean; collapsed?: boolean; detail?: string }

/** `ttl` is negative for a stale hit; `collapsed=?0` says that collapsing was tried in vain. */
export function memberFor(tier: TierName, said: Said): string {
  const parts = [`onrush-${tier}`]
  if ('hit' in said) {
    parts.push('hit', `ttl=${Math.floor(said.ttlMs / 1000)}`)
  } else {
    parts.push(`fwd=${said.fwd}`)
    if (said.status !== undefined) parts.push(`fwd-status=${said.status}`)
    if (said.stored) parts.push('stored')
    if (said.collapsed !== undefined) parts.push(said.collapsed ? 'collapsed' : 'collapsed=?0')
  }
  if (said.detail !== undefined) parts.push(`detail=${said.detail}`)
  return parts.join('; ')
}

/** All members as one field: what came from upstream first, then from the origin's side to the visitor's. */
export const statusField = (upstream: string | null, members: readonly string[]): string =>
  [...(upstream === null || upstream === '' ? [] : [upstream]), ...members].join(', ')

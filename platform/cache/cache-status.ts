/** Members of `Cache-Status` (RFC 9211): which tier was asked, whether it had the answer, and for how much longer. */
export type Tier = 'mem' | 'colo' | 'shelf'

export interface TierSaid {
  /** It had it, for so long still; negative: it was past its lifetime. */
  hitTtlMs?: number
  /** Why it was not used: there was none (miss), it was out of date (stale), or it was not looked for. */
  fwd?: 'miss' | 'stale' | 'bypass'
  stored?: boolean
  collapsed?: boolean
  detail?: string | null
}

export function statusOf(tier: Tier, said: TierSaid): string {
  const parts = [`onrush-${tier}`]
  if (said.hitTtlMs !== undefined) parts.push('hit', `ttl=${Math.floor(said.hitTtlMs / 1000)}`)
  if (said.fwd) parts.push(`fwd=${said.fwd}`)
  if (said.stored) parts.push('stored')
  if (said.collapsed) parts.push('collapsed')
  if (said.detail) parts.push(`detail=${said.detail}`)
  return parts.join('; ')
}

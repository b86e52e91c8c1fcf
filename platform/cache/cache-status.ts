/** One member of `Cache-Status` (RFC 9211): which tier, whether it had it, and for how much longer. */
export type Tier = 'mem' | 'colo' | 'shelf'

export function statusOf(
  tier: Tier,
  said: { hitTtlMs?: number; fwd?: 'miss' | 'bypass'; stored?: boolean; collapsed?: boolean; detail?: string },
): string {
  const parts = [`onrush-${tier}`]
  if (said.hitTtlMs !== undefined) parts.push('hit', `ttl=${Math.floor(said.hitTtlMs / 1000)}`)
  if (said.fwd) parts.push(`fwd=${said.fwd}`)
  if (said.stored) parts.push('stored')
  if (said.collapsed) parts.push('collapsed')
  if (said.detail) parts.push(`detail=${said.detail}`)
  return parts.join('; ')
}

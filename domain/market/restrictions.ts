/**
 * Countries that a shop does not sell to. They may look; what is refused is to hold, to join a waiting room and to order.
 *
 * Judged by where the network says the request is from, and by where the goods shall go, over all markets of the store:
 * choosing another market changes neither. A country that nobody knows is not refused, because most buyers behind it are
 * where they should be, and the address is judged as well. Whoever lies about both is not found out here.
 */
import type { Market, WhyRestricted } from './market.ts'

export type RestrictionRefusal =
  /** A law forbids to sell there: sanctions, export rules. */
  | { code: 'country_forbidden_by_law'; country: string; by: 'network' | 'address' }
  /** The merchant does not serve it. */
  | { code: 'country_not_served'; country: string; by: 'network' | 'address' }

/** The market whose prices were shown is none of the store's any more: what it would cost now is not what was shown. */
export type MarketGone = { code: 'market_not_found'; market: string }

/** Why this may not be sold; null: it may. A law is told before a merchant's choice. */
export function restrictionOf(
  { country, shipsTo }: { country: string | null; shipsTo: string | null },
  markets: readonly Market[],
): RestrictionRefusal | null {
  const found = (['network', 'address'] as const).flatMap((by) => {
    const asked = by === 'network' ? country : shipsTo
    const why = asked === null ? null : whyShut(asked, markets)
    return why === null ? [] : [{ country: asked!, by, why }]
  })
  const first = found.find(({ why }) => why === 'law') ?? found[0]
  if (!first) return null
  const { why, by } = first
  return { code: why === 'law' ? 'country_forbidden_by_law' : 'country_not_served', country: first.country, by }
}

const whyShut = (asked: string, markets: readonly Market[]): WhyRestricted | null =>
  markets.flatMap(({ restricted }) => restricted).find(({ country }) => country === asked)?.why ?? null

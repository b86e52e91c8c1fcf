/** What writes of markets and of their prices share: the version they are decided upon, and who must hear of them. */
import { PRODUCT_TAG, PRODUCTS } from '../../domain/catalog/tags.ts'
import type { MarketRefusal } from '../../domain/market/market.ts'
import { announceTags } from './epochs.ts'
import type { DatabaseFault } from './fault.ts'
import { announce } from './outbox.ts'
import { sql, type SQL } from './statements.ts'

export type MovedOn =
  | Extract<MarketRefusal, { code: 'market_not_found' }>
  | { code: 'version_is_older'; expected: number; found: number }

/** Stops the batch when the market has moved on, or is gone; says how far it is. */
export const isAtVersion = (storeId: string, key: string, version: number): SQL => sql`
  select onrush_require(coalesce(now.version = ${version}::bigint, false), 'version_is_older',
    ${version}::text || ' ' || coalesce(now.version::text, ''))
  from (select (select version from markets where store_id = ${storeId} and key = ${key}) as version) now`

/** What `isAtVersion` has said no to; undefined: something else went wrong. */
export function movedOn(fault: DatabaseFault, key: string): MovedOn | undefined {
  const { constraint, detail } = fault.facts
  if (constraint !== 'version_is_older') return undefined
  const [expected, found] = (detail ?? '').split(' ')
  return found
    ? { code: 'version_is_older', expected: Number(expected), found: Number(found) }
    : { code: 'market_not_found', market: key }
}

/** What these variants cost somewhere changes: new terms for their stock objects, and pages to be made anew. */
export const priceTermsChanged = (storeId: string, variantIds: SQL): SQL => sql`
  with renewed as (
    update variants set offer_version = offer_version + 1
    where store_id = ${storeId} and id in (${variantIds}) returning sku, product_id
  ),
  told as (${announce(storeId, 'offer', sql`select sku from renewed`)})
  ${announceTags(storeId, sql`select ${PRODUCT_TAG} || product_id from renewed union select ${PRODUCTS} from renewed`)}`

/**
 * Offers: the terms of each SKU, carried from the catalog to the objects that own the stock, and the terms of each drop,
 * carried to the drop's own object. Both travel by the outbox (outbox.ts), so that what an operator has changed is heard
 * at last, whoever was away.
 */
import { DEFAULT_SETTINGS } from '../../domain/store/store.ts'
import type { DropDesk, DropTerms } from '../../domain/message/drop-desk.ts'
import type { Offer, StockDesk } from '../../domain/message/stock-desk.ts'
import type { Database } from './database.ts'
import { publishDue, type PublishOptions, type PublishReport } from './outbox.ts'
import { OFFER_IN_MARKETS } from './product-sql.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'

export interface StockedOffer {
  offer: Offer
  /** What the stock account opens with. */
  initialUnits: number
}

const stockedOffer = sql`jsonb_build_object(
  'initialUnits', v.initial_units,
  'offer', ${OFFER_IN_MARKETS} || jsonb_build_object(
    'sku', v.sku, 'storeId', v.store_id, 'version', v.offer_version, 'productId', p.id, 'variantId', v.id,
    'productSlug', p.slug, 'productTitle', p.title, 'variantTitle', v.title,
    'price', jsonb_build_object('amount', pr.amount, 'currency', pr.currency),
    'forSale', p.status = 'active' and v.removed_at is null,
    'unitsPerVisitorMax', coalesce(d.units_per_visitor_max, v.units_per_visitor_max,
      (s.settings->>'unitsPerVisitorMax')::int, ${DEFAULT_SETTINGS.unitsPerVisitorMax}::int),
    'holdDurationMs', coalesce(d.hold_duration_ms, (s.settings->>'holdDurationMs')::int,
      ${DEFAULT_SETTINGS.holdDurationMs}::int),
    'drop', case when d.id is not null then jsonb_build_object('id', d.id, 'slug', d.slug,
      'opensAt', onrush_ms(d.opens_at), 'endsAt', onrush_ms(least(d.ends_at, d.stopped_at)), 'paused', d.paused,
      'leaves', d.leaves, 'room', d.room is not null, 'inviteOnly', d.invite_only,
      'countries', to_jsonb(d.countries), 'unitsPerOrderMax', d.units_per_order_max) end))`

const OFFER_JOINS = sql`
  join products p on p.store_id = v.store_id and p.id = v.product_id
  join stores s on s.id = v.store_id
  join prices pr on pr.store_id = v.store_id and pr.variant_id = v.id and pr.currency = s.currency
  left join drop_variants m on m.store_id = v.store_id and m.variant_id = v.id
  left join drops d on d.store_id = m.store_id and d.id = m.drop_id`

/** The newest terms of these SKUs; those the catalog does not know are missing from the answer. */
export async function offersFor(reader: Reader, storeId: string, skus: readonly string[]): Promise<StockedOffer[]> {
  const list = JSON.stringify([...new Set(skus)])
  const rows = await reader.rows(
    rowsOf<{ stocked: StockedOffer }>(sql`
      select ${stockedOffer} as stocked
      from jsonb_array_elements_text(${list}::jsonb) wanted (sku)
      join variants v on v.store_id = ${storeId} and v.sku = wanted.sku ${OFFER_JOINS}`),
  )
  return rows.map(({ stocked }) => stocked)
}

/**
 * Tells the stock objects the terms that are due (`keys` are SKUs), and opens the accounts of new SKUs. Safe to repeat and
 * to run beside itself.
 */
export const publishOffers = (
  db: Database,
  deskFor: (storeId: string, sku: string) => Pick<StockDesk, 'describe' | 'adjust'>,
  options: PublishOptions,
): Promise<PublishReport> =>
  publishDue<StockedOffer>(
    db,
    {
      topic: 'offer',
      what: sql`select ${stockedOffer} as what from variants v ${OFFER_JOINS} where v.store_id = o.store_id and v.sku = o.key`,
      tell: (storeId, { offer, initialUnits }) => {
        const desk = deskFor(storeId, offer.sku)
        // Calls to one object arrive in the order in which they were made, so the account is there when it is opened.
        return Promise.all([desk.describe(offer), initialUnits > 0 && opens(desk, offer.sku, initialUnits)])
      },
    },
    options,
  )

/** The id makes it once for ever: an account that is open stays as it is, whatever the catalog says later. */
const opens = (desk: Pick<StockDesk, 'adjust'>, sku: string, units: number) =>
  desk.adjust({ adjustmentId: `initial:${sku}`, delta: units, kind: 'initial', reason: 'opening stock' })

const dropTerms = sql`jsonb_build_object(
  'storeId', d.store_id, 'id', d.id, 'slug', d.slug, 'title', d.title, 'version', d.version,
  'opensAt', onrush_ms(d.opens_at), 'endsAt', onrush_ms(least(d.ends_at, d.stopped_at)), 'paused', d.paused,
  'expectedBuyers', d.expected_buyers, 'room', d.room,
  'skus', (select coalesce(jsonb_agg(v.sku order by m.position, v.sku), '[]')
    from drop_variants m join variants v on v.store_id = m.store_id and v.id = m.variant_id
    where m.store_id = d.store_id and m.drop_id = d.id))`

/** Tells the objects of drops the terms that are due (`keys` are ids of drops). Safe to repeat. */
export const publishDrops = (
  db: Database,
  deskFor: (storeId: string, dropId: string) => Pick<DropDesk, 'describe'>,
  options: PublishOptions,
): Promise<PublishReport> =>
  publishDue<DropTerms>(
    db,
    {
      topic: 'drop',
      what: sql`select ${dropTerms} as what from drops d where d.store_id = o.store_id and d.id = o.key`,
      tell: (storeId, terms) => deskFor(storeId, terms.id).describe(terms),
    },
    options,
  )

/**
 * Offers: the terms of each SKU, carried from the catalog to the objects that own the stock. A catalog write leaves an
 * outbox row a SKU in its own transaction; publishing looks up the newest terms, tells the object, and only then removes
 * the row, and only if it has not been written again meanwhile. Told twice, an object ignores the second time.
 */
import { DEFAULT_SETTINGS } from '../../domain/store/store.ts'
import type { Offer, StockDesk } from '../../domain/message/stock-desk.ts'
import type { Database } from './database.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

export interface StockedOffer {
  offer: Offer
  /** What the stock account opens with. */
  initialUnits: number
}

const stockedOffer = sql`jsonb_build_object(
  'initialUnits', v.initial_units,
  'offer', jsonb_build_object(
    'sku', v.sku, 'storeId', v.store_id, 'version', v.offer_version, 'productId', p.id, 'variantId', v.id,
    'productSlug', p.slug, 'productTitle', p.title, 'variantTitle', v.title,
    'price', jsonb_build_object('amount', pr.amount, 'currency', pr.currency),
    'forSale', p.status = 'active' and v.removed_at is null,
    'unitsPerVisitorMax', coalesce(d.units_per_visitor_max, v.units_per_visitor_max,
      (s.settings->>'unitsPerVisitorMax')::int, ${DEFAULT_SETTINGS.unitsPerVisitorMax}::int),
    'holdDurationMs', coalesce(d.hold_duration_ms, (s.settings->>'holdDurationMs')::int,
      ${DEFAULT_SETTINGS.holdDurationMs}::int),
    'drop', case when d.id is not null then jsonb_build_object('id', d.id, 'slug', d.slug,
      'opensAt', onrush_ms(d.opens_at), 'endsAt', onrush_ms(d.ends_at), 'paused', d.paused) end))`

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

interface PendingOffer {
  storeId: string
  sku: string
  seq: string
  /** Null: the SKU is gone from the catalog altogether; there is nobody to tell. */
  stocked: StockedOffer | null
}

/** What is due, oldest first; of one store, or of all. */
async function pendingOffers(reader: Reader, { storeId, limit }: PublishOptions): Promise<PendingOffer[]> {
  const ofStore: SQL = storeId === undefined ? sql`` : sql`and o.store_id = ${storeId}`
  return reader.rows(
    rowsOf<PendingOffer & Record<string, unknown>>(sql`
      select o.store_id as "storeId", o.key as sku, o.seq::text as seq, told.stocked
      from (
        select * from outbox o where o.topic = 'offer' and o.due_at <= now() ${ofStore}
        order by o.due_at, o.seq limit ${limit}
      ) o
      left join lateral (
        select ${stockedOffer} as stocked from variants v ${OFFER_JOINS}
        where v.store_id = o.store_id and v.sku = o.key
      ) told on true`),
  )
}

export interface PublishOptions {
  storeId?: string
  /** SKUs at most in this run; two calls to objects each. */
  limit: number
}

export interface PublishReport {
  published: number
  failed: number
  /** Whether there may be more to publish right now. */
  more: boolean
}

/** How many objects are asked at a time; a Worker's request may have six connections open. */
const ABREAST = 6

/**
 * Tells the stock objects the terms that are due, and opens the accounts of new SKUs. Safe to repeat and to run beside
 * itself. An object that cannot be reached is left for a later run, the later the oftener it failed.
 */
export async function publishOffers(
  db: Database,
  deskFor: (storeId: string, sku: string) => StockDesk,
  options: PublishOptions,
): Promise<PublishReport> {
  const pending = await pendingOffers(db.read('primary'), options)
  if (pending.length === 0) return { published: 0, failed: 0, more: false }
  const told: PendingOffer[] = []
  const failed: PendingOffer[] = []
  const rest = pending.values()
  const teller = async () => {
    for (const item of rest) {
      const well = await tell(item, deskFor)
      ;(well ? told : failed).push(item)
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, teller))
  await settle(db.write(), told, failed)
  return { published: told.length, failed: failed.length, more: pending.length === options.limit }
}

async function tell(
  { storeId, sku, stocked }: PendingOffer,
  deskFor: (storeId: string, sku: string) => StockDesk,
): Promise<boolean> {
  if (stocked === null) return true
  try {
    const desk = deskFor(storeId, sku)
    // Calls to one object arrive in the order in which they were made, so the account is there when it is opened.
    await Promise.all([
      desk.describe(stocked.offer),
      stocked.initialUnits > 0 && opens(desk, sku, stocked.initialUnits),
    ])
    return true
  } catch {
    return false // an object that is away or overloaded; its row stays and is tried again
  }
}

/** The id makes it once for ever: an account that is open stays as it is, whatever the catalog says later. */
const opens = (desk: StockDesk, sku: string, units: number) =>
  desk.adjust({ adjustmentId: `initial:${sku}`, delta: units, kind: 'initial', reason: 'opening stock' })

async function settle(writer: Writer, told: PendingOffer[], failed: PendingOffer[]): Promise<void> {
  const list = (items: PendingOffer[]) =>
    sql`jsonb_to_recordset(${JSON.stringify(items.map(({ storeId, sku, seq }) => ({ storeId, sku, seq })))}::jsonb)
      as t("storeId" text, sku text, seq bigint)`
  const same = sql`o.store_id = t."storeId" and o.topic = 'offer' and o.key = t.sku and o.seq = t.seq`
  await writer.batch(
    [
      rowsOf(sql`delete from outbox o using ${list(told)} where ${same}`),
      rowsOf(sql`
        update outbox o set attempts = o.attempts + 1,
          due_at = now() + least(power(2, least(o.attempts, 10)), 600) * interval '1 second'
        from ${list(failed)} where ${same}`),
    ],
    { repeatable: true },
  )
}

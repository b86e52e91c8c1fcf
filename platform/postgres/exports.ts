/**
 * Rows for exports, a slice at a time: in the order of their ids, from behind the last one, so that an export that broke
 * off goes on where it was. What changes meanwhile is there as it was when its slice was read.
 */
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'

/** One variant, with what is said of its product. */
export type ExportedVariant = {
  id: string
  product: string
  title: string
  status: string
  vendor: string
  sku: string
  variant: string
  price: number
  currency: string
  barcode: string
  weight_grams: number
}

/** Living variants in the order of their ids; `after` empty: from the first. */
export const variantsAfter = (reader: Reader, storeId: string, after: string, limit: number) =>
  reader.rows(
    rowsOf<ExportedVariant>(sql`
      select v.id, p.slug as product, p.title, p.status, p.vendor, v.sku, v.title as variant,
        pr.amount::float8 as price, pr.currency, v.barcode, v.weight_grams
      from variants v
      join products p on p.store_id = v.store_id and p.id = v.product_id
      join stores s on s.id = v.store_id
      join prices pr on pr.store_id = v.store_id and pr.variant_id = v.id and pr.currency = s.currency
      where v.store_id = ${storeId} and v.removed_at is null and v.id > ${after}
      order by v.id limit ${limit}`),
  )

export type ExportedOrder = {
  id: string
  status: string
  email: string
  name: string
  total: number
  currency: string
  units: number
  created_at: string
}

/** Orders in the order of their ids, which is that of their making; made in [from, until), ms, null: open. */
export const ordersAfter = (
  reader: Reader,
  storeId: string,
  { after, from, until, limit }: { after: string; from: number | null; until: number | null; limit: number },
) =>
  reader.rows(
    rowsOf<ExportedOrder>(sql`
      select o.id, o.status, o.email, coalesce(o.name, '') as name, o.total_amount::float8 as total, o.currency,
        (select coalesce(sum(l.units), 0)::int from order_lines l
          where l.store_id = o.store_id and l.bucket = o.bucket and l.order_id = o.id) as units,
        to_char(o.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created_at
      from orders o
      where o.store_id = ${storeId} and o.id > ${after}
        ${from === null ? sql`` : sql`and o.created_at >= onrush_at(${from}::bigint)`}
        ${until === null ? sql`` : sql`and o.created_at < onrush_at(${until}::bigint)`}
      order by o.id limit ${limit}`),
  )

/**
 * The projection: orders, their lines, payments and refunds, and the numbers of each SKU, written as their owners report
 * them (domain/order/records.ts). Reports come late, twice and out of order; `version` decides, so any order of arrival
 * leaves the same rows.
 *
 * What a buyer typed is written down as far as Postgres can: it takes no NUL and no half of a surrogate pair (22P05), and
 * one such name must not keep a whole batch, and so a whole book, from being recorded.
 *
 * One statement a batch of reports. Duplicates are taken out first (one statement may not touch a row twice, 21000), and
 * rows are written in the order of their keys, so that two recorders at once do not deadlock.
 */
import { assert } from '../../domain/basics/assert.ts'
import { bucketOf } from '../../domain/basics/ids.ts'
import { AVAILABILITY, PRODUCT_TAG } from '../../domain/catalog/tags.ts'
import type { InventoryRecord, InventoryRecords, OrderRecord, OrderRecords } from '../../domain/order/records.ts'
import type { Database } from './database.ts'
import { announceOfMany } from './outbox.ts'
import { rowsOf, sql, type SQL } from './statements.ts'

/** Orders a statement: about 200 kB of JSON. */
const ORDERS_MAX = 100
const COUNTS_MAX = 500

export const orderRecords = (db: Database): OrderRecords => ({
  async record(records) {
    const newest = newestOf(
      records,
      ({ order }) => `${order.storeId} ${order.id}`,
      ({ order }) => order.version,
    )
    for (const chunk of chunksOf(newest, ORDERS_MAX)) {
      const incoming = storableJson(chunk.map(rowOf))
      await db.write().batch([rowsOf(upsertOrders(incoming))], { repeatable: true })
    }
  },
})

export const inventoryRecords = (db: Database): InventoryRecords => ({
  async record(records) {
    const newest = newestOf(
      records,
      ({ storeId, count }) => `${storeId} ${count.sku}`,
      ({ count }) => count.version,
    )
    for (const chunk of chunksOf(newest, COUNTS_MAX)) {
      const incoming = storableJson(
        chunk.map(({ storeId, count }: InventoryRecord) => ({ store_id: storeId, ...count })),
      )
      await db.write().batch([rowsOf(upsertInventory(incoming))], { repeatable: true })
    }
  },
})

/** JSON whose texts Postgres can keep, whatever they were. */
const storableJson = (rows: readonly unknown[]): string =>
  JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '') : value,
  )

/** One a key, the newest, sorted by key. */
function newestOf<Item>(items: readonly Item[], key: (item: Item) => string, version: (item: Item) => number): Item[] {
  const newest = new Map<string, Item>()
  for (const item of items) {
    const known = newest.get(key(item))
    if (!known || version(known) < version(item)) newest.set(key(item), item)
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item)
}

function* chunksOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}

function rowOf({ order, payment, settledAt }: OrderRecord) {
  const bucket = bucketOf('ord', order.id)
  assert(bucket !== undefined, `${order.id} is no order's id`)
  return { ...order, bucket, currency: order.total.currency, pay: payment, settledAt }
}

const upsertOrders = (incoming: string): SQL => sql`
  with incoming as materialized (
    select * from jsonb_to_recordset(${incoming}::jsonb) as t(
      "storeId" text, bucket smallint, id text, "visitorId" text, "holdId" text, email text, name text,
      "shippingAddress" jsonb, lines jsonb, total jsonb, status text, failure jsonb, currency text, payment jsonb,
      pay jsonb, refunds jsonb, "receiptDocumentId" text, version bigint, "createdAt" bigint, "updatedAt" bigint,
      "settledAt" bigint)
  ),
  written as (
    insert into orders (store_id, bucket, id, visitor_id, hold_id, email, name, shipping_address, status, failure_code,
      failure_message, currency, total_amount, receipt_id, version, created_at, updated_at, settled_at)
    select "storeId", bucket, id, "visitorId", "holdId", email, name, nullif("shippingAddress", 'null'), status,
      failure->>'code', failure->>'message', currency, (total->>'amount')::bigint, "receiptDocumentId", version,
      onrush_at("createdAt"), onrush_at("updatedAt"), onrush_at("settledAt")
    from incoming order by "storeId", bucket, id
    on conflict (store_id, bucket, id) do update set
      email = excluded.email, name = excluded.name, shipping_address = excluded.shipping_address,
      status = excluded.status, failure_code = excluded.failure_code, failure_message = excluded.failure_message,
      receipt_id = excluded.receipt_id, version = excluded.version, updated_at = excluded.updated_at,
      settled_at = excluded.settled_at
    where orders.version < excluded.version
    returning store_id, bucket, id
  ),
  newer as (
    select i.* from incoming i join written w on w.store_id = i."storeId" and w.bucket = i.bucket and w.id = i.id
  ),
  lined as (
    -- Lines are what was bought; they never change.
    insert into order_lines (store_id, bucket, order_id, position, sku, product_slug, product_title, variant_title,
      units, unit_amount, line_amount)
    select n."storeId", n.bucket, n.id, l.nth::int, l.doc->>'sku', l.doc->>'productSlug', l.doc->>'productTitle',
      l.doc->>'variantTitle', (l.doc->>'units')::int, (l.doc->'unitPrice'->>'amount')::bigint,
      (l.doc->'lineTotal'->>'amount')::bigint
    from newer n cross join jsonb_array_elements(n.lines) with ordinality l (doc, nth)
    order by 1, 2, 3, 4
    on conflict (store_id, bucket, order_id, position) do nothing
  ),
  paid as (
    insert into payments (store_id, bucket, order_id, id, state, provider_id, decline_code, currency, authorised,
      captured, refunded, updated_at)
    select "storeId", bucket, n.id, pay->>'id', pay->>'state', pay->>'providerId', pay->>'declineCode', currency,
      (payment->'authorised'->>'amount')::bigint, (payment->'captured'->>'amount')::bigint,
      (payment->'refunded'->>'amount')::bigint, onrush_at("updatedAt")
    from newer n order by 1, 2, 3
    on conflict (store_id, bucket, order_id, id) do update set
      state = excluded.state, provider_id = excluded.provider_id, decline_code = excluded.decline_code,
      authorised = excluded.authorised, captured = excluded.captured, refunded = excluded.refunded,
      updated_at = excluded.updated_at
  ),
  refunded as (
    insert into refunds (store_id, bucket, order_id, id, currency, amount, reason, restock, status, created_at)
    select n."storeId", n.bucket, n.id, r.doc->>'id', r.doc->'amount'->>'currency', (r.doc->'amount'->>'amount')::bigint,
      r.doc->>'reason', r.doc->'restock', r.doc->>'status', onrush_at((r.doc->>'createdAt')::bigint)
    from newer n cross join jsonb_array_elements(n.refunds) r (doc)
    order by 1, 2, 3, 4
    on conflict (store_id, bucket, order_id, id) do update set status = excluded.status
  )
  select count(*) from written`

/**
 * A product that sells out, or is to be had again, is a change of its page and of the lists; the numbers in between come
 * with the copies' lifetimes.
 */
const upsertInventory = (incoming: string): SQL => sql`
  with incoming as materialized (
    select * from jsonb_to_recordset(${incoming}::jsonb) as t(
      store_id text, sku text, initial bigint, adjusted bigint, total bigint, free bigint, held bigint, sold bigint,
      version bigint)
  ),
  before as materialized (
    select store_id, sku, i.free from inventory i join incoming using (store_id, sku)
  ),
  written as (
    insert into inventory (store_id, sku, initial, adjusted, total, free, held, sold, version)
    select * from incoming order by store_id, sku
    on conflict (store_id, sku) do update set
      initial = excluded.initial, adjusted = excluded.adjusted, total = excluded.total, free = excluded.free,
      held = excluded.held, sold = excluded.sold, version = excluded.version, updated_at = now()
    where inventory.version < excluded.version
    returning store_id, sku, free
  ),
  turned as (
    select w.store_id, v.product_id, v.id as variant_id from written w
    join variants v on v.store_id = w.store_id and v.sku = w.sku
    left join before b on b.store_id = w.store_id and b.sku = w.sku
    where (coalesce(b.free, v.initial_units) > 0) <> (w.free > 0)
  ),
  of_drops as (
    ${announceOfMany(
      'moments',
      sql`select distinct t.store_id, m.drop_id from turned t
        join drop_variants m on m.store_id = t.store_id and m.variant_id = t.variant_id`,
    )}
  )
  ${announceOfMany(
    'epoch',
    sql`select store_id, ${PRODUCT_TAG} || product_id from turned union select store_id, ${AVAILABILITY} from turned`,
  )}`

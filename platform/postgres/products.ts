/** Products as pages and the API read them. Each function is one round trip, whatever it returns. */
import { accept, type Decision } from '../../domain/basics/decision.ts'
import type { Product, ProductCard } from '../../domain/catalog/product.ts'
import {
  cursorOf,
  PAGE_LIMIT_MAX,
  parseCursor,
  wordsQuery,
  type CursorPlace,
  type CursorRefusal,
  type Page,
  type ProductQuery,
  type ProductSort,
} from '../../domain/catalog/query.ts'
import { CARD_JOINS, CARD_VALUE, wholeProduct, type ProductRow } from './product-sql.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'

type ListRow = { card: ProductCard; place: string }

/** A page of a store's products. Refuses a cursor that is not one of ours, or that belongs to another sorting. */
export async function listProducts(
  reader: Reader,
  storeId: string,
  query: ProductQuery,
): Promise<Decision<Page<ProductCard>, CursorRefusal>> {
  const listing = productListing(storeId, query)
  if (!listing.ok) return listing
  return accept(listing.value.page(await reader.rows(listing.value.statement)))
}

/** The same list as a statement, for callers that put it in a batch with others. */
export function productListing(storeId: string, query: ProductQuery) {
  const limit = Math.max(1, Math.min(query.limit, PAGE_LIMIT_MAX))
  const words = query.q === null ? null : wordsQuery(query.q)
  const sort = effectiveSort(query, words)
  const after = query.cursor === null ? null : parseCursor(query.cursor, sort)
  if (after && !after.ok) return after

  const { key, order, beyond } = SORTS[sort]
  const ts = words === null ? sql`null::tsquery` : sql`to_tsquery('simple', ${words})`
  const statement = rowsOf<ListRow>(sql`
    with chosen as (
      select p.*, (${key})::text as place
      from products p
      cross join (select ${ts} as words) query
      ${inCollection(query.collection)}
      where p.store_id = ${storeId} and ${filters(query, words)}
        ${after ? sql`and ${beyond(after.value)}` : sql``}
      order by ${order}
      limit ${limit + 1}
    )
    select ${CARD_VALUE} as card, p.place
    from (select chosen.*, row_number() over () as nth from chosen) p ${CARD_JOINS}
    order by p.nth`)
  return accept({ statement, page: (rows: ListRow[]) => pageOf(rows, limit, sort) })
}

function pageOf(rows: ListRow[], limit: number, sort: ProductSort): Page<ProductCard> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    data: shown.map(({ card }) => card),
    nextCursor: more ? cursorOf({ sort, value: last.place, id: last.card.id }) : null,
  }
}

/** Relevance needs words and a shelf's own order needs a shelf; without them the newest come first. */
function effectiveSort({ sort, collection }: ProductQuery, words: string | null): ProductSort {
  if (sort === 'relevance' && words === null) return 'newest'
  if (sort === 'featured' && collection === null) return 'newest'
  return sort
}

interface Sorting {
  /** A whole number or a text; becomes the cursor's value. */
  key: SQL
  order: SQL
  beyond: (place: CursorPlace) => SQL
}

const MICROS = sql`(extract(epoch from p.created_at) * 1000000)::bigint`
const RANK = sql`(ts_rank(p.search, query.words) * 1000000)::bigint`

const SORTS: Record<ProductSort, Sorting> = {
  newest: {
    key: MICROS,
    order: sql`p.created_at desc, p.id desc`,
    beyond: ({ value, id }) =>
      sql`(p.created_at, p.id) < (timestamptz 'epoch' + ${value}::bigint * interval '1 microsecond', ${id})`,
  },
  price: {
    key: sql`p.price_min`,
    order: sql`p.price_min, p.id`,
    beyond: ({ value, id }) => sql`(p.price_min, p.id) > (${value}::bigint, ${id})`,
  },
  '-price': {
    key: sql`p.price_min`,
    order: sql`p.price_min desc, p.id desc`,
    beyond: ({ value, id }) => sql`(p.price_min, p.id) < (${value}::bigint, ${id})`,
  },
  title: {
    key: sql`p.title`,
    order: sql`p.title, p.id`,
    beyond: ({ value, id }) => sql`(p.title, p.id) > (${value}, ${id})`,
  },
  relevance: {
    key: RANK,
    order: sql`${RANK} desc, p.id desc`,
    beyond: ({ value, id }) => sql`(${RANK}, p.id) < (${value}::bigint, ${id})`,
  },
  featured: {
    key: sql`pc.position`,
    order: sql`pc.position, p.id`,
    beyond: ({ value, id }) => sql`(pc.position, p.id) > (${value}::bigint, ${id})`,
  },
}

const inCollection = (slug: string | null): SQL =>
  slug === null
    ? sql``
    : sql`join collections c on c.store_id = p.store_id and c.slug = ${slug}
      join product_collections pc on pc.store_id = c.store_id and pc.collection_id = c.id and pc.product_id = p.id`

function filters(query: ProductQuery, words: string | null): SQL {
  const all = [query.status === 'active' ? sql`p.status = 'active'` : sql`true`]
  if (words !== null) all.push(sql`p.search @@ query.words`)
  // Asked for something that holds no word (`%`): nothing has it, and everything would be a strange answer.
  else if (query.q !== null) all.push(sql`false`)
  if (query.priceFrom !== null) all.push(sql`p.price_max >= ${query.priceFrom}::bigint`)
  if (query.priceTo !== null) all.push(sql`p.price_min <= ${query.priceTo}::bigint`)
  if (query.inStock) {
    all.push(sql`exists (
      select from variants v left join inventory inv on inv.store_id = v.store_id and inv.sku = v.sku
      where v.store_id = p.store_id and v.product_id = p.id and v.removed_at is null
        and coalesce(inv.free, v.initial_units) > 0)`)
  }
  return sql.join(all, sql` and `)
}

/** An active product with all that belongs to it; null when there is none under this slug. */
export async function findProduct(reader: Reader, storeId: string, slug: string): Promise<Product | null> {
  const [row] = await reader.rows(productBySlug(storeId, slug))
  return row?.product ?? null
}

export const productBySlug = (storeId: string, slug: string) =>
  rowsOf<ProductRow>(wholeProduct(sql`p.store_id = ${storeId} and p.slug = ${slug} and p.status = 'active'`))

/** For operators: by id or slug, in any status. */
export async function findProductForOperator(reader: Reader, storeId: string, idOrSlug: string) {
  const [row] = await reader.rows(
    rowsOf<ProductRow>(
      wholeProduct(sql`p.store_id = ${storeId} and (p.id = ${idOrSlug} or p.slug = ${idOrSlug})
        order by p.id = ${idOrSlug} desc limit 1`),
    ),
  )
  return row?.product ?? null
}

/** What a product page shows beside it: others of its shelves, then of its vendor. At most `limit`. */
export const relatedTo = (storeId: string, slug: string, limit: number) =>
  rowsOf<{ card: ProductCard }>(sql`
    with this as (select store_id, id from products where store_id = ${storeId} and slug = ${slug}),
    near as (
      select o.product_id as id, count(*) as shared
      from this
      join product_collections pc on pc.store_id = this.store_id and pc.product_id = this.id
      join product_collections o on o.store_id = pc.store_id and o.collection_id = pc.collection_id and o.product_id <> this.id
      group by o.product_id
      order by shared desc, md5(o.product_id || ${slug})
      limit ${limit * 3}
    )
    select ${CARD_VALUE} as card
    from near join products p on p.store_id = ${storeId} and p.id = near.id and p.status = 'active' ${CARD_JOINS}
    order by near.shared desc, md5(p.id || ${slug}) limit ${limit}`)

/** A product and what stands beside it, in one round trip. */
export async function findProductPage(
  reader: Reader,
  storeId: string,
  slug: string,
  relatedMax = 4,
): Promise<{ product: Product; related: ProductCard[] } | null> {
  const [found, related] = await reader.batch([productBySlug(storeId, slug), relatedTo(storeId, slug, relatedMax)])
  const product = found.rows[0]?.product
  return product ? { product, related: related.rows.map(({ card }) => card) } : null
}

/** The best sellers by units of paid orders since an instant; filled up with the newest when too few were sold. */
export const popular = (storeId: string, sinceMs: number, limit: number) =>
  rowsOf<{ card: ProductCard; units: string }>(sql`
    with sold as (
      select v.product_id as id, sum(l.units) as units
      from orders o
      join order_lines l on l.store_id = o.store_id and l.bucket = o.bucket and l.order_id = o.id
      join variants v on v.store_id = l.store_id and v.sku = l.sku
      where o.store_id = ${storeId} and o.created_at >= onrush_at(${sinceMs}::bigint)
        and o.status in ('paid', 'partially_refunded')
      group by v.product_id
    ),
    best as (
      (select p.id, sold.units, 0 as tier, p.created_at
       from sold join products p on p.store_id = ${storeId} and p.id = sold.id and p.status = 'active'
       order by sold.units desc, p.id limit ${limit})
      union all
      (select p.id, 0, 1, p.created_at from products p
       where p.store_id = ${storeId} and p.status = 'active' and not exists (select from sold where sold.id = p.id)
       order by p.created_at desc, p.id desc limit ${limit})
    )
    select ${CARD_VALUE} as card, best.units::text as units
    from best join products p on p.store_id = ${storeId} and p.id = best.id ${CARD_JOINS}
    order by best.tier, best.units desc, best.created_at desc, p.id limit ${limit}`)

export interface PopularProduct extends ProductCard {
  /** Sold since the instant asked for. */
  unitsSold: number
}

export async function popularProducts(
  reader: Reader,
  storeId: string,
  { sinceMs, limit }: { sinceMs: number; limit: number },
): Promise<PopularProduct[]> {
  const rows = await reader.rows(popular(storeId, sinceMs, Math.min(limit, PAGE_LIMIT_MAX)))
  return rows.map(({ card, units }) => ({ ...card, unitsSold: Number(units) }))
}

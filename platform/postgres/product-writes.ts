/**
 * Writing products: any number of them in one statement, from one JSON parameter, so that an import's chunk and an
 * operator's single edit take the same path and one round trip.
 *
 * A product is put whole. The SHA-256 of its content is kept, and the same content again changes nothing: no version, no
 * outbox row. A product one of whose SKUs belongs to another product is left out as a whole, and said so; the others are
 * written. Each SKU written leaves an outbox row, in the same transaction, for its stock object to be told.
 *
 * Stock is not content: `initialUnits` opens the account of a SKU that is new here and is ignored ever after.
 */
import { assert } from '../../domain/basics/assert.ts'
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { newId } from '../../domain/basics/ids.ts'
import type { Random } from '../../domain/basics/random.ts'
import type { CatalogRefusal, CollectionName, ProductDraft } from '../../domain/catalog/product.ts'
import { DROP_TAG, DROPS, PRODUCT_TAG, PRODUCTS } from '../../domain/catalog/tags.ts'
import { announceTags } from './epochs.ts'
import { DatabaseFault } from './fault.ts'
import { announce } from './outbox.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

export interface PutProduct {
  draft: ProductDraft
  /** Which product it is, when its slug may change; without it the slug decides. */
  id?: string
  /** Refuse when the product has moved on since this version was read. */
  ifVersion?: number
  /** Refuse when there is one already. */
  mustBeNew?: boolean
}

export type PutOutcome =
  | {
      slug: string
      outcome: 'created' | 'updated' | 'unchanged'
      id: string
      version: number
      skusThatHaveStock: number
    }
  | { slug: string; outcome: 'refused'; refusal: CatalogRefusal }

export interface Birth {
  now: number
  random: Random
}

/**
 * Puts products, each as a whole or not at all; outcomes in the order given. Safe to repeat. Slugs and SKUs must be
 * unique within the list (domain/catalog/import.ts sees to it).
 */
export async function putProducts(
  writer: Writer,
  storeId: string,
  products: readonly PutProduct[],
  birth: Birth,
): Promise<PutOutcome[]> {
  if (products.length === 0) return []
  const incoming = JSON.stringify(products.map((product) => documentOf(product, birth)))
  const shelves = JSON.stringify(shelvesOf(products, birth))
  for (let attempt = 1; ; attempt++) {
    try {
      const [, rows] = await writer.batch(
        [rowsOf(putShelves(storeId, shelves)), rowsOf<JudgedRow>(put(storeId, incoming))],
        { repeatable: true },
      )
      return inOrder(products, rows.rows)
    } catch (error) {
      // Another writer took a slug or a SKU after our statement had begun. All of it was undone; the next attempt sees what
      // the other one did, and refuses by name.
      const raced = error instanceof DatabaseFault && ['duplicate', 'refused'].includes(error.facts.kind)
      if (!raced || attempt === 3) throw error
    }
  }
}

/** What putProducts would say, without writing: the dry run. */
export async function judgeProducts(
  reader: Reader,
  storeId: string,
  products: readonly PutProduct[],
  birth: Birth,
): Promise<PutOutcome[]> {
  if (products.length === 0) return []
  const incoming = JSON.stringify(products.map((product) => documentOf(product, birth)))
  return inOrder(products, await reader.rows(rowsOf<JudgedRow>(judge(storeId, incoming))))
}

/** One product: its outcome, or why not. */
export async function putProduct(
  writer: Writer,
  storeId: string,
  product: PutProduct,
  birth: Birth,
): Promise<Decision<{ id: string; version: number; outcome: 'created' | 'updated' | 'unchanged' }, CatalogRefusal>> {
  const [outcome] = await putProducts(writer, storeId, [product], birth)
  assert(outcome, 'one product in, one outcome out')
  if (outcome.outcome === 'refused') return refuse(outcome.refusal)
  return accept({ id: outcome.id, version: outcome.version, outcome: outcome.outcome })
}

/**
 * Takes a product out of the shop: archived, its variants no longer for sale. Its rows stay for orders and stock
 * accounts, and putting its slug again brings it back. Safe to repeat.
 */
export async function removeProduct(
  writer: Writer,
  storeId: string,
  id: string,
): Promise<Decision<{ id: string; skus: string[] }, CatalogRefusal>> {
  const rows = await writer.rows(
    rowsOf<{ id: string; skus: string[] }>(sql`
      with gone as (
        update products set status = 'archived', digest = '', version = version + 1, updated_at = now()
        where store_id = ${storeId} and id = ${id} returning id
      ),
      bare as (
        update variants v set removed_at = coalesce(v.removed_at, now()), offer_version = v.offer_version + 1
        from gone where v.store_id = ${storeId} and v.product_id = gone.id returning v.sku
      ),
      out_of_drops as (
        delete from drop_variants m using variants v, gone
        where m.store_id = ${storeId} and v.store_id = ${storeId} and v.id = m.variant_id and v.product_id = gone.id
        returning m.drop_id
      ),
      ${dropsChanged(storeId, sql`select drop_id from out_of_drops`)},
      told as (${announce(storeId, 'offer', sql`select sku from bare`)}),
      told_tags as (${announceTags(
        storeId,
        sql`
          select ${PRODUCT_TAG} || id from gone union select ${PRODUCTS} from gone
          union select ${DROP_TAG} || id from changed_drops union select ${DROPS} from changed_drops`,
      )})
      select gone.id, (select coalesce(jsonb_agg(sku), '[]') from bare) as skus from gone`),
    { repeatable: true },
  )
  const row = rows[0]
  return row ? accept(row) : refuse({ code: 'product_not_found', product: id })
}

/** New terms for drops that have lost SKUs: `left` selects the drops' ids, as often as it likes. Two parts of a `with`. */
const dropsChanged = (storeId: string, left: SQL): SQL => sql`
  changed_drops as (
    update drops set version = version + 1, updated_at = now()
    where store_id = ${storeId} and id in (${left}) returning id
  ),
  told_drops as (${announce(storeId, 'drop', sql`select id from changed_drops`)})`

type JudgedRow = {
  slug: string
  outcome: 'created' | 'updated' | 'unchanged' | 'sku_taken' | 'slug_taken' | 'not_found' | 'version'
  id: string
  version: string | null
  known_skus: number
  sku: string | null
  owner: string | null
  /** Null: nobody tried. */
  written: boolean | null
}

function inOrder(products: readonly PutProduct[], rows: JudgedRow[]): PutOutcome[] {
  const bySlug = new Map(rows.map((row) => [row.slug, row]))
  return products.map(({ draft, ifVersion, id: given }) => {
    const { slug } = draft
    const row = bySlug.get(slug)
    assert(row, `no verdict for ${slug}`)
    const { id, outcome } = row
    const found = Number(row.version ?? 0)
    const no = (refusal: CatalogRefusal): PutOutcome => ({ slug, outcome: 'refused', refusal })
    switch (outcome) {
      case 'sku_taken':
        return no({ code: 'sku_taken', sku: row.sku!, product: row.owner })
      case 'slug_taken':
        return no({ code: 'slug_taken', slug })
      case 'not_found':
        return no({ code: 'product_not_found', product: given ?? slug })
      case 'version':
        return no({ code: 'version_is_older', expected: ifVersion!, found })
      default: {
        const wrote = outcome !== 'unchanged'
        assert(row.written === null || row.written === wrote, `${slug} was judged ${outcome} and not written so`)
        return { slug, outcome, id, version: wrote ? found + 1 : found, skusThatHaveStock: row.known_skus }
      }
    }
  })
}

/** What the statements read. `content` alone is digested, so ids and units in it would make every repeat a change. */
function documentOf({ draft, id, ifVersion, mustBeNew }: PutProduct, { now, random }: Birth) {
  const { variants, ...rest } = draft
  const amounts = variants.map(({ priceAmount }) => priceAmount)
  assert(variants.length > 0, `${draft.slug} has no variant`)
  return {
    slug: draft.slug,
    id: id ?? null,
    new_id: newId('prd', now, random),
    must_be_new: mustBeNew ?? false,
    if_version: ifVersion ?? null,
    content: {
      ...rest,
      collections: rest.collections?.map(({ slug }) => slug) ?? null,
      variants: variants.map((variant) => ({ ...variant, initialUnits: undefined })), // left out of the JSON
    },
    skus: variants.map(({ sku }) => sku),
    price_min: Math.min(...amounts),
    price_max: Math.max(...amounts),
    births: variants.map(({ sku, initialUnits }) => ({ sku, id: newId('var', now, random), units: initialUnits })),
  }
}

function shelvesOf(products: readonly PutProduct[], { now, random }: Birth) {
  const shelves = new Map<string, CollectionName>()
  for (const { draft } of products) for (const shelf of draft.collections ?? []) shelves.set(shelf.slug, shelf)
  return [...shelves.values()].map(({ slug, title }) => ({ id: newId('col', now, random), slug, title }))
}

const putShelves = (storeId: string, shelves: string): SQL => sql`
  insert into collections (store_id, id, slug, title)
  select ${storeId}, id, slug, title from jsonb_to_recordset(${shelves}::jsonb) as t(id text, slug text, title text)
  order by slug
  on conflict (store_id, slug) do nothing`

/** The incoming products as a table, each with the row it means, the SKU that is in its way, and what will become of it. */
const verdicts = (storeId: string, incoming: string): SQL => sql`
  incoming as materialized (
    select t.*, encode(sha256(convert_to(t.content::text, 'UTF8')), 'hex') as digest
    from jsonb_to_recordset(${incoming}::jsonb) as t(
      slug text, id text, new_id text, must_be_new boolean, if_version bigint, content jsonb, skus jsonb,
      price_min bigint, price_max bigint, births jsonb)
  ),
  -- Each key is looked up by itself (offset 0 keeps the planner from joining instead): while an import fills a store the
  -- statistics are always behind, and a join chosen by them reads the whole store for every chunk.
  named as materialized (
    select i.slug, w.sku, known.product_id, known.removed_at is null as is_living
    from incoming i
    cross join jsonb_array_elements_text(i.skus) w (sku)
    cross join lateral (
      select v.product_id, v.removed_at from variants v where v.store_id = ${storeId} and v.sku = w.sku offset 0
    ) known
  ),
  found as materialized (
    select i.*, p.id as old_id, p.version, p.digest as old_digest, same.id as same_slug_id
    from incoming i
    left join lateral (
      select id from products where store_id = ${storeId} and slug = i.slug offset 0
    ) same on true
    left join lateral (
      select id, version, digest from products where store_id = ${storeId} and id = coalesce(i.id, same.id) offset 0
    ) p on true
  ),
  verdict as materialized (
    select f.*, coalesce(f.old_id, f.new_id) as final_id, taken.sku as taken_sku,
      (select o.slug from products o where o.store_id = ${storeId} and o.id = taken.product_id) as owner,
      (select count(*)::int from named n where n.slug = f.slug) as known_skus,
      case
        when f.id is not null and f.old_id is null then 'not_found'
        when f.must_be_new and f.old_id is not null then 'slug_taken'
        when f.id is not null and f.same_slug_id <> f.id then 'slug_taken'
        when f.if_version is not null and f.version <> f.if_version then 'version'
        when taken.sku is not null then 'sku_taken'
        when f.old_id is null then 'created'
        when f.old_digest = f.digest then 'unchanged'
        else 'updated'
      end as outcome
    from found f
    left join lateral (
      select n.sku, n.product_id from named n
      where n.slug = f.slug and n.is_living and n.product_id is distinct from f.old_id
      order by n.sku limit 1
    ) taken on true
  )`

const judge = (storeId: string, incoming: string): SQL => sql`
  with ${verdicts(storeId, incoming)}
  select ${VERDICT_COLUMNS}, null::boolean as written from verdict v`

const VERDICT_COLUMNS = sql`
  v.slug, v.outcome, v.final_id as id, v.version::text as version, v.known_skus, v.taken_sku as sku, v.owner`

/**
 * One statement. Its parts see the database as it was before it, which is why rows are chosen from `verdict` and from
 * what the earlier parts return, never by reading back.
 */
const put = (storeId: string, incoming: string): SQL => sql`
  with ${verdicts(storeId, incoming)},
  todo as (select * from verdict where outcome in ('created', 'updated')),
  written as (
    insert into products (store_id, id, slug, title, description, vendor, product_type, tags, status, options,
                          price_min, price_max, digest)
    select ${storeId}, final_id, slug, content->>'title', content->>'description', content->>'vendor',
      content->>'productType', array(select jsonb_array_elements_text(content->'tags')), content->>'status',
      array(select jsonb_array_elements_text(content->'options')), price_min, price_max, digest
    from todo order by final_id
    on conflict (store_id, id) do update set
      slug = excluded.slug, title = excluded.title, description = excluded.description, vendor = excluded.vendor,
      product_type = excluded.product_type, tags = excluded.tags, status = excluded.status, options = excluded.options,
      price_min = excluded.price_min, price_max = excluded.price_max, digest = excluded.digest,
      version = products.version + 1, updated_at = now()
    returning id, slug
  ),
  wanted as (
    select t.final_id as product_id, v.nth::int as position, v.doc, b.id as new_id, b.units
    from todo t
    cross join jsonb_array_elements(t.content->'variants') with ordinality v (doc, nth)
    join jsonb_to_recordset(t.births) as b(sku text, id text, units int) on b.sku = v.doc->>'sku'
  ),
  kept as (
    insert into variants (store_id, id, product_id, sku, title, option_values, position, barcode, weight_grams,
                          units_per_visitor_max, initial_units)
    select ${storeId}, new_id, product_id, doc->>'sku', doc->>'title',
      array(select jsonb_array_elements_text(doc->'optionValues')), position, doc->>'barcode',
      (doc->>'weightGrams')::int, (doc->>'unitsPerVisitorMax')::int, units
    from wanted order by doc->>'sku'
    on conflict (store_id, sku) do update set
      product_id = excluded.product_id, title = excluded.title, option_values = excluded.option_values,
      position = excluded.position, barcode = excluded.barcode, weight_grams = excluded.weight_grams,
      units_per_visitor_max = excluded.units_per_visitor_max, removed_at = null,
      offer_version = variants.offer_version + 1
    -- A removed SKU may move to another product; a living one may not.
    where variants.product_id = excluded.product_id or variants.removed_at is not null
    returning id, sku
  ),
  dropped as (
    update variants v set removed_at = now(), offer_version = v.offer_version + 1
    where v.store_id = ${storeId} and v.id = any (array(
      select old.id from todo t cross join lateral (
        select o.id, o.sku from variants o
        where o.store_id = ${storeId} and o.product_id = t.final_id and o.removed_at is null offset 0
      ) old
      where not t.skus ? old.sku))
    returning v.id, v.sku
  ),
  out_of_drops as (
    delete from drop_variants m using dropped where m.store_id = ${storeId} and m.variant_id = dropped.id
    returning m.drop_id
  ),
  ${dropsChanged(storeId, sql`select drop_id from out_of_drops`)},
  priced as (
    insert into prices (store_id, variant_id, currency, amount, compare_at_amount)
    select s.id, kept.id, s.currency, (w.doc->>'priceAmount')::bigint, (w.doc->>'compareAtAmount')::bigint
    from kept join wanted w on w.doc->>'sku' = kept.sku join stores s on s.id = ${storeId}
    order by kept.id
    on conflict (store_id, variant_id, currency) do update set
      amount = excluded.amount, compare_at_amount = excluded.compare_at_amount
  ),
  pictures as (
    select t.final_id as product_id, i.nth::int as position, i.doc
    from todo t cross join jsonb_array_elements(t.content->'images') with ordinality i (doc, nth)
  ),
  pictured as (
    insert into images (store_id, product_id, position, url, alt)
    select ${storeId}, product_id, position, doc->>'url', doc->>'alt' from pictures order by 2, 3
    on conflict (store_id, product_id, position) do update set url = excluded.url, alt = excluded.alt
  ),
  unpictured as (
    delete from images i
    where i.store_id = ${storeId} and i.product_id = any (array(select final_id from todo))
      and i.position > (select jsonb_array_length(t.content->'images') from todo t where t.final_id = i.product_id)
  ),
  shelved as (
    insert into product_collections (store_id, collection_id, product_id)
    select ${storeId}, c.id, t.final_id
    from todo t
    cross join jsonb_array_elements_text(nullif(t.content->'collections', 'null')) named (slug)
    join collections c on c.store_id = ${storeId} and c.slug = named.slug
    order by 2, 3
    on conflict (store_id, collection_id, product_id) do nothing
  ),
  unshelved as (
    delete from product_collections pc
    where pc.store_id = ${storeId}
      and pc.product_id = any (array(select final_id from todo where content->'collections' <> 'null'))
      and not exists (
        select from todo t join collections c on c.store_id = ${storeId} and c.id = pc.collection_id
        where t.final_id = pc.product_id and t.content->'collections' ? c.slug)
  ),
  told as (${announce(storeId, 'offer', sql`select sku from kept union select sku from dropped`)}),
  told_tags as (${announceTags(storeId, sql`select ${PRODUCT_TAG} || final_id from todo union select ${PRODUCTS} from todo`)})
  select ${VERDICT_COLUMNS}, written.id is not null as written
  from verdict v
  left join written on written.id = v.final_id
  where onrush_require((select count(*) from kept) = (select count(*) from wanted), 'sku_taken', '')`

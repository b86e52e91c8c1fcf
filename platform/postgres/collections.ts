/** Collections: the shelves of a store. One round trip a function. */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { newId } from '../../domain/basics/ids.ts'
import type { CatalogRefusal, Collection, CollectionDraft, ProductCard } from '../../domain/catalog/product.ts'
import type { CursorRefusal, Page, ProductQuery } from '../../domain/catalog/query.ts'
import { COLLECTIONS } from '../../domain/catalog/tags.ts'
import { announceTheseTags } from './epochs.ts'
import { DatabaseFault } from './fault.ts'
import type { Birth } from './product-writes.ts'
import { productListing } from './products.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type CollectionRow = { collection: Collection }

const collectionJson = (where: SQL): SQL => sql`
  select jsonb_build_object(
    'id', c.id, 'slug', c.slug, 'title', c.title, 'description', c.description, 'position', c.position,
    -- A shelf without a picture of its own shows its first product's.
    'imageUrl', case when c.image_url <> '' then c.image_url else coalesce((
      select i.url from product_collections pc
      join products p on p.store_id = pc.store_id and p.id = pc.product_id and p.status = 'active'
      join images i on i.store_id = p.store_id and i.product_id = p.id and i.position = 1
      where pc.store_id = c.store_id and pc.collection_id = c.id order by pc.position, p.id limit 1), '') end,
    'productCount', (
      select count(*) from product_collections pc
      join products p on p.store_id = pc.store_id and p.id = pc.product_id and p.status = 'active'
      where pc.store_id = c.store_id and pc.collection_id = c.id),
    'version', c.version, 'updatedAt', onrush_ms(c.updated_at)) as collection
  from collections c where ${where}`

/** All of them, in the shop's order; a store has tens. Empty shelves only for operators. */
export const collectionListing = (storeId: string, options: { withEmpty: boolean } = { withEmpty: false }) =>
  rowsOf<CollectionRow>(sql`
    select collection from (${collectionJson(sql`c.store_id = ${storeId}`)}) all_shelves
    where ${options.withEmpty} or (collection->>'productCount')::int > 0
    order by (collection->>'position')::int, collection->>'title' limit 500`)

export async function listCollections(
  reader: Reader,
  storeId: string,
  options: { withEmpty: boolean } = { withEmpty: false },
): Promise<Collection[]> {
  return (await reader.rows(collectionListing(storeId, options))).map(({ collection }) => collection)
}

export async function findCollection(reader: Reader, storeId: string, idOrSlug: string): Promise<Collection | null> {
  const [row] = await reader.rows(bySlugOrId(storeId, idOrSlug))
  return row?.collection ?? null
}

const bySlugOrId = (storeId: string, idOrSlug: string) =>
  rowsOf<CollectionRow>(
    collectionJson(sql`c.store_id = ${storeId} and (c.slug = ${idOrSlug} or c.id = ${idOrSlug}) limit 1`),
  )

/** A shelf and a page of what stands on it. Null: there is no such shelf. */
export async function findCollectionPage(
  reader: Reader,
  storeId: string,
  slug: string,
  query: ProductQuery,
): Promise<Decision<{ collection: Collection; products: Page<ProductCard> } | null, CursorRefusal>> {
  const listing = productListing(storeId, { ...query, collection: slug })
  if (!listing.ok) return listing
  const [found, rows] = await reader.batch([bySlugOrId(storeId, slug), listing.value.statement])
  const collection = found.rows[0]?.collection
  return accept(collection ? { collection, products: listing.value.page(rows.rows) } : null)
}

/** Makes one, or rewrites the one that is meant by `id`. Refuses a slug that another shelf has. */
export async function putCollection(
  writer: Writer,
  storeId: string,
  draft: CollectionDraft,
  { id, now, random }: Birth & { id?: string },
): Promise<Decision<{ id: string; outcome: 'created' | 'updated' }, CatalogRefusal>> {
  const { slug, title, description, imageUrl, position } = draft
  const statement = id
    ? sql`update collections set slug = ${slug}, title = ${title}, description = ${description},
        image_url = ${imageUrl}, position = ${position}, version = version + 1, updated_at = now()
        where store_id = ${storeId} and id = ${id} returning id`
    : sql`insert into collections (store_id, id, slug, title, description, image_url, position)
        values (${storeId}, ${newId('col', now, random)}, ${slug}, ${title}, ${description}, ${imageUrl}, ${position})
        returning id`
  try {
    const [written] = await writer.batch([rowsOf<{ id: string }>(statement), changed(storeId)])
    const [row] = written.rows
    if (!row) return refuse({ code: 'collection_not_found', collection: id ?? slug })
    return accept({ id: row.id, outcome: id ? 'updated' : 'created' })
  } catch (error) {
    if (error instanceof DatabaseFault && error.facts.constraint === 'collections_slug_key') {
      return refuse({ code: 'slug_taken', slug })
    }
    throw error
  }
}

/** Takes a shelf away; its products stay. Safe to repeat. */
export async function removeCollection(writer: Writer, storeId: string, id: string): Promise<void> {
  const gone = rowsOf(sql`delete from collections where store_id = ${storeId} and id = ${id}`)
  await writer.batch([gone, changed(storeId)], { repeatable: true })
}

const changed = (storeId: string) => rowsOf(announceTheseTags(storeId, [COLLECTIONS]))

/**
 * What the pages ask the catalog, through the edge cache: each page is one question, answered from memory for most.
 * Values are kept as the catalog's nouns, so that a drop's status and a countdown are as of now and not as of then.
 */
import type { Collection, Product, ProductCard } from '../../domain/catalog/product.ts'
import { fewestOf, LIST_TAGS, SHELF_TAGS, tagsOfProduct } from '../../domain/catalog/tags.ts'
import type { Page, ProductQuery } from '../../domain/catalog/query.ts'
import { statusAt, type Drop, type DropWithProducts } from '../../domain/drop/drop.ts'
import type { Freshness } from '../../domain/freshness/freshness.ts'
import { cardIn, productIn } from '../../domain/market/pricing.ts'
import { findCollectionPage, listCollections } from '../../platform/postgres/collections.ts'
import { findDrop, listDrops } from '../../platform/postgres/drops.ts'
import { findProductPage, listProducts, popularProducts } from '../../platform/postgres/products.ts'
import type { Reader } from '../../platform/postgres/reading.ts'
import type { Asked } from '../context.ts'
import { CATALOG, freshnessOfList, publicValue } from '../public-reads.ts'
import { inMarketOf } from '../room.ts'

/** Which drop is announced turns with the clock, too. */
const FRONT: Freshness = { ...CATALOG, coloSeconds: 10, revalidateSeconds: 20 }

const POPULAR_MS = 30 * 24 * 60 * 60_000

/** One copy of what a page is made of serves all markets; what it costs in the reader's is looked up as it is drawn. */
const priced =
  (c: Asked) =>
  (card: ProductCard): ProductCard =>
    cardIn(card, c.var.visit.whereabouts.market)

export interface Front {
  drop: DropWithProducts | null
  fresh: ProductCard[]
  popular: ProductCard[]
}

/** The shelves, for the header of every page. */
export const readCollections = async (c: Asked): Promise<Collection[]> =>
  (await publicValue(
    c,
    'page collections',
    CATALOG,
    (reader) => listCollections(reader, c.var.visit.storeId),
    () => ({ tags: SHELF_TAGS }),
  )) ?? []

/** What the front page shows beside the shelves. */
export async function readFront(c: Asked, newest: ProductQuery): Promise<Front> {
  const { storeId, clock } = c.var.visit
  const now = clock.now()
  const front = await publicValue(
    c,
    'page front',
    FRONT,
    async (reader): Promise<Front> => {
      const [drop, fresh, popular] = await Promise.all([
        nextDrop(reader, storeId, now),
        listProducts(reader, storeId, newest),
        popularProducts(reader, storeId, { sinceMs: now - POPULAR_MS, limit: 8 }),
      ])
      return { drop, fresh: fresh.ok ? fresh.value.data : [], popular }
    },
    (shown) => ({ tags: LIST_TAGS, unitsLeft: fewestOf([...(shown?.fresh ?? []), ...(shown?.popular ?? [])]) }),
  )
  if (front === null) return { drop: null, fresh: [], popular: [] }
  const { drop, fresh, popular } = front
  return { drop: inMarketOf(c, drop), fresh: fresh.map(priced(c)), popular: popular.map(priced(c)) }
}

/** The drop to announce: the first that is not over. */
async function nextDrop(reader: Reader, storeId: string, now: number): Promise<DropWithProducts | null> {
  const drops = await listDrops(reader, storeId, now, 3)
  const next = drops.find((drop) => statusAt(now, drop) !== 'ended')
  return next === undefined ? null : findDrop(reader, storeId, next.slug)
}

export interface ShelfFound {
  collection: Collection | null
  products: Page<ProductCard>
}

/** A page of a shelf or of a search; null when there is no such shelf, or the cursor is not one of ours. */
export async function readShelf(c: Asked, query: ProductQuery): Promise<ShelfFound | null> {
  const shelf = await publicValue(
    c,
    `page shelf ${JSON.stringify(query)}`,
    freshnessOfList(query),
    async (reader): Promise<ShelfFound | null> => {
      const { storeId } = c.var.visit
      if (query.collection === null) {
        const listed = await listProducts(reader, storeId, query)
        return listed.ok ? { collection: null, products: listed.value } : null
      }
      const found = await findCollectionPage(reader, storeId, query.collection, query)
      return found.ok ? found.value : null
    },
    (made) => ({ tags: LIST_TAGS, unitsLeft: fewestOf(made?.products.data ?? []) }),
  )
  return shelf && { ...shelf, products: { ...shelf.products, data: shelf.products.data.map(priced(c)) } }
}

export interface ProductFound {
  product: Product
  related: ProductCard[]
  /** What its drop says about everybody's share. */
  terms: Pick<Drop, 'unitsPerVisitorMax' | 'holdDurationMs'> | null
}

export async function readProduct(c: Asked, slug: string): Promise<ProductFound | null> {
  const found = await publicValue(
    c,
    `page product ${slug}`,
    CATALOG,
    async (reader): Promise<ProductFound | null> => {
      const { storeId } = c.var.visit
      const read = await findProductPage(reader, storeId, slug)
      if (read === null) return null
      const drop = read.product.drop && (await findDrop(reader, storeId, read.product.drop.slug))?.drop
      const terms = drop ? { unitsPerVisitorMax: drop.unitsPerVisitorMax, holdDurationMs: drop.holdDurationMs } : null
      return { ...read, terms }
    },
    (made) => ({
      // Beside it stand other products, whichever they are by then.
      tags: [...tagsOfProduct(made?.product ?? null), ...LIST_TAGS],
      unitsLeft: fewestOf(made?.product.variants ?? []),
    }),
  )
  if (found === null) return null
  const product = productIn(found.product, c.var.visit.whereabouts.market)
  return { ...found, product, related: found.related.map(priced(c)) }
}

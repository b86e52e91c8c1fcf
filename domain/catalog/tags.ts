/**
 * The tags of public answers (domain/freshness/epochs.ts): what they are made of. A write announces the tags of what it
 * changes, in its own transaction; an answer carries those of what it shows. Both take them from here.
 */
import type { Drop } from '../drop/drop.ts'

/** Any product at all: for lists, and for pages that show other products beside their own. */
export const PRODUCTS = 'products'
/** Something sold out, or is to be had again. */
export const AVAILABILITY = 'availability'
export const COLLECTIONS = 'collections'
export const DROPS = 'drops'
/** Which experiments there are, and how they run. */
export const EXPERIMENTS = 'experiments'
export const PRODUCT_TAG = 'product-'
export const DROP_TAG = 'drop-'

export const productTag = (id: string): string => PRODUCT_TAG + id
export const dropTag = (id: string): string => DROP_TAG + id

/** A list of products, whatever is on it. */
export const LIST_TAGS = [PRODUCTS, AVAILABILITY, COLLECTIONS, DROPS] as const

/** A shelf counts its products and shows one's picture. */
export const SHELF_TAGS = [COLLECTIONS, PRODUCTS] as const

/** The fewest units that any of these has left; what has none does not count. Null: nothing is nearly gone. */
export function fewestOf(products: readonly { free: number }[]): number | null {
  const left = products.map(({ free }) => free).filter((free) => free > 0)
  return left.length === 0 ? null : Math.min(...left)
}

/** The product itself; not there yet: whatever product may come. */
export const tagsOfProduct = (product: { id: string } | null): string[] =>
  product ? [productTag(product.id), COLLECTIONS] : [PRODUCTS]

/** The drop and the products in it, whichever they are by then. */
export const tagsOfDrop = (drop: Pick<Drop, 'id'> | null): string[] =>
  drop ? [dropTag(drop.id), PRODUCTS, AVAILABILITY] : [DROPS]

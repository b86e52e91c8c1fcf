/**
 * The catalog's nouns: what a merchant hands in (drafts) and what pages and the API read (cards and products).
 *
 * A draft is the whole of a product: what it does not name is gone after it is put, except the units in stock, which no
 * catalog write ever changes.
 */
import type { Money } from '../basics/money.ts'
import type { MarketPrice } from '../market/market.ts'

export type ProductStatus = 'active' | 'draft' | 'archived'

export interface ProductDraft {
  slug: string
  title: string
  /** Safe HTML: pass whatever arrives through safeHtml first. */
  description: string
  vendor: string
  productType: string
  tags: string[]
  status: ProductStatus
  /** What the variants differ in, at most three: ['Size', 'Colour']; empty for a product with one variant. */
  options: string[]
  /** At least one. */
  variants: VariantDraft[]
  images: ImageDraft[]
  /** Shelves it stands on, made when missing. Null: leave them as they are. */
  collections: CollectionName[] | null
}

export interface VariantDraft {
  sku: string
  /** 'EU 42 / Black'; empty for the only variant. */
  title: string
  /** One value an option, in the options' order. */
  optionValues: string[]
  /** Minor units of the store's currency. */
  priceAmount: number
  compareAtAmount: number | null
  barcode: string
  weightGrams: number
  /** Null: the store's. */
  unitsPerVisitorMax: number | null
  /** Opens the stock account of a new SKU; ignored for a SKU that has one. */
  initialUnits: number
}

export interface ImageDraft {
  url: string
  alt: string
}

export interface CollectionName {
  slug: string
  title: string
}

export interface ProductCard {
  id: string
  slug: string
  title: string
  vendor: string
  productType: string
  status: ProductStatus
  /** The lowest and the highest price of its variants. */
  priceFrom: Money
  priceTo: Money
  compareAt: Money | null
  /** What it costs in markets that have prices of their own for it, by the market's key (domain/market). */
  inMarkets?: Record<string, Pick<ProductCard, 'priceFrom' | 'priceTo' | 'compareAt'>>
  image: ImageDraft | null
  /** Units free over all variants, seconds old; the hold decides. */
  free: number
  variantCount: number
  /** The drop it belongs to, if any. */
  drop: ProductDrop | null
  version: number
  createdAt: number
  updatedAt: number
}

export interface ProductDrop {
  id: string
  slug: string
  title: string
  opensAt: number
  endsAt: number | null
  paused: boolean
}

export interface Product extends ProductCard {
  /** Safe HTML. */
  description: string
  tags: string[]
  options: string[]
  variants: Variant[]
  images: ImageDraft[]
  collections: CollectionName[]
}

export interface Variant {
  id: string
  sku: string
  title: string
  optionValues: string[]
  price: Money
  compareAt: Money | null
  /** The same in markets that have a price of their own for it, by the market's key. */
  inMarkets?: Record<string, MarketPrice>
  barcode: string
  weightGrams: number
  unitsPerVisitorMax: number | null
  /** Units free, seconds old; the hold decides. */
  free: number
  initialUnits: number
}

export interface CollectionDraft {
  slug: string
  title: string
  /** Safe HTML. */
  description: string
  imageUrl: string
  position: number
}

export interface Collection extends CollectionDraft {
  id: string
  /** Active products on the shelf. */
  productCount: number
  version: number
  updatedAt: number
}

/** What a catalog write may be told. */
export type CatalogRefusal =
  | { code: 'slug_taken'; slug: string }
  | { code: 'sku_taken'; sku: string; product: string | null }
  | { code: 'product_not_found'; product: string }
  | { code: 'collection_not_found'; collection: string }
  | { code: 'version_is_older'; expected: number; found: number }

/** The catalog's nouns as pages draw them: pictures with sizes, availability in three bands, a drop's status by now. */
import type {
  Collection,
  ImageDraft,
  Product,
  ProductCard,
  ProductDrop,
  Variant,
} from '../../domain/catalog/product.ts'
import { reducedFrom } from '../../domain/catalog/used-to-cost.ts'
import { statusAt, type Drop } from '../../domain/drop/drop.ts'
import type { Store } from '../../domain/store/store.ts'
import type { ProductFound } from './reading.ts'
import { availabilityOf } from '../catalog-wire.ts'
import { artworkUrl, ARTWORK_HEIGHT, ARTWORK_VERSION, ARTWORK_VIEWS, ARTWORK_WIDTH } from './artwork.ts'
import type {
  CardView,
  CollectionCard,
  DropMark,
  DropView,
  ImageView,
  ProductView,
  StoreView,
  VariantView,
} from './views.ts'

/** The only language so far; prices and dates follow it. */
const LOCALE = 'en'

export const storeView = (store: Store): StoreView => ({
  name: store.name || 'The shop',
  tagline: store.settings.tagline || 'Limited things, sold fairly.',
  locale: LOCALE,
  currency: store.currency,
})

/** The image, or a picture drawn from the slug. Sizes are those of the frame it is shown in, so that nothing jumps. */
export function pictureOf(image: ImageDraft | null, slug: string, kind: string, alt: string): ImageView {
  const size = { width: ARTWORK_WIDTH, height: ARTWORK_HEIGHT }
  if (image === null || image.url === '')
    return { url: artworkUrl(slug, kind === '' ? {} : { family: kind }), alt, ...size }
  return { url: stamped(image.url), alt: image.alt || alt, ...size }
}

const isOurs = (url: string): boolean => url.startsWith('/art/')

/** Our own drawings are kept for a year under their version; an address without one would be stuck with an old drawing. */
const stamped = (url: string): string =>
  isOurs(url) && !/[?&]v=/.test(url) ? `${url}${url.includes('?') ? '&' : '?'}v=${ARTWORK_VERSION}` : url

/** All pictures of a product. What has only our drawings is shown whole, from nearby and in other light. */
function gallery(product: Product): ImageView[] {
  const { images, slug, productType, title } = product
  const pictures = images.map((image) => pictureOf(image, slug, productType, title))
  const first = pictures[0] ?? pictureOf(null, slug, productType, title)
  if (![first, ...pictures].every(({ url }) => isOurs(url)) || pictures.length >= ARTWORK_VIEWS) return pictures
  const looks = ['', ', from nearby', ', in other light']
  return Array.from({ length: ARTWORK_VIEWS }, (_, i) => ({
    ...first,
    url: i === 0 ? first.url : `${first.url}&view=${i + 1}`,
    alt: `${first.alt}${looks[i] ?? ''}`,
  }))
}

export function cardView(card: ProductCard, now: number): CardView {
  return {
    slug: card.slug,
    title: card.title,
    note: card.vendor || card.productType,
    image: pictureOf(card.image, card.slug, card.productType, card.title),
    price: card.priceFrom,
    pricesVary: card.priceTo.amount !== card.priceFrom.amount,
    compareAt: reducedFrom(card.compareAt, card.priceFrom),
    band: availabilityOf(card.free),
    drop: card.drop && dropMark(card.drop, card.free, now),
  }
}

/** The drop as a product sees it: sold out when the product is. */
const dropMark = (drop: ProductDrop, free: number, now: number): DropMark => ({
  slug: drop.slug,
  title: drop.title,
  status: statusAt(now, { ...drop, free, skus: [drop.id] }),
  opensAt: drop.opensAt,
})

export const collectionCard = (collection: Collection): CollectionCard => ({
  slug: collection.slug,
  title: collection.title,
  description: collection.description,
  image: pictureOf(collection.imageUrl === '' ? null : { url: collection.imageUrl, alt: '' }, collection.slug, '', ''),
  productCount: collection.productCount,
})

export const dropView = (drop: Drop, products: readonly ProductCard[], now: number): DropView => ({
  slug: drop.slug,
  title: drop.title,
  status: statusAt(now, drop),
  opensAt: drop.opensAt,
  endsAt: drop.endsAt,
  description: drop.description,
  image: pictureOf(
    drop.imageUrl === '' ? (products[0]?.image ?? null) : { url: drop.imageUrl, alt: drop.title },
    drop.slug,
    '',
    drop.title,
  ),
  products: products.map((card) => cardView(card, now)),
  unitsPerVisitorMax: drop.unitsPerVisitorMax,
})

const variantView = (variant: Variant): VariantView => ({
  sku: variant.sku,
  title: variant.title || variant.optionValues.join(' / ') || variant.sku,
  price: variant.price,
  compareAt: reducedFrom(variant.compareAt, variant.price),
  band: availabilityOf(variant.free),
})

/** A product with the terms of its drop, where it is in one: they come before the variants' and the store's. */
export function productView({ product, related, terms }: ProductFound, store: Store, now: number): ProductView {
  const limits = product.variants.map(
    ({ unitsPerVisitorMax }) => unitsPerVisitorMax ?? store.settings.unitsPerVisitorMax,
  )
  return {
    slug: product.slug,
    title: product.title,
    description: product.description,
    vendor: product.vendor,
    images: gallery(product),
    variants: product.variants.map(variantView),
    collection: product.collections[0] ?? null,
    drop: product.drop && dropMark(product.drop, product.free, now),
    dropState: null,
    isBehindRoom: false,
    unitsPerVisitorMax: terms?.unitsPerVisitorMax ?? Math.max(1, ...limits),
    holdDurationMs: terms?.holdDurationMs ?? store.settings.holdDurationMs,
    related: related.map((card) => cardView(card, now)),
  }
}

/** The border for the catalog: what buyers see of products, collections and drops. */
import type { z } from '@hono/zod-openapi'
import type { Collection, Product, ProductCard, ProductDrop, Variant } from '../domain/catalog/product.ts'
import type { Page } from '../domain/catalog/query.ts'
import { reducedFrom } from '../domain/catalog/used-to-cost.ts'
import { statusAt, type Drop, type DropWithProducts } from '../domain/drop/drop.ts'
import type { RoomTerms } from '../domain/message/drop-desk.ts'
import type * as schema from './catalog-schemas.ts'
import { instantOut, maybeInstantOut, maybeMoneyOut, moneyOut } from './wire.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

/** From this many on nobody needs to hurry. An exact count would tell competitors how sales go. */
const FEW_UNITS = 10

export const availabilityOf = (free: number): Wire<typeof schema.Availability> =>
  free <= 0 ? 'sold_out' : free <= FEW_UNITS ? 'few_left' : 'available'

export const pageOut = <Row, Out>(
  page: Page<Row>,
  out: (row: Row) => Out,
): { data: Out[]; next_cursor: string | null } => ({
  data: page.data.map(out),
  next_cursor: page.nextCursor,
})

const imageOut = ({ url, alt }: { url: string; alt: string }): Wire<typeof schema.Image> => ({ url, alt })

const markOut = (drop: ProductDrop): Wire<typeof schema.DropMark> => ({
  slug: drop.slug,
  title: drop.title,
  opens_at: instantOut(drop.opensAt),
  ends_at: maybeInstantOut(drop.endsAt),
  paused: drop.paused,
})

export const cardOut = (card: ProductCard): Wire<typeof schema.ProductCard> => ({
  id: card.id,
  slug: card.slug,
  title: card.title,
  vendor: card.vendor,
  product_type: card.productType,
  price_from: moneyOut(card.priceFrom),
  price_to: moneyOut(card.priceTo),
  compare_at: maybeMoneyOut(reducedFrom(card.compareAt, card.priceFrom)),
  image: card.image && imageOut(card.image),
  availability: availabilityOf(card.free),
  variant_count: card.variantCount,
  drop: card.drop && markOut(card.drop),
  updated_at: instantOut(card.updatedAt),
})

const variantOut = (variant: Variant): Wire<typeof schema.Variant> => ({
  id: variant.id,
  sku: variant.sku,
  title: variant.title,
  option_values: variant.optionValues,
  price: moneyOut(variant.price),
  compare_at: maybeMoneyOut(reducedFrom(variant.compareAt, variant.price)),
  availability: availabilityOf(variant.free),
})

export const productOut = (product: Product): Wire<typeof schema.Product> => ({
  ...cardOut(product),
  description_html: product.description,
  tags: product.tags,
  options: product.options,
  variants: product.variants.map(variantOut),
  images: product.images.map(imageOut),
  collections: product.collections.map(({ slug, title }) => ({ slug, title })),
})

export const collectionOut = (collection: Collection): Wire<typeof schema.Collection> => ({
  id: collection.id,
  slug: collection.slug,
  title: collection.title,
  description_html: collection.description,
  image_url: collection.imageUrl,
  product_count: collection.productCount,
  updated_at: instantOut(collection.updatedAt),
})

export const roomOut = (room: RoomTerms): Wire<typeof schema.RoomTerms> => ({
  inside_max: room.insideMax,
  admissions_per_minute: room.admissionsPerMinute,
  pass_duration_ms: room.passDurationMs,
  challenge: room.challenge,
  one_lot_per_email: room.oneLotPerEmail,
})

export const dropOut = (drop: Drop, now: number): Wire<typeof schema.Drop> => ({
  id: drop.id,
  slug: drop.slug,
  title: drop.title,
  description_html: drop.description,
  image_url: drop.imageUrl,
  status: statusAt(now, drop),
  opens_at: instantOut(drop.opensAt),
  ends_at: maybeInstantOut(drop.endsAt),
  units_per_visitor_max: drop.unitsPerVisitorMax,
  units_per_order_max: drop.unitsPerOrderMax,
  countries: drop.countries,
  invite_only: drop.inviteOnly,
  room: drop.room && roomOut(drop.room),
  availability: availabilityOf(drop.free),
  skus: drop.skus,
  server_time: instantOut(now),
})

export const dropPageOut = (
  { drop, products }: DropWithProducts,
  now: number,
): Wire<typeof schema.DropWithProducts> => ({
  ...dropOut(drop, now),
  products: products.map(cardOut),
})

/** The catalog as it travels: products, collections, drops. */
import { z } from '@hono/zod-openapi'
import { Instant, Money, Sku, Slug } from './schemas.ts'

export const Availability = z
  .enum(['available', 'few_left', 'sold_out'])
  .openapi({ description: 'Some seconds old; the hold decides.' })

export const Image = z.object({ url: z.string(), alt: z.string() }).openapi('Image')

export const DropStatus = z.enum(['scheduled', 'open', 'paused', 'sold_out', 'ended'])

export const DropMark = z
  .object({
    slug: z.string(),
    title: z.string(),
    opens_at: Instant,
    ends_at: Instant.nullable(),
    paused: z.boolean(),
  })
  .openapi('DropMark')

export const ProductCard = z
  .object({
    id: z.string(),
    slug: Slug,
    title: z.string(),
    vendor: z.string(),
    product_type: z.string(),
    price_from: Money,
    price_to: Money,
    compare_at: Money.nullable(),
    image: Image.nullable(),
    availability: Availability,
    variant_count: z.int(),
    drop: DropMark.nullable(),
    updated_at: Instant,
  })
  .openapi('ProductCard')

export const Variant = z
  .object({
    id: z.string(),
    sku: Sku,
    title: z.string(),
    option_values: z.array(z.string()),
    price: Money,
    compare_at: Money.nullable(),
    availability: Availability,
  })
  .openapi('Variant')

export const Product = ProductCard.extend({
  description_html: z.string(),
  tags: z.array(z.string()),
  options: z.array(z.string()),
  variants: z.array(Variant),
  images: z.array(Image),
  collections: z.array(z.object({ slug: z.string(), title: z.string() })),
}).openapi('Product')

export const Collection = z
  .object({
    id: z.string(),
    slug: Slug,
    title: z.string(),
    description_html: z.string(),
    image_url: z.string(),
    product_count: z.int(),
    updated_at: Instant,
  })
  .openapi('Collection')

export const RoomTerms = z
  .object({
    inside_max: z.int().openapi({ description: 'People inside at once, at most.' }),
    admissions_per_minute: z.int().openapi({ description: 'The operator’s pace; stock and payment may slow it.' }),
    pass_duration_ms: z.int(),
    challenge: z.boolean().openapi({ description: 'Whether joining needs an answer to a bot challenge.' }),
    one_lot_per_email: z.boolean(),
  })
  .openapi('RoomTerms')

export const Drop = z
  .object({
    id: z.string(),
    slug: Slug,
    title: z.string(),
    description_html: z.string(),
    image_url: z.string(),
    status: DropStatus,
    opens_at: Instant,
    ends_at: Instant.nullable(),
    units_per_visitor_max: z.int().nullable(),
    units_per_order_max: z.int().nullable().openapi({ description: 'Over all its SKUs, in one basket.' }),
    countries: z
      .array(z.string())
      .nullable()
      .openapi({ description: 'ISO 3166-1 alpha-2; null: sold everywhere. Otherwise an unknown country is refused.' }),
    invite_only: z.boolean().openapi({ description: 'Whether it sells to those with an invitation only.' }),
    room: RoomTerms.nullable().openapi({ description: 'Its waiting room; null: whoever comes may hold.' }),
    availability: Availability,
    skus: z.array(z.string()),
    server_time: Instant.openapi({ description: 'When this was said; count down from the difference.' }),
  })
  .openapi('Drop')

export const DropWithProducts = Drop.extend({ products: z.array(ProductCard) }).openapi('DropWithProducts')

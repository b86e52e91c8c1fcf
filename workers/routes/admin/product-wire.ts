/** Products as operators write and read them. */
import { z } from '@hono/zod-openapi'
import { imageUrlFrom } from '../../../domain/catalog/import-item.ts'
import { PRICE_MIN } from '../../../domain/catalog/price-text.ts'
import { usedToCost } from '../../../domain/catalog/used-to-cost.ts'
import { isChargeable, notChargeable } from '../../../domain/market/market.ts'
import type {
  Product,
  ProductCard as Card,
  ProductDraft,
  Variant as VariantValue,
} from '../../../domain/catalog/product.ts'
import { isReservedSlug, isSlug, slugFor } from '../../../domain/catalog/slug.ts'
import { UNITS_MAX } from '../../../domain/stock/moves.ts'
import { Product as PublicProduct, ProductCard, Variant } from '../../catalog-schemas.ts'
import { cardOut, productOut } from '../../catalog-wire.ts'
import type { FieldError, Refusal } from '../../problems.ts'
import { ImageUrl, Sku, Slug, text } from '../../schemas.ts'
import { moneyOut } from '../../wire.ts'
import { markup } from './markup.ts'

const Status = z.enum(['active', 'draft', 'archived'])

const Price = z.strictObject({ amount: z.int().min(PRICE_MIN).max(1e12), currency: z.string().regex(/^[A-Z]{3}$/) })

const VariantWrite = z
  .strictObject({
    sku: Sku,
    title: text(200, 0).optional(),
    option_values: z.array(text(100)).max(3).optional(),
    price: Price,
    compare_at: Price.nullish().openapi({ description: 'What it used to cost; kept while that is more than `price`.' }),
    barcode: text(64, 0).optional(),
    weight_grams: z.int().min(0).max(10_000_000).optional(),
    units_per_visitor_max: z.int().min(1).max(UNITS_MAX).nullish(),
    stock: z
      .int()
      .min(0)
      .max(UNITS_MAX)
      .optional()
      .openapi({ description: 'Units a new SKU starts with. Ignored for a SKU that has an account: adjust that.' }),
  })
  .openapi('VariantWrite')

export const ProductWrite = z
  .strictObject({
    slug: Slug.optional().openapi({ description: 'Made from the title when left out.' }),
    title: text(300),
    description_html: z.string().max(50_000).optional(),
    vendor: text(200, 0).optional(),
    product_type: text(200, 0).optional(),
    tags: z.array(text(100)).max(250).optional(),
    status: Status.optional(),
    options: z.array(text(100)).max(3).optional(),
    variants: z.array(VariantWrite).min(1).max(250),
    images: z
      .array(z.strictObject({ url: ImageUrl, alt: text(500, 0).optional() }))
      .max(100)
      .optional(),
    collections: z
      .array(Slug)
      .max(100)
      .optional()
      .openapi({ description: 'Slugs; made when missing. Left out: as they are.' }),
    version: z.int().optional().openapi({ description: 'Refused when the product has moved on since this version.' }),
  })
  .openapi('ProductWrite')

export const ProductChange = ProductWrite.partial().openapi('ProductChange')

export type Write = z.infer<typeof ProductWrite>

export const OperatorCard = ProductCard.extend({ status: Status, free: z.int(), version: z.int() }).openapi(
  'OperatorProductCard',
)

export const OperatorProduct = PublicProduct.extend({
  status: Status,
  free: z.int(),
  version: z.int(),
  variants: z.array(
    Variant.extend({
      barcode: z.string(),
      weight_grams: z.int(),
      units_per_visitor_max: z.int().nullable(),
      free: z.int(),
      initial_stock: z.int(),
    }),
  ),
}).openapi('OperatorProduct')

/** The draft it means, in the store's one currency. */
export const draftOf = (write: Write, _currency: string): ProductDraft => ({
  slug: write.slug ?? slugFor(write.title),
  title: write.title,
  description: markup(write.description_html ?? ''),
  vendor: write.vendor ?? '',
  productType: write.product_type ?? '',
  tags: write.tags ?? [],
  status: write.status ?? 'active',
  options: write.options ?? [],
  variants: write.variants.map((variant) => ({
    sku: variant.sku,
    title: variant.title ?? (variant.option_values ?? []).join(' / '),
    optionValues: variant.option_values ?? [],
    priceAmount: variant.price.amount,
    compareAtAmount: usedToCost(variant.compare_at?.amount, variant.price.amount),
    barcode: variant.barcode ?? '',
    weightGrams: variant.weight_grams ?? 0,
    unitsPerVisitorMax: variant.units_per_visitor_max ?? null,
    initialUnits: variant.stock ?? 0,
  })),
  images: (write.images ?? []).map(({ url, alt }) => ({ url: imageUrlFrom(url) ?? url, alt: alt ?? '' })),
  collections: write.collections?.map((slug) => ({ slug, title: titleOf(slug) })) ?? null,
})

/** What no schema can say of a draft. */
export function mistakesIn(draft: ProductDraft, write: Write, currency: string): Refusal | null {
  const errors: FieldError[] = []
  if (!isSlug(draft.slug))
    errors.push({ pointer: '/slug', problem: 'A slug is words of a-z and 0-9 joined by single dashes.' })
  if (isReservedSlug(draft.slug))
    errors.push({ pointer: '/slug', problem: 'This is an address of the shop’s own; choose another.' })
  const seen = new Set<string>()
  write.variants.forEach((variant, i) => {
    const at = `/variants/${i}`
    if (seen.has(variant.sku)) errors.push({ pointer: `${at}/sku`, problem: 'This SKU is in the list already.' })
    seen.add(variant.sku)
    for (const price of ['price', 'compare_at'] as const) {
      const given = variant[price]?.currency
      if (given && given !== currency)
        errors.push({ pointer: `${at}/${price}/currency`, problem: `This store sells in ${currency}.` })
    }
    if (!isChargeable({ amount: variant.price.amount, currency })) {
      errors.push({ pointer: `${at}/price/amount`, problem: notChargeable(currency) })
    }
    if ((variant.option_values ?? []).length !== draft.options.length) {
      errors.push({ pointer: `${at}/option_values`, problem: 'One value for each of the product’s options.' })
    }
  })
  write.collections?.forEach((slug, i) => {
    if (!isSlug(slug)) errors.push({ pointer: `/collections/${i}`, problem: 'This is not a slug.' })
  })
  return errors.length > 0 ? { code: 'invalid_request', errors } : null
}

/** A product as the request that would make it; what a change is laid over. */
export const writeOf = (product: Product): Write => ({
  slug: product.slug,
  title: product.title,
  description_html: product.description,
  vendor: product.vendor,
  product_type: product.productType,
  tags: product.tags,
  status: product.status,
  options: product.options,
  variants: product.variants.map(variantWriteOf),
  images: product.images.map(({ url, alt }) => ({ url, alt })),
})

const variantWriteOf = (variant: VariantValue): Write['variants'][number] => ({
  sku: variant.sku,
  title: variant.title,
  option_values: variant.optionValues,
  price: moneyOut(variant.price),
  compare_at: variant.compareAt && moneyOut(variant.compareAt),
  barcode: variant.barcode,
  weight_grams: variant.weightGrams,
  units_per_visitor_max: variant.unitsPerVisitorMax,
  stock: variant.initialUnits,
})

export const operatorCardOut = (card: Card): z.infer<typeof OperatorCard> => ({
  ...cardOut(card),
  status: card.status,
  free: card.free,
  version: card.version,
})

export const operatorProductOut = (product: Product): z.infer<typeof OperatorProduct> => {
  const shown = productOut(product)
  return {
    ...shown,
    status: product.status,
    free: product.free,
    version: product.version,
    variants: product.variants.map((variant, i) => ({
      ...shown.variants[i]!,
      barcode: variant.barcode,
      weight_grams: variant.weightGrams,
      units_per_visitor_max: variant.unitsPerVisitorMax,
      free: variant.free,
      initial_stock: variant.initialUnits,
    })),
  }
}

const titleOf = (slug: string): string => {
  const words = slug.replaceAll('-', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

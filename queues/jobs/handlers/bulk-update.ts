/**
 * Changes many products: their status, their prices. Slice by slice, each one transaction; the checkpoint says how many
 * are done, and a slice that is done twice changes nothing the second time.
 */
import { z } from 'zod'
import { PRICE_MIN } from '../../../domain/catalog/price-text.ts'
import { usedToCost } from '../../../domain/catalog/used-to-cost.ts'
import { isChargeable } from '../../../domain/market/market.ts'
import type { Product, ProductDraft } from '../../../domain/catalog/product.ts'
import { putProducts, type PutProduct } from '../../../platform/postgres/product-writes.ts'
import { findProductForOperator } from '../../../platform/postgres/products.ts'
import { abreast } from '../../abreast.ts'
import { BRISK, goesOn, jobHandler, succeeded } from '../handler.ts'
import type { JobParts } from '../parts.ts'
import { tellStock } from './catalog-told.ts'

const PRODUCTS_A_SLICE = 25
const READS_ABREAST = 4
/** Told to whoever is still at it that it should go on elsewhere. */
const ROOM_MS = 5000
/** Those that could not be changed are named, the first of them. */
const REFUSED_SHOWN = 100

const Price = z.strictObject({
  sku: z.string().min(1).max(64),
  /** Minor units of the store's currency. */
  amount: z.int().min(PRICE_MIN).max(1e12),
  compare_at: z.int().min(PRICE_MIN).max(1e12).nullish(),
})

const Change = z.strictObject({
  /** Its id or slug. */
  product: z.string().min(1).max(200),
  status: z.enum(['active', 'draft', 'archived']).optional(),
  prices: z.array(Price).max(250).optional(),
})

const Refused = z.object({ product: z.string(), code: z.string() })
const Sums = z.object({
  done: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  refused: z.array(Refused),
  refused_count: z.int(),
})
type Sums = z.infer<typeof Sums>

export const bulkUpdate = jobHandler({
  type: 'bulk_update',
  summary: 'Changes the status or the prices of many products.',
  payload: z.strictObject({ changes: z.array(Change).min(1).max(1000) }),
  result: Sums.omit({ done: true }),
  scopes: () => ['catalog:write'],
  policy: { lane: 'bulk', attemptsMax: 10, backoff: BRISK, timeoutMs: 600_000 },
  run: async ({ changes }, work, parts) => {
    const none: Sums = { done: 0, updated: 0, unchanged: 0, refused: [], refused_count: 0 }
    const sums = work.checkpoint === null ? none : Sums.parse(work.checkpoint)
    while (sums.done < changes.length) {
      if (work.signal.aborted || work.remainingMs() < ROOM_MS) {
        return goesOn(sums, sums.done / changes.length, `${sums.done} of ${changes.length}`)
      }
      const slice = changes.slice(sums.done, sums.done + PRODUCTS_A_SLICE)
      await changeSome(work.storeId, slice, sums, parts)
      sums.done += slice.length
      work.progress(sums.done / changes.length, `${sums.done} of ${changes.length}`)
    }
    await tellStock(work.storeId, parts)
    const { done: _, ...result } = sums
    return succeeded(result)
  },
})

async function changeSome(
  storeId: string,
  slice: z.infer<typeof Change>[],
  sums: Sums,
  parts: JobParts,
): Promise<void> {
  const refuse = (product: string, code: string): void => {
    sums.refused_count += 1
    if (sums.refused.length < REFUSED_SHOWN) sums.refused.push({ product, code })
  }
  const reader = parts.database().read('primary')
  const found = await abreast(slice, READS_ABREAST, ({ product }) => findProductForOperator(reader, storeId, product))
  const puts = new Map<string, PutProduct>()
  slice.forEach((change, i) => {
    const product = found[i]
    if (!product) return refuse(change.product, 'product_not_found')
    const known = new Set(product.variants.map(({ sku }) => sku))
    if (change.prices?.some(({ sku }) => !known.has(sku))) return refuse(change.product, 'unknown_sku')
    const currency = product.variants[0]?.price.currency ?? ''
    if (change.prices?.some(({ amount }) => !isChargeable({ amount, currency })))
      return refuse(change.product, 'price_not_chargeable')
    // Named twice in one slice: the second change would overwrite the first, from what was before both.
    if (puts.has(product.slug)) return refuse(change.product, 'named_twice')
    puts.set(product.slug, { id: product.id, ifVersion: product.version, draft: changedDraft(product, change) })
  })
  const birth = { now: parts.clock.now(), random: parts.random }
  for (const outcome of await putProducts(parts.database().write(), storeId, [...puts.values()], birth)) {
    if (outcome.outcome === 'refused') refuse(outcome.slug, outcome.refusal.code)
    else if (outcome.outcome === 'unchanged') sums.unchanged += 1
    else sums.updated += 1
  }
}

/** The product as it is, with the change. */
function changedDraft(product: Product, { status, prices = [] }: z.infer<typeof Change>): ProductDraft {
  const { slug, title, description, vendor, productType, tags, options, images, collections } = product
  const priceOf = new Map(prices.map((price) => [price.sku, price]))
  return {
    ...{ slug, title, description, vendor, productType, tags, options, images, collections },
    status: status ?? product.status,
    variants: product.variants.map((variant) => {
      const { sku, optionValues, barcode, weightGrams, unitsPerVisitorMax, initialUnits } = variant
      const price = priceOf.get(sku)
      const priceAmount = price?.amount ?? variant.price.amount
      const before = price?.compare_at === undefined ? variant.compareAt?.amount : price.compare_at
      return {
        ...{ sku, optionValues, barcode, weightGrams, unitsPerVisitorMax, initialUnits, title: variant.title },
        priceAmount,
        compareAtAmount: usedToCost(before, priceAmount),
      }
    }),
  }
}

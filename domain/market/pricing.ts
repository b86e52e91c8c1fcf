/** What things cost in a market: the merchant's price for it, else the variant's own. Money is looked up, never converted. */
import type { Product, ProductCard, Variant } from '../catalog/product.ts'
import type { Market } from './market.ts'

type Here = Pick<Market, 'key'> | null

/** What is kept for a market, by its key; undefined: nothing. A market may well be called `constructor`. */
export const keptFor = <Kept>(kept: Record<string, Kept> | undefined, key: string | undefined): Kept | undefined =>
  kept !== undefined && key !== undefined && Object.hasOwn(kept, key) ? kept[key] : undefined

/** The card as the market sees it; without a market, as it is. */
export const cardIn = <Card extends ProductCard>(card: Card, market: Here): Card => ({
  ...card,
  ...keptFor(card.inMarkets, market?.key),
})

const variantIn = (variant: Variant, market: Here): Variant => ({
  ...variant,
  ...keptFor(variant.inMarkets, market?.key),
})

/** The product and its variants as the market sees them. */
export const productIn = (product: Product, market: Here): Product => ({
  ...cardIn(product, market),
  variants: product.variants.map((variant) => variantIn(variant, market)),
})

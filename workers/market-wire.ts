/** Markets between their wire form and ours. */
import type { z } from '@hono/zod-openapi'
import { usedToCost } from '../domain/catalog/used-to-cost.ts'
import type { Market, MarketDraft, RestrictedCountry } from '../domain/market/market.ts'
import type { PriceThere } from '../platform/postgres/market-prices.ts'
import type * as schema from './market-schemas.ts'
import { instantOut } from './wire.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

export const marketIn = (write: Wire<typeof schema.MarketWrite>): MarketDraft => ({
  key: write.key,
  name: write.name,
  countries: write.countries,
  restricted: (write.restricted_countries ?? []).map(({ country, reason }): RestrictedCountry => ({
    country,
    why: reason,
  })),
  currency: write.currency,
  languages: write.languages,
  taxDisplay: write.tax_display,
  isDefault: write.default ?? false,
})

export const marketOut = (market: Market): Wire<typeof schema.Market> => ({
  key: market.key,
  name: market.name,
  countries: market.countries,
  restricted_countries: market.restricted.map(({ country, why }) => ({ country, reason: why })),
  currency: market.currency,
  languages: market.languages,
  tax_display: market.taxDisplay,
  default: market.isDefault,
  version: market.version,
  created_at: instantOut(market.createdAt),
  updated_at: instantOut(market.updatedAt),
})

export const priceIn = (price: Wire<typeof schema.MarketPricesWrite>['prices'][number]): PriceThere => ({
  sku: price.sku,
  amount: price.amount,
  compareAtAmount: usedToCost(price.compare_at_amount, price.amount),
})

export const priceOut = (
  { sku, amount, compareAtAmount }: PriceThere & { amount: number },
  currency: string,
): Wire<typeof schema.MarketPrice> => ({
  sku,
  price: { amount, currency },
  compare_at: compareAtAmount === null ? null : { amount: compareAtAmount, currency },
})

/** Markets as they travel. */
import { z } from '@hono/zod-openapi'
import { PRICE_MIN } from '../domain/catalog/price-text.ts'
import { LANGUAGES_MOST } from '../domain/market/market.ts'
import { canonicalLanguage } from './sayable.ts'
import { Instant, Money, Sku, text } from './schemas.ts'

/** An amount, as far as a JSON number is exact and a payment provider takes it. */
const Amount = z.int().min(PRICE_MIN).max(1e12).openapi({ description: 'Minor units.' })

const regions = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
/** Not places where somebody lives, though they have a code. */
const GROUPINGS: readonly string[] = ['EU', 'EZ', 'UN']

/** Whether it is a country of today under its own code: `GB` and not `UK`, under which nobody would ever be found. */
export function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || GROUPINGS.includes(code)) return false
  return Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}` && regions.of(code) !== undefined
}

const currencies = new Set(Intl.supportedValuesOf('currency'))

const Country = z
  .string()
  .refine(isCountry, 'must be an ISO 3166-1 alpha-2 code of a country, such as DE')
  .openapi({ example: 'DE' })
const Currency = z
  .string()
  .refine((code) => currencies.has(code), 'must be an ISO 4217 code, such as EUR')
  .openapi({ example: 'EUR' })
const Language = z
  .string()
  .max(35)
  .refine(
    (tag) => canonicalLanguage(tag) !== null,
    'must be a language tag (BCP 47) without extensions, such as de or en-GB',
  )
  .transform((tag) => canonicalLanguage(tag) ?? tag)
  .openapi({ type: 'string', example: 'de' })
const Why = z.enum(['law', 'choice'])
const RestrictedCountry = z.strictObject({ country: Country, reason: Why }).openapi('RestrictedCountry', {
  description: '`law`: refused with 451. `choice`: the merchant does not serve it, refused with 403.',
})

/** What may be rewritten of a market; its key stays. */
const terms = {
  name: text(100),
  countries: z.array(Country).max(250).openapi({ description: 'A country is in one market of the store at most.' }),
  restricted_countries: z.array(RestrictedCountry).max(250).optional().openapi({
    description: 'Countries of this market that may look and not buy.',
  }),
  currency: Currency,
  languages: z
    .array(Language)
    .min(1)
    .max(LANGUAGES_MOST)
    .openapi({ description: 'The first is spoken to the others.' }),
  tax_display: z.enum(['included', 'excluded']).openapi({ description: 'Said beside prices; it changes none.' }),
  default: z.boolean().optional().openapi({
    description: 'Seen by whoever is in no market. The one that was it before is it no more.',
  }),
}

export const MarketWrite = z
  .strictObject({
    key: z
      .string()
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be small letters and digits, with hyphens between')
      .max(60)
      .openapi({ description: 'In addresses and cookies; it never changes.' }),
    ...terms,
  })
  .openapi('MarketWrite')

export const MarketRewrite = z
  .strictObject({
    ...terms,
    version: z.int().openapi({ description: 'Refused when the market has moved on since this version.' }),
  })
  .openapi('MarketRewrite')

export const Market = z
  .object({
    key: z.string(),
    name: z.string(),
    countries: z.array(z.string()),
    restricted_countries: z.array(z.object({ country: z.string(), reason: Why })),
    currency: z.string(),
    languages: z.array(z.string()),
    tax_display: z.enum(['included', 'excluded']),
    default: z.boolean(),
    version: z.int(),
    created_at: Instant,
    updated_at: Instant,
  })
  .openapi('Market')

export const MarketPricesWrite = z
  .strictObject({
    version: z
      .int()
      .openapi({ description: 'Refused when the market has moved on since: it may have another currency.' }),
    prices: z
      .array(
        z.strictObject({
          sku: Sku,
          amount: Amount.nullable().openapi({ description: 'In the market’s currency. Null: none of its own.' }),
          compare_at_amount: Amount.nullish().openapi({
            description: 'What it used to cost there; kept while that is more than `amount`.',
          }),
        }),
      )
      .min(1)
      .max(500),
  })
  .openapi('MarketPricesWrite')

export const MarketPrice = z
  .object({ sku: z.string(), price: Money, compare_at: Money.nullable() })
  .openapi('MarketPrice')

/** What a client may know of the market it is in, and of the others. */
export const MarketHere = z
  .object({
    market: z.string().nullable().openapi({ description: 'Null: the store has none for this request.' }),
    found_by: z.enum(['choice', 'country', 'default', 'none']),
    country: z.string().nullable().openapi({ description: 'As the network says; null: not known.' }),
    language: z.string().nullable(),
    currency: z.string(),
    tax_display: z.enum(['included', 'excluded']).nullable(),
    may_buy: z.boolean().openapi({ description: 'False: nothing is sold to this country.' }),
    markets: z.array(
      z.object({ key: z.string(), name: z.string(), currency: z.string(), languages: z.array(z.string()) }),
    ),
  })
  .openapi('MarketHere')

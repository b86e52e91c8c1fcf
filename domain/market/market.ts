/**
 * A market: countries that see the shop in one currency and a few languages, at prices of their own. A shop without
 * markets sells everywhere in its own currency.
 *
 * Markets are data of the store. Nothing here converts money: a price is what the merchant has set for the market, or
 * else the variant's own, in the store's currency.
 */
import type { Money } from '../basics/money.ts'

/** Whether the prices that are shown contain the tax that the buyer owes. Said beside them; it changes no amount. */
export type TaxDisplay = 'included' | 'excluded'

/** Why a country is not sold to: a law forbids it, or the merchant does not serve it. */
export type WhyRestricted = 'law' | 'choice'

export interface RestrictedCountry {
  country: string
  why: WhyRestricted
}

export interface MarketDraft {
  /** Small letters and digits with hyphens between. In addresses and cookies; it never changes. */
  key: string
  name: string
  /** ISO 3166-1 alpha-2. A country is in one market of a store at most, the restricted ones included. */
  countries: string[]
  /** Countries of this market that may look and not buy. */
  restricted: RestrictedCountry[]
  /** ISO 4217. */
  currency: string
  /** BCP 47, at least one. The first is spoken to whoever wants none of them. */
  languages: string[]
  taxDisplay: TaxDisplay
  /** Whose country is in no market, or not known, sees this one. One market of a store at most. */
  isDefault: boolean
}

export interface Market extends MarketDraft {
  /** Grows with every change. */
  version: number
  createdAt: number
  updatedAt: number
}

/** A price that a variant has in a market. */
export interface MarketPrice {
  price: Money
  /** What it used to cost there. */
  compareAt: Money | null
}

export type MarketRefusal =
  | { code: 'market_not_found'; market: string }
  | { code: 'market_key_taken'; market: string }
  | { code: 'country_in_another_market'; countries: { country: string; market: string }[] }
  | { code: 'too_many_markets'; most: number }

/** Every edge has all of a store's markets at hand with the store itself. */
export const MARKETS_MOST = 50
export const LANGUAGES_MOST = 8

export interface MarketMistake {
  field: 'countries' | 'restricted_countries' | 'languages' | 'currency'
  message: string
}

/**
 * Currencies in which the payment provider counts other minor units than ISO 4217 does: it would charge a hundredth of
 * what the page says. Until the adapter translates, nothing is sold in them (docs.stripe.com/currencies, special cases).
 */
const COUNTED_OTHERWISE: readonly string[] = ['ISK', 'UGX']

/** Currencies with thousandths, of which the payment provider takes hundredths only: their amounts end in a nought. */
const IN_TENS: readonly string[] = ['BHD', 'JOD', 'KWD', 'OMR', 'TND']

/** Whether the payment provider can charge this amount, and so any number of such units. */
export const isChargeable = ({ amount, currency }: Money): boolean => !IN_TENS.includes(currency) || amount % 10 === 0

/** What is said of an amount that it cannot, wherever it comes in. */
export const notChargeable = (currency: string): string =>
  `must end in 0: the payment provider takes no thousandths of ${currency}`

/** What a schema cannot see in a definition; empty: nothing is wrong with it. */
export function problemsOfMarket({ countries, restricted, languages, currency }: MarketDraft): MarketMistake[] {
  const mistakes: MarketMistake[] = []
  const twice = repeated(countries)
  if (twice !== null) mistakes.push({ field: 'countries', message: `names ${twice} twice` })
  const shut = restricted.map(({ country }) => country)
  const twiceShut = repeated(shut)
  if (twiceShut !== null) mistakes.push({ field: 'restricted_countries', message: `names ${twiceShut} twice` })
  const both = shut.find((country) => countries.includes(country))
  if (both !== undefined) {
    mistakes.push({ field: 'restricted_countries', message: `names ${both}, which is among the countries sold to` })
  }
  const same = repeated(languages.map(primaryOf))
  if (same !== null) mistakes.push({ field: 'languages', message: `names ${same} twice` })
  if (COUNTED_OTHERWISE.includes(currency)) {
    mistakes.push({
      field: 'currency',
      message: `${currency} cannot be charged: its minor units are counted differently`,
    })
  }
  return mistakes
}

/** The primary subtag: `de` of `de-AT`. */
export const primaryOf = (language: string): string => language.split('-', 1)[0]!.toLowerCase()

const repeated = (values: readonly string[]): string | null =>
  values.find((value, i) => values.indexOf(value) !== i) ?? null

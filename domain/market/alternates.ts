/**
 * The other versions of a page, for search engines (`rel="alternate" hreflang`, BCP 47): each market of the store in each
 * of its languages. An address says its market and its language outright, so that whoever crawls it from anywhere reads
 * what it says there.
 */
import { primaryOf, type Market } from './market.ts'

export interface Alternate {
  /** `de-AT`, `de`, or `x-default`. */
  hreflang: string
  market: string | null
  language: string | null
}

/**
 * A market of more countries than this is told as a language without a country: a list of two hundred would be read by
 * nobody and sent with every page.
 */
const COUNTRIES_NAMED_MOST = 6

/**
 * Each `hreflang` once: the first market to claim one has it, so that no two pages say they are the same. `spoken`: the
 * languages that the page exists in, its own first; it promises no other.
 */
export function alternatesOf(markets: readonly Market[], spoken: readonly string[]): Alternate[] {
  if (markets.length === 0) return []
  const found = new Map<string, Alternate>()
  for (const market of markets) {
    const { key, countries } = market
    for (const language of spokenIn(market, spoken)) {
      const primary = primaryOf(language)
      const named =
        countries.length > COUNTRIES_NAMED_MOST ? [primary] : countries.map((country) => `${primary}-${country}`)
      for (const hreflang of named) {
        if (!found.has(hreflang)) found.set(hreflang, { hreflang, market: key, language })
      }
    }
  }
  return [...found.values(), { hreflang: 'x-default', market: null, language: null }]
}

/** The market's languages that a page exists in, else the page's own: what can be said there. Never empty. */
export function spokenIn({ languages }: Pick<Market, 'languages'>, spoken: readonly string[]): string[] {
  const both = languages.filter((language) => spoken.includes(primaryOf(language)))
  return both.length > 0 ? both : spoken.slice(0, 1)
}

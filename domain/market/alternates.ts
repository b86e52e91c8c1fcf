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

/** Each `hreflang` once: the first market to claim one has it, so that no two pages say they are the same. */
export function alternatesOf(markets: readonly Market[]): Alternate[] {
  if (markets.length === 0) return []
  const found = new Map<string, Alternate>()
  for (const { key, countries, languages } of markets) {
    for (const language of languages) {
      const spoken = primaryOf(language)
      const named =
        countries.length > COUNTRIES_NAMED_MOST ? [spoken] : countries.map((country) => `${spoken}-${country}`)
      for (const hreflang of named) {
        if (!found.has(hreflang)) found.set(hreflang, { hreflang, market: key, language })
      }
    }
  }
  return [...found.values(), { hreflang: 'x-default', market: null, language: null }]
}

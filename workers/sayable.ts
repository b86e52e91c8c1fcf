/**
 * Languages that a page can speak. What an operator writes is checked where it comes in; what lies in a database or in a
 * copy may be older than that check, or written by a hand. One row that is no language must cost its own language and
 * not every page of the shop, where Intl throws at it.
 */
import type { Store } from '../domain/store/store.ts'

/** Null for what is no language, and for one with extensions: what they ask for has no name, and no page could say it. */
export function canonicalLanguage(tag: string): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(tag)[0] ?? null
    return canonical === new Intl.Locale(tag).baseName ? canonical : null
  } catch {
    return null
  }
}

/** Spoken where a market's own languages are none. */
const LAST_RESORT = 'en'

/** The store as pages can draw it: each market speaks those of its languages that are any. */
export const sayable = (store: Store): Store => ({
  ...store,
  markets: store.markets.map((market) => {
    const languages = market.languages.filter((language) => canonicalLanguage(language) !== null)
    return { ...market, languages: languages.length > 0 ? languages : [LAST_RESORT] }
  }),
})

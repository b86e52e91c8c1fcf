/**
 * Which market a request is in, and in which of its languages it is answered. Decided once a request, from what the
 * network says, what the visitor has chosen, and what their browser wants.
 *
 * The visitor's choice comes first: whoever travels, or sits behind a proxy, knows better than the network where they
 * want to shop. It changes what is shown and in which currency is paid, never whether a country may be sold to
 * (restrictions.ts): that is judged by the network and by the address.
 */
import { primaryOf, type Market } from './market.ts'

export interface Asking {
  /** ISO 3166-1 alpha-2 as the network says; null: not known. `XX` and `T1` (Tor) say nothing and are in no market. */
  country: string | null
  /** Keys of markets that the visitor has asked for, the weightiest first. What is no market is no choice. */
  choices: readonly (string | null | undefined)[]
  acceptLanguage: string | null
}

export interface Placing {
  /** Null: the store has no market for this request, and is as it is without any. */
  market: Market | null
  /** BCP 47. Null without a market. */
  language: string | null
  /** Why this market: the answer differs by it, so a cache in front of us must know. */
  by: 'choice' | 'country' | 'default' | 'none'
}

/** The market and the language of a request. Total: whatever is asked, there is an answer. */
export function marketOf(asking: Asking, markets: readonly Market[]): Placing {
  for (const choice of asking.choices) {
    const chosen = choice ? markets.find(({ key }) => key === choice) : undefined
    if (chosen) return placed(chosen, asking, 'choice')
  }
  const near = asking.country === null ? undefined : markets.find((market) => isHome(market, asking.country!))
  if (near) return placed(near, asking, 'country')
  const usual = markets.find(({ isDefault }) => isDefault)
  return usual ? placed(usual, asking, 'default') : { market: null, language: null, by: 'none' }
}

const isHome = ({ countries, restricted }: Market, country: string): boolean =>
  countries.includes(country) || restricted.some((one) => one.country === country)

const placed = (market: Market, { acceptLanguage }: Asking, by: Placing['by']): Placing => ({
  market,
  language: languageIn(market.languages, acceptLanguage),
  by,
})

/**
 * The language that is wanted most among those spoken here (RFC 9110 section 12.5.4), matched by its primary subtag and
 * spelled as the market spells it, so that there are as many pages as languages and not as many as browsers. The first
 * one when none is wanted.
 */
export function languageIn(spoken: readonly string[], acceptLanguage: string | null): string {
  let best: { language: string; weight: number } | null = null
  for (const wish of (acceptLanguage ?? '').slice(0, 400).split(',')) {
    const [, tag, q = '1'] = /^\s*([a-z]{2,3})(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(wish) ?? []
    const weight = Number(q)
    const language = tag && spoken.find((one) => primaryOf(one) === tag.toLowerCase())
    if (language && weight > (best?.weight ?? 0)) best = { language, weight }
  }
  return best?.language ?? spoken[0]!
}

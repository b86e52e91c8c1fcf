/**
 * The market of a request: decided once, when its store is known, from the address, a cookie and the network. Who asks
 * for another market says so in the address (`?market=us&language=es`, for one request, and for whoever is sent the link)
 * or by the form on every page, which leaves a cookie.
 */
import { spokenIn } from '../domain/market/alternates.ts'
import { languageIn, marketOf, type Placing } from '../domain/market/placing.ts'
import { restrictionOf, type MarketGone, type RestrictionRefusal } from '../domain/market/restrictions.ts'
import { countryOf } from './admission/country.ts'
import type { Asked } from './context.ts'
import { LONGEST_COOKIE_S, MARKET_COOKIE, readCookie, sendCookie } from './cookies.ts'

/** Where a request is, and by what it was found. */
export interface Whereabouts extends Placing {
  /** The address itself names the market, so the same address says the same to everybody. */
  isInAddress: boolean
  /** The languages that are wanted, as `Accept-Language` says it; what was chosen outright stands first. */
  wish: string
}

export const NOWHERE: Whereabouts = { market: null, language: null, by: 'none', isInAddress: false, wish: '' }

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/

/** Where this request is. The visit must know its store. */
export function whereaboutsOf(c: Asked): Whereabouts {
  const { markets } = c.var.visit.store
  if (markets.length === 0) return NOWHERE
  const inAddress = c.req.query('market')
  const [inCookie, languageInCookie] = cookieOf(c.req.raw.headers)
  const chosen = [c.req.query('language'), languageInCookie].filter((one) => one !== undefined && LANGUAGE.test(one))
  const wish = [...chosen, c.req.header('accept-language') ?? ''].join(',')
  const country = countryOf(c)
  const placing = marketOf({ country, choices: [inAddress, inCookie], acceptLanguage: wish }, markets)
  return { ...placing, wish, isInAddress: inAddress !== undefined && placing.market?.key === inAddress }
}

/** In which of the languages it exists in (its own first) a page speaks here; null without a market. */
export function localeHere(c: Asked, spoken: readonly string[]): string | null {
  const { market, wish } = c.var.visit.whereabouts
  return market && languageIn(spokenIn(market, spoken), wish)
}

/** `us`, or `us.es` for somebody who has chosen the language, too. */
const cookieOf = (headers: Headers): [market: string | undefined, language: string | undefined] => {
  const [market, language] = (readCookie(headers, MARKET_COOKIE) ?? '').split('.')
  return [market || undefined, language]
}

/** The language that this visitor has chosen by the form; empty: none. */
export const chosenLanguage = (c: Asked): string => cookieOf(c.req.raw.headers)[1] ?? ''

/** Remembers what a visitor has chosen; a market that is none forgets it. */
export function chooseMarket(c: Asked, key: string, language: string): void {
  const market = c.var.visit.store.markets.find((one) => one.key === key)
  const spoken = market?.languages.includes(language) ? `.${language}` : ''
  sendCookie(c, MARKET_COOKIE, market ? market.key + spoken : '', market ? LONGEST_COOKIE_S : 0)
}

/**
 * The market of a purchase: the one whose prices were shown, as the caller says; else the one the request is in. One that
 * is gone is refused, for another's prices are not what was shown. A store without markets has one price for everybody.
 */
export function marketOfPurchase(c: Asked, shown?: string): { market?: string; restriction?: MarketGone } {
  const { store, whereabouts } = c.var.visit
  if (!shown || store.markets.length === 0) return whereabouts.market ? { market: whereabouts.market.key } : {}
  const isThere = store.markets.some(({ key }) => key === shown)
  return isThere ? { market: shown } : { restriction: { code: 'market_not_found', market: shown } }
}

/** Of a purchase: why it may not be made; judged by its book, which knows whether it is a repeat of one that was. */
export function restrictionOfPurchase(c: Asked, shipsTo?: string): { restriction?: RestrictionRefusal } {
  const restriction = restrictionHere(c, shipsTo)
  return restriction === null ? {} : { restriction }
}

/** Why nothing may be sold to where this request is from, or to where the goods shall go; null: it may. */
export const restrictionHere = (c: Asked, shipsTo: string | null = null): RestrictionRefusal | null =>
  restrictionOf({ country: countryOf(c), shipsTo }, c.var.visit.store.markets)

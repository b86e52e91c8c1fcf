/**
 * The market of a request: decided once, when its store is known, from the address, a cookie and the network. Who asks
 * for another market says so in the address (`?market=us&language=es`, for one request, and for whoever is sent the link)
 * or by the form on every page, which leaves a cookie.
 */
import { marketOf, type Placing } from '../domain/market/placing.ts'
import { restrictionOf, type RestrictionRefusal } from '../domain/market/restrictions.ts'
import { countryOf } from './admission/country.ts'
import type { Asked } from './context.ts'
import { LONGEST_COOKIE_S, MARKET_COOKIE, readCookie, sendCookie } from './cookies.ts'

/** Where a request is, and by what it was found. */
export interface Whereabouts extends Placing {
  /** The address itself names the market, so the same address says the same to everybody. */
  isInAddress: boolean
}

export const NOWHERE: Whereabouts = { market: null, language: null, by: 'none', isInAddress: false }

const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/

/** Where this request is. The visit must know its store. */
export function whereaboutsOf(c: Asked): Whereabouts {
  const { markets } = c.var.visit.store
  if (markets.length === 0) return NOWHERE
  const inAddress = c.req.query('market')
  const [inCookie, languageInCookie] = cookieOf(c.req.raw.headers)
  const placing = marketOf(
    {
      country: countryOf(c),
      choices: [inAddress, inCookie],
      acceptLanguage: [c.req.query('language'), languageInCookie]
        .filter((language) => language !== undefined && LANGUAGE.test(language))
        .concat(c.req.header('accept-language') ?? '')
        .join(','),
    },
    markets,
  )
  return { ...placing, isInAddress: inAddress !== undefined && placing.market?.key === inAddress }
}

/** `us`, or `us.es` for somebody who has chosen the language, too. */
const cookieOf = (headers: Headers): [market: string | undefined, language: string | undefined] => {
  const [market, language] = (readCookie(headers, MARKET_COOKIE) ?? '').split('.')
  return [market || undefined, language]
}

/** Remembers what a visitor has chosen; a market that is none forgets it. */
export function chooseMarket(c: Asked, key: string, language: string): void {
  const market = c.var.visit.store.markets.find((one) => one.key === key)
  const spoken = market?.languages.includes(language) ? `.${language}` : ''
  sendCookie(c, MARKET_COOKIE, market ? market.key + spoken : '', market ? LONGEST_COOKIE_S : 0)
}

/** The market of a purchase: the one whose prices were shown, as the caller says; else the one the request is in. */
export function marketOfPurchase(c: Asked, shown: string | undefined): { market?: string } {
  const { store, whereabouts } = c.var.visit
  const key = (shown ? store.markets.find((one) => one.key === shown) : undefined)?.key ?? whereabouts.market?.key
  return key === undefined ? {} : { market: key }
}

/** Why nothing may be sold to where this request is from, or to where the goods shall go; null: it may. */
export const restrictionHere = (c: Asked, shipsTo: string | null = null): RestrictionRefusal | null =>
  restrictionOf({ country: countryOf(c), shipsTo }, c.var.visit.store.markets)

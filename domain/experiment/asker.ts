/**
 * Who asks: what of a visitor an audience may depend on. Read off the request, never off what was bought.
 *
 * Robots and previews are no visitors: a robot sees the shop as it is without experiments, so that a search engine keeps
 * one page, and a page that is fetched ahead is counted when somebody looks at it.
 */

export type Device = 'phone' | 'tablet' | 'desktop'

export interface Asker {
  /** What is hashed. Empty: nobody in particular, who takes part in nothing. */
  visitorId: string
  /** When their cookie was made, ms; null: not known. */
  bornAt: number | null
  market: string | null
  country: string | null
  language: string | null
  device: Device
  isRobot: boolean
  /** The drop in which the thing is offered that they look at. */
  drop: string | null
}

/** Search engines, link previews, monitors and the tools of people who write scripts. They say so themselves. */
const ROBOTS =
  /(?<!\bcu)bot(?:\b|_)|crawl|spider|slurp|preview|facebookexternalhit|facebookcatalog|whatsapp|embedly|vkshare|bingpreview|lighthouse|pagespeed|headless|phantomjs|pingdom|uptime|monitor|curl\/|wget\/|python-|aiohttp|go-http-client|java\/|okhttp|libwww|httpclient|axios\/|node-fetch|undici/i

/** Whether a client says of itself that it is a program. Nobody in particular is taken for one, too. */
export const isRobot = (userAgent: string | null): boolean =>
  userAgent === null || userAgent.trim() === '' || ROBOTS.test(userAgent)

/** Whether a page is fetched before anybody looks at it (`Sec-Purpose`, and what browsers sent before there was one). */
export const isFetchedAhead = (header: (name: string) => string | null): boolean =>
  /prefetch|prerender|preview/i.test(
    [header('sec-purpose'), header('purpose'), header('x-purpose'), header('x-moz')].join(' '),
  )

/** By what the browser says of itself. Tablets that call themselves desktops are believed. */
export function deviceOf(userAgent: string | null, isMobileHint: string | null): Device {
  const said = userAgent ?? ''
  if (/ipad|tablet|kindle|silk|playbook/i.test(said)) return 'tablet'
  if (/android/i.test(said)) return /mobile/i.test(said) || isMobileHint === '?1' ? 'phone' : 'tablet'
  return isMobileHint === '?1' || /iphone|ipod|mobile|windows phone/i.test(said) ? 'phone' : 'desktop'
}

/** The primary subtag of the language that is wanted most (RFC 9110 section 12.5.4): `de` of `de-CH, en;q=0.8`. */
export function languageOf(acceptLanguage: string | null): string | null {
  let best: { tag: string; q: number } | null = null
  for (const part of (acceptLanguage ?? '').slice(0, 500).split(',')) {
    const [, tag, q = '1'] = /^\s*([a-z]{2,3})(?:-[a-z0-9-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*$/i.exec(part) ?? []
    if (tag !== undefined && Number(q) > (best?.q ?? 0)) best = { tag: tag.toLowerCase(), q: Number(q) }
  }
  return best?.tag ?? null
}

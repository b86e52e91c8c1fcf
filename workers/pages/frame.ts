/** What surrounds a page, and how a page is sent. */
import { alternatesOf } from '../../domain/market/alternates.ts'
import { matches, tagOf, unchanged } from '../conditional.ts'
import type { Asked } from '../context.ts'
import { hasOwnCookie } from '../cookies.ts'
import { report, failingOf } from '../failures.ts'
import { SEALS_OF_PAGES } from '../middleware/seals/index.ts'
import { chosenLanguage, localeHere } from '../market.ts'
import { keepReady, keepReadyByMarket, nameOfPage, spoken, type Ready } from '../ready.ts'
import { storeView } from './from-catalog.ts'
import { LANGUAGES, preferredLocale } from './languages/index.ts'
import { readCollections } from './reading.ts'
import type { Frame, MarketView } from './views.ts'

/**
 * A page without its menu is better than no page: the shelves may be away, the frame is not. `locale`: for pages that
 * speak the reader's language; the others speak the store's.
 */
export async function frameOf(c: Asked, locale?: string): Promise<Frame> {
  const { store, clock, publicOrigin } = c.var.visit
  const pageSpeaks = locale === undefined ? OWN_LANGUAGES : LANGUAGES
  const navigation = await readCollections(c).catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return []
  })
  return {
    store: { ...storeView(store), locale: locale ?? ownLocale(c) },
    navigation: navigation.map(({ slug, title }) => ({ slug, title })),
    now: clock.now(),
    origin: publicOrigin,
    ...(store.markets.length > 0 && { market: marketView(c, pageSpeaks) }),
  }
}

/** In what a page speaks that is written in every language there is: what the market speaks and the browser wants. */
export const readersLocale = (c: Asked): string =>
  localeHere(c, LANGUAGES) ?? preferredLocale(c.req.header('accept-language') ?? null, 'en')

/** Of such a page. */
export const inReadersLanguage = (c: Asked): Record<string, string> => ({
  'content-language': readersLocale(c),
  vary: 'Accept-Language, Cookie',
})

/** What the pages are written in that are not translated. */
const OWN_LANGUAGES = ['en']

/** In their own language, as the market spells it where it speaks it, too. */
const ownLocale = (c: Asked): string => localeHere(c, OWN_LANGUAGES) ?? 'en'

function marketView(c: Asked, pageSpeaks: readonly string[]): MarketView {
  const { store, whereabouts } = c.var.visit
  const { market, isInAddress } = whereabouts
  const here = new URL(c.req.url)
  const named = isInAddress ? new URLSearchParams({ market: market?.key ?? '' }) : null
  const language = here.searchParams.get('language')
  if (named && language !== null && market?.languages.includes(language)) named.set('language', language)
  for (const name of ['market', 'language']) here.searchParams.delete(name)
  return {
    key: market?.key ?? null,
    taxDisplay: market?.taxDisplay ?? null,
    choices: store.markets.map(({ key, name, currency, languages }) => ({ key, name, currency, languages })),
    language: chosenLanguage(c),
    alternates: alternatesOf(store.markets, pageSpeaks),
    inAddress: named ? `?${named.toString()}` : '',
    back: c.req.method === 'GET' ? here.pathname + here.search : '/',
  }
}

/** Another market has another page, which a cache that keeps it in spite of all must not mix up. */
const said = (c: Asked): Record<string, string> => ({
  'content-language': ownLocale(c),
  ...(c.var.visit.store.markets.length > 0 && { vary: 'Accept-Language, Cookie' }),
})

/**
 * Sends a page. Never stored by anybody between us and the browser: pages carry forms with keys of their own, and the
 * clock. They are cheap to draw; what they are drawn from is what is cached.
 */
export const sent = async (
  c: Asked,
  html: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Promise<Response> => new Response(String(await html), { status, headers: { ...OF_PAGES, ...said(c), ...headers } })

const OF_PAGES = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache' }

/**
 * The same for a page without such a form: it stays the same until something on it changes, and a browser that comes back
 * is told so instead of being sent it again.
 */
export async function sentWithTag(c: Asked, html: unknown): Promise<Response> {
  const body = String(await html)
  const etag = await tagOf(body)
  const headers = new Headers({ ...OF_PAGES, ...said(c), etag })
  return matches(c.req.header('if-none-match') ?? null, etag) ? unchanged(headers) : new Response(body, { headers })
}

/** Whether the page says nothing that only its reader may see: then it is drawn once for all who ask at the same time. */
export const isForAnybody = (c: Asked): boolean => c.req.method === 'GET' && !hasOwnCookie(c.req.raw.headers)

/**
 * Sends such a page, and lets it lie ready for the others who look right now (ready.ts). To the browser it is a page like
 * any other, and not to be stored. `freshUntil`: nobody who asks later is sent this one. `formKey`: the key of a form on it,
 * in whose place everybody gets their own.
 */
export async function sentToAnybody(
  c: Asked,
  html: unknown,
  { freshUntil, headers = said(c), formKey }: ForAnybody,
): Promise<Response> {
  const text = String(await html)
  const body = Uint8Array.from(new TextEncoder().encode(text))
  const answer = { body, headers: new Headers([...Object.entries({ ...OF_PAGES, ...headers }), ...SEALS_OF_PAGES]) }
  const keysAt = formKey === undefined ? [] : placesOf(formKey, text)
  const ready: Ready = { ...answer, freshUntil, keysAt, etag: null }
  const name = nameOfPage(c.req.url, preferredLocale(c.req.header('accept-language') ?? null, 'en'))
  if (c.var.visit.store.markets.length > 0) keepReadyByMarket(name, c.req.raw, ready)
  else keepReady(name, ready)
  return spoken(c.req.raw.headers, ready)
}

interface ForAnybody {
  freshUntil: number
  headers?: Record<string, string>
  formKey?: string
}

/** Where these letters stand in the page, in bytes. */
function placesOf(letters: string, text: string): number[] {
  const encoder = new TextEncoder()
  let at = 0
  const places = text.split(letters).map((part) => {
    at += encoder.encode(part).byteLength
    const place = at
    at += letters.length
    return place
  })
  return places.slice(0, -1)
}

/** Post, redirect, get: the browser goes on with a GET, and a reload repeats nothing. */
export const goTo = (address: string): Response =>
  new Response(null, { status: 303, headers: { location: address, 'cache-control': 'private, no-store' } })

/** What surrounds a page, and how a page is sent. */
import type { Asked } from '../context.ts'
import { report, failingOf } from '../failures.ts'
import { storeView } from './from-catalog.ts'
import { readCollections } from './reading.ts'
import type { Frame } from './views.ts'

/**
 * A page without its menu is better than no page: the shelves may be away, the frame is not. `locale`: for pages that
 * speak the reader's language; the others speak the store's.
 */
export async function frameOf(c: Asked, locale?: string): Promise<Frame> {
  const { store, clock, publicOrigin } = c.var.visit
  const navigation = await readCollections(c).catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return []
  })
  return {
    store: { ...storeView(store), ...(locale === undefined ? {} : { locale }) },
    navigation: navigation.map(({ slug, title }) => ({ slug, title })),
    now: clock.now(),
    origin: publicOrigin,
  }
}

/**
 * Sends a page. Never stored by anybody between us and the browser: pages carry forms with keys of their own, and the
 * clock. They are cheap to draw; what they are drawn from is what is cached.
 */
export const sent = async (
  c: Asked,
  html: unknown,
  status = 200,
  headers: Record<string, string> = {},
): Promise<Response> =>
  new Response(String(await html), {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'private, no-cache', ...headers },
  })

/** Post, redirect, get: the browser goes on with a GET, and a reload repeats nothing. */
export const goTo = (address: string): Response =>
  new Response(null, { status: 303, headers: { location: address, 'cache-control': 'private, no-store' } })

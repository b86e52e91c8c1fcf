/**
 * The storefront's addresses: read, draw, send. What a page looks like is its own file; what a form does is buying.ts.
 * Forms answer with a redirect when they worked, and with the page again, in words, when they did not.
 */
import { Hono } from 'hono'
import type { ProductQuery, ProductSort } from '../../domain/catalog/query.ts'
import { ALL_PRODUCTS } from '../../domain/catalog/query.ts'
import { isSlug } from '../../domain/catalog/slug.ts'
import type { AppEnv, Asked } from '../context.ts'
import { onProductPage } from '../experiments/deciding.ts'
import { artworkSvg } from './artwork.ts'
import { buyingPages } from './buying-pages.tsx'
import { dropPages } from './drop-pages.tsx'
import { earlyPages } from './early-pages.ts'
import { frameOf, isForAnybody, sent, sentToAnybody, sentWithTag } from './frame.ts'
import { cardView, collectionCard, dropView, productView } from './from-catalog.ts'
import { newRequestKey } from './forms.ts'
import { homePage } from './home.tsx'
import { productPage } from './product.tsx'
import { readCollections, readFront, readProduct, readShelf } from './reading.ts'
import { marketPages } from './market-pages.ts'
import { notFound } from './refused.tsx'
import { collectionPage, collectionsPage, searchPage, SORTS } from './shelves.tsx'
import { withItsDrop } from './standing.ts'
import type { ShelfView } from './views.ts'

export const pages = new Hono<AppEnv>()

const ON_THE_FRONT = 8
const ON_A_SHELF = 24

pages.get('/', async (c) => {
  const [frame, front, collections] = await Promise.all([
    frameOf(c),
    readFront(c, { ...ALL_PRODUCTS, inStock: true, limit: 2 * ON_THE_FRONT }),
    readCollections(c),
  ])
  const view = {
    drop: front.drop && dropView(front.drop.drop, front.drop.products, frame.now),
    collections: collections.map(collectionCard),
    // A young shop fills up its best sellers with what is new; nothing is shown twice for that.
    fresh: front.fresh
      .filter(({ id }) => !front.popular.some((card) => card.id === id))
      .slice(0, ON_THE_FRONT)
      .map((card) => cardView(card, frame.now)),
    popular: front.popular.map((card) => cardView(card, frame.now)),
  }
  return sentWithTag(c, homePage(frame, view))
})

pages.get('/collections', async (c) => {
  const [frame, collections] = await Promise.all([frameOf(c), readCollections(c)])
  return sentWithTag(c, collectionsPage(frame, collections.map(collectionCard)))
})

pages.get('/collections/:slug', async (c) => {
  const slug = c.req.param('slug')
  if (!isSlug(slug)) return notFound(c)
  const query = shelfQuery(c, { collection: slug, q: null, sort: 'featured' })
  const [frame, found] = await Promise.all([frameOf(c), readShelf(c, query)])
  if (found?.collection == null) return notFound(c)
  const { title, description } = found.collection
  return sentWithTag(
    c,
    collectionPage(frame, { ...shelfView(query, found, frame.now), collection: { slug, title, description } }),
  )
})

pages.get('/search', async (c) => {
  const words = (c.req.query('q') ?? '').trim().slice(0, 80)
  const query = shelfQuery(c, {
    collection: null,
    q: words === '' ? null : words,
    sort: words === '' ? 'newest' : 'relevance',
  })
  const [frame, found] = await Promise.all([frameOf(c), readShelf(c, query)])
  if (found === null) return notFound(c)
  return sentWithTag(c, searchPage(frame, { ...shelfView(query, found, frame.now), query: words }))
})

pages.get('/products/:slug', async (c) => {
  const slug = c.req.param('slug')
  if (!isSlug(slug)) return notFound(c)
  const [frame, found] = await Promise.all([frameOf(c), readProduct(c, slug)])
  if (found === null) return notFound(c)
  const [view, touched] = await Promise.all([
    withItsDrop(c, found, productView(found, c.var.visit.store, frame.now)),
    onProductPage(c, found.product.drop?.slug ?? null),
  ])
  const requestKey = newRequestKey(c)
  const html = productPage(frame, view, { requestKey, sku: c.req.query('sku'), touched: touched ?? {} })
  if (touched !== null || !isForAnybody(c)) return sent(c, html)
  return sentToAnybody(c, html, {
    freshUntil: Math.min(c.var.visit.freshUntil, frame.now + LIES_MS),
    formKey: requestKey,
  })
})

/** A product's page lies ready for a second, and no longer than any of what it was drawn from may be said. */
const LIES_MS = 1000

pages.route('/', dropPages)
pages.route('/', earlyPages)
pages.route('/', buyingPages)
pages.route('/', marketPages)

/** What time it is here, in ms: countdowns are set by it. */
pages.get('/clock', (c) => c.text(String(c.var.visit.clock.now()), 200, { 'cache-control': 'no-store' }))

/** Pictures drawn from a slug. Their addresses carry a version, so a copy never goes stale. */
pages.get('/art/:name{[a-z0-9-]{1,120}\\.svg}', (c) => {
  const slug = c.req.param('name').slice(0, -'.svg'.length)
  const svg = artworkSvg(slug, { family: c.req.query('family'), view: Number(c.req.query('view')) || 1 })
  return c.body(svg, 200, {
    'content-type': 'image/svg+xml',
    'cache-control': 'public, max-age=31536000, immutable',
  })
})

function shelfQuery(c: Asked, { collection, q, sort }: Pick<ProductQuery, 'collection' | 'q' | 'sort'>): ProductQuery {
  const asked = c.req.query('sort')
  return {
    ...ALL_PRODUCTS,
    collection,
    q,
    inStock: c.req.query('in_stock') === 'true',
    sort: SORTS.find(([known]) => known === asked)?.[0] ?? sort,
    limit: ON_A_SHELF,
    cursor: c.req.query('cursor') || null,
  }
}

const shelfView = (
  query: ProductQuery,
  found: { products: { data: Parameters<typeof cardView>[0][]; nextCursor: string | null } },
  now: number,
): ShelfView => ({
  cards: found.products.data.map((card) => cardView(card, now)),
  nextCursor: found.products.nextCursor,
  sort: query.sort satisfies ProductSort,
  inStockOnly: query.inStock,
  isFirstPage: query.cursor === null,
})

/** The catalog for everybody: lists, products, collections. Shared, cached, the same for every buyer of a store. */
import { createRoute, z } from '@hono/zod-openapi'
import { isSlug } from '../../domain/catalog/slug.ts'
import { fewestOf, LIST_TAGS, SHELF_TAGS, tagsOfProduct } from '../../domain/catalog/tags.ts'
import type { ProductQuery } from '../../domain/catalog/query.ts'
import { cardIn, productIn } from '../../domain/market/pricing.ts'
import { findCollection, listCollections } from '../../platform/postgres/collections.ts'
import { findProduct, listProducts, popularProducts } from '../../platform/postgres/products.ts'
import { Collection, Product, ProductCard } from '../catalog-schemas.ts'
import { cardOut, collectionOut, pageOut, productOut } from '../catalog-wire.ts'
import { CATALOG, freshnessOfList, inMarket, publicJson } from '../public-reads.ts'
import { refused } from '../replies.ts'
import { MarketQuery, PageQuery, page } from '../schemas.ts'
import { answer, json, problems, router } from './endpoint.ts'

export const catalog = router()
const tags = ['Catalog']
const bySlug = z.object({ slug: z.string().max(200) })

export const ProductListQuery = PageQuery.extend({
  collection: z.string().max(120).optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .optional()
    .openapi({ description: 'Each word matches the beginning of a word.' }),
  in_stock: z.enum(['true', 'false']).optional(),
  min_price: z.coerce.number().int().min(0).max(1e12).optional().openapi({
    description: 'Minor units, inclusive; of the store’s own price, in every market. So is the order by price.',
  }),
  max_price: z.coerce.number().int().min(0).max(1e12).optional().openapi({ description: 'Minor units, inclusive.' }),
  sort: z.enum(['newest', 'price', '-price', 'title', 'relevance', 'featured']).optional(),
})

/** What a list is asked for, with everything left out filled in; its JSON is the question's canonical spelling. */
export function productQueryIn(asked: z.infer<typeof ProductListQuery>, status: 'active' | 'any'): ProductQuery {
  return {
    collection: asked.collection ?? null,
    q: asked.q ?? null,
    inStock: asked.in_stock === 'true',
    priceFrom: asked.min_price ?? null,
    priceTo: asked.max_price ?? null,
    sort: asked.sort ?? (asked.q ? 'relevance' : asked.collection ? 'featured' : 'newest'),
    limit: asked.limit,
    cursor: asked.cursor ?? null,
    status,
  }
}

answer(
  catalog,
  createRoute({
    method: 'get',
    path: '/products',
    tags,
    summary: 'List and search products',
    request: { query: ProductListQuery.extend(MarketQuery.shape) },
    responses: { 200: json(page(ProductCard), 'A page of products.'), ...problems(400, 503) },
  }),
  (c) => {
    const query = productQueryIn(c.req.valid('query'), 'active')
    const { market } = c.var.visit.whereabouts
    return publicJson(c, inMarket(c, `products ${JSON.stringify(query)}`), freshnessOfList(query), async (reader) => {
      const listed = await listProducts(reader, c.var.visit.storeId, query)
      return listed.ok
        ? {
            value: pageOut(listed.value, (card) => cardOut(cardIn(card, market))),
            tags: LIST_TAGS,
            unitsLeft: fewestOf(listed.value.data),
          }
        : { refusal: listed.refusal }
    })
  },
)

/** How far back what is popular is counted. */
const POPULAR_DAYS = 30

answer(
  catalog,
  createRoute({
    method: 'get',
    path: '/products/popular',
    tags,
    summary: `What sold most in the last ${POPULAR_DAYS} days`,
    request: { query: MarketQuery.extend({ limit: z.coerce.number().int().min(1).max(100).default(12) }) },
    responses: {
      200: json(
        z.object({ data: z.array(ProductCard), next_cursor: z.null() }),
        'Best sellers first, filled up with what is new.',
      ),
      ...problems(400, 503),
    },
  }),
  (c) => {
    const { limit } = c.req.valid('query')
    const { market } = c.var.visit.whereabouts
    return publicJson(c, inMarket(c, `popular ${limit}`), CATALOG, async (reader) => {
      const sinceMs = c.var.visit.clock.now() - POPULAR_DAYS * 24 * 60 * 60_000
      const best = await popularProducts(reader, c.var.visit.storeId, { sinceMs, limit })
      const data = best.map((card) => cardOut(cardIn(card, market)))
      return { value: { data, next_cursor: null }, tags: LIST_TAGS, unitsLeft: fewestOf(best) }
    })
  },
)

answer(
  catalog,
  createRoute({
    method: 'get',
    path: '/products/{slug}',
    tags,
    summary: 'See a product with its variants',
    request: { params: bySlug, query: MarketQuery },
    responses: { 200: json(Product, 'The product.'), ...problems(404, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'product_not_found', product: slug })
    const { market } = c.var.visit.whereabouts
    return publicJson(c, inMarket(c, `product ${slug}`), CATALOG, async (reader) => {
      const product = await findProduct(reader, c.var.visit.storeId, slug)
      const told = product
        ? { value: productOut(productIn(product, market)), unitsLeft: fewestOf([product]) }
        : { refusal: { code: 'product_not_found' as const, product: slug } }
      return { ...told, tags: tagsOfProduct(product) }
    })
  },
)

answer(
  catalog,
  createRoute({
    method: 'get',
    path: '/collections',
    tags,
    summary: 'List the collections',
    responses: {
      200: json(z.object({ data: z.array(Collection), next_cursor: z.null() }), 'All of them, in the shop’s order.'),
      ...problems(503),
    },
  }),
  (c) =>
    publicJson(c, 'collections', CATALOG, async (reader) => {
      const all = await listCollections(reader, c.var.visit.storeId)
      return { value: { data: all.map(collectionOut), next_cursor: null }, tags: SHELF_TAGS }
    }),
)

answer(
  catalog,
  createRoute({
    method: 'get',
    path: '/collections/{slug}',
    tags,
    summary: 'See a collection',
    description: 'What stands on it: `GET /products?collection={slug}`.',
    request: { params: bySlug },
    responses: { 200: json(Collection, 'The collection.'), ...problems(404, 503) },
  }),
  (c) => {
    const { slug } = c.req.valid('param')
    if (!isSlug(slug)) return refused(c, { code: 'collection_not_found', collection: slug })
    return publicJson(c, `collection ${slug}`, CATALOG, async (reader) => {
      const found = await findCollection(reader, c.var.visit.storeId, slug)
      const told = found
        ? { value: collectionOut(found) }
        : { refusal: { code: 'collection_not_found' as const, collection: slug } }
      return { ...told, tags: SHELF_TAGS }
    })
  },
)

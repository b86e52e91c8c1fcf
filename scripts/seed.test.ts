import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../domain/basics/random.ts'
import { ALL_PRODUCTS } from '../domain/catalog/query.ts'
import { safeHtml } from '../domain/catalog/safe-html.ts'
import { isSlug } from '../domain/catalog/slug.ts'
import { statusAt } from '../domain/drop/drop.ts'
import { findApiKey } from '../platform/postgres/api-keys.ts'
import { listCollections } from '../platform/postgres/collections.ts'
import { findDrop } from '../platform/postgres/drops.ts'
import { listProducts } from '../platform/postgres/products.ts'
import { startTestCluster, type TestCluster } from '../platform/postgres/testing.ts'
import { demoProducts } from './demo-catalog.ts'
import { seedShop } from './seed-shop.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

describe('the demo shop', () => {
  it('[CAT14] has two hundred products whose slugs and SKUs are each used once, the same on every machine', () => {
    const products = demoProducts()
    expect(products).toHaveLength(200)
    expect(new Set(products.map(({ slug }) => slug)).size).toBe(200)
    const skus = products.flatMap(({ variants }) => variants.map(({ sku }) => sku))
    expect(new Set(skus).size).toBe(skus.length)
    for (const { slug, description, variants } of products) {
      expect(isSlug(slug), slug).toBe(true)
      expect(safeHtml(description)).toBe(description)
      for (const { sku, priceAmount } of variants) expect(sku.length <= 64 && priceAmount > 0, sku).toBe(true)
    }
    expect(demoProducts()).toEqual(products)
  })

  it('[CAT14] stands once however often it is seeded, with a drop that opens a minute after the first time', async () => {
    const { db, env, storeId } = await cluster.shop()
    const place = { url: env.DATABASE_URL, endpoint: env.NEON_FETCH_ENDPOINT }
    const now = Date.UTC(2026, 10, 21, 20)
    const seed = (at: number) =>
      seedShop(place, { empty: false, storeId, operatorKey: KEY, now: at, random: seededRandom(at) })
    expect(await seed(now)).toEqual({ operatorKey: KEY, products: 200 })
    expect(await seed(now + 3_600_000)).toEqual({ operatorKey: KEY, products: 0 })
    const page = await listProducts(db.read('primary'), storeId, { ...ALL_PRODUCTS, limit: 100 })
    expect(page.ok && page.value.data[0]?.slug).toBe('night-runner-midnight-edition')
    expect((await listCollections(db.read('primary'), storeId)).map(({ productCount }) => productCount)).toEqual(
      Array.from({ length: 8 }, () => 25),
    )
    const drop = (await findDrop(db.read('primary'), storeId, 'midnight-edition'))!.drop
    expect([now + 59_999, now + 60_000].map((at) => statusAt(at, drop))).toEqual(['scheduled', 'open'])
    expect(drop).toMatchObject({ total: 120, unitsPerVisitorMax: 2, room: { insideMax: 6 } })
    expect(await findApiKey(db.read('primary'), KEY)).toMatchObject({ storeId, scopes: ['*'] })
  })

  it('[CAT14] can begin empty, with nothing but a store and a key', async () => {
    const { db, env } = await cluster.shop()
    const place = { url: env.DATABASE_URL, endpoint: env.NEON_FETCH_ENDPOINT }
    const { operatorKey } = await seedShop(place, {
      empty: true,
      storeId: 'store_bare',
      now: 1,
      random: seededRandom(9),
    })
    expect(await findApiKey(db.read('primary'), operatorKey)).toMatchObject({ storeId: 'store_bare' })
    const page = await listProducts(db.read('primary'), 'store_bare', ALL_PRODUCTS)
    expect(page).toEqual({ ok: true, value: { data: [], nextCursor: null } })
  })
})

const KEY = 'onr_test_LoX93pjwRUalP1m13UpbSoCIQ82IuYJt'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MarketDraft } from '../../domain/market/market.ts'
import { productIn } from '../../domain/market/pricing.ts'
import { listMarketPrices, putMarketPrices } from './market-prices.ts'
import { defineMarket, findMarket, removeMarket, rewriteMarket } from './markets.ts'
import { offersFor } from './offers.ts'
import { countUntold } from './outbox.ts'
import { putProduct } from './product-writes.ts'
import { findProduct, listProducts } from './products.ts'
import { ALL_PRODUCTS } from '../../domain/catalog/query.ts'
import { rowsOf, sql } from './statements.ts'
import { findStore } from './stores.ts'
import { BIRTH, startTestCluster, type TestCluster, type TestShop } from './testing.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

const us: MarketDraft = {
  ...{ key: 'us', name: 'United States', countries: ['US'], restricted: [{ country: 'CU', why: 'law' }] },
  ...{ currency: 'USD', languages: ['en-US', 'es'], taxDisplay: 'excluded', isDefault: true },
}
const eu: MarketDraft = {
  ...{ key: 'eu', name: 'Europe', countries: ['DE', 'AT'], restricted: [] },
  ...{ currency: 'EUR', languages: ['de'], taxDisplay: 'included', isDefault: false },
}

const define = ({ db, storeId }: TestShop, draft: MarketDraft) =>
  defineMarket(db.write(), db.read('primary'), storeId, draft)
const rewrite = ({ db, storeId }: TestShop, draft: MarketDraft, version: number) =>
  rewriteMarket(db.write(), db.read('primary'), storeId, draft, version)
const price = ({ db, storeId }: TestShop, key: string, version: number, ...prices: [string, number | null][]) =>
  putMarketPrices(
    db.write(),
    storeId,
    { key, version },
    prices.map(([sku, amount]) => ({ sku, amount, compareAtAmount: null })),
  )

/** A lamp in two sizes, at 10 and 20 euros. */
async function withLamp(shop: TestShop): Promise<TestShop> {
  const size = (sku: string, priceAmount: number) => ({
    ...{ sku, title: sku, optionValues: [sku], priceAmount, compareAtAmount: null, barcode: '', weightGrams: 0 },
    ...{ unitsPerVisitorMax: null, initialUnits: 5 },
  })
  const draft = {
    ...{
      slug: 'lamp',
      title: 'Lamp',
      description: '',
      vendor: '',
      productType: '',
      tags: [],
      status: 'active' as const,
    },
    ...{ options: ['Size'], variants: [size('S', 1000), size('L', 2000)], images: [], collections: null },
  }
  expect(await putProduct(shop.db.write(), shop.storeId, { draft }, BIRTH)).toMatchObject({ ok: true })
  return shop
}

const lampIn = async ({ db, storeId }: TestShop, key: string) =>
  productIn((await findProduct(db.read('primary'), storeId, 'lamp'))!, { key })
const offerOf = async ({ db, storeId }: TestShop, sku: string) =>
  (await offersFor(db.read('primary'), storeId, [sku]))[0]!.offer

describe('markets', () => {
  it('[GEO3] are kept as they were defined, and come with their store', async () => {
    const shop = await cluster.shop()
    expect(await define(shop, us)).toMatchObject({ ok: true, value: { ...us, version: 1 } })
    expect(await define(shop, eu)).toMatchObject({ ok: true, value: eu })
    expect((await findStore(shop.db.read('primary'), shop.storeId))?.markets).toMatchObject([eu, us])
    const { storeId } = await cluster.shop()
    expect((await findStore(shop.db.read('primary'), storeId))?.markets).toEqual([])
  })

  it('[GEO3] share no country, have one default, and keep their keys', async () => {
    const shop = await cluster.shop()
    await define(shop, us)
    const taken = { code: 'country_in_another_market', countries: [{ country: 'CU', market: 'us' }] }
    expect(await define(shop, { ...eu, countries: ['DE', 'CU'] })).toEqual({ ok: false, refusal: taken })
    expect(await findMarket(shop.db.read('primary'), shop.storeId, 'eu')).toBeNull()
    expect(await define(shop, { ...eu, key: 'us' })).toEqual({
      ...{ ok: false, refusal: { code: 'market_key_taken', market: 'us' } },
    })
    expect(await define(shop, { ...eu, isDefault: true })).toMatchObject({ ok: true })
    expect(await findMarket(shop.db.read('primary'), shop.storeId, 'us')).toMatchObject({
      isDefault: false,
      version: 2,
    })
  })

  it('[GEO3] are rewritten only as they were seen, also when two do it at once', async () => {
    const shop = await cluster.shop()
    await define(shop, eu)
    const both = await Promise.all([
      rewrite(shop, { ...eu, name: 'One', countries: ['FR'] }, 1),
      rewrite(shop, { ...eu, name: 'Other', countries: ['IT'] }, 1),
    ])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(both.find(({ ok }) => !ok)).toEqual({
      ...{ ok: false, refusal: { code: 'version_is_older', expected: 1, found: 2 } },
    })
    const won = both.find(({ ok }) => ok)
    expect(await findMarket(shop.db.read('primary'), shop.storeId, 'eu')).toEqual(won?.ok && won.value)
    expect(await rewrite(shop, us, 1)).toEqual({ ok: false, refusal: { code: 'market_not_found', market: 'us' } })
  })
})

describe('prices in markets', () => {
  it('[GEO4] are shown and charged there, and nowhere else', async () => {
    const shop = await withLamp(await cluster.shop())
    await define(shop, us)
    await define(shop, eu)
    const before = await offerOf(shop, 'S')
    expect(before).not.toHaveProperty('marketPrices')
    expect(await price(shop, 'us', 1, ['S', 1500])).toEqual({ ok: true, value: null })
    const usd = { amount: 1500, currency: 'USD' }
    expect(await offerOf(shop, 'S')).toMatchObject({ marketPrices: { us: usd }, version: before.version + 1 })
    expect(await countUntold(shop.db, shop.storeId, 'offer', ['S'])).toBe(1)
    // Only one size has a price in dollars: it is what the card says, and the other costs what it costs.
    expect(await lampIn(shop, 'us')).toMatchObject({ priceFrom: usd, priceTo: usd })
    expect((await lampIn(shop, 'us')).variants).toMatchObject([
      { price: usd },
      { price: { amount: 2000, currency: 'EUR' } },
    ])
    expect((await lampIn(shop, 'eu')).priceFrom).toEqual({ amount: 1000, currency: 'EUR' })
    // In the store's own currency the sizes without a price of their own count with the others.
    await price(shop, 'eu', 1, ['L', 500])
    const listed = await listProducts(shop.db.read('primary'), shop.storeId, ALL_PRODUCTS)
    expect(listed.ok && listed.value.data[0]?.inMarkets?.['eu']).toEqual({
      ...{ priceFrom: { amount: 500, currency: 'EUR' }, priceTo: { amount: 1000, currency: 'EUR' }, compareAt: null },
    })
  })

  it('[GEO4] of a currency that the market has no more, or of a market that is gone, are not in force', async () => {
    const shop = await withLamp(await cluster.shop())
    await define(shop, us)
    await price(shop, 'us', 1, ['S', 1500])
    const { version } = await offerOf(shop, 'S')
    await rewrite(shop, { ...us, currency: 'CAD' }, 1)
    expect(await offerOf(shop, 'S')).toMatchObject({ version: version + 1 })
    expect(await offerOf(shop, 'S')).not.toHaveProperty('marketPrices')
    expect(await lampIn(shop, 'us')).toMatchObject({ priceFrom: { amount: 1000, currency: 'EUR' } })
    await rewrite(shop, us, 2)
    expect(await offerOf(shop, 'S')).toMatchObject({ marketPrices: { us: { amount: 1500, currency: 'USD' } } })
    expect(await removeMarket(shop.db.write(), shop.storeId, 'us')).toBe(true)
    expect(await removeMarket(shop.db.write(), shop.storeId, 'us')).toBe(false)
    expect(await offerOf(shop, 'S')).not.toHaveProperty('marketPrices')
    expect((await offerOf(shop, 'S')).version).toBeGreaterThan(version + 1)
  })

  it('[GEO4] are set all or none, taken away by name, and only on the market that was seen', async () => {
    const shop = await withLamp(await cluster.shop())
    await define(shop, us)
    const primary = shop.db.read('primary')
    const all = () => listMarketPrices(primary, shop.storeId, 'us', { after: '', limit: 10 })
    expect(await price(shop, 'us', 1, ['S', 1500], ['NONE', 1])).toEqual({
      ...{ ok: false, refusal: { code: 'unknown_sku', sku: 'NONE' } },
    })
    expect(await price(shop, 'us', 7, ['S', 1500])).toMatchObject({ refusal: { code: 'version_is_older', found: 1 } })
    expect(await price(shop, 'eu', 1, ['S', 1500])).toMatchObject({ refusal: { code: 'market_not_found' } })
    expect(await all()).toEqual([])
    await price(shop, 'us', 1, ['S', 1500], ['L', 0])
    await price(shop, 'us', 1, ['S', null])
    expect(await all()).toEqual([{ sku: 'L', amount: 0, compareAtAmount: null }])
    const [left] = await primary.rows(
      rowsOf<{ n: string }>(sql`
      select count(*) as n from market_prices where store_id = ${shop.storeId}`),
    )
    expect(Number(left?.n)).toBe(1)
  })
})

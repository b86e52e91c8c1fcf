import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProductDraft, VariantDraft } from '../../domain/catalog/product.ts'
import { ALL_PRODUCTS, type ProductQuery } from '../../domain/catalog/query.ts'
import { findCollectionPage, listCollections } from './collections.ts'
import { inventoryRecords } from './order-records.ts'
import { judgeProducts, putProduct, putProducts, removeProduct } from './product-writes.ts'
import { findProduct, findProductPage, listProducts, popularProducts } from './products.ts'
import { rowsOf, sql } from './statements.ts'
import { BIRTH, startTestCluster, type TestCluster, type TestShop } from './testing.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

const variant = (sku: string, more: Partial<VariantDraft> = {}): VariantDraft => ({
  sku,
  title: '',
  optionValues: [],
  priceAmount: 1_000,
  compareAtAmount: null,
  barcode: '',
  weightGrams: 0,
  unitsPerVisitorMax: null,
  initialUnits: 5,
  ...more,
})

const draft = (slug: string, more: Partial<ProductDraft> = {}): ProductDraft => ({
  slug,
  title: slug.toUpperCase(),
  description: `<p>About ${slug}</p>`,
  vendor: 'Maker',
  productType: 'Thing',
  tags: ['one', 'two "quoted"'],
  status: 'active',
  options: [],
  variants: [variant(`${slug}-1`)],
  images: [{ url: `/art/${slug}.svg`, alt: slug }],
  collections: [{ slug: 'things', title: 'Things' }],
  ...more,
})

const put = (shop: TestShop, ...drafts: ProductDraft[]) =>
  putProducts(
    shop.db.write(),
    shop.storeId,
    drafts.map((one) => ({ draft: one })),
    BIRTH,
  )

const forget = (shop: TestShop) => rowsOf(sql`delete from outbox where store_id = ${shop.storeId}`)

describe('putting products', () => {
  it('[CAT1] writes a product with its variants, prices, images and shelves, and reads it back whole', async () => {
    const shop = await cluster.shop()
    const lamp = draft('lamp', {
      options: ['Size'],
      variants: [
        variant('LAMP-S', { title: 'S', optionValues: ['S'], priceAmount: 900, compareAtAmount: 1_200 }),
        variant('LAMP-L', { title: 'L', optionValues: ['L'], priceAmount: 1_900, initialUnits: 0 }),
      ],
    })
    const [outcome] = await put(shop, lamp)
    expect(outcome).toMatchObject({ slug: 'lamp', outcome: 'created', version: 1 })
    const found = await findProduct(shop.db.read('primary'), shop.storeId, 'lamp')
    expect(found).toMatchObject({
      slug: 'lamp',
      tags: lamp.tags,
      options: ['Size'],
      priceFrom: { amount: 900, currency: 'EUR' },
      priceTo: { amount: 1_900, currency: 'EUR' },
      compareAt: { amount: 1_200, currency: 'EUR' },
      image: { url: '/art/lamp.svg', alt: 'lamp' },
      free: 5,
      collections: [{ slug: 'things', title: 'Things' }],
    })
    expect(found?.variants.map(({ sku, price, free }) => [sku, price.amount, free])).toEqual([
      ['LAMP-S', 900, 5],
      ['LAMP-L', 1_900, 0],
    ])
  })

  it('[CAT2] changes nothing when the same product is put again, and says so', async () => {
    const shop = await cluster.shop()
    await put(shop, draft('lamp'))
    await shop.db.write().batch([forget(shop)])
    const again = await put(shop, draft('lamp', { variants: [variant('lamp-1', { initialUnits: 99 })] }))
    expect(again).toEqual([expect.objectContaining({ outcome: 'unchanged', version: 1, skusThatHaveStock: 1 })])
    const [row] = await shop.db
      .read('primary')
      .rows(rowsOf<{ n: number }>(sql`select count(*)::int as n from outbox where store_id = ${shop.storeId}`))
    expect(row?.n).toBe(0)
  })

  it('[CAT2] tells the stock objects of each SKU that changed, in the transaction of the change', async () => {
    const shop = await cluster.shop()
    await put(shop, draft('lamp', { variants: [variant('A'), variant('B')] }))
    await shop.db.write().batch([forget(shop)])
    await put(shop, draft('lamp', { title: 'New name', variants: [variant('A')] }))
    const told = sql`select key from outbox where store_id = ${shop.storeId} and topic = 'offer' order by key`
    const rows = await shop.db.read('primary').rows(rowsOf<{ key: string }>(told))
    expect(rows.map(({ key }) => key)).toEqual(['A', 'B'])
  })

  it('[CAT3] leaves out a product whose SKU belongs to another, as a whole, and writes its neighbours', async () => {
    const shop = await cluster.shop()
    await put(shop, draft('lamp', { variants: [variant('A')] }))
    const outcomes = await put(
      shop,
      draft('chair', { variants: [variant('C'), variant('A')] }),
      draft('table', { variants: [variant('T')] }),
    )
    expect(outcomes).toEqual([
      { slug: 'chair', outcome: 'refused', refusal: { code: 'sku_taken', sku: 'A', product: 'lamp' } },
      expect.objectContaining({ slug: 'table', outcome: 'created' }),
    ])
    expect(await findProduct(shop.db.read('primary'), shop.storeId, 'chair')).toBeNull()
    expect((await findProduct(shop.db.read('primary'), shop.storeId, 'lamp'))?.variants).toHaveLength(1)
  })

  it('[CAT3] lets two writers who race for one SKU both finish, one of them with a refusal', async () => {
    const shop = await cluster.shop()
    const [first] = await put(shop, draft('first'))
    // Somebody holds the SKU for a moment and lets it go: meanwhile all racers have looked, found it free, and wait.
    const held = shop.db.write().batch([
      rowsOf(sql`insert into variants (store_id, id, product_id, sku, position)
        values (${shop.storeId}, 'var_held', ${(first as { id: string }).id}, 'ONE', 9)`),
      rowsOf(sql`select pg_sleep(0.7)::text as slept`),
      rowsOf(sql`select 1 / 0 as gone`),
    ])
    // Without a shelf, or the racers would wait for one another there.
    const racer = (i: number) => draft(`racer-${i}`, { variants: [variant('ONE')], collections: null })
    const racers = Array.from({ length: 6 }, (_, i) => put(shop, racer(i)))
    await expect(held).rejects.toMatchObject({ facts: { code: '22012' } })
    const outcomes = (await Promise.all(racers)).map(([outcome]) => outcome?.outcome)
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'refused')).toHaveLength(5)
  })

  it('[CAT4] refuses an edit made from an older version, and a slug that another product has', async () => {
    const shop = await cluster.shop()
    const [lamp] = await put(shop, draft('lamp'), draft('chair'))
    const id = (lamp as { id: string }).id
    const edit = (version: number, slug = 'lamp') =>
      putProduct(
        shop.db.write(),
        shop.storeId,
        { draft: draft(slug, { title: `v${version}`, variants: [variant('lamp-1')] }), id, ifVersion: version },
        BIRTH,
      )
    expect(await edit(1, 'lantern')).toEqual({ ok: true, value: { id, version: 2, outcome: 'updated' } })
    expect(await edit(1)).toEqual({ ok: false, refusal: { code: 'version_is_older', expected: 1, found: 2 } })
    expect(await edit(2, 'chair')).toEqual({ ok: false, refusal: { code: 'slug_taken', slug: 'chair' } })
    const fresh = await putProduct(shop.db.write(), shop.storeId, { draft: draft('chair'), mustBeNew: true }, BIRTH)
    expect(fresh).toEqual({ ok: false, refusal: { code: 'slug_taken', slug: 'chair' } })
  })

  it('[CAT5] takes a removed product out of the shop, and brings it back when its slug is put again', async () => {
    const shop = await cluster.shop()
    const [lamp] = await put(shop, draft('lamp'))
    const id = (lamp as { id: string }).id
    expect(await removeProduct(shop.db.write(), shop.storeId, id)).toEqual({
      ok: true,
      value: { id, skus: ['lamp-1'] },
    })
    expect(await findProduct(shop.db.read('primary'), shop.storeId, 'lamp')).toBeNull()
    // Its SKU is free for another product while it is away.
    expect(await put(shop, draft('lantern', { variants: [variant('lamp-1')] }))).toMatchObject([{ outcome: 'created' }])
    expect(await put(shop, draft('lamp', { variants: [variant('lamp-2')] }))).toMatchObject([
      { outcome: 'updated', id },
    ])
    expect((await findProduct(shop.db.read('primary'), shop.storeId, 'lamp'))?.variants.map(({ sku }) => sku)).toEqual([
      'lamp-2',
    ])
  })

  it('[CAT6] says in a dry run what putting would do, and writes nothing', async () => {
    const shop = await cluster.shop()
    await put(shop, draft('lamp', { variants: [variant('A')] }))
    const wishes = [
      draft('lamp', { variants: [variant('A')] }),
      draft('chair', { variants: [variant('A')] }),
      draft('new'),
    ]
    const judged = await judgeProducts(
      shop.db.read('primary'),
      shop.storeId,
      wishes.map((one) => ({ draft: one })),
      BIRTH,
    )
    expect(judged.map(({ outcome }) => outcome)).toEqual(['unchanged', 'refused', 'created'])
    expect(await findProduct(shop.db.read('primary'), shop.storeId, 'new')).toBeNull()
  })
})

describe('listing products', () => {
  const pages = async (shop: TestShop, query: Partial<ProductQuery>) => {
    const slugs: string[] = []
    let cursor: string | null = null
    do {
      const page = await listProducts(shop.db.read('primary'), shop.storeId, {
        ...ALL_PRODUCTS,
        limit: 7,
        ...query,
        cursor,
      })
      if (!page.ok) throw new Error(page.refusal.code)
      slugs.push(...page.value.data.map(({ slug }) => slug))
      cursor = page.value.nextCursor
    } while (cursor !== null)
    return slugs
  }

  it('[CAT7] shows each product once over all pages, in every sorting, also where values are the same', async () => {
    const shop = await cluster.shop()
    const drafts = Array.from({ length: 40 }, (_, i) =>
      draft(`p-${String(i).padStart(2, '0')}`, {
        title: `Title ${i % 5}`,
        variants: [variant(`S${i}`, { priceAmount: (i % 4) * 100 })],
      }),
    )
    await put(shop, ...drafts)
    for (const sort of ['newest', 'price', '-price', 'title', 'relevance', 'featured'] as const) {
      const query = {
        sort,
        q: sort === 'relevance' ? 'title' : null,
        collection: sort === 'featured' ? 'things' : null,
      }
      const slugs = await pages(shop, query)
      expect(slugs, sort).toHaveLength(40)
      expect(new Set(slugs).size, sort).toBe(40)
    }
    const prices = await listProducts(shop.db.read('primary'), shop.storeId, {
      ...ALL_PRODUCTS,
      sort: '-price',
      limit: 100,
    })
    const amounts = prices.ok ? prices.value.data.map(({ priceFrom }) => priceFrom.amount) : []
    expect(amounts).toEqual(amounts.toSorted((a, b) => b - a))
  })

  it('[CAT8] filters by shelf, words, price and what is in stock', async () => {
    const shop = await cluster.shop()
    await put(
      shop,
      draft('night-runner', { title: 'Night Runner', collections: [{ slug: 'shoes', title: 'Shoes' }] }),
      draft('day-walker', { title: 'Day Walker', variants: [variant('D', { priceAmount: 5_000, initialUnits: 0 })] }),
      draft('hidden', { status: 'draft' }),
    )
    expect(await pages(shop, {})).toHaveLength(2)
    expect(await pages(shop, { status: 'any' })).toHaveLength(3)
    expect(await pages(shop, { collection: 'shoes' })).toEqual(['night-runner'])
    expect(await pages(shop, { q: 'nigh' })).toEqual(['night-runner'])
    expect(await pages(shop, { q: "  runner' night:* & | ! ( " })).toEqual(['night-runner'])
    for (const wordless of ['!!!', '%', '\\', '_']) expect(await pages(shop, { q: wordless })).toEqual([])
    expect(await pages(shop, { inStock: true })).toEqual(['night-runner'])
    expect(await pages(shop, { priceFrom: 2_000, priceTo: 6_000 })).toEqual(['day-walker'])
  })

  it('[CAT9] shows what the stock owners last reported, however late the report comes', async () => {
    const shop = await cluster.shop()
    await put(shop, draft('lamp'))
    const count = (free: number, version: number) => ({
      storeId: shop.storeId,
      count: { sku: 'lamp-1', initial: 5, adjusted: 0, total: 5, free, held: 5 - free, sold: 0, version },
    })
    await inventoryRecords(shop.db).record([count(3, 7), count(1, 9), count(2, 8)])
    await inventoryRecords(shop.db).record([count(5, 2)])
    expect((await findProduct(shop.db.read('primary'), shop.storeId, 'lamp'))?.free).toBe(1)
  })

  it('[CAT10] reads a page in one round trip, however much is on it', async () => {
    const shop = await cluster.shop()
    await put(shop, ...Array.from({ length: 60 }, (_, i) => draft(`p-${i}`)))
    const before = requests()
    const reads = [
      () => listProducts(shop.db.read('primary'), shop.storeId, { ...ALL_PRODUCTS, limit: 60 }),
      () => findProductPage(shop.db.read('primary'), shop.storeId, 'p-1'),
      () => findCollectionPage(shop.db.read('primary'), shop.storeId, 'things', { ...ALL_PRODUCTS, limit: 60 }),
      () => listCollections(shop.db.read('primary'), shop.storeId),
      () => popularProducts(shop.db.read('primary'), shop.storeId, { sinceMs: 0, limit: 12 }),
    ]
    for (const read of reads) expect(await read()).toBeTruthy()
    expect(requests() - before).toBe(reads.length)
    const page = await findCollectionPage(shop.db.read('primary'), shop.storeId, 'things', {
      ...ALL_PRODUCTS,
      limit: 60,
    })
    expect(page.ok && page.value?.products.data).toHaveLength(60)
  })

  it('[CAT11] refuses a cursor it has not made, or made for another sorting', async () => {
    const shop = await cluster.shop()
    const ask = (cursor: string, sort: 'price' | 'title') =>
      listProducts(shop.db.read('primary'), shop.storeId, { ...ALL_PRODUCTS, sort, cursor })
    await put(shop, draft('a'), draft('b'))
    const first = await listProducts(shop.db.read('primary'), shop.storeId, {
      ...ALL_PRODUCTS,
      sort: 'price',
      limit: 1,
    })
    const cursor = first.ok ? first.value.nextCursor! : ''
    expect(await ask(cursor, 'price')).toMatchObject({ ok: true, value: { data: [{}] } })
    for (const [text, sort] of [
      [cursor, 'title'],
      ['nonsense', 'price'],
      ['', 'price'],
      ['WyJwcmljZSIsIngiLCJ5Il0', 'price'],
    ] as const) {
      expect(await ask(text, sort)).toEqual({ ok: false, refusal: { code: 'cursor_not_valid' } })
    }
  })
})

const requests = () => Object.values(cluster.neon.gateway.counters()).reduce((sum, { requests: n }) => sum + n, 0)

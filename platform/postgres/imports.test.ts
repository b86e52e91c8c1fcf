/** Imports into a real database: the two real files, a long one, one that breaks off. */
import { createReadStream, existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../domain/basics/random.ts'
import type { ImportFormat } from '../../domain/catalog/import-item.ts'
import { ImportReader, ImportSurvey } from '../../domain/catalog/import-reader.ts'
import { findImport, listImports, PROBLEMS_KEPT } from './import-records.ts'
import { runImport, type ImportRequest } from './imports.ts'
import { findProduct } from './products.ts'
import { rowsOf, sql } from './statements.ts'
import { startTestCluster, type TestCluster, type TestShop } from './testing.ts'

let cluster: TestCluster
beforeAll(async () => (cluster = await startTestCluster()))
afterAll(() => cluster.stop())

const SHARED = new URL('../../../shared/data/', import.meta.url)
const hasShared = existsSync(SHARED)
if (!hasShared) console.warn('The folder ../shared/data is absent: its two files are not imported here.')

const random = seededRandom(11)
let tick = 0
const clock = { now: () => Date.UTC(2026, 10, 21, 12) + tick++ }

async function* pieces(text: string, size = 16_384) {
  const bytes = new TextEncoder().encode(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

type Wish = Partial<ImportRequest> & { text?: string; onProgress?: () => void }

const run = (shop: TestShop, { text = '', onProgress, ...more }: Wish) =>
  runImport(
    {
      ...{ storeId: shop.storeId, currency: 'EUR', format: 'shopify_csv', dryRun: false, digest: null },
      source: () => pieces(text),
      ...more,
    },
    { db: shop.db, writer: shop.db.write(), clock, random, ...(onProgress ? { onProgress } : {}) },
  )

const count = async (shop: TestShop, table: string): Promise<number> => {
  const query = sql`select count(*)::int as n from ${sql.raw(table)} where store_id = ${shop.storeId}`
  const [row] = await shop.db.read('primary').rows(rowsOf<{ n: number }>(query))
  return row!.n
}

const csv = (from: number, to: number, bad: (i: number) => boolean = () => false): string =>
  ['Handle,Title,Body (HTML),Variant SKU,Variant Inventory Qty,Variant Price']
    .concat(
      Array.from({ length: to - from }, (_, k) => {
        const i = from + k
        return `thing-${i},Thing ${i},<p>Words about thing ${i}</p>,T-${i},${i % 9},${bad(i) ? 'x' : `${i}.50`}`
      }),
    )
    .join('\n')

describe('an import', () => {
  it.runIf(hasShared)('[IMP10] takes every row of a real Shopify export and of a real JSON list', async () => {
    const shop = await cluster.shop()
    const file = (name: string, format: ImportFormat) =>
      run(shop, { format, source: () => createReadStream(new URL(name, SHARED)) })
    const shopify = await file('shopify-products.csv', 'shopify_csv')
    expect(shopify).toMatchObject({ state: 'finished', rows: 21, created: 20, refused: 0, problems: [] })
    const json = await file('dummyjson-products.json', 'json')
    expect(json).toMatchObject({ state: 'finished', rows: 194, created: 194, refused: 0, problems: [] })
    expect(await count(shop, 'products')).toBe(214)
    expect(await count(shop, 'variants')).toBe(215)
    const gloves = await findProduct(shop.db.read('primary'), shop.storeId, 'gardening-gloves')
    expect(gloves?.variants.map(({ title, price, free }) => [title, price.amount, free])).toEqual([
      ['Green', 999, 1],
      ['Yellow', 1_599, 3],
    ])
    // The same files again change nothing.
    expect(await file('shopify-products.csv', 'shopify_csv')).toMatchObject({ created: 0, updated: 0, unchanged: 20 })
    expect(await file('dummyjson-products.json', 'json')).toMatchObject({ created: 0, updated: 0, unchanged: 194 })
  })

  it('[IMP11] reports each bad row and takes the good ones, also against what the shop has already', async () => {
    const shop = await cluster.shop()
    await run(shop, { text: 'Handle,Title,Variant SKU,Variant Price\nowner,Owner,T-7,5' })
    const report = await run(shop, { text: csv(0, 10, (i) => i === 3) })
    expect(report).toMatchObject({ state: 'finished', rows: 10, created: 8, refused: 2, problemCount: 2 })
    expect(report.problems).toMatchObject([
      { line: 5, field: 'Variant Price', product: 'thing-3', code: 'price_not_valid' },
      {
        line: 9,
        field: 'SKU',
        product: 'thing-7',
        code: 'sku_taken',
        message: 'The SKU "T-7" is that of "owner" in the shop.',
      },
    ])
    expect(await findProduct(shop.db.read('primary'), shop.storeId, 'thing-7')).toBeNull()
    expect(await listImports(shop.db.read('primary'), shop.storeId)).toMatchObject([{ id: report.id }, { created: 1 }])
  })

  it('[IMP12] says in a dry run exactly what the real one then does, and writes nothing but the report', async () => {
    const shop = await cluster.shop()
    await run(shop, { text: csv(0, 3) })
    const text = csv(0, 6, (i) => i === 4).replace('Thing 1,', 'Renamed,')
    const dry = await run(shop, { text, dryRun: true })
    expect(await count(shop, 'products')).toBe(3)
    expect(dry).toMatchObject({ created: 2, updated: 1, unchanged: 2, refused: 1, stockLeftAlone: 3, dryRun: true })
    const { created, updated, unchanged, refused, problems, stockLeftAlone } = await run(shop, { text })
    expect(dry).toMatchObject({ created, updated, unchanged, refused, problems, stockLeftAlone })
    expect((await findProduct(shop.db.read('primary'), shop.storeId, 'thing-1'))?.title).toBe('Renamed')
  })

  it('[IMP13] never changes the opening stock of a SKU that is known', async () => {
    const shop = await cluster.shop()
    await run(shop, { text: 'Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\na,A,A,3,5' })
    const again = await run(shop, {
      text: 'Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\na,Renamed,A,99,5',
    })
    expect(again).toMatchObject({ updated: 1, stockLeftAlone: 1 })
    expect((await findProduct(shop.db.read('primary'), shop.storeId, 'a'))?.variants[0]?.initialUnits).toBe(3)
  })

  it('[IMP14] goes on behind its last chunk when it broke off, and ends as if it had not', async () => {
    const shop = await cluster.shop()
    const text = csv(0, 350, (i) => i === 20)
    let chunks = 0
    const breaking = () => {
      if (++chunks === 2) throw new Error('the isolate is gone')
    }
    const digest = 'd'.repeat(64)
    await expect(run(shop, { text, digest, onProgress: breaking })).rejects.toThrow('the isolate is gone')
    expect(await count(shop, 'products')).toBe(199)
    const [broken] = await listImports(shop.db.read('primary'), shop.storeId)
    expect(broken).toMatchObject({ state: 'running', productsDone: 200, created: 199, refused: 1 })
    const report = await run(shop, { text, digest })
    expect(report).toMatchObject({
      id: broken!.id,
      state: 'finished',
      rows: 350,
      created: 349,
      unchanged: 0,
      refused: 1,
    })
    expect(report.problems).toHaveLength(1)
    expect(await findImport(shop.db.read('primary'), shop.storeId, report.id)).toEqual(report)
    // A finished one is not taken up: the file begins again, and nothing of it is new.
    const third = await run(shop, { text, digest })
    expect(third.id).not.toBe(report.id)
    expect(third).toMatchObject({ created: 0, unchanged: 349 })
  })

  it('[IMP15] asks the database a fixed number of times a chunk, not once a row', async () => {
    const shop = await cluster.shop()
    const before = cluster.neon.gateway.counters()['primary']!.requests
    await run(shop, { text: csv(0, 400) })
    // Four chunks: each is written and noted; one request opens the import and one reads the report; after the first and
    // the fourth chunk the tables are counted.
    expect(cluster.neon.gateway.counters()['primary']!.requests - before).toBe(4 * 2 + 2 + 2)
  })

  it('[IMP15] takes a chunk as quickly into a store of 50,000 variants whose statistics are not known yet', async () => {
    // A join chosen by empty statistics once read the whole store for every product: 7 s a chunk instead of 0.1 s.
    const shop = await cluster.shop({ writeTimeoutMs: 3_000 })
    await shop
      .open({ writeTimeoutMs: 30_000 })
      .write()
      .batch([
        rowsOf(sql`
        insert into products (store_id, id, slug, title, description, status, price_min, price_max, digest)
        select ${shop.storeId}, 'prd_' || i, 'full-' || i, 'Full', '', 'active', 1, 1, '' from generate_series(1, 10000) i`),
        rowsOf(sql`
        insert into variants (store_id, id, product_id, sku, position)
        select ${shop.storeId}, 'var_' || i || '-' || v, 'prd_' || i, 'F-' || i || '-' || v, v
        from generate_series(1, 10000) i, generate_series(1, 5) v`),
      ])
    expect(await run(shop, { text: csv(0, 100) })).toMatchObject({ created: 100, refused: 0 })
    const again = csv(0, 100).replaceAll('Thing', 'Renamed')
    expect(await run(shop, { text: again })).toMatchObject({ updated: 100 })
  })

  it('[IMP11] keeps the first thousand problems of a hopeless file, and counts them all', async () => {
    const shop = await cluster.shop()
    const report = await run(shop, { text: csv(0, 1_500, () => true) })
    expect(report).toMatchObject({ refused: 1_500, problemCount: 1_500, created: 0 })
    expect(report.problems).toHaveLength(PROBLEMS_KEPT)
    expect(report.problems.at(-1)?.line).toBe(PROBLEMS_KEPT + 1)
  })
})

it('[IMP16] reads a file of 50,000 rows without holding it', () => {
  const body = 'word '.repeat(60)
  function* file() {
    yield 'Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price\n'
    for (let i = 0; i < 10_000; i++) {
      let rows = ''
      for (let v = 0; v < 5; v++)
        rows += `p-${i},${v ? '' : `Product ${i}`},"${v ? '' : body}",Size,${v},SKU-${i}-${v},9.99\n`
      yield rows
    }
  }
  const survey = new ImportSurvey('shopify_csv')
  for (const piece of file()) survey.push(piece)
  const reader = new ImportReader('shopify_csv', 'EUR', survey.end())
  const before = process.memoryUsage().heapUsed
  let peak = 0
  let products = 0
  for (const piece of file()) {
    products += reader.push(piece).length
    if (products % 500 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before)
  }
  products += reader.end().length
  expect(products).toBe(10_000)
  expect(reader.rows).toBe(50_000)
  expect(peak).toBeLessThan(96 * 1024 * 1024)
})

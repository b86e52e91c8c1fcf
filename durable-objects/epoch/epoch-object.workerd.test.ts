/** Epochs in the real runtime: from a write's own transaction in Postgres to whoever asks. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { EPOCH_SHARDS, shardOf, type EpochNews } from '../../domain/freshness/epochs.ts'
import { coloStore, kvStore } from '../../platform/cache/stores.ts'
import { epochsOf } from '../../platform/desks.ts'
import { openDatabase } from '../../platform/postgres/database.ts'
import { announceTheseTags, lookIntoOutbox } from '../../platform/postgres/epochs.ts'
import { inventoryRecords } from '../../platform/postgres/order-records.ts'
import { rowsOf } from '../../platform/postgres/statements.ts'
import { openShop, type TestShop } from '../../workers/testing/shop.ts'

const NOTHING = { line: '', version: 0 }
const db = openDatabase(env)
let shop: TestShop

beforeAll(async () => {
  shop = await openShop()
})

/** What all shards have to say, after a look. */
async function changed(storeId = shop.storeId): Promise<string[]> {
  const shards = Array.from({ length: EPOCH_SHARDS }, (_, shard) => epochsOf(env, storeId, shard).newsNow(NOTHING))
  return (await Promise.all(shards)).flatMap((news) => news.changed.map(([tag]) => tag))
}

describe('an epoch object', () => {
  it('[CCH1] hears of what a write announced in its own transaction, and counts it once', async () => {
    const store = `store_${crypto.randomUUID()}`
    const tag = 'product-1'
    const shard = shardOf(tag)
    const announces = () => db.write().batch([rowsOf(announceTheseTags(store, [tag]))])
    await announces()
    const desk = epochsOf(env, store, shard)
    const first: EpochNews = await desk.newsNow(NOTHING)
    expect(first).toMatchObject({
      version: 1,
      changed: [[tag, 1, expect.any(Number)]],
      position: expect.stringMatching(/\//),
    })
    expect(first.ageMs).toEqual(expect.any(Number))
    await announces()
    const second = await desk.newsNow({ line: first.line, version: first.version })
    expect(second.changed.map(([name, version]) => [name, version])).toEqual([[tag, 2]])
    expect((await desk.newsNow(second)).changed).toEqual([])
  })

  it('[CCH1] takes away the rows it has counted, and no row that was written again meanwhile', async () => {
    const store = `store_${crypto.randomUUID()}`
    await db.write().batch([rowsOf(announceTheseTags(store, ['a0', 'a4']))])
    const { rows: counted } = await lookIntoOutbox(db, store, 0, [])
    await db.write().batch([rowsOf(announceTheseTags(store, ['a4']))])
    const { rows } = await lookIntoOutbox(db, store, 0, counted)
    expect([counted.map(({ tag }) => tag), rows.map(({ tag }) => tag)]).toEqual([['a0', 'a4'], ['a4']])
  })

  it('[CCH1] shares the tags with SQL: each row is seen by the shard that a copy would ask, and by no other', async () => {
    const store = `store_${crypto.randomUUID()}`
    const tags = ['a', 'b', 'drops', 'product-9', 'sku-ü', 'sku-😀', 'question-zz']
    await db.write().batch([rowsOf(announceTheseTags(store, tags))])
    for (let shard = 0; shard < EPOCH_SHARDS; shard++) {
      const { rows } = await lookIntoOutbox(db, store, shard, [])
      expect(rows.map(({ tag }) => tag).toSorted()).toEqual(tags.filter((tag) => shardOf(tag) === shard).toSorted())
    }
  })

  it('[CCH2] counts everything as changed when there are more rows than can be told', async () => {
    const store = `store_${crypto.randomUUID()}`
    await db.write().batch([
      rowsOf(
        announceTheseTags(
          store,
          Array.from({ length: 600 }, (_, i) => `t${i * 10}`),
        ),
      ),
    ])
    const news = await epochsOf(env, store, shardOf('t0')).newsNow(NOTHING)
    expect([news.floor, news.version, news.changed]).toEqual([1, 1, []])
  })

  it('[CCH12] counts what is said by hand, and goes on from its rows', async () => {
    const desk = epochsOf(env, `store_${crypto.randomUUID()}`, 0)
    const { line } = await desk.bump(['a', 'b'], NOTHING)
    await desk.bump(null, NOTHING)
    expect(await desk.bump(['c'], NOTHING)).toMatchObject({
      line,
      version: 4,
      floor: 3,
      changed: [['c', 4, expect.any(Number)]],
    })
  })
})

describe('a write of the catalog', () => {
  it('[CCH1] announces the tags of what it changes', async () => {
    const made = await shop.operator.offers('LAMP', 5)
    const product = `product-${made.body.id}`
    expect(made.headers.get('cache-group-invalidation')).toContain(`"${made.body.id}"`)
    expect(await changed()).toEqual(expect.arrayContaining([product, 'products']))
    await shop.operator.posts('/api/v1/admin/collections', { title: 'Prints' })
    const drop = await shop.operator.posts('/api/v1/admin/drops', {
      ...{ slug: 'night', title: 'Night', skus: ['LAMP'] },
      opens_at: new Date(Date.now() + 60_000).toISOString(),
    })
    expect(await changed()).toEqual(expect.arrayContaining(['collections', 'drops', `drop-${drop.body.id}`]))
  })

  it('[CCH7] or of stock announces only that something is gone or back', async () => {
    const product = `product-${(await shop.operator.offers('VASE', 5)).body.id}`
    const both = ['availability', product]
    const ofOffer = await lookIntoOutbox(db, shop.storeId, shardOf(product), [])
    await lookIntoOutbox(db, shop.storeId, shardOf(product), ofOffer.rows)
    const report = async (version: number, free: number): Promise<string[]> => {
      const count = { sku: 'VASE', initial: 5, adjusted: 0, total: 5, free, held: 0, sold: 5 - free, version }
      await inventoryRecords(db).record([{ storeId: shop.storeId, count }])
      const { rows } = await lookIntoOutbox(db, shop.storeId, shardOf('availability'), [])
      const own = await lookIntoOutbox(db, shop.storeId, shardOf(product), [])
      for (const [tag, seen] of [
        ['availability', rows],
        [product, own.rows],
      ] as const) {
        await lookIntoOutbox(db, shop.storeId, shardOf(tag), seen)
      }
      return [...new Set([...rows, ...own.rows].map(({ tag }) => tag))].filter((tag) => both.includes(tag)).toSorted()
    }
    expect(await report(1, 3)).toEqual([])
    expect(await report(2, 0)).toEqual(both)
    expect(await report(3, 0)).toEqual([])
    expect(await report(4, 1)).toEqual(both)
  })
})

describe('a place for copies', () => {
  it.each([
    ['the data centre', coloStore(caches.default, 'https://shop.test')],
    ['the world', kvStore(env.SHELF)],
  ])('[HTT12] keeps bytes as they are: %s', async (_, place) => {
    const bytes = Uint8Array.from({ length: 256 }, (__, i) => i)
    const key = `store_${crypto.randomUUID()} products {"q":"a/b?c#d ü"}`
    expect(await place.get(key)).toBeNull()
    expect(await place.put(key, bytes, 60)).toBe(true)
    expect(await place.get(key)).toEqual(bytes)
    expect(await place.get(`${key} `)).toBeNull()
  })

  it('[HTT12] has nothing under a name that KV does not take', async () => {
    const place = kvStore(env.SHELF)
    expect(await place.put('k'.repeat(600), new Uint8Array(1), 60)).toBe(false)
    expect(await place.get('k'.repeat(600))).toBeNull()
  })
})

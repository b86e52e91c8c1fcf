/** The stock tree in its objects: an owner, four books that sell its units as leaves, and visitors at each of them. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { bookOf, newId } from '../../domain/basics/ids.ts'
import { anOffer, holdCommand, orderCommand } from '../../domain/order/testing.ts'
import { bookNames } from '../../domain/sharding/bucket.ts'
import { orderBook, stockOf } from '../../platform/desks.ts'
import { systemRandom } from '../../platform/dice.ts'
import type { OrderBookObject } from './order-book-object.ts'

const SKU = 'HOT-1'
const BOOKS = 4
let stores = 0
let store = ''

const stock = () => stockOf(env, store, SKU)
const books = () => bookNames(store, BOOKS)
const stub = (name: string) => (env.ORDER_BOOK as DurableObjectNamespace<OrderBookObject>).getByName(name)
const figures = async () => {
  const count = (await stock().count())!
  return { free: count.free, held: count.held, sold: count.sold, total: count.total }
}

const drop = (over: object = {}) => ({
  drop: { id: 'drp_1', slug: 'friday', opensAt: 0, endsAt: null, paused: false, leaves: BOOKS, ...over },
})
let version = 0
const describeIt = (over: object = {}) =>
  stock().describe(anOffer(SKU, { storeId: store, version: (version += 1), unitsPerVisitorMax: 4, ...drop(over) }))
const adjust = (delta: number) =>
  stock().adjust({ adjustmentId: crypto.randomUUID(), delta, kind: 'adjustment', reason: 'test' })

async function opened(units: number): Promise<void> {
  await describeIt()
  await stock().adjust({ adjustmentId: 'initial', delta: units, kind: 'initial', reason: 'opening' })
}

const hold = (book: string, units = 1, visitorId = newId('vis', Date.now(), systemRandom)) =>
  orderBook(env, book).hold(
    holdCommand({ storeId: store, visitorId, lines: [{ sku: SKU, units }] }, crypto.randomUUID()),
  )

async function held(book: string, units = 1, visitorId?: string) {
  const { decision } = await hold(book, units, visitorId)
  if (!decision.ok) throw new Error(decision.refusal.code)
  return decision.value
}

/** One hold after the other, until there is a no; how many there were, and what the no was. */
async function holdUntilRefused(book: string): Promise<{ count: number; code: string }> {
  for (let count = 0; ; count++) {
    const { decision } = await hold(book)
    if (!decision.ok) return { count, code: decision.refusal.code }
  }
}

describe('the stock tree', () => {
  beforeEach(() => {
    stores += 1
    store = `store_leaf${stores}`
  })

  it('[LEA1] sells every unit once and none twice, whoever asks where', async () => {
    await opened(50)
    const answers = await Promise.all(Array.from({ length: 80 }, (_, i) => hold(books()[i % BOOKS]!)))
    const refusals = answers.flatMap(({ decision }) => (decision.ok ? [] : [decision.refusal.code]))
    expect(refusals).toEqual(Array.from({ length: 30 }, () => 'not_enough_stock'))
    await Promise.all(books().map((book) => orderBook(env, book).sweep()))
    await vi.waitFor(async () => expect(await figures()).toEqual({ free: 0, held: 50, sold: 0, total: 50 }), 3_000)
  })

  it('[LEA2] gives the last units, wherever they are, to whoever asks', async () => {
    await opened(40)
    for (const book of books()) await held(book)
    const [book] = books()
    expect(await holdUntilRefused(book!)).toEqual({ count: 36, code: 'not_enough_stock' })
  })

  it('[LEA3] lets units that come back at one leaf be sold at another', async () => {
    await opened(8)
    const [here, there] = books()
    const mine = await held(here!, 4)
    expect(await holdUntilRefused(there!)).toMatchObject({ count: 4 })
    await orderBook(env, here!).releaseHold(mine.id)
    await vi.waitFor(async () => expect((await hold(there!, 4)).decision.ok).toBe(true), 3_000)
  })

  it('[LEA4] has one judge for the limit of a visitor', async () => {
    await opened(40)
    const visitor = newId('vis', Date.now(), systemRandom)
    const answers = await Promise.all(Array.from({ length: 9 }, () => hold(books()[1]!, 1, visitor)))
    expect(answers.filter(({ decision }) => decision.ok)).toHaveLength(4)
  })

  it('[LEA5] has told every leaf of a pause when the describing is answered', async () => {
    await opened(40)
    for (const book of books()) await held(book)
    await describeIt({ paused: true })
    const answers = await Promise.all(books().map((book) => hold(book)))
    expect(answers.map(({ decision }) => (decision.ok ? 'held' : decision.refusal.code))).toEqual(
      books().map(() => 'drop_paused'),
    )
  })

  it('[LEA6] forgets nothing when leaves and owner are evicted', async () => {
    await opened(20)
    const holds = await Promise.all(books().map((book) => held(book, 2)))
    for (const book of books()) await evictDurableObject(stub(book))
    await evictDurableObject(env.STOCK.getByName(`${store}/${SKU}`))
    for (const [i, { id }] of holds.entries()) {
      expect(await orderBook(env, books()[i]!).findHold(id)).toMatchObject({ state: 'held' })
    }
    expect(await holdUntilRefused(books()[2]!)).toEqual({ count: 12, code: 'not_enough_stock' })
  })

  it('[LEA7] pins, sells and takes back the units of an order without asking anybody', async () => {
    await opened(20)
    const [book] = books()
    const mine = await held(book!, 3)
    const { decision } = await orderBook(env, book!).order(orderCommand(mine.id, { storeId: store, visitorId: null }))
    if (!decision.ok) throw new Error(decision.refusal.code)
    expect(await orderBook(env, book!).nextStep(decision.value.id)).toMatchObject({ kind: 'authorise' })
    const leaf = await runInDurableObject(stub(book!), (_, { storage }) =>
      storage.sql.exec<{ state: string; order_id: string }>('SELECT state, order_id FROM leaf_holds').toArray(),
    )
    expect(leaf).toEqual([{ state: 'claimed', order_id: decision.value.id }])
  })

  it('[LEA8] takes units that were lost from leaves that do not need them, and never those of a buyer', async () => {
    await opened(40)
    for (const book of books()) await held(book)
    expect(await adjust(-37)).toEqual({
      ok: false,
      refusal: { code: 'adjustment_exceeds_free', delta: -37, free: 36 },
    })
    expect(await adjust(-36)).toMatchObject({ ok: true, value: { free: 0, held: 4, total: 4 } })
    expect((await hold(books()[0]!)).decision).toMatchObject({ ok: false, refusal: { code: 'not_enough_stock' } })
    expect(await adjust(5)).toMatchObject({ ok: true })
    await vi.waitFor(async () => expect((await hold(books()[0]!)).decision.ok).toBe(true), 3_000)
  })

  it('[LEA9] keeps a visitor where they are known when the books become more, and serves newcomers where the ring says', async () => {
    await opened(40)
    const [old, , , , young] = bookNames(store, 5)
    const [known, newcomer] = [newId('vis', Date.now(), systemRandom), newId('vis', Date.now(), systemRandom)]
    await held(old!, 3, known)
    const ask = (visitorId: string, book: string, formerHomes: string[], key = crypto.randomUUID()) =>
      orderBook(env, book).hold(
        holdCommand({ storeId: store, visitorId, lines: [{ sku: SKU, units: 1 }], formerHomes }, key),
      )
    const [first, second] = [await ask(known, young!, [old!]), await ask(known, young!, [old!])]
    expect(first.decision).toMatchObject({ ok: true, value: { id: expect.stringMatching(/^hld_/) } })
    expect(second.decision).toMatchObject({ ok: false, refusal: { code: 'purchase_limit_reached' } })
    const fresh = await Promise.all([1, 2, 3].map(() => ask(newcomer, young!, [old!])))
    expect(fresh.map(({ decision }) => decision.ok && bookOf('hld', decision.value.id))).toEqual([4, 4, 4])
    // By an old map: the former home sends them on, so that there is still one judge.
    const byOldMap = await Promise.all([1, 2, 3].map(() => ask(newcomer, old!, [])))
    expect(byOldMap.filter(({ decision }) => decision.ok)).toHaveLength(1)
  })

  it('[LEA9] knows a key again wherever a visitor’s home has moved', async () => {
    await opened(40)
    const [old, , , , young] = bookNames(store, 5)
    const visitorId = newId('vis', Date.now(), systemRandom)
    const command = holdCommand({ storeId: store, visitorId, lines: [{ sku: SKU, units: 1 }] }, 'the-same-key')
    const first = await orderBook(env, old!).hold(command)
    const again = await orderBook(env, young!).hold({ ...command, formerHomes: [old!] })
    expect(again).toEqual({ ...first, replayed: true })
  })
})

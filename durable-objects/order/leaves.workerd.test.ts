/** The stock tree in its objects: an owner, four books that sell its units as leaves, and visitors at each of them. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { bookOf, newId } from '../../domain/basics/ids.ts'
import { seededRandom } from '../../domain/basics/random.ts'
import type { StockMove } from '../../domain/message/stock-desk.ts'
import { anOffer, holdCommand, orderCommand } from '../../domain/order/testing.ts'
import { bookNames } from '../../domain/sharding/bucket.ts'
import { Leaf } from '../../domain/stock/leaf.ts'
import { MemoryLeafStore } from '../../domain/stock/memory-store.ts'
import { NOON } from '../../domain/stock/testing.ts'
import { orderBook, stockOf } from '../../platform/desks.ts'
import { systemRandom } from '../../platform/dice.ts'
import { Sql } from '../basics/sql.ts'
import { SqliteLeafStore } from './leaf-store.ts'
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
const describeIt = (over: object = {}, unitsPerVisitorMax = 4) =>
  stock().describe(anOffer(SKU, { storeId: store, version: (version += 1), unitsPerVisitorMax, ...drop(over) }))
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

describe('the store of a leaf', () => {
  it('[LEA10] adds up to the same as one in memory, over four hundred random moves', async () => {
    const name = `${store}/book-1`
    await runInDurableObject(stub(name), (_, { storage }) => {
      const sql = new Sql(storage)
      const clock = { at: NOON, now: () => clock.at }
      const accounts = [new SqliteLeafStore(sql, SKU), new MemoryLeafStore()]
      const leaves = accounts.map((account) => new Leaf(name, account, clock))
      const both = <Result>(ask: (leaf: Leaf) => Result): Result => {
        const [one, other] = leaves.map((leaf) => ask(leaf))
        expect(one).toEqual(other)
        return one!
      }
      const dice = seededRandom(11)
      const upTo = (most: number) => Math.floor(dice.fraction() * (most + 1))
      const terms = anOffer(SKU, { storeId: store, unitsPerVisitorMax: 6, ...drop() })
      let granted = 0
      for (let i = 0; i < 400; i++) {
        const holdId = `h${upTo(60)}`
        const moves: StockMove[] = [
          {
            kind: 'hold',
            holdId,
            visitorId: `v${upTo(9)}`,
            units: 1 + upTo(3),
            expiresAt: clock.at + upTo(5) * 60_000,
          },
          { kind: 'claim', holdId, orderId: 'o1', expiresAt: clock.at + 1_800_000 },
          { kind: 'commit', holdId, orderId: `o${upTo(1)}` },
          { kind: 'release', holdId },
          { kind: 'take_back', takeBackId: `t${upTo(60)}`, holdId, units: 1 + upTo(2) },
        ]
        granted += upTo(1)
        if (upTo(3) === 0)
          both((leaf) => leaf.hear({ granted, offer: terms, keep: 0, freeAnywhere: null, soldByOwner: false }))
        const move = moves[Math.max(0, upTo(8) - 4)]!
        both((leaf) => leaf.ask([move]))
        if (upTo(9) === 0) clock.at += 60_000
        if (upTo(9) === 0) both((leaf) => leaf.giveBack())
        both((leaf) => [leaf.proof(), leaf.statement(null), leaf.nextDueAt()])
      }
      expect(both((leaf) => leaf.count())!.sold).toBeGreaterThan(0)
    })
  })
})

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
    await vi.waitFor(async () => expect(await figures()).toEqual({ free: 0, held: 50, sold: 0, total: 50 }), 20_000)
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
    await vi.waitFor(async () => expect((await hold(there!, 4)).decision.ok).toBe(true), 20_000)
  })

  it('[LEA4] has one judge for the limit of a visitor', async () => {
    await opened(40)
    const visitor = newId('vis', Date.now(), systemRandom)
    const answers = await Promise.all(Array.from({ length: 9 }, () => hold(books()[1]!, 1, visitor)))
    expect(answers.filter(({ decision }) => decision.ok)).toHaveLength(4)
  })

  it.each([
    ['a leaf', BOOKS],
    ['its owner', 0],
  ])('[PAS6] lets one of a hundred baskets in on one pass, where units are sold by %s', async (_, leaves) => {
    await describeIt({ room: true, leaves }, 100)
    await stock().adjust({ adjustmentId: 'initial', delta: 400, kind: 'initial', reason: 'opening' })
    const visitorId = newId('vis', Date.now(), systemRandom)
    const pass = { passId: newId('pas', Date.now(), systemRandom), dropId: 'drp_1' }
    const admission = { country: null, pass, invitation: null }
    const ask = (units: number, key: string) =>
      orderBook(env, books()[0]!).hold(
        holdCommand({ storeId: store, visitorId, lines: [{ sku: SKU, units }], admission }, key),
      )
    expect((await hold(books()[0]!)).decision).toMatchObject({ refusal: { code: 'pass_required' } })
    expect((await ask(101, 'too many')).decision).toMatchObject({ refusal: { code: 'purchase_limit_reached' } })
    const answers = await Promise.all(Array.from({ length: 100 }, (__, i) => ask(1, `key ${i % 50}`)))
    const codes = answers.map(({ decision }) => (decision.ok ? decision.value.id : decision.refusal.code))
    const granted = new Set(codes.filter((code) => code.startsWith('hld_')))
    expect(granted.size).toBe(1)
    const others = codes.filter((code) => !granted.has(code) && code !== 'idempotency_request_in_flight')
    expect(new Set(others)).toEqual(new Set(['pass_already_used']))
    await vi.waitFor(async () => expect(await figures()).toMatchObject({ held: 1 }), 20_000)
  })

  it('[LEA4] counts what a visitor took from the owner before there were leaves', async () => {
    await describeIt({ leaves: 0 })
    await stock().adjust({ adjustmentId: 'initial', delta: 40, kind: 'initial', reason: 'opening' })
    const visitor = newId('vis', Date.now(), systemRandom)
    const mine = await held(books()[0]!, 3, visitor)
    await describeIt()
    const answers = await Promise.all([1, 2, 3].map(() => hold(books()[0]!, 1, visitor)))
    expect(answers.filter(({ decision }) => decision.ok)).toHaveLength(1)
    await orderBook(env, books()[0]!).releaseHold(mine.id)
    await vi.waitFor(async () => expect((await hold(books()[0]!, 3, visitor)).decision.ok).toBe(true), 20_000)
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

  it('[LEA2] answers a fault, not "sold out", while a leaf that may have units does not answer', async () => {
    await opened(8)
    const [here, there] = books()
    await held(here!)
    await held(there!)
    await runInDurableObject(stub(here!), (object) => {
      vi.spyOn(object, 'hearOwner').mockRejectedValue(new Error('away'))
    })
    const outcomes: string[] = []
    for (let i = 0; i < 8; i++) {
      const outcome = await hold(there!).then(
        ({ decision }) => (decision.ok ? 'held' : decision.refusal.code),
        () => 'fault',
      )
      outcomes.push(outcome)
    }
    expect(outcomes).toContain('fault')
    expect(outcomes).not.toContain('not_enough_stock')
    vi.restoreAllMocks()
    await vi.waitFor(async () => expect((await hold(there!)).decision.ok).toBe(true), 20_000)
  })

  it('[LEA5] tells a leaf again that could not be told the terms', async () => {
    await opened(40)
    const [book] = books()
    await held(book!)
    await runInDurableObject(stub(book!), (object) => {
      vi.spyOn(object, 'hearOwner').mockRejectedValueOnce(new Error('away'))
    })
    await describeIt({ paused: true })
    await vi.waitFor(
      async () => expect((await hold(book!)).decision).toMatchObject({ refusal: { code: 'drop_paused' } }),
      20_000,
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
    await vi.waitFor(async () => expect((await hold(books()[0]!)).decision.ok).toBe(true), 20_000)
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

  it('[LEA9] serves nobody in two books whose home moves while their basket waits', async () => {
    await opened(200)
    const [old, , , , young] = bookNames(store, 5)
    const movers = Array.from({ length: 20 }, () => newId('vis', Date.now(), systemRandom))
    const ask = (visitorId: string, book: string, formerHomes: string[]) =>
      orderBook(env, book).hold(
        holdCommand({ storeId: store, visitorId, lines: [{ sku: SKU, units: 3 }], formerHomes }, crypto.randomUUID()),
      )
    const asked = await Promise.all(movers.map((one) => Promise.all([ask(one, old!, []), ask(one, young!, [old!])])))
    expect(asked.map((both) => both.filter(({ decision }) => decision.ok).length)).toEqual(movers.map(() => 1))
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

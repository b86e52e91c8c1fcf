/** The order book in its object: what survives, what comes back, and that asking a hundred times is asking once. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import type { HoldCommand } from '../../domain/message/order-book.ts'
import type { Step } from '../../domain/message/settle.ts'
import { anOffer, holdCommand, orderCommand } from '../../domain/order/testing.ts'
import { orderBook, stockOf } from '../../platform/desks.ts'
import { systemRandom } from '../../platform/dice.ts'
import { StockObject } from '../stock/stock-object.ts'
import type { OrderBookObject } from './order-book-object.ts'

let stores = 0
let store = ''
const books = env.ORDER_BOOK as DurableObjectNamespace<OrderBookObject>
const stub = () => books.getByName(`${store}/book-3`)
const book = () => orderBook(env, `${store}/book-3`)
const stock = (sku: string) => stockOf(env, store, sku)
const counts = async (sku: string) => {
  const count = await stock(sku).count()
  return count && [count.free, count.held, count.sold]
}
const command = (over: Partial<HoldCommand> = {}, key: string = crypto.randomUUID()): HoldCommand =>
  holdCommand({ storeId: store, visitorId: newId('vis', Date.now(), systemRandom), ...over }, key)

async function opened(units: Record<string, number>, offer: Parameters<typeof anOffer>[1] = {}): Promise<void> {
  for (const [sku, delta] of Object.entries(units)) {
    await stock(sku).describe(anOffer(sku, { storeId: store, ...offer }))
    await stock(sku).adjust({ adjustmentId: `initial:${sku}`, delta, kind: 'initial', reason: 'opening' })
  }
}

async function held(over: Partial<HoldCommand> = {}) {
  const { decision } = await book().hold(command(over))
  if (!decision.ok) throw new Error(decision.refusal.code)
  return decision.value
}

async function ordered() {
  const hold = await held()
  const { decision } = await book().order(orderCommand(hold.id, { storeId: store, visitorId: null }))
  if (!decision.ok) throw new Error(decision.refusal.code)
  return decision.value
}

const isClaim = (step: Step): boolean => step.kind === 'units' && step.move === 'claim'
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })
/** Asks until it is so; bounded, because alarms and queues are real here. */
const until = (what: () => Promise<boolean>) => vi.waitUntil(what, { timeout: 20_000, interval: 20 })

describe('the order book object', () => {
  beforeEach(() => {
    stores += 1
    store = `store_book${stores}`
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('[HLD1] holds several SKUs whole, and none of them when one is sold out', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5, 'SKU-C': 0 })
    const hold = await held({
      lines: [
        { sku: 'SKU-A', units: 2 },
        { sku: 'SKU-B', units: 1 },
      ],
    })
    expect(hold).toMatchObject({ state: 'held', total: { amount: 13500, currency: 'EUR' } })
    const lines = ['SKU-A', 'SKU-B', 'SKU-C'].map((sku) => ({ sku, units: 1 }))
    const { decision } = await book().hold(command({ lines }))
    expect(decision).toEqual({ ok: false, refusal: { code: 'not_enough_stock', sku: 'SKU-C', requested: 1, free: 0 } })
    await until(async () => (await counts('SKU-B'))![1] === 1)
    expect([await counts('SKU-A'), await counts('SKU-B'), await counts('SKU-C')]).toEqual([
      [3, 2, 0],
      [4, 1, 0],
      [0, 0, 0],
    ])
  })

  it('[HLD6] has one effect of a hundred repeats at once, and answers each of them', async () => {
    await opened({ 'SKU-A': 100 })
    const one = command({ lines: [{ sku: 'SKU-A', units: 1 }] })
    const answers = await Promise.all(Array.from({ length: 100 }, () => book().hold(one)))
    const ids = answers.flatMap(({ decision }) => (decision.ok ? [decision.value.id] : []))
    const refused = answers.flatMap(({ decision }) => (decision.ok ? [] : [decision.refusal.code]))
    expect(new Set(ids).size).toBe(1)
    expect(new Set([...refused, 'idempotency_request_in_flight']).size).toBe(1)
    expect(await counts('SKU-A')).toEqual([99, 1, 0])
    expect((await book().hold(one)).replayed).toBe(true)
  })

  it('[ORD4] takes one order of a hundred repeats at once', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    const one = orderCommand(hold.id, { storeId: store, visitorId: hold.visitorId })
    const answers = await Promise.all(Array.from({ length: 100 }, () => book().order(one)))
    expect(new Set(answers.map(({ decision }) => JSON.stringify(decision))).size).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect((await book().proof()).orders).toBe(1)
  })

  it('[HLD10] asks an owner once for baskets that came together', async () => {
    await opened({ 'SKU-A': 100 })
    const asks = vi.spyOn(StockObject.prototype, 'ask')
    const basket = () => command({ lines: [{ sku: 'SKU-A', units: 1 }] })
    // Called inside the object, so that they do come together, however busy the machine is.
    await runInDurableObject(stub(), (object) => Promise.all(Array.from({ length: 50 }, () => object.hold(basket()))))
    // What a test before this one still gives back is asked of its own owners.
    const sizes = asks.mock.calls.filter(([moves]) => moves[0]?.kind === 'hold').map(([moves]) => moves.length)
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(50)
    expect(sizes.length).toBeLessThan(5)
    expect(await counts('SKU-A')).toEqual([50, 50, 0])
  })

  it('[HLD7] forgets nothing in an eviction: the same request finds the same hold', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const one = command()
    const first = await book().hold(one)
    await evictDurableObject(stub())
    const again = await book().hold(one)
    expect(again).toEqual({ ...first, replayed: true })
  })

  it('[HLD7] resumes a hold that was interrupted between asking and recording', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const one = command()
    await interrupted(one)
    expect(await counts('SKU-A')).toEqual([3, 2, 0])
    const { decision } = await book().hold(one)
    expect(decision.ok).toBe(true)
    expect(await counts('SKU-A')).toEqual([3, 2, 0])
  })

  it('[HLD7] gives back what an interrupted hold had been granted, within ten seconds and by its alarm', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    await interrupted(command())
    later(10_001)
    await book().proof() // wakes the new instance
    expect(await runDurableObjectAlarm(stub())).toBe(true)
    await until(async () => (await counts('SKU-A'))![0] === 5)
    expect((await book().proof()).units).toEqual([])
  })

  /** The owners were asked and said yes; the book died before it could write that down. */
  async function interrupted(one: HoldCommand): Promise<void> {
    await runInDurableObject(stub(), async (object, state) => {
      const transaction = state.storage.transactionSync.bind(state.storage)
      let turns = 0
      vi.spyOn(state.storage, 'transactionSync').mockImplementation((work) => {
        turns += 1
        if (turns === 2) throw new Error('the book died') // begin, finish
        return transaction(work)
      })
      await expect(object.hold(one)).rejects.toThrow('the book died')
    })
    await abortAllDurableObjects()
  }

  it('[ORD1] has taken no order when it dies before the turn is on disk', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    const one = orderCommand(hold.id, { storeId: store, visitorId: hold.visitorId })
    await expect(
      runInDurableObject(stub(), async (object, state) => {
        await object.order(one)
        state.abort('killed before the commit')
      }),
    ).rejects.toThrow('killed')
    expect((await book().findHold(hold.id))?.state).toBe('held')
    expect((await book().proof()).orders).toBe(0)
    expect((await book().order(one)).replayed).toBe(false)
  })

  it('[HLD4] ends a hold at its end and frees its units, by its alarm', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    later(hold.expiresAt - Date.now())
    expect((await book().findHold(hold.id))?.state).toBe('expired')
    expect(await runDurableObjectAlarm(stub())).toBe(true)
    await until(async () => (await counts('SKU-A'))![0] === 5)
  })

  it('[ORD9] finds by a sweep what a lost alarm forgot', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    await runInDurableObject(stub(), (_, state) => state.storage.deleteAlarm())
    later(hold.expiresAt - Date.now())
    await book().sweep()
    expect(await counts('SKU-A')).toEqual([5, 0, 0])
    expect((await book().proof()).units).toEqual([])
  })

  it('[HLD9] has freed the units when it answers that a hold was given back', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    expect(await book().releaseHold(hold.id)).toMatchObject({ ok: true, value: { state: 'released' } })
    expect([await counts('SKU-A'), await counts('SKU-B')]).toEqual([
      [5, 0, 0],
      [5, 0, 0],
    ])
  })

  it('[HLD8] asks units back again when their owner was away', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    const real = Reflect.get(StockObject.prototype, 'ask')
    let asked = 0
    vi.spyOn(StockObject.prototype, 'ask').mockImplementation(function ask(this: StockObject, moves) {
      // What a test before this one still gives back is asked of its own owners, and is not counted here.
      if (!JSON.stringify(moves).includes(hold.id)) return real.call(this, moves)
      asked += 1
      return asked === 1 ? Promise.reject(new Error('away')) : real.call(this, moves)
    })
    await book().releaseHold(hold.id)
    expect(asked).toBe(2)
    const [a, b] = [await counts('SKU-A'), await counts('SKU-B')]
    expect((a?.[1] ?? 0) + (b?.[1] ?? 0)).toBeGreaterThan(0) // one of the two still waits for its units
    later(2_500)
    await runDurableObjectAlarm(stub())
    await until(async () => String([await counts('SKU-A'), await counts('SKU-B')]) === '5,0,0,5,0,0')
  })

  it('[HLD11] asks no overloaded owner twice, and says that it is one', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    let asks = 0
    await runInDurableObject(stub(), (object) => {
      const overloaded = Object.assign(new Error('too many requests'), { overloaded: true, retryable: true })
      vi.spyOn(env.STOCK, 'getByName').mockReturnValue({
        ask: () => {
          asks += 1
          return Promise.reject(overloaded)
        },
      } as never)
      return expect(object.hold(command({ lines: [{ sku: 'SKU-A', units: 1 }] }))).rejects.toMatchObject({
        overloaded: true,
      })
    })
    expect(asks).toBe(1)
  })

  it('[HLD12] holds for everybody else while an owner hangs, and gives the basket up that asked it', async () => {
    await opened({ 'SKU-A': 100 })
    const real = env.STOCK.getByName.bind(env.STOCK)
    await runInDurableObject(stub(), async (object) => {
      vi.spyOn(env.STOCK, 'getByName').mockImplementation((name, ...more) =>
        name.endsWith('SKU-HANGS') ? ({ ask: () => new Promise(() => {}) } as never) : real(name, ...more),
      )
      const basket = (...skus: string[]) => object.hold(command({ lines: skus.map((sku) => ({ sku, units: 1 })) }))
      const order: string[] = []
      const stuck: Promise<unknown>[] = []
      // More than there are places for lots, one lot each, and each with somebody who asks for nothing that hangs.
      for (let lot = 0; lot < 6; lot++) {
        stuck.push(basket('SKU-A', 'SKU-HANGS').finally(() => order.push('stuck')))
        const { decision } = await basket('SKU-A')
        expect(decision.ok).toBe(true)
        order.push('held')
      }
      expect(order).toEqual(Array.from({ length: 6 }, () => 'held'))
      const ends = await Promise.allSettled(stuck)
      expect(ends.map(({ status }) => status)).toEqual(order.slice(6).map(() => 'rejected'))
    })
    later(10_001)
    await book().sweep()
    await until(async () => String(await counts('SKU-A')) === '94,6,0')
  })

  it('[STK22] sets its alarm while what the last one started hangs', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    await held()
    await runInDurableObject(stub(), async (object, state) => {
      vi.spyOn(env.STOCK, 'getByName').mockReturnValue({ ask: () => new Promise(() => {}) } as never)
      later(9 * 60_000)
      await object.alarm()
      vi.setSystemTime(Date.now() + 3_000) // the units are still owed, and are to be asked back again
      await state.storage.deleteAlarm()
      await object.alarm()
      expect(await state.storage.getAlarm()).not.toBeNull()
    })
  })

  it('[ORD1] claims the units of an order at once, past the payment’s deadline', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const order = await ordered()
    await until(async () => !isClaim(await book().nextStep(order.id)))
    later(9 * 60_000) // the basket would have ended by now
    await stock('SKU-A').sweep()
    expect((await counts('SKU-A'))![0]).toBe(3) // the others are held, or sold if a settler was quick
    expect((await book().findHold(order.holdId))?.orderId).toBe(order.id)
  })

  it('[ORD3] keeps the prices its hold was made with, whatever the catalog says by then', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const hold = await held()
    const dearer = { storeId: store, version: 2, price: { amount: 9900, currency: 'EUR' } }
    await stock('SKU-A').describe(anOffer('SKU-A', dearer))
    const { decision } = await book().order(orderCommand(hold.id, { storeId: store, visitorId: null }))
    expect(decision).toMatchObject({ value: { total: { amount: 13500 }, lines: hold.lines } })
    const { total } = await held({ lines: [{ sku: 'SKU-A', units: 1 }] })
    expect(total.amount).toBe(9900)
  })

  it('[ORD5] tells whoever waits for an order as soon as it changes, and the others when their time is over', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const order = await ordered()
    await until(async () => !isClaim(await book().nextStep(order.id)))
    const known = (await book().findOrder(order.id))!.version
    const waiting = book().orderAfter(order.id, known, 20_000)
    const impatient = await book().orderAfter(order.id, known + 50, 30)
    expect(impatient?.id).toBe(order.id)
    await book().cancel({ request: { key: 'c', fingerprint: 'f', requestId: 'r' }, orderId: order.id, reason: null })
    expect((await waiting)!.version).toBeGreaterThan(known)
    expect(await book().orderAfter('ord_none', 0, 20_000)).toBeNull()
  })

  it('[ORD9] sends a settler again when the message got lost', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    const order = await ordered()
    const told = await runInDurableObject(stub(), (_, state) =>
      state.storage.sql
        .exec<{ due_at: number }>('SELECT due_at FROM outbox WHERE id = ?', `settle:${order.id}`)
        .toArray(),
    )
    expect(told).toHaveLength(1)
    expect(told[0]!.due_at).toBeGreaterThan(Date.now())
  })

  it('[PRF1] lays its part of the proof beside what the owners say', async () => {
    await opened({ 'SKU-A': 5, 'SKU-B': 5 })
    await ordered()
    await held({ lines: [{ sku: 'SKU-B', units: 3 }] })
    const { units, money, differences } = await book().proof()
    expect(units).toEqual([
      { sku: 'SKU-A', sold: 0, held: 2 },
      { sku: 'SKU-B', sold: 0, held: 4 },
    ])
    expect(money).toMatchObject([{ currency: 'EUR', ordered: 13500, captured: 0 }])
    expect(differences).toEqual([])
    expect([(await counts('SKU-A'))![1], (await counts('SKU-B'))![1]]).toEqual([2, 4])
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RecordMessage } from '../domain/message/queues.ts'
import type { InventoryRecord, OrderRecord } from '../domain/order/records.ts'
import { pgError } from '../platform/postgres/fault.ts'
import { record } from './recorder.ts'
import { BOOK, TestShop } from './testing.ts'

/** Postgres as the recorder sees it: rows that only newer versions replace. */
class Rows {
  readonly orders = new Map<string, OrderRecord>()
  readonly counts = new Map<string, InventoryRecord>()
  away = false
  writes = 0
  /** Keys of rows that Postgres can not take, ever. */
  readonly poison = new Set<string>()
  write<Row>(
    rows: Map<string, Row>,
    records: readonly Row[],
    key: (row: Row) => string,
    version: (row: Row) => number,
  ) {
    if (this.away) throw new Error('Postgres is away')
    this.writes += 1
    if (records.some((row) => this.poison.has(key(row)))) throw unreadable()
    for (const row of records) {
      const known = rows.get(key(row))
      if (!known || version(known) < version(row)) rows.set(key(row), row)
    }
  }
}

const unreadable = () => pgError(Object.assign(new Error('unsupported Unicode escape sequence'), { code: '22P05' }))

const ORDERS: RecordMessage = { v: 1, kind: 'orders', book: BOOK }
const stock = (sku: string): RecordMessage => ({ v: 1, kind: 'stock', storeId: 'store_demo', sku })

describe('recording', () => {
  let shop: TestShop
  let rows: Rows

  beforeEach(() => {
    shop = new TestShop({ 'SKU-A': 1000, 'SKU-B': 1000 })
    rows = new Rows()
  })

  afterEach(() => vi.restoreAllMocks())

  const recordAll = (...messages: RecordMessage[]) =>
    record(messages, {
      bookNamed: shop.bookNamed,
      stockOf: shop.stockOf,
      orders: {
        record: async (some) =>
          rows.write(
            rows.orders,
            some,
            ({ order }) => order.id,
            ({ order }) => order.version,
          ),
      },
      inventory: {
        record: async (some) =>
          rows.write(
            rows.counts,
            some,
            ({ count }) => count.sku,
            ({ count }) => count.version,
          ),
      },
    })

  it('[ORD7] writes every order in its last version, in batches, and says so to the book', async () => {
    const orders = Array.from({ length: 250 }, () => shop.orders())
    expect(await recordAll(ORDERS, ORDERS)).toEqual([{ kind: 'done' }, { kind: 'done' }])
    expect([...rows.orders.keys()].sort()).toEqual(orders.map(({ id }) => id).sort())
    expect(rows.writes).toBe(3)
    expect(shop.keeper.unrecorded(9)).toEqual([])
    shop.keeper.cancel({
      request: { key: 'c', fingerprint: 'f', requestId: 'r' },
      orderId: orders[0]!.id,
      reason: null,
    })
    await recordAll(ORDERS)
    expect(rows.orders.get(orders[0]!.id)?.order.status).toBe('cancelled')
    expect(rows.writes).toBe(4)
  })

  it('[ORD7] loses nothing while Postgres is away, and catches up', async () => {
    const order = shop.orders()
    rows.away = true
    expect(await recordAll(ORDERS, stock('SKU-A'))).toMatchObject([{ kind: 'again' }, { kind: 'again' }])
    shop.now += 30 * 60_000
    expect(shop.keeper.takeDue().map(({ topic }) => topic)).toContain('record')
    rows.away = false
    await recordAll(ORDERS, stock('SKU-A'))
    expect(rows.orders.get(order.id)?.order.version).toBe(1)
    expect(rows.counts.get('SKU-A')?.count.initial).toBe(1000)
  })

  it('[ORD7] keeps an order owed that changed while it was being recorded', async () => {
    const order = shop.orders()
    const [old] = shop.keeper.unrecorded(1)
    shop.keeper.cancel({ request: { key: 'c', fingerprint: 'f', requestId: 'r' }, orderId: order.id, reason: null })
    shop.keeper.recorded([{ orderId: order.id, version: old!.order.version }])
    expect(shop.keeper.unrecorded(9).map(({ order: kept }) => kept.version)).toEqual([2])
  })

  it('[ORD7] names the orders that Postgres will never take, and records all others beside them', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    const orders = Array.from({ length: 250 }, () => shop.orders())
    const ids = orders.map(({ id }) => id).sort()
    const [first, middle] = [ids[0]!, ids[120]!]
    rows.poison.add(first).add(middle)
    expect(await recordAll(ORDERS)).toEqual([{ kind: 'done' }])
    expect([...rows.orders.keys()].sort()).toEqual(ids.filter((id) => id !== first && id !== middle))
    const named = log.mock.calls.map(([line]) => JSON.parse(String(line)) as object)
    expect(named).toMatchObject([first, middle].map((orderId) => ({ kind: 'order_not_recorded', book: BOOK, orderId })))
    expect(rows.writes).toBeLessThan(40)
    rows.poison.clear() // somebody mended it
    shop.now += 60_000
    expect(shop.keeper.takeDue().map(({ topic }) => topic)).toContain('record')
    await recordAll(ORDERS)
    expect(shop.keeper.unrecorded(9)).toEqual([])
    expect(rows.orders.size).toBe(250)
  })

  it('[ORD7] blames no order for a fault that is everybody’s', async () => {
    const log = vi.spyOn(console, 'error').mockReturnValue()
    for (let i = 0; i < 100; i++) rows.poison.add(shop.orders().id)
    expect(await recordAll(ORDERS)).toMatchObject([{ kind: 'again' }])
    expect(log).not.toHaveBeenCalled()
    expect(shop.keeper.unrecorded(200)).toHaveLength(100)
  })

  it('[ORD7] records what it can when one of the two is away', async () => {
    shop.orders()
    shop.faults.push('report SKU-A')
    expect(await recordAll(ORDERS, stock('SKU-A'))).toMatchObject([{ kind: 'done' }, { kind: 'again' }])
    expect(rows.orders.size).toBe(1)
  })
})

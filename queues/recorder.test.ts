import { beforeEach, describe, expect, it } from 'vitest'
import type { RecordMessage } from '../domain/message/queues.ts'
import type { InventoryRecord, OrderRecord } from '../domain/order/records.ts'
import { record } from './recorder.ts'
import { BOOK, TestShop } from './testing.ts'

/** Postgres as the recorder sees it: rows that only newer versions replace. */
class Rows {
  readonly orders = new Map<string, OrderRecord>()
  readonly counts = new Map<string, InventoryRecord>()
  away = false
  writes = 0
  write<Row>(
    rows: Map<string, Row>,
    records: readonly Row[],
    key: (row: Row) => string,
    version: (row: Row) => number,
  ) {
    if (this.away) throw new Error('Postgres is away')
    this.writes += 1
    for (const row of records) {
      const known = rows.get(key(row))
      if (!known || version(known) < version(row)) rows.set(key(row), row)
    }
  }
}

const ORDERS: RecordMessage = { v: 1, kind: 'orders', book: BOOK }
const stock = (sku: string): RecordMessage => ({ v: 1, kind: 'stock', storeId: 'store_demo', sku })

describe('recording', () => {
  let shop: TestShop
  let rows: Rows

  beforeEach(() => {
    shop = new TestShop({ 'SKU-A': 1000, 'SKU-B': 1000 })
    rows = new Rows()
  })

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

  it('[ORD7] records what it can when one of the two is away', async () => {
    shop.orders()
    shop.faults.push('report SKU-A')
    expect(await recordAll(ORDERS, stock('SKU-A'))).toMatchObject([{ kind: 'done' }, { kind: 'again' }])
    expect(rows.orders.size).toBe(1)
  })
})

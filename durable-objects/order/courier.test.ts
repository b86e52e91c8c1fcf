/** The courier beside neighbours that hang: an owner, a queue. Nothing here answers unless a test lets it. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { StockMove } from '../../domain/message/stock-desk.ts'
import { refuse } from '../../domain/basics/decision.ts'
import type { OutboxRow } from '../../domain/order/outbox.ts'
import { Courier, type Destinations } from './courier.ts'
import { askOwners } from './stock-calls.ts'

const SENT: QueueSendBatchResponse = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
const gone = refuse({ code: 'hold_not_found', holdId: 'hld_1' } as const)
const hangs = <Result>(): Promise<Result> => new Promise(() => {})

const release = (sku: string): OutboxRow => ({
  ...{ id: `release:${sku}`, topic: 'release', storeId: 'store_demo', sku, holdId: 'hld_1', dueAt: 0, sends: 1 },
})
const settle = (orderId: string): OutboxRow => ({
  id: `settle:${orderId}`,
  topic: 'settle',
  orderId,
  dueAt: 0,
  sends: 1,
})
const letter: OutboxRow = {
  ...{ id: 'confirmation:ord_1', topic: 'letter', orderId: 'ord_1', kind: 'confirmation', refundId: null },
  ...{ dueAt: 0, sends: 1 },
}
const record: OutboxRow = { id: 'record', topic: 'record', dueAt: 0, sends: 1 }

describe('a courier whose neighbours hang', () => {
  const hanging = new Set<string>()
  let delivered: string[]
  beforeEach(() => {
    delivered = []
    hanging.clear()
    vi.spyOn(console, 'warn').mockReturnValue()
  })
  afterEach(() => vi.restoreAllMocks())

  const ownerOf = (sku: string) => ({
    ask: (moves: readonly StockMove[]) => (hanging.has(sku) ? hangs<never>() : Promise.resolve(moves.map(() => gone))),
  })
  const queue = (name: string) => ({
    sendBatch: (messages: Iterable<unknown>) => {
      if (hanging.has(name)) return hangs<never>()
      delivered.push(...[...messages].map(() => name))
      return Promise.resolve(SENT)
    },
  })
  const courier = (patienceMs: number) => {
    const letters = async (rows: readonly OutboxRow[]): Promise<void> => {
      if (hanging.has('letters')) return hangs<never>()
      delivered.push(...rows.map(({ id }) => id))
    }
    const to: Destinations = {
      ...{ book: 'store_demo/book-1', ownerOf, patienceMs, overhear: () => {} },
      ...{ settle: queue('settle'), record: queue('record'), letters },
    }
    const released = (ids: readonly string[]) => void delivered.push(...ids)
    return new Courier({ upcomingStep: (orderId) => ({ kind: 'done', orderId }), released }, to)
  }

  it('[ORD6] gives up what is late, and can be handed the same again', async () => {
    const one = courier(20)
    for (const name of ['SKU-A', 'settle', 'record', 'letters']) hanging.add(name)
    await one.deliver([release('SKU-A'), settle('ord_1'), record, letter])
    expect(delivered).toEqual([])
    hanging.clear()
    await one.deliver([release('SKU-A'), settle('ord_1'), record, letter])
    expect(delivered.toSorted()).toEqual(['confirmation:ord_1', 'record', 'release:SKU-A', 'settle'])
  })

  it('[HLD8] lets no owner and no queue that hangs hold up the others, nor those that come later', async () => {
    const one = courier(60_000)
    hanging.add('SKU-A').add('record')
    void one.deliver([release('SKU-A'), release('SKU-B'), settle('ord_1'), record])
    await one.givenBack(['SKU-B'])
    await vi.waitUntil(() => delivered.length === 2, 20_000)
    void one.deliver([release('SKU-A'), release('SKU-C'), settle('ord_2')])
    await vi.waitUntil(() => delivered.length === 4, 20_000)
    expect(delivered.toSorted()).toEqual(['release:SKU-B', 'release:SKU-C', 'settle', 'settle'])
  })

  it('[ORD6] survives a fault of its own book', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    const one = courier(60_000)
    delivered = Object.freeze([] as string[]) as string[] // the book can not write
    await one.deliver([release('SKU-A')])
    delivered = []
    await one.deliver([release('SKU-A')])
    expect(delivered).toEqual(['release:SKU-A'])
  })

  it('[HLD12] takes an owner that is late for one that is away, and has the answers of the others', async () => {
    hanging.add('SKU-A')
    const move: StockMove = { kind: 'release', holdId: 'hld_1' }
    const heard: number[] = []
    const replies = await askOwners(
      ownerOf,
      ['SKU-A', 'SKU-B', 'SKU-A'].map((sku) => ({ sku, move })),
      { patienceMs: 20, heard: (so) => heard.push(so.filter((reply) => reply !== undefined).length) },
    )
    expect(replies.map(({ answered }) => answered)).toEqual([false, true, false])
    expect(heard).toEqual([1, 3])
  })
})

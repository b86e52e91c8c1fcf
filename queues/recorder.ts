/**
 * The recorder: tells Postgres what order books and stock objects know. It asks them, rather than believing a message,
 * so it always writes the newest; the rows' versions keep an older one from overwriting it. While Postgres is away its
 * messages fail and come back, and the books keep the orders until it has confirmed them.
 */
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { RecordMessage } from '../domain/message/queues.ts'
import type { StockReporter } from '../domain/message/stock-desk.ts'
import type { InventoryRecord, InventoryRecords, OrderRecords } from '../domain/order/records.ts'
import { abreast } from './abreast.ts'
import { again, done, type Outcome } from './outcome.ts'

export interface RecorderParts {
  bookNamed: (name: string) => Pick<OrderBookDesk, 'unrecorded' | 'recorded'>
  stockOf: (storeId: string, sku: string) => StockReporter
  orders: OrderRecords
  inventory: InventoryRecords
}

/** About 300 kB of JSON. */
const ORDERS_AT_A_TIME = 100
/** The rest of a long backlog waits for the next message, so that one book does not starve the others. */
const ROUNDS_MOST = 20
const ABREAST = 6
const PAUSE_AFTER_FAULT_MS = 5_000

/** One outcome a message. Messages about one book, or one SKU, are one. */
export async function record(messages: readonly RecordMessage[], parts: RecorderParts): Promise<Outcome[]> {
  const skus = new Map<string, { storeId: string; sku: string }>()
  const books = new Set<string>()
  for (const message of messages) {
    if (message.kind === 'stock') skus.set(`${message.storeId}/${message.sku}`, message)
    else books.add(message.book)
  }
  const ofStock = attempt(() => recordCounts([...skus.values()], parts))
  const ofBook = new Map(
    await abreast([...books], ABREAST, async (name) => [name, await attempt(() => recordBook(name, parts))] as const),
  )
  const stock = await ofStock
  return messages.map((message) => (message.kind === 'stock' ? stock : ofBook.get(message.book)!))
}

async function recordBook(name: string, { bookNamed, orders }: RecorderParts): Promise<void> {
  for (let round = 0; round < ROUNDS_MOST; round++) {
    const records = await bookNamed(name).unrecorded(ORDERS_AT_A_TIME)
    if (records.length > 0) await orders.record(records)
    // Also when there is nothing to record: the book then knows that nobody needs to be told.
    await bookNamed(name).recorded(records.map(({ order }) => ({ orderId: order.id, version: order.version })))
    if (records.length < ORDERS_AT_A_TIME) return
  }
}

async function recordCounts(
  skus: readonly { storeId: string; sku: string }[],
  { stockOf, inventory }: RecorderParts,
): Promise<void> {
  const reports = await abreast(skus, ABREAST, async ({ storeId, sku }) => {
    const count = await stockOf(storeId, sku).report()
    return count && { storeId, count }
  })
  const counts = reports.filter((report): report is InventoryRecord => report !== null)
  if (counts.length > 0) await inventory.record(counts)
  await abreast(counts, ABREAST, ({ storeId, count }) => stockOf(storeId, count.sku).reported(count.version))
}

async function attempt(work: () => Promise<void>): Promise<Outcome> {
  try {
    await work()
    return done
  } catch (thrown) {
    return again(PAUSE_AFTER_FAULT_MS, thrown)
  }
}

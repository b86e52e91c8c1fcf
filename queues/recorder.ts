/**
 * The recorder: tells Postgres what order books and stock objects know. It asks them, rather than believing a message,
 * so it always writes the newest; the rows' versions keep an older one from overwriting it. While Postgres is away its
 * messages fail and come back, and the books keep the orders until it has confirmed them.
 *
 * An order that Postgres will never take is found by halving its batch, named in the log and left out, so that it keeps
 * no other from being recorded. Its book goes on owing it, and it is tried again with every message: once the fault is
 * mended, it is recorded like any other.
 */
import { BrokenPromise } from '../domain/basics/assert.ts'
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { RecordMessage } from '../domain/message/queues.ts'
import type { StockReporter } from '../domain/message/stock-desk.ts'
import type { InventoryRecord, InventoryRecords, OrderRecord, OrderRecords } from '../domain/order/records.ts'
import { DatabaseFault, type FaultKind } from '../platform/postgres/fault.ts'
import { abreast } from './abreast.ts'
import { again, done, reasonOf, type Outcome } from './outcome.ts'

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
/** So many at once are not to blame: it is the statement, or the schema. */
const LEFT_OUT_MOST = 50
/** What stays wrong however often it is tried. */
const FOR_EVER: ReadonlySet<FaultKind> = new Set(['bug', 'constraint', 'duplicate', 'refused'])

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
  const leftOut = new Set<string>()
  for (let round = 0; round < ROUNDS_MOST; round++) {
    const most = ORDERS_AT_A_TIME + leftOut.size
    const owed = await bookNamed(name).unrecorded(most)
    const records = owed.filter((one) => !leftOut.has(versionOf(one)))
    const refused = records.length > 0 ? await recordOrders(records, orders, LEFT_OUT_MOST - leftOut.size) : []
    for (const { unfit, fault } of refused) {
      leftOut.add(versionOf(unfit))
      const { id: orderId, version } = unfit.order
      const what = reasonOf(fault)
      console.error(JSON.stringify({ level: 'error', kind: 'order_not_recorded', book: name, orderId, version, what }))
    }
    const kept = records.filter((one) => !leftOut.has(versionOf(one)))
    // Also when there is nothing to record: the book then knows that nobody needs to be told.
    await bookNamed(name).recorded(kept.map(({ order }) => ({ orderId: order.id, version: order.version })))
    if (owed.length < most) return
  }
}

const versionOf = ({ order }: OrderRecord): string => `${order.id} ${order.version}`

interface Refused {
  unfit: OrderRecord
  fault: unknown
}

/** Records all that can be and answers the others. Throws when Postgres is away, or refuses more than `most` of them. */
async function recordOrders(records: readonly OrderRecord[], orders: OrderRecords, most: number): Promise<Refused[]> {
  try {
    await orders.record(records)
    return []
  } catch (fault) {
    if (!isForEver(fault) || most < 1) throw fault
    if (records.length === 1) return [{ unfit: records[0]!, fault }]
  }
  const half = Math.ceil(records.length / 2)
  const first = await recordOrders(records.slice(0, half), orders, most)
  return [...first, ...(await recordOrders(records.slice(half), orders, most - first.length))]
}

const isForEver = (fault: unknown): boolean =>
  fault instanceof BrokenPromise || (fault instanceof DatabaseFault && FOR_EVER.has(fault.facts.kind))

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

/**
 * The objects of ours that are asked by name, as their desks (domain/message). The one place where a stub gets its
 * type; what a stub's fault means is said here too.
 *
 * A stub is made for each call and never kept: one whose object broke stays broken for ever.
 */
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { StockDesk, StockReporter } from '../domain/message/stock-desk.ts'
import { stockNameFor } from '../domain/sharding/bucket.ts'

/** An order book, by the name that `orderBookFor` gives. */
export const orderBook = (env: Pick<Env, 'ORDER_BOOK'>, name: string): OrderBookDesk =>
  env.ORDER_BOOK.getByName(name) as unknown as OrderBookDesk

/** The owner of one SKU's stock. */
export const stockOf = (env: Pick<Env, 'STOCK'>, storeId: string, sku: string): StockDesk & StockReporter =>
  env.STOCK.getByName(stockNameFor(storeId, sku)) as unknown as StockDesk & StockReporter

/** The object is drowning: asking again makes it worse. Whoever waits is told that we are busy. */
export const isOverloaded = (fault: unknown): boolean =>
  typeof fault === 'object' && fault !== null && 'overloaded' in fault && fault.overloaded === true

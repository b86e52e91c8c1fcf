/**
 * The objects of ours that are asked by name, as their desks (domain/message). The one place where a stub gets its
 * type; what a stub's fault means is said here too.
 *
 * A stub is made for each call and never kept: one whose object broke stays broken for ever.
 */
import type { DropDesk, PlaceDesk } from '../domain/message/drop-desk.ts'
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { StockDesk, StockReporter } from '../domain/message/stock-desk.ts'
import { dropNameFor, placesNameFor } from '../domain/room/place.ts'
import { stockNameFor } from '../domain/sharding/bucket.ts'

/** An order book, by the name that `orderBookFor` gives. */
export const orderBook = (env: Pick<Env, 'ORDER_BOOK'>, name: string): OrderBookDesk =>
  env.ORDER_BOOK.getByName(name) as unknown as OrderBookDesk

/** The owner of one SKU's stock. */
export const stockOf = (env: Pick<Env, 'STOCK'>, storeId: string, sku: string): StockDesk & StockReporter =>
  env.STOCK.getByName(stockNameFor(storeId, sku)) as unknown as StockDesk & StockReporter

/** The object of one drop. */
export const dropOf = (env: Pick<Env, 'DROP'>, storeId: string, dropId: string): DropDesk =>
  env.DROP.getByName(dropNameFor(storeId, dropId)) as unknown as DropDesk

/** One of the objects that keep the places in a drop's waiting room. */
export const placesOf = (env: Pick<Env, 'PLACES'>, storeId: string, dropId: string, shard: number): PlaceDesk =>
  env.PLACES.getByName(placesNameFor(storeId, dropId, shard)) as unknown as PlaceDesk

/** The object is drowning: asking again makes it worse. Whoever waits is told that we are busy. */
export const isOverloaded = (fault: unknown): boolean =>
  typeof fault === 'object' && fault !== null && 'overloaded' in fault && fault.overloaded === true

/**
 * The live board of one drop: what its objects say of themselves, gathered for whoever watches. It decides nothing, and
 * nothing that sells waits for it.
 */
import type { PulseSecond } from './order-book.ts'
import type { DropLive } from './drop-desk.ts'
import type { Pressure } from './pacer-desk.ts'
import type { StockTree } from './stock-desk.ts'

/** Whom to ask. Whoever watches knows the catalog; the board asks no database. */
export interface BoardAsk {
  skus: string[]
  /** How many order books the store has. */
  books: number
}

/** What happened in one second; `admitted` null: nobody watched, and only the waiting room's sum is kept. */
export interface BoardSecond extends PulseSecond {
  admitted: number | null
}

/** One look at a drop. What is null did not answer, or there is none; `silent` tells which. */
export interface BoardLook {
  /** ms, by the board's clock. */
  at: number
  live: DropLive | null
  stock: { sku: string; tree: StockTree | null }[]
  /** Null: no order book answered. */
  sales: BoardSales | null
  pressure: Pressure | null
  /** The last minutes up to the last whole second, one after the other without gaps. */
  seconds: BoardSecond[]
  /** Objects that did not answer in time: `drop`, `pacer`, `stock/<sku>`, `book-<n>`. */
  silent: string[]
}

/** The books' pulses, added up. */
export interface BoardSales {
  /** From when on every book counts: the latest of them to wake. */
  since: number
  holds: number
  orders: number
  paid: number
  failed: number
  faults: number
  refusals: Record<string, number>
}

export interface BoardDesk {
  /** At most a second old, and one gathering for all who look. Never rejects for an object that does not answer. */
  look(ask: BoardAsk): Promise<BoardLook>
  /** Something was changed on purpose: the next look is a new one. */
  lookAnew(): Promise<void>
}

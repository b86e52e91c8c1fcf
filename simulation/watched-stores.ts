/**
 * The rows of an owner and of a leaf, with the checkers at their elbow. Nobody asks a leaf for anything from outside that
 * they could watch; and that a forgotten id comes back to life shows only in the rows.
 */
import type { StockHold } from '../domain/message/stock-desk.ts'
import type { UndoLog } from '../domain/basics/undo-log.ts'
import { MemoryLeafStore, MemoryStockStore } from '../domain/stock/memory-store.ts'

export interface RowsWatch {
  /** Just before a hold is written. `place`: whose rows, and of which SKU. */
  holdAppears: (place: string, holdId: string) => void
  /** The row of a hold that has ended is removed. */
  holdForgotten: (place: string, holdId: string) => void
}

export interface LeafWatch extends RowsWatch {
  /** Just before a hold is written. */
  leafHolds: (sku: string, hold: StockHold) => void
  leafChanges: (sku: string, before: StockHold, after: StockHold) => void
}

export class WatchedStockStore extends MemoryStockStore {
  readonly #sku: string
  readonly #watch: RowsWatch

  constructor(sku: string, log: UndoLog, watch: RowsWatch) {
    super(log)
    this.#sku = sku
    this.#watch = watch
  }

  override insertHold(hold: StockHold): void {
    this.#watch.holdAppears(this.#sku, hold.id)
    super.insertHold(hold)
  }

  protected override removeHold(hold: StockHold): void {
    this.#watch.holdForgotten(this.#sku, hold.id)
    super.removeHold(hold)
  }
}

export class WatchedLeafStore extends MemoryLeafStore {
  readonly #sku: string
  readonly #place: string
  readonly #watch: LeafWatch

  constructor(book: string, sku: string, log: UndoLog, watch: LeafWatch) {
    super(log)
    this.#sku = sku
    this.#place = `${book}/${sku}`
    this.#watch = watch
  }

  override insertHold(hold: StockHold): void {
    this.#watch.holdAppears(this.#place, hold.id)
    this.#watch.leafHolds(this.#sku, hold)
    super.insertHold(hold)
  }

  override updateHold(hold: StockHold): void {
    const before = this.hold(hold.id)
    if (before) this.#watch.leafChanges(this.#sku, before, hold)
    super.updateHold(hold)
  }

  protected override removeHold(hold: StockHold): void {
    this.#watch.holdForgotten(this.#place, hold.id)
    super.removeHold(hold)
  }
}

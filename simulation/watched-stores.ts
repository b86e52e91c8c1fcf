/** The rows of a leaf, with the checkers at its elbow: nobody asks a leaf for anything from outside that they could watch. */
import type { StockHold } from '../domain/message/stock-desk.ts'
import type { UndoLog } from '../domain/basics/undo-log.ts'
import { MemoryLeafStore } from '../domain/stock/memory-store.ts'

export interface LeafWatch {
  /** Just before a hold is written. */
  leafHolds: (sku: string, hold: StockHold) => void
  leafChanges: (sku: string, before: StockHold, after: StockHold) => void
}

export class WatchedLeafStore extends MemoryLeafStore {
  readonly #sku: string
  readonly #watch: LeafWatch

  constructor(sku: string, log: UndoLog, watch: LeafWatch) {
    super(log)
    this.#sku = sku
    this.#watch = watch
  }

  override insertHold(hold: StockHold): void {
    this.#watch.leafHolds(this.#sku, hold)
    super.insertHold(hold)
  }

  override updateHold(hold: StockHold): void {
    const before = this.hold(hold.id)
    if (before) this.#watch.leafChanges(this.#sku, before, hold)
    super.updateHold(hold)
  }
}

/**
 * A mutant is our code, broken on purpose in one place. Each one must be caught by some seed, or the checkers watch
 * less than we believe.
 */
import type { News, Step } from '../../domain/message/settle.ts'
import type { MemoryOrderBookStore } from '../../domain/order/memory-store.ts'
import type { MemoryStockStore } from '../../domain/stock/memory-store.ts'
import type { World } from '../world.ts'

export interface Mutant {
  name: string
  stockStore: (store: MemoryStockStore) => MemoryStockStore
  bookStore: (store: MemoryOrderBookStore) => MemoryOrderBookStore
  bendStep: (step: Step, world: World) => Step
  bendNews: (news: News) => News
  keepsOutbox: boolean
  guardsRecords: boolean
  sweeps: boolean
  /** Breaks a table of the domain for the length of a seed; answers how to mend it. */
  breakTable: () => () => void
}

const nothing = (): void => {}

export const SANE: Mutant = {
  name: 'sane',
  stockStore: (store) => store,
  bookStore: (store) => store,
  bendStep: (step) => step,
  bendNews: (news) => news,
  keepsOutbox: true,
  guardsRecords: true,
  sweeps: true,
  breakTable: () => nothing,
}

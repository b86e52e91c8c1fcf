/**
 * A mutant is our code, broken on purpose in one place. Each one must be caught by some seed, or the checkers watch
 * less than we believe.
 */
import type { News, Step } from '../../domain/message/settle.ts'
import type { MemoryOrderBookStore } from '../../domain/order/memory-store.ts'
import type { LeafStatement, OwnerStatement } from '../../domain/message/lease-desk.ts'
import type { MemoryLeafStore, MemoryStockStore } from '../../domain/stock/memory-store.ts'
import type { BookHost } from '../book-host.ts'
import type { Forgetfulness } from '../forgetfulness.ts'
import type { World } from '../world.ts'

export interface Mutant {
  name: string
  /** A seed that is known to notice it, where most do not: looked at first. It may get out of date; then it takes longer. */
  noticedBy?: number
  stockStore: (store: MemoryStockStore) => MemoryStockStore
  bookStore: (store: MemoryOrderBookStore) => MemoryOrderBookStore
  leafStore: (store: MemoryLeafStore) => MemoryLeafStore
  /** On its way from a leaf to the owner, and from the owner to a leaf. */
  bendStatement: (said: LeafStatement) => LeafStatement
  bendWord: (said: OwnerStatement) => OwnerStatement
  bendStep: (step: Step, world: World) => Step
  bendNews: (news: News) => News
  /** What a former home says of a visitor whom another book would serve; null: it crashed. */
  letGo: (former: BookHost, visitorId: string, to: string) => string | null
  keeping: (sane: Forgetfulness) => Forgetfulness
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
  leafStore: (store) => store,
  bendStatement: (said) => said,
  bendWord: (said) => said,
  bendStep: (step) => step,
  bendNews: (news) => news,
  letGo: (former, visitorId, to) => former.letGo(visitorId, to),
  keeping: (sane) => sane,
  keepsOutbox: true,
  guardsRecords: true,
  sweeps: true,
  breakTable: () => nothing,
}

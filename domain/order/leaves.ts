/**
 * The leaves of one order book: the SKUs whose units it has leased and sells by itself (domain/stock/leaf.ts). What
 * happens to such units happens within the turn of the basket or the order that wants it; nobody is asked, and nothing
 * is owed to anybody afterwards.
 */
import type { Clock } from '../basics/clock.ts'
import type { Decision } from '../basics/decision.ts'
import { FOR_A_DAY, type Keeping } from '../basics/keeping.ts'
import type { OwnerStatement } from '../message/lease-desk.ts'
import type { BasketLine } from '../message/order-book.ts'
import type { StockAnswer, StockMove, StockProof, StockRefusal } from '../message/stock-desk.ts'
import type { StockStore } from '../stock/keeper.ts'
import { Leaf, NOTHING_NEEDED, type Needed } from '../stock/leaf.ts'
import { MemoryLeafStore } from '../stock/memory-store.ts'

/** One store of stock a SKU, all in the book's own transactions. */
export interface LeafStores {
  /** The SKUs of which this book has ever leased units. */
  leasedSkus(): string[]
  storeFor(sku: string): StockStore
}

/** Moves on one hold of one SKU. */
export interface Ask {
  sku: string
  holdId: string
  moves: readonly StockMove[]
}

export class Leaves {
  readonly #book: string
  readonly #stores: LeafStores
  readonly #clock: Clock
  readonly #keeping: Keeping
  readonly #leaves = new Map<string, Leaf>()

  /** `book`: the name of the order book, by which owners know it. `keeping`: of holds that have ended. */
  constructor(book: string, stores: LeafStores, clock: Clock, keeping = FOR_A_DAY) {
    this.#book = book
    this.#stores = stores
    this.#clock = clock
    this.#keeping = keeping
    for (const sku of stores.leasedSkus()) this.#leaves.set(sku, this.#newLeaf(sku))
  }

  of(sku: string): Leaf | undefined {
    return this.#leaves.get(sku)
  }

  /** The leaf of a SKU, which becomes one with the owner's first word. Safe to repeat. */
  hear(sku: string, said: OwnerStatement): Leaf {
    const leaf = this.#leaves.get(sku) ?? this.#newLeaf(sku)
    leaf.hear(said)
    this.#leaves.set(sku, leaf)
    return leaf
  }

  /** Someone who has never sold this SKU asks for its first units. */
  stranger(sku: string): Leaf {
    return this.#leaves.get(sku) ?? this.#newLeaf(sku)
  }

  entries(): [sku: string, leaf: Leaf][] {
    return [...this.#leaves]
  }

  /** Whether these units are ours to move. What was held before we became a leaf is still with the owner. */
  isOurs({ sku, holdId, moves }: Ask): boolean {
    const leaf = this.#leaves.get(sku)
    return leaf !== undefined && (moves[0]?.kind === 'hold' || leaf.knows(holdId))
  }

  /**
   * Moves units of our own. Null: there are not enough here, and others may have some, so that nothing can be said
   * before the owner was asked.
   */
  move({ sku, moves }: Ask): { refusal: StockRefusal | null } | null {
    const answers = this.#leaves.get(sku)!.ask(moves)
    const last = answers.at(-1)
    if (!last || last.ok) return { refusal: null }
    return this.isShort(sku, last) ? null : { refusal: last.refusal }
  }

  /** Whether this "not enough" only means: not enough here. */
  isShort(sku: string, answer: Decision<StockAnswer, StockRefusal>): boolean {
    if (answer.ok || answer.refusal.code !== 'not_enough_stock') return false
    return !this.#leaves.get(sku)!.isDryOf(answer.refusal.requested)
  }

  /** Many questions as one turn of each of these leaves: their accounts are read and written once. */
  together<Result>(skus: Iterable<string>, work: () => Result): Result {
    let all = work
    for (const sku of new Set(skus)) {
      const leaf = this.#leaves.get(sku)
      const inner = all
      if (leaf) all = () => leaf.together(inner)
    }
    return all()
  }

  /** What this SKU's owner is to be asked for, so that all of these lines can be held, or at least one of them. */
  neededOf(sku: string, lines: readonly BasketLine[]): Needed {
    const free = this.of(sku)?.count()?.free ?? 0
    const sizes = lines.filter((line) => line.sku === sku).map(({ units }) => units)
    let sum = 0
    const sums = sizes.toSorted((a, b) => a - b).map((units) => (sum += units))
    const first = sums.find((units) => units > free)
    return first === undefined ? NOTHING_NEEDED : { units: sum - free, least: first - free }
  }

  proofs(): { leaf: string; sku: string; proof: StockProof }[] {
    return this.entries().flatMap(([sku, leaf]) => {
      const proof = leaf.proof()
      return proof ? [{ leaf: this.#book, sku, proof }] : []
    })
  }

  nextDueAt(): number | null {
    let next: number | null = null
    for (const leaf of this.#leaves.values()) {
      const due = leaf.nextDueAt()
      if (due !== null && (next === null || due < next)) next = due
    }
    return next
  }

  nextForgetDue(): number | null {
    return this.#firstToForget()?.at ?? null
  }

  /** Forgets ended holds of one leaf, the one that has waited longest, so that a turn stays short however many there are. */
  forgetEnded(): number {
    return this.#firstToForget()?.leaf.forgetEnded() ?? 0
  }

  #firstToForget(): { leaf: Leaf; at: number } | undefined {
    let first: { leaf: Leaf; at: number } | undefined
    for (const leaf of this.#leaves.values()) {
      const at = leaf.nextForgetDue()
      if (at !== null && (!first || at < first.at)) first = { leaf, at }
    }
    return first
  }

  #newLeaf(sku: string): Leaf {
    return new Leaf(this.#book, this.#stores.storeFor(sku), this.#clock, this.#keeping)
  }
}

/** Of a book that sells nothing by itself. */
export const noLeaves = (clock: Clock): Leaves =>
  new Leaves('', { leasedSkus: () => [], storeFor: () => new MemoryLeafStore() }, clock)

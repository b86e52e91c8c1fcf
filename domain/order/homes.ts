/**
 * Visitors whose home the ring has moved, because there are more books now (domain/sharding/books.ts).
 *
 * One book judges a visitor's limit and remembers what the visitor was answered, so two books must never both take
 * somebody for theirs. The new home asks the former ones before it serves a visitor for the first time. A book that
 * knows the visitor keeps them: the new home sends them on. One that does not lets them go, and writes that down first,
 * so that a request which still comes to it by an old map is sent on as well.
 */
import { assert } from '../basics/assert.ts'
import type { Leaves } from './leaves.ts'
import type { OrderBookStore } from './store.ts'

export class HomeKeeper {
  readonly #book: string
  readonly #store: OrderBookStore
  readonly #leaves: Leaves
  /** A copy of whether there are rows at all: in most stores nobody ever moved, and a hold should not pay for looking. */
  #anyoneMoved: boolean

  /** `book`: the name of this book. */
  constructor(book: string, store: OrderBookStore, leaves: Leaves) {
    this.#book = book
    this.#store = store
    this.#leaves = leaves
    this.#anyoneMoved = store.hasHomes()
  }

  /** The book to send this visitor on to; null: this one serves them, or nothing is known of them. */
  elsewhere(visitorId: string): string | null {
    const home = this.#anyoneMoved ? this.#store.home(visitorId) : undefined
    return home === undefined || home === this.#book ? null : home
  }

  /** Whether the former homes have to be asked before this visitor is served here. */
  isNew(visitorId: string): boolean {
    return this.#store.home(visitorId) === undefined
  }

  /**
   * Another book would serve these visitors from now on. Answers each one's home from now on: this book, where the visitor
   * is known here; where they had gone before; or the book that asks. Safe to repeat.
   */
  letGo(visitorIds: readonly string[], to: string): string[] {
    return this.#store.transaction(() =>
      visitorIds.map((visitorId) => {
        const home = this.#store.home(visitorId) ?? (this.#knows(visitorId) ? this.#book : to)
        this.#save(visitorId, home)
        return home
      }),
    )
  }

  /** The former homes have said where these visitors are at home. The first word stands. */
  settle(homes: readonly { visitorId: string; home: string }[]): void {
    this.#store.transaction(() => {
      for (const { visitorId, home } of homes) {
        const known = this.#store.home(visitorId)
        assert(known === undefined || known === home || home === this.#book, `${visitorId} has two homes`)
        if (known === undefined) this.#save(visitorId, home)
      }
    })
  }

  #save(visitorId: string, home: string): void {
    this.#anyoneMoved = true
    this.#store.saveHome(visitorId, home)
  }

  /** Has asked for a hold within a day, or has units here that count against a limit. */
  #knows(visitorId: string): boolean {
    if (this.#store.hasAnswered(visitorId)) return true
    return this.#leaves.entries().some(([, leaf]) => leaf.unitsTakenBy(visitorId) > 0)
  }
}

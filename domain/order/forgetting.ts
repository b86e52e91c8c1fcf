/**
 * What an order book forgets: what a request was answered, a day later, and with it the hold that it granted. A hold is
 * over after half an hour at most, so by then it has ended or an order stands behind it. Orders and their holds are kept.
 *
 * Holds are found by their answers and not by an index of their own: that would be one more row for every hold.
 */
import type { Clock } from '../basics/clock.ts'
import { forgetAt, FORGOTTEN_AT_ONCE, type Keeping } from '../basics/keeping.ts'
import type { StoredAnswer } from './answers.ts'
import type { Leaves } from './leaves.ts'
import type { OrderBookStore } from './store.ts'

export class Forgetting {
  readonly #store: OrderBookStore
  readonly #clock: Clock
  readonly #leaves: Leaves
  readonly #keeping: Keeping

  constructor(store: OrderBookStore, clock: Clock, leaves: Leaves, keeping: Keeping) {
    this.#store = store
    this.#clock = clock
    this.#leaves = leaves
    this.#keeping = keeping
  }

  /** When something is to be forgotten, here or at a leaf of ours; null: there is nothing. */
  nextDue(): number | null {
    const answers = this.#answersDue()
    const leaves = this.#leaves.nextForgetDue()
    return answers === null || leaves === null ? (answers ?? leaves) : Math.min(answers, leaves)
  }

  /** Forgets a turn's worth. Answers how many rows of one kind; more may be due. Safe at any time. */
  forget(): number {
    const now = this.#clock.now()
    const due = this.#answersDue()
    if (due === null || due > now) return this.#store.transaction(() => this.#leaves.forgetEnded())
    return this.#store.transaction(() => {
      const old = this.#store.answersGivenBy(now - this.#keeping.keptMs, FORGOTTEN_AT_ONCE)
      for (const answer of old) forgetAnswer(this.#store, answer)
      return old.length
    })
  }

  #answersDue(): number | null {
    return forgetAt(this.#store.oldestAnswerAt(), this.#keeping)
  }
}

/** Removes an answer that nobody is promised any more. Within a transaction. */
export function forgetAnswer(
  store: Pick<OrderBookStore, 'hold' | 'removeHold' | 'removeAnswer'>,
  { key, holdId }: Pick<StoredAnswer, 'key' | 'holdId'>,
): void {
  const hold = holdId === null ? undefined : store.hold(holdId)
  if (hold?.state === 'released' || hold?.state === 'expired') store.removeHold(hold.id)
  store.removeAnswer(key)
}

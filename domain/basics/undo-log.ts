/**
 * Transactions for stores in memory: each write leaves how to undo it, and a transaction that throws is undone by
 * putting back what was replaced, newest first. Cheap enough for a simulation that makes millions of them.
 */
import { assert } from './assert.ts'

export class UndoLog {
  #steps: (() => void)[] | undefined

  /** All of the work, or, when it throws, none of it. Transactions do not nest. */
  transaction<Result>(work: () => Result): Result {
    assert(!this.#steps, 'transactions do not nest')
    const steps: (() => void)[] = (this.#steps = [])
    try {
      return work()
    } catch (fault) {
      for (const undo of steps.reverse()) undo()
      throw fault
    } finally {
      this.#steps = undefined
    }
  }

  /** What would undo a write that was just made. Forgotten outside of a transaction. */
  note(undo: () => void): void {
    this.#steps?.push(undo)
  }
}

/**
 * Transactions for stores in memory: each write leaves how to undo it, and a transaction that throws is undone by
 * putting back what was replaced, newest first. Cheap enough for a simulation that makes millions of them.
 */
export class UndoLog {
  #steps: (() => void)[] | undefined

  /** All of the work, or, when it throws, none of it. Within another transaction it is a part of that one. */
  transaction<Result>(work: () => Result): Result {
    if (this.#steps) return work()
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

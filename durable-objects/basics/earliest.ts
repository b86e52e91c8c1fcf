/**
 * A copy in memory of a table's earliest due time, so that an object which is touched a thousand times a second does not
 * look it up as often. The rows are the truth: the copy may be too early, never too late. Who finds nothing due at its
 * instant has looked at the rows, and forgets it.
 */
export class Earliest {
  readonly #look: () => number | null
  /** Undefined: not known. */
  #copy: number | null | undefined

  /** `look` asks the rows. */
  constructor(look: () => number | null) {
    this.#look = look
  }

  /** The earliest due time, or null: there is none. Not to be asked within a transaction that may yet be undone. */
  at(): number | null {
    if (this.#copy === undefined) this.#copy = this.#look()
    return this.#copy
  }

  /** A row that is due then was written. */
  isAtMost(due: number): void {
    if (this.#copy === null || (this.#copy !== undefined && due < this.#copy)) this.#copy = due
  }

  /** Something else may have happened to the rows. */
  forget(): void {
    this.#copy = undefined
  }
}

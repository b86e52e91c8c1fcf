/**
 * A copy in memory of a table's earliest due time, so that an object which is touched a thousand times a second does not
 * look it up as often. The rows are the truth: the copy may be too early, never too late. Who finds nothing due at its
 * instant has looked at the rows, and forgets it.
 */
export class Earliest {
  readonly #look: () => number | null
  readonly #undone: () => number
  /** Undefined: not known. */
  #copy: number | null | undefined
  /** How many transactions had come to nothing when the copy was last believed. */
  #asOf: number

  /** `look` asks the rows; `undone` says how many transactions over them came to nothing. */
  constructor(look: () => number | null, undone: () => number) {
    this.#look = look
    this.#undone = undone
    this.#asOf = undone()
  }

  /** The earliest due time, or null: there is none. */
  at(): number | null {
    if (this.#asOf !== this.#undone()) {
      this.#asOf = this.#undone()
      this.#copy = undefined
    }
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

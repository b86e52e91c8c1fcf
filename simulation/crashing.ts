/** Transactions that crash, just before they would commit, when the weather says so. Stores that share one crash together. */
import { UndoLog } from '../domain/basics/undo-log.ts'
import { Crash } from './network.ts'

export class CrashingLog extends UndoLog {
  readonly #crashes: () => boolean
  #isOpen = false
  #hasWritten = false

  constructor(crashes: () => boolean) {
    super()
    this.#crashes = crashes
  }

  override transaction<Result>(work: () => Result): Result {
    if (this.#isOpen) return work()
    this.#isOpen = true
    this.#hasWritten = false
    try {
      return super.transaction(() => {
        const result = work()
        // Where nothing was written, nothing can be lost.
        if (this.#hasWritten && this.#crashes()) throw new Crash('before commit')
        return result
      })
    } finally {
      this.#isOpen = false
    }
  }

  override note(undo: () => void): void {
    this.#hasWritten = true
    super.note(undo)
  }
}

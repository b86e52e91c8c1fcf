/**
 * The least of some values since an instant of the last seconds, in constant memory: two generations, of which the older
 * one is answered for as a whole. So it may answer with a lower value than the true one, never with a higher.
 */
export class RecentLow {
  readonly #generationMs: number
  #older = { since: Infinity, low: Infinity }
  #current = { since: -Infinity, low: Infinity }

  constructor(generationMs: number) {
    this.#generationMs = generationMs
  }

  note(now: number, value: number): void {
    if (now >= this.#current.since + this.#generationMs) {
      this.#older = this.#current
      this.#current = { since: now, low: Infinity }
    }
    this.#current.low = Math.min(this.#current.low, value)
  }

  /** The least that was noted at `instant` or later; 0 when that is longer ago than is remembered. */
  since(instant: number): number {
    if (instant >= this.#current.since) return this.#current.low
    return instant >= this.#older.since ? Math.min(this.#older.low, this.#current.low) : 0
  }
}

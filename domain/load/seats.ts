/**
 * Seats for what is kept open: so many may be taken at once. Whoever has one says now and then that they are still there,
 * since a connection that was cut off says nothing: its work just stops, and nobody is left to give the seat back.
 */
export class Seats {
  readonly #most: number
  readonly #patienceMs: number
  /** When each was last heard of. */
  readonly #taken = new Map<number, number>()
  #lastSeat = 0

  /** @param patienceMs a seat that was not heard of for so long is free. */
  constructor(most: number, patienceMs: number) {
    this.#most = most
    this.#patienceMs = patienceMs
  }

  /** A seat, or null: all are taken. */
  take(now: number): number | null {
    if (this.#taken.size >= this.#most) this.#clear(now)
    if (this.#taken.size >= this.#most) return null
    this.#lastSeat += 1
    this.#taken.set(this.#lastSeat, now)
    return this.#lastSeat
  }

  /** Whoever was taken for gone has their seat again: they are there, and count. */
  keep(seat: number, now: number): void {
    this.#taken.set(seat, now)
  }

  leave(seat: number): void {
    this.#taken.delete(seat)
  }

  #clear(now: number): void {
    for (const [seat, heardAt] of this.#taken) if (now >= heardAt + this.#patienceMs) this.#taken.delete(seat)
  }
}

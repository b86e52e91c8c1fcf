/**
 * The line in front of one endpoint: who waits, in the order they first asked. It moves up with the rate, so a place is
 * good for a guess of when one's turn is, and stays right when the rate changes. It decides who may take a permit; that
 * there are never too many is the pace's.
 *
 * Kept in memory only. One that was lost is built anew by those who come back; what they lose is their order.
 */
import { assert } from '../basics/assert.ts'

interface Waiting {
  place: number
  since: number
  /** When their turn was seen to have come; null: it has not. */
  turnAt: number | null
  /** When they were told to come back; null: not told yet. */
  backAt: number | null
}

/** Somebody whose turn came this long ago and who never took it has gone elsewhere: settled, cancelled, or lost. */
const GONE_AFTER_MS = 120_000
/** Somebody this late no longer counts as waiting; their place is kept, for a queue may be later still. */
const LATE_MS = 10_000

export class Line {
  /** In the order of their places, which is the order of insertion. */
  readonly #waiting = new Map<string, Waiting>()
  /** Places below this have had their turn; grows with time, by the rate. */
  #served = 0
  #servedAt: number
  #tail = 0

  constructor(now: number) {
    this.#servedAt = now
  }

  /** Moves up by what the rate gave since the last time, and not while there was silence. */
  moveUp(rate: number, silentUntil: number, now: number): void {
    const ms = Math.max(0, now - Math.max(this.#servedAt, Math.min(silentUntil, now)))
    this.#served = Math.min(this.#tail, this.#served + (ms / 1000) * rate)
    this.#servedAt = now
    for (const [name, waiting] of this.#waiting) {
      if (waiting.place > this.#served) break
      waiting.turnAt ??= now
      if (now - waiting.turnAt > GONE_AFTER_MS) this.#waiting.delete(name)
    }
  }

  /** Whoever is new goes to the end; whoever is not keeps their place. */
  join(name: string, now: number): void {
    if (!this.#waiting.has(name))
      this.#waiting.set(name, { place: ++this.#tail, since: now, turnAt: null, backAt: null })
  }

  /** Says when this one was told to come back. */
  toldToComeBack(name: string, at: number): void {
    const waiting = this.#waiting.get(name)
    if (waiting) waiting.backAt = at
  }

  /** How long until this one's turn at the present rate, ms; 0: now. */
  turnInMs(name: string, rate: number): number {
    const waiting = this.#waiting.get(name)
    assert(waiting, `${name} is in the line`)
    return (Math.max(0, waiting.place - 1 - this.#served) / rate) * 1000
  }

  /** Those ahead did not come: the line moves up to this one, so that no permit is kept for nobody. */
  skipTo(name: string): void {
    const waiting = this.#waiting.get(name)
    if (waiting) this.#served = Math.max(this.#served, waiting.place - 1)
  }

  leave(name: string): void {
    this.#waiting.delete(name)
  }

  /** How many wait and come back when they are told to, and since when the first of them has; null: nobody does. */
  waiting(now: number): { count: number; oldestSince: number | null } {
    const here = [...this.#waiting.values()].filter(({ backAt }) => backAt === null || now - backAt <= LATE_MS)
    return { count: here.length, oldestSince: here[0]?.since ?? null }
  }
}

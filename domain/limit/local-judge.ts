/**
 * A judge with nothing but memory, for what needs no other: an order book's own visitors, and what one isolate will read
 * for one network. Whoever is forgotten has the burst again.
 */
import { judge, restedAt, type Rate, type Verdict } from './gcra.ts'

export class LocalJudge {
  readonly #tats = new Map<string, number>()
  readonly #keysMost: number

  constructor(keysMost: number) {
    this.#keysMost = keysMost
  }

  /** Takes one permit, if there is one. `now` in ms. */
  judge(key: string, rate: Rate, now: number): Verdict {
    const before = this.#tats.get(key)
    const verdict = judge(rate, before, now)
    if (verdict.tat === undefined || verdict.tat === before) return verdict
    if (!this.#tats.has(key) && this.#tats.size >= this.#keysMost) this.#makeRoom(now)
    this.#tats.set(key, verdict.tat)
    return verdict
  }

  /** Those who have rested are as good as new. When that is not half of them, all are forgiven: that is rare, and cheap. */
  #makeRoom(now: number): void {
    for (const [key, tat] of this.#tats) if (restedAt(tat) <= now) this.#tats.delete(key)
    if (this.#tats.size > this.#keysMost / 2) this.#tats.clear()
  }
}

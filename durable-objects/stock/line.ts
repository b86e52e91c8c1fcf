/**
 * A line: one after the other, in the order they came. It lives in memory; who stood in it when the object went away has
 * heard nothing, and asks again.
 */
import type { Clock } from '../../domain/basics/clock.ts'

export class Line {
  readonly #clock: Clock
  #last: Promise<unknown> = Promise.resolve()
  #length = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /** Does the work when it is its turn, and says how long it has waited for it. One that fails holds up nobody. */
  async join<Result>(work: (waitedMs: number) => Promise<Result>): Promise<Result> {
    const cameAt = this.#clock.now()
    const turn = this.#last.then(() => work(this.#clock.now() - cameAt))
    this.#last = turn.catch(() => undefined)
    this.#length += 1
    try {
      return await turn
    } finally {
      this.#length -= 1
    }
  }
}

/**
 * The limit of the whole account, over all endpoints. Permits are given for instants up to two seconds ahead and not in
 * order, so it is counted in tenths of a second: no tenth gets more than a tenth of the limit, less one, which keeps
 * every whole second below it wherever the second begins.
 */
import { HORIZON_MS, type Limits } from './pace.ts'

const TENTH_MS = 100

export class Account {
  readonly #most: number
  readonly #permits = new Map<number, number>()

  constructor({ perAccount }: Pick<Limits, 'perAccount'>) {
    this.#most = Math.max(1, Math.floor(perAccount / 11)) // a second that begins within a tenth touches eleven
  }

  /** The earliest instant from `at` on at which the account has room. */
  roomFrom(at: number): number {
    let tenth = Math.floor(at / TENTH_MS)
    while ((this.#permits.get(tenth) ?? 0) >= this.#most) tenth += 1
    return Math.max(at, tenth * TENTH_MS)
  }

  take(at: number, now: number): void {
    const tenth = Math.floor(at / TENTH_MS)
    this.#permits.set(tenth, (this.#permits.get(tenth) ?? 0) + 1)
    if (this.#permits.size > (3 * HORIZON_MS) / TENTH_MS) this.#forget(now)
  }

  /** What has passed, and what a clock that went back has left far ahead. */
  #forget(now: number): void {
    for (const tenth of this.#permits.keys()) {
      if (Math.abs(tenth * TENTH_MS - now) > 2 * HORIZON_MS) this.#permits.delete(tenth)
    }
  }
}

/**
 * What visitors took of a SKU from its owner, before their book became a leaf of it. It counts against their limit, and
 * the owner alone knows it; from then on it only becomes less. So it is asked for once, and believed for a few seconds.
 *
 * In memory only: after a restart it is asked for again.
 */
import type { Clock } from '../basics/clock.ts'

/** For so long a visitor may be told that they have too many after some of them came back. */
const BELIEVED_MS = 5_000
/** Visitors remembered at a time. */
const VISITORS_MOST = 20_000

export class TakenBefore {
  readonly #clock: Clock
  readonly #heard = new Map<string, { units: number; at: number }>()
  /** Whether the owner sold or holds any units itself. Until it says no, it may. */
  #ownerMay = true

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The owner has said whether any of the SKU's units were taken from itself. */
  ownerSays(hasTaken: boolean): void {
    this.#ownerMay = hasTaken
  }

  /** Whether the owner has to be asked before this visitor's limit can be judged. */
  mustAsk(visitorId: string): boolean {
    if (!this.#ownerMay) return false
    const heard = this.#heard.get(visitorId)
    return !heard || this.#clock.now() >= heard.at + BELIEVED_MS
  }

  hear(visitorId: string, units: number): void {
    if (this.#heard.size >= VISITORS_MOST) this.#heard.clear()
    this.#heard.set(visitorId, { units, at: this.#clock.now() })
  }

  unitsOf(visitorId: string): number {
    return this.#ownerMay ? (this.#heard.get(visitorId)?.units ?? 0) : 0
  }
}

/**
 * How many reads may move from the replicas to the primary: a token bucket, per isolate. When every replica lags or is
 * away, the whole read load would otherwise move at once to the one database that must take the orders.
 */
import type { Clock } from '../../domain/basics/clock.ts'

export interface FallbackTuning {
  burst: number
  perSecond: number
}

/** An isolate serves some tens of uncached reads a second on a busy day; this lets all of those through. */
export const FALLBACK: FallbackTuning = { burst: 100, perSecond: 50 }

export class FallbackBudget {
  readonly #clock: Clock
  readonly #tuning: FallbackTuning
  #tokens: number
  #at: number

  constructor(clock: Clock, tuning: FallbackTuning = FALLBACK) {
    this.#clock = clock
    this.#tuning = tuning
    this.#tokens = tuning.burst
    this.#at = clock.now()
  }

  /** Takes one; or says, in ms, when there will be one again. */
  take(): { ok: true } | { ok: false; retryAfterMs: number } {
    const now = this.#clock.now()
    const { burst, perSecond } = this.#tuning
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) * perSecond) / 1_000)
    this.#at = now
    if (this.#tokens < 1) return { ok: false, retryAfterMs: Math.ceil(((1 - this.#tokens) * 1_000) / perSecond) }
    this.#tokens -= 1
    return { ok: true }
  }
}

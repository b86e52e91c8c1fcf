/**
 * A breaker for one replica, kept per isolate. It opens when the share of failures among the last calls is too high, not
 * at a count: five failures in five calls is an outage, five in five thousand is weather. After a pause one call probes;
 * its success closes the breaker, its failure opens it again for longer.
 *
 * Only failures of the replica count (transport, restart, no connections); a replica that lags is not broken.
 */
import type { Clock } from '../../domain/basics/clock.ts'

export interface BreakerTuning {
  /** Calls that failed / calls, within the window, from which on it opens. */
  failureRatio: number
  /** Fewer calls than this say nothing. */
  callsMin: number
  windowMs: number
  /** How long it stays open before the first probe; doubles with each failed probe. */
  openMs: number
  openMsMax: number
}

export const BREAKER: BreakerTuning = {
  failureRatio: 0.5,
  callsMin: 3, // a page makes a few reads: a dead replica is known within the first page
  windowMs: 5_000,
  openMs: 500,
  openMsMax: 5_000, // a replica that is back is used again within five seconds
}

export class Breaker {
  readonly #clock: Clock
  readonly #tuning: BreakerTuning
  #calls: { at: number; failed: boolean }[] = []
  #openUntil = 0
  #openMs: number
  #state: 'closed' | 'open' | 'probing' = 'closed'

  constructor(clock: Clock, tuning: BreakerTuning = BREAKER) {
    this.#clock = clock
    this.#tuning = tuning
    this.#openMs = tuning.openMs
  }

  /** Whether the replica may be asked now. In the half-open state exactly one caller gets a yes; it must report back. */
  mayCall(): boolean {
    if (this.#state === 'closed') return true
    // A probe that never reported (its isolate's request was cancelled) must not shut the replica out for ever: the time
    // given to a probe is the open time again.
    if (this.#clock.now() < this.#openUntil) return false
    this.#state = 'probing'
    this.#openUntil = this.#clock.now() + this.#openMs
    return true
  }

  succeeded(): void {
    if (this.#state !== 'closed') {
      this.#state = 'closed'
      this.#calls = []
      this.#openMs = this.#tuning.openMs
    }
    this.#record(false)
  }

  failed(): void {
    if (this.#state === 'probing') {
      this.#openMs = Math.min(this.#openMs * 2, this.#tuning.openMsMax)
      this.#open()
      return
    }
    if (this.#state === 'open') return // a call that had left before it opened
    this.#record(true)
    const failures = this.#calls.filter((call) => call.failed).length
    if (this.#calls.length >= this.#tuning.callsMin && failures / this.#calls.length >= this.#tuning.failureRatio) {
      this.#open()
    }
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  #open(): void {
    this.#state = 'open'
    this.#openUntil = this.#clock.now() + this.#openMs
  }

  #record(failed: boolean): void {
    const now = this.#clock.now()
    this.#calls.push({ at: now, failed })
    // The window is short and the list is trimmed on each call; 200 calls are enough to know a ratio.
    this.#calls = this.#calls.filter((call) => call.at > now - this.#tuning.windowMs).slice(-200)
  }
}

/**
 * The gate to something scarce: counts what is under way behind it, learns how much that should be, and tells how full it
 * is. Windows of a second and ten answers at least are looked at as one, since a single answer is mostly chance.
 */
import type { Clock } from '../basics/clock.ts'
import { gradientAtFirst, look, type Bounds, type Gradient } from './gradient.ts'

export interface GateSettings extends Bounds {
  start: number
  /** A wait that a crowd may have, and one that nobody should, ms. */
  waitMs: { good: number; most: number }
}

const WINDOW_MS = 1_000
const WINDOW_ANSWERS = 10
/** What takes less was answered from memory and says nothing of what is behind the gate. */
const RTT_LEAST_MS = 0.1
/** Work that has not come back after this is not coming back: whoever waited for it was cut off. */
const LOST_AFTER_MS = 60_000

interface Window {
  since: number
  answers: number
  totalMs: number
  inFlightMost: number
  dropped: boolean
}

/** Somebody behind the gate. */
export interface Inside {
  readonly since: number
}

export class Gate {
  readonly #settings: GateSettings
  readonly #clock: Clock
  #gradient: Gradient
  #window: Window
  readonly #inside = new Set<Inside>()

  constructor(settings: GateSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.#gradient = gradientAtFirst(settings.start)
    this.#window = this.#freshWindow()
  }

  get limit(): number {
    return this.#gradient.limit
  }

  get inside(): number {
    return this.#inside.size
  }

  /** How full it is: 1 is full; whoever matters more may still be let in. */
  get load(): number {
    return this.#inside.size / this.#gradient.limit
  }

  enter(): Inside {
    const inside = { since: this.#clock.now() }
    if (this.#inside.size >= this.#gradient.limit) this.#forgetLost(inside.since)
    this.#inside.add(inside)
    this.#window.inFlightMost = Math.max(this.#window.inFlightMost, this.#inside.size)
    return inside
  }

  /** `dropped`: whatever is behind the gate refused, or did not answer. Safe to repeat. */
  leave(inside: Inside, dropped = false): void {
    if (!this.#inside.delete(inside)) return
    const now = this.#clock.now()
    const rttMs = now - inside.since
    if (now < this.#window.since) this.#window = this.#freshWindow() // the clock was set back
    if (rttMs < RTT_LEAST_MS && !dropped) return
    this.#window.answers += 1
    this.#window.totalMs += rttMs
    this.#window.dropped ||= dropped
    if (now - this.#window.since >= WINDOW_MS && this.#window.answers >= WINDOW_ANSWERS) this.#turn(now)
  }

  #turn(now: number): void {
    const { since, answers, totalMs, inFlightMost, dropped } = this.#window
    const sample = { rttMs: Math.max(RTT_LEAST_MS, totalMs / answers), inFlight: inFlightMost, dropped }
    // Either so many are inside that more would hardly come out faster, or they wait so long that it is certain.
    const isUsed = inFlightMost >= this.#gradient.limit / 2 || sample.rttMs >= this.#settings.waitMs.good / 4
    this.#gradient = look(this.#gradient, sample, this.#boundsAt((answers * 1000) / (now - since), isUsed))
    this.#window = this.#freshWindow()
  }

  /**
   * As many as come out in a good wait may always be inside (Little's law): what opens all at once has a queue, and a
   * second in it is better than being sent away. But never more than come out in the longest wait, if there are enough
   * inside to say what comes out at most.
   */
  #boundsAt(perSecond: number, isUsed: boolean): Bounds {
    const { least, most, waitMs } = this.#settings
    const within = (ms: number): number => Math.max(least, Math.min(most, (perSecond * ms) / 1000))
    return { least: within(waitMs.good), most: isUsed ? within(waitMs.most) : most }
  }

  #freshWindow(): Window {
    const inFlightMost = this.#inside.size
    return { since: this.#clock.now(), answers: 0, totalMs: 0, inFlightMost, dropped: false }
  }

  /** The Set's order is that of coming. */
  #forgetLost(now: number): void {
    for (const inside of this.#inside) {
      if (now - inside.since < LOST_AFTER_MS) return
      this.#inside.delete(inside)
    }
  }
}

/**
 * One flight per address: who comes while somebody is already asking the origin waits for what that brings. A flight
 * carries no response, only how it ended: those belong to the request that opened them, so whoever waited looks into the
 * store again. What turned out not to be for sharing is remembered for a moment, or a page that nobody may share would
 * be served one visitor at a time (hit-for-miss).
 */
export type Landing =
  /** Something was stored or confirmed: look again. */
  | 'stored'
  /** An answer for one visitor alone: go yourself. */
  | 'alone'
  /** The origin could not be reached: it will not be for you either. */
  | 'failed'
  /** The flight takes too long: go yourself. */
  | 'late'

/** Longer than a slow page takes, shorter than a visitor waits. */
const PATIENCE_MS = 5000
/** How long an address is not waited for after its answer was for one visitor alone. */
const ALONE_MS = 10_000
const ALONE_MAX = 10_000

export interface Flight {
  land(landing: Landing): void
}

export class Flights {
  readonly #patienceMs: number
  #inAir = new Map<string, Promise<Landing>>()
  #alone = new Map<string, number>()

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs
  }

  /** Whether the last answer was for one visitor alone, a moment ago. */
  isAlone(key: string, now: number): boolean {
    return (this.#alone.get(key) ?? 0) > now
  }

  isInAir(key: string): boolean {
    return this.#inAir.has(key)
  }

  /**
   * How the flight ahead ends; undefined: there is none, or none worth waiting for. Said in the same turn, so that
   * whoever finds none can begin one before the next asks.
   */
  join(key: string, now: number): Promise<Landing> | undefined {
    const ahead = this.#inAir.get(key)
    return ahead && !this.isAlone(key, now) ? this.#waitFor(ahead) : undefined
  }

  async #waitFor(ahead: Promise<Landing>): Promise<Landing> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<Landing>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.#patienceMs)
    })
    try {
      return await Promise.race([ahead, late])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Begins a flight. Whoever begins one lands it, whatever happens. */
  begin(key: string, now: () => number): Flight {
    const { promise, resolve } = Promise.withResolvers<Landing>()
    this.#inAir.set(key, promise)
    return {
      land: (landing) => {
        if (this.#inAir.get(key) === promise) this.#inAir.delete(key)
        this.#remember(key, landing, now())
        resolve(landing)
      },
    }
  }

  #remember(key: string, landing: Landing, now: number): void {
    if (landing === 'stored') this.#alone.delete(key)
    if (landing !== 'alone') return
    if (this.#alone.size >= ALONE_MAX) this.#alone.clear()
    this.#alone.set(key, now + ALONE_MS)
  }
}

/**
 * One flight per key: those who want the same thing at the same time wait for the first to bring it.
 *
 * Only finished values are shared, never responses or streams: those belong to the request that opened them. A leader
 * that fails takes nobody down: whoever waited starts one new flight among themselves, and only when that fails too
 * does everyone hear of it. A leader that hangs (its request was cut off) is waited for `patienceMs`, then overtaken.
 */
import { systemTimer, within, type Timer } from './surroundings.ts'

export interface Landed<Value> {
  value: Value
  /** Whether somebody else brought it. */
  collapsed: boolean
}

export class SingleFlight<Value> {
  #flights = new Map<string, Promise<Value>>()
  readonly #patienceMs: number

  constructor(patienceMs = 3000) {
    this.#patienceMs = patienceMs
  }

  /**
   * @param depart handed the flight, to keep it alive after the leader's own answer (`waitUntil`).
   * @param after the platform's timer, unless a test has one of its own.
   */
  async fly(
    key: string,
    bring: () => Promise<Value>,
    depart: (flight: Promise<unknown>) => void,
    after: Timer = systemTimer,
  ): Promise<Landed<Value>> {
    const ahead = this.#flights.get(key)
    if (!ahead) return { value: await this.#lead(key, bring, depart), collapsed: false }
    const joined = await this.#join(ahead, after)
    if (joined) return { value: joined.value, collapsed: true }
    // The leader failed or hangs. The first of those who waited leads anew; the others find that flight.
    const second = this.#flights.get(key)
    if (second && second !== ahead) return { value: await second, collapsed: true }
    return { value: await this.#lead(key, bring, depart), collapsed: false }
  }

  #lead(key: string, bring: () => Promise<Value>, depart: (flight: Promise<unknown>) => void): Promise<Value> {
    const flight = bring().finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    depart(flight.catch(() => undefined))
    return flight
  }

  /** The value, or undefined when the leader failed or took too long. */
  async #join(flight: Promise<Value>, after: Timer): Promise<{ value: Value } | undefined> {
    try {
      return await within({ after }, flight, this.#patienceMs)
    } catch {
      return undefined // heard of by the leader's own caller
    }
  }
}

/**
 * What was found out last, by name: kept for a while, found out anew by one for all who ask, and believed a moment longer
 * when that takes too long. A database that hangs must not be felt by whoever asks for what is known already.
 */
import { SingleFlight } from '../../../platform/cache/single-flight.ts'
import { within, type Timer } from '../../../platform/cache/surroundings.ts'

/** With something known nobody waits longer than this for the newest. */
const PATIENCE_MS = 150
/** Without, a copy elsewhere is looked for after this. */
const PATIENCE_WITHOUT_MS = 400
/** Where there is no such copy either, so much later also a guess is better than waiting for as long as a database may hang. */
const PATIENCE_AT_LAST_MS = 1200
/** What stands in does so for a moment, so that a crowd does not find out one by one. */
const STANDS_IN_MS = 1000

export interface Finding<Value> {
  now(): number
  after: Timer
  /** Keeps work alive after the request that began it. */
  waitUntil(work: Promise<unknown>): void
  /** `before`: what was known last. Rejects when nobody knows. */
  find(before: Value | undefined): Promise<Value>
  /** A copy in another place, for when `find` takes long and nothing is known here. Never rejects. */
  elsewhere(): Promise<Value | null>
  /** What it is where nobody said otherwise, for when `find` takes very long and there is no copy. Never rejects. */
  atLast(): Promise<Value | null>
}

export class LastKnown<Value> {
  readonly #keptMs: number
  readonly #most: number
  #known = new Map<string, { value: Value; until: number }>()
  #flights = new SingleFlight<Value>()
  /** Counts how often all was forgotten: what was asked for before that is out of date. */
  #turn = 0

  /** @param most names; whoever makes them up must not fill the memory. */
  constructor(keptMs: number, most: number) {
    this.#keptMs = keptMs
    this.#most = most
  }

  /** What may be believed without asking anybody. */
  fresh(name: string, now: number): Value | undefined {
    const kept = this.#known.get(name)
    return kept && now < kept.until ? kept.value : undefined
  }

  /** Rejects when `find` does and nothing else is known. */
  async of(name: string, finding: Finding<Value>): Promise<Value> {
    const fresh = this.fresh(name, finding.now())
    if (fresh !== undefined) return fresh
    const kept = this.#known.get(name)
    const turn = this.#turn
    const bring = async (): Promise<Value> => {
      const value = await finding.find(kept?.value)
      if (turn === this.#turn) this.#keep(name, value, finding.now() + this.#keptMs)
      return value
    }
    const flight = this.#flights.fly(`${turn} ${name}`, bring, (work) => finding.waitUntil(work), finding.after)
    const landed = await within(finding, flight, kept ? PATIENCE_MS : PATIENCE_WITHOUT_MS)
    if (landed) return landed.value.value
    flight.catch(() => undefined) // whoever waits for it hears of it
    const standIn = kept ? kept.value : turn === 0 ? await this.#standIn(finding, flight) : null
    if (standIn === null) return (await flight).value
    if (turn === this.#turn && this.#known.get(name) === kept) this.#keep(name, standIn, finding.now() + STANDS_IN_MS)
    return standIn
  }

  /** Null: the flight has landed, or there is nothing to say. */
  async #standIn(finding: Finding<Value>, flight: Promise<unknown>): Promise<Value | null> {
    const copy = await finding.elsewhere()
    if (copy !== null) return copy
    const landed = flight.then(
      () => true,
      () => true,
    )
    return (await within(finding, landed, PATIENCE_AT_LAST_MS)) ? null : finding.atLast()
  }

  /** Something of it was changed from here: all is found out anew, and copies elsewhere may be of before. */
  forget(): void {
    this.#turn += 1
    this.#known.clear()
  }

  #keep(name: string, value: Value, until: number): void {
    if (this.#known.size >= this.#most && !this.#known.has(name)) this.#known.clear()
    this.#known.set(name, { value, until })
  }
}

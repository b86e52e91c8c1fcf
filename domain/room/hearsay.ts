/**
 * What a drop's keeper has only heard of: how much there is, how payments go, how many have joined. It lives in memory,
 * is told again within a second, and guides the pace; who may come in does not depend on it.
 */
import type { DropUnits, RoomTerms } from '../message/drop-desk.ts'
import type { Pressure } from '../message/pacer-desk.ts'
import { paceNow, paymentsPerMinuteOf } from './pace.ts'

/** What was heard of the payments holds so long; who waits for it asks again each second. */
const PAYMENT_PACE_MS = 60_000

export class Hearsay {
  /** As the owners of the stock last said; after an eviction nobody is called until they have said it again. */
  #units: DropUnits | null = null
  #unitsAt: number | null = null
  /** Passes that were used since then: each has taken a unit that is still counted as free. */
  #usedSince = 0
  #payments: { perMinute: number | null; until: number } = { perMinute: null, until: 0 }
  /** Before the opening: how many have joined, by object; a hint that each tells again. */
  readonly #joined = new Map<number, number>()

  hearStock(units: DropUnits, askedAt: number): void {
    this.#units = units
    this.#unitsAt = askedAt
    this.#usedSince = 0
  }

  hearPassUsed(): void {
    this.#usedSince += 1
  }

  hearPressure(pressure: Pick<Pressure, 'ratePerSecond' | 'waiting'>, now: number): void {
    this.#payments = { perMinute: paymentsPerMinuteOf(pressure), until: now + PAYMENT_PACE_MS }
  }

  hearJoined(shard: number, count: number): void {
    this.#joined.set(shard, Math.max(count, this.#joined.get(shard) ?? 0))
  }

  /** The owners' own word, which alone says sold out. */
  units(): DropUnits | null {
    return this.#units
  }

  /** When they were asked for it; their word is as old as that. */
  unitsAt(): number | null {
    return this.#unitsAt
  }

  /** How much there is by all we have heard. Good for pacing. */
  supposed(): DropUnits | null {
    const units = this.#units
    return units && { ...units, free: units.free - this.#usedSince, held: units.held + this.#usedSince }
  }

  pace(now: number, terms: RoomTerms, unitsPerPass: number): number {
    return paceNow(terms, now < this.#payments.until ? this.#payments.perMinute : null, unitsPerPass)
  }

  joined(): number {
    return [...this.#joined.values()].reduce((sum, count) => sum + count, 0)
  }
}

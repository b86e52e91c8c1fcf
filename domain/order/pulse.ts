/**
 * The pulse of one order book: how often what happened to each SKU, for whoever watches a drop.
 *
 * In memory and nothing else: a hold must not cost a statement more for being counted. So it begins anew when its book
 * wakes, and says since when it counts; it may count something that is then undone. Units and money are never added up
 * from here: their owners know them (domain/proof).
 */
import type { BookPulse, OrderStatus, PulseSecond } from '../message/order-book.ts'

/** As long as a chart of the last minutes is wide. */
export const PULSE_SECONDS = 300

interface Beats {
  holds: number
  orders: number
  paid: number
  failed: number
  faults: number
  refusals: Map<string, number>
  /** The last seconds in which something happened, oldest first. */
  seconds: Map<number, PulseSecond>
}

/** Statuses with which an order ends without the units being sold. */
const FAILED: ReadonlySet<OrderStatus> = new Set(['payment_failed', 'not_available', 'cancelled'])

export class Pulse {
  readonly #since: number
  readonly #bySku = new Map<string, Beats>()

  constructor(since: number) {
    this.#since = since
  }

  /** A basket counts once, for the first of its SKUs. */
  held(sku: string, now: number): void {
    this.#of(sku).holds++
    this.#second(sku, now).holds++
  }

  /** A hold or an order was refused. */
  refused(sku: string, code: string): void {
    const { refusals } = this.#of(sku)
    refusals.set(code, (refusals.get(code) ?? 0) + 1)
  }

  ordered(sku: string, now: number): void {
    this.#of(sku).orders++
    this.#second(sku, now).orders++
  }

  /** An order went from one status to another. */
  became(sku: string, before: OrderStatus, after: OrderStatus, now: number): void {
    if (before === after) return
    if (after === 'paid') {
      this.#of(sku).paid++
      this.#second(sku, now).paid++
    }
    if (FAILED.has(after) && before !== 'paid') this.#of(sku).failed++
  }

  /** Somebody who wanted this SKU was told to come back, because something of ours did not answer. */
  failed(sku: string): void {
    this.#of(sku).faults++
  }

  /** What happened to these SKUs, added up. Seconds before `afterSecond`, and that one, are left out. */
  of(skus: readonly string[], afterSecond: number): BookPulse {
    const sum: BookPulse = {
      since: this.#since,
      ...{ holds: 0, orders: 0, paid: 0, failed: 0, faults: 0 },
      refusals: {},
      seconds: [],
    }
    const seconds = new Map<number, PulseSecond>()
    for (const sku of new Set(skus)) {
      const beats = this.#bySku.get(sku)
      if (!beats) continue
      for (const name of ['holds', 'orders', 'paid', 'failed', 'faults'] as const) sum[name] += beats[name]
      for (const [code, count] of beats.refusals) sum.refusals[code] = (sum.refusals[code] ?? 0) + count
      for (const beat of beats.seconds.values()) if (beat.second > afterSecond) addSecond(seconds, beat)
    }
    return { ...sum, seconds: [...seconds.values()].toSorted((a, b) => a.second - b.second) }
  }

  #of(sku: string): Beats {
    let beats = this.#bySku.get(sku)
    if (!beats) {
      beats = { holds: 0, orders: 0, paid: 0, failed: 0, faults: 0, refusals: new Map(), seconds: new Map() }
      this.#bySku.set(sku, beats)
    }
    return beats
  }

  #second(sku: string, now: number): PulseSecond {
    const { seconds } = this.#of(sku)
    const second = Math.floor(now / 1000)
    let beat = seconds.get(second)
    if (!beat) {
      beat = { second, holds: 0, orders: 0, paid: 0 }
      seconds.set(second, beat)
      for (const old of seconds.keys()) {
        if (old > second - PULSE_SECONDS) break
        seconds.delete(old)
      }
    }
    return beat
  }
}

/** Adds one book's second to what others had in it. */
export function addSecond(seconds: Map<number, PulseSecond>, { second, holds, orders, paid }: PulseSecond): void {
  const known = seconds.get(second) ?? { second, holds: 0, orders: 0, paid: 0 }
  seconds.set(second, {
    second,
    holds: known.holds + holds,
    orders: known.orders + orders,
    paid: known.paid + paid,
  })
}

/** Adding up what the objects of a drop say, for its board (domain/message/board-desk.ts). */
import type { BoardSales, BoardSecond } from '../message/board-desk.ts'
import type { BookPulse, PulseSecond } from '../message/order-book.ts'
import { PULSE_SECONDS, addSecond } from './pulse.ts'

/** All books as one; null: none of them answered. */
export function salesOf(pulses: readonly BookPulse[]): BoardSales | null {
  if (pulses.length === 0) return null
  const sales: BoardSales = { since: 0, holds: 0, orders: 0, paid: 0, failed: 0, faults: 0, refusals: {} }
  for (const pulse of pulses) {
    sales.since = Math.max(sales.since, pulse.since)
    for (const name of ['holds', 'orders', 'paid', 'failed', 'faults'] as const) sales[name] += pulse[name]
    for (const [code, count] of Object.entries(pulse.refusals)) {
      sales.refusals[code] = (sales.refusals[code] ?? 0) + count
    }
  }
  return sales
}

/** How many had been admitted when the room was asked. */
export interface Admitted {
  at: number
  admitted: number
}

/**
 * The last minutes without gaps, up to the last whole second before `now`. What was admitted between two looks is spread
 * evenly over the seconds between them, and is unknown before the first.
 */
export function secondsUpTo(now: number, pulses: readonly BookPulse[], looks: readonly Admitted[]): BoardSecond[] {
  const sums = new Map<number, PulseSecond>()
  for (const { seconds } of pulses) for (const second of seconds) addSecond(sums, second)
  const last = Math.floor(now / 1000) - 1
  const admitted = admissionsBySecond(looks)
  return Array.from({ length: PULSE_SECONDS }, (_, i) => {
    const second = last - PULSE_SECONDS + 1 + i
    const { holds, orders, paid } = sums.get(second) ?? { holds: 0, orders: 0, paid: 0 }
    return { second, holds, orders, paid, admitted: admitted.get(second) ?? null }
  })
}

function admissionsBySecond(looks: readonly Admitted[]): Map<number, number> {
  const seconds = new Map<number, number>()
  for (let i = 1; i < looks.length; i++) {
    const from = looks[i - 1]!
    const to = looks[i]!
    const first = Math.floor(from.at / 1000)
    const count = Math.max(1, Math.floor(to.at / 1000) - first)
    const share = Math.max(0, to.admitted - from.admitted) / count
    for (let k = 0; k < count; k++) seconds.set(first + k, (seconds.get(first + k) ?? 0) + share)
  }
  return seconds
}

import { describe, expect, it } from 'vitest'
import { afterReload, alongCurve, steadily } from './arrivals.ts'
import { EMF_PER_SECOND, emfBasket, emfTickets } from './curves/emf.ts'
import { SHMOOCON_ROUNDS } from './curves/shmoocon.ts'
import { diceOf } from './dice.ts'

const perSecond = (instants: readonly number[]): number[] => {
  const counts: number[] = []
  for (const at of instants) counts[Math.floor(at / 1000)] = (counts[Math.floor(at / 1000)] ?? 0) + 1
  return counts
}

describe('arrivals', () => {
  it('[RPL1] follow the curve to the last person in each second, in order', () => {
    const instants = alongCurve(EMF_PER_SECOND, 1, diceOf(1))
    expect(perSecond(instants)).toEqual(EMF_PER_SECOND)
    expect(instants).toEqual(instants.toSorted((a, b) => a - b))
  })

  it('[RPL1] lose nobody to rounding when the demand is scaled', () => {
    expect(alongCurve([1, 1, 1, 1], 0.5, diceOf(1))).toHaveLength(2)
    expect(alongCurve(EMF_PER_SECOND, 1.5, diceOf(1))).toHaveLength(Math.floor(967 * 1.5))
  })

  it('[RPL1] are spread over each second, and the same for the same seed', () => {
    const instants = steadily(2_000, 1_000, 3_000, diceOf(7))
    expect(instants).toHaveLength(4_000)
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(1_000)
    expect(Math.max(...instants)).toBeLessThan(3_000)
    const tenths = instants.filter((at) => at % 1_000 < 100).length
    expect(tenths / instants.length).toBeCloseTo(0.1, 1)
    expect(steadily(2_000, 1_000, 3_000, diceOf(7))).toEqual(instants)
    expect(steadily(2_000, 1_000, 3_000, diceOf(8))).not.toEqual(instants)
  })

  it('[RPL1] come after an opening once each, by their next reload and a click', () => {
    const instants = afterReload(2_000, { reloadEveryMs: 600, clickMs: 400 }, diceOf(3))
    expect(instants).toHaveLength(2_000)
    const mean = instants.reduce((sum, at) => sum + at, 0) / instants.length
    expect(mean).toBeGreaterThan(650)
    expect(mean).toBeLessThan(750)
  })
})

describe('the curves', () => {
  it('[RPL1] are those that were measured', () => {
    const cumulative = [7, 25, 77, 149, 280, 414, 522, 642, 767, 867, 906, 914, 928, 938, 955, 959, 967]
    let sum = 0
    expect(EMF_PER_SECOND.map((count) => (sum += count))).toEqual(cumulative)
    expect(SHMOOCON_ROUNDS.map(({ tickets, heldInS }) => Math.round(tickets / heldInS))).toEqual([
      272, 106, 199, 77, 98, 54,
    ])
  })

  it('[RPL1] fill baskets as EMF’s own script does', () => {
    const dice = diceOf(5)
    const baskets = Array.from({ length: 20_000 }, () => emfBasket(dice))
    const share = baskets.filter(({ tickets, parking }) => tickets === 1 && parking === 0).length / baskets.length
    expect(share).toBeCloseTo(0.444, 1)
    expect(emfTickets()).toBe(1_325)
  })
})

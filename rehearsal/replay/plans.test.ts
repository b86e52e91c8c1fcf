import { describe, expect, it } from 'vitest'
import { emfPlan, shmooconPlan } from './plans.ts'
import { mostInASecond } from './run.ts'

describe('the plan of a replay', () => {
  it('[RPL1] of EMF wants more tickets than there are, and enough of everything else', () => {
    const plan = emfPlan({ mark: 'E', seed: 1, demand: 1.5 })
    const wanted = (sku: string): number =>
      plan.baskets.flatMap(({ lines }) => lines.filter((line) => line.sku === sku)).reduce((n, l) => n + l.quantity, 0)
    const [[ticket, tickets], ...others] = plan.supply as [[string, number], ...[string, number][]]
    expect(wanted(ticket)).toBeGreaterThan(tickets * 1.3)
    for (const [sku, units] of others) expect(wanted(sku)).toBeLessThan(units)
    expect(plan.baskets).toHaveLength(1_450)
    expect(plan.heldWithinMs).toBe(17_000)
  })

  it('[RPL1] of ShmooCon reloads before the opening, more after it, and asks once for each person', () => {
    const plan = shmooconPlan({ mark: 'S', seed: 1, before: 1_360, pagesPercent: 10, beforeMs: 2_000, afterMs: 1_000 })
    const early = plan.looks.filter(({ at }) => at < 0)
    expect(early).toHaveLength(2_720)
    expect(plan.looks.length - early.length).toBe(1_617)
    expect(early.filter(({ what }) => what === 'page').length / early.length).toBeCloseTo(0.1, 1)
    expect(plan.baskets).toHaveLength(1_597)
    expect(Math.min(...plan.baskets.map(({ at }) => at))).toBeGreaterThanOrEqual(0)
  })

  it('[RPL1] is the same for the same seed', () => {
    expect(emfPlan({ mark: 'E', seed: 3, demand: 1 })).toEqual(emfPlan({ mark: 'E', seed: 3, demand: 1 }))
  })
})

it('[RPL3] counts admissions in the fullest second, wherever it begins', () => {
  expect(mostInASecond([0, 900, 999, 1_000, 1_899, 5_000])).toBe(4)
  expect(mostInASecond([])).toBe(0)
})

import { describe, expect, it } from 'vitest'
import { peekDaily } from './aa.ts'

/** The short form of `npm run aa`, which looks at 10,000 experiments of each metric. */
const MONTH = { experiments: 400, days: 30, seed: 20261121 }

describe('looking every day', () => {
  it('[EXP8] raises a false alarm in five of a hundred A/A experiments at most, where a daily z-test raises twenty', () => {
    const { alarms, naiveAlarms, mismatches } = peekDaily({ ...MONTH, metric: 'conversion' })
    expect(alarms).toBeLessThanOrEqual(0.05)
    expect(naiveAlarms).toBeGreaterThan(0.15)
    expect(mismatches).toBeLessThanOrEqual(0.03)
  })

  it('[EXP8] holds for uneven baskets, too', () => {
    expect(peekDaily({ ...MONTH, experiments: 150, metric: 'revenue' }).alarms).toBeLessThanOrEqual(0.05)
    expect(peekDaily({ ...MONTH, experiments: 150, metric: 'order_value' }).alarms).toBeLessThanOrEqual(0.05)
  })

  it('[EXP8] still sees a difference that is there', () => {
    expect(peekDaily({ ...MONTH, experiments: 100, metric: 'conversion', lift: 1.5 }).alarms).toBeGreaterThan(0.5)
  })
})

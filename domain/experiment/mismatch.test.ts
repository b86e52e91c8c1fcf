// @ts-expect-error -- the package brings no types
import jstat from 'jstat'
import { describe, expect, it } from 'vitest'
import { MISMATCH_ALARM_P, chiSquareTail, erfc, mismatchP } from './mismatch.ts'

interface Jstat {
  chisquare: { cdf(x: number, degrees: number): number }
}
const { chisquare } = (jstat as { jStat: Jstat }).jStat

describe('sample ratio mismatch', () => {
  it('[EXP11] has the tail of the chi-square that tables have', () => {
    expect(Math.abs(chiSquareTail(10.83, 1) - 0.00099868638)).toBeLessThan(1e-11)
    expect(Math.abs(chiSquareTail(5.991464547, 2) - 0.05)).toBeLessThan(1e-10)
    expect(chiSquareTail(0, 3)).toBe(1)
    expect(Math.abs(erfc(0.5) / 0.4795001221869535 - 1)).toBeLessThan(1e-12)
    expect(Math.abs(erfc(3) / 2.209049699858544e-5 - 1)).toBeLessThan(1e-12)
    expect(erfc(-0.5) + erfc(0.5)).toBeCloseTo(2, 14)
  })

  it('[EXP11] agrees with a library over every number of variations', () => {
    for (let degrees = 1; degrees <= 9; degrees++) {
      for (const x of [0.01, 0.3, 1, 2.7, 6, 11, 12.6, 19, 30]) {
        expect(Math.abs(chiSquareTail(x, degrees) - (1 - chisquare.cdf(x, degrees)))).toBeLessThan(1e-9)
      }
    }
  })

  it.each([
    ['even', [5000, 5000], [0.5, 0.5], false],
    ['even for its weights', [2500, 7500], [0.25, 0.75], false],
    ['one in a hundred off', [50_500, 49_500], [0.5, 0.5], false],
    ['two in a hundred off', [51_000, 49_000], [0.5, 0.5], true],
    ['one of three short', [3000, 3000, 2700], [1, 1, 1], true],
    ['nobody there yet', [0, 0], [0.5, 0.5], false],
  ])('[EXP11] alarms when a split is not what the weights say: %s', (_, counted, weights, alarm) => {
    expect(mismatchP(counted, weights) < MISMATCH_ALARM_P).toBe(alarm)
  })
})

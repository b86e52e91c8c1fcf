import { describe, expect, it } from 'vitest'
import {
  adjusted,
  difference,
  halfWidth,
  interval,
  meanOf,
  proportion,
  pValue,
  ratio,
  relativeDifference,
  rhoFor,
  withoutWhatWasKnown,
} from './intervals.ts'

/** Relatively, to nine digits. */
const expectNear = (a: number, b: number): void => expect(Math.abs(a - b) / Math.abs(b)).toBeLessThan(1e-9)

/** What a sum of a list is made of, for comparison with sums that were kept. */
const pairOf = (points: readonly (readonly [y: number, x: number])[]) => ({
  n: points.length,
  y: points.reduce((sum, [y]) => sum + y, 0),
  yy: points.reduce((sum, [y]) => sum + y * y, 0),
  x: points.reduce((sum, [, x]) => sum + x, 0),
  xx: points.reduce((sum, [, x]) => sum + x * x, 0),
  xy: points.reduce((sum, [y, x]) => sum + y * x, 0),
})

describe('intervals', () => {
  it('[EXP7] has the published width', () => {
    expectNear(rhoFor(0.05, 5000), 0.03984006677137)
    expectNear(halfWidth({ value: 0, squaredError: 0.2475 / 10_000, n: 10_000 }, 0.05), 0.015230656858806)
  })

  it.each([0.001, 0.01, 0.014, 0.0152, 0.01524, 0.02, 0.5])(
    '[EXP7] leaves out zero exactly when the p-value says so: %s',
    (value) => {
      const about = { value, squaredError: 0.2475 / 10_000, n: 10_000 }
      expect(pValue(about, 0.05) < 0.05).toBe(interval(about, 0.05).low > 0)
    },
  )

  it('[EXP7] never overflows, however clear the effect', () => {
    expect(pValue({ value: 1e6, squaredError: 1e-9, n: 1e9 }, 0.05)).toBe(0)
    expect(pValue({ value: 0, squaredError: 0, n: 10 }, 0.05)).toBe(1)
  })

  it('[EXP7] narrows as visitors come', () => {
    const widths = [200, 2000, 20_000, 200_000].map((n) => halfWidth({ value: 0, squaredError: 0.1 / n, n }, 0.05))
    expect([...widths].sort((a, b) => b - a)).toEqual(widths)
  })

  it('[EXP7] takes differences absolutely and as a share of the control', () => {
    const [a, b] = [proportion(100, 1000), proportion(130, 1000)]
    expectNear(difference(a, b).value, 0.03)
    expectNear(difference(a, b).squaredError, (0.1 * 0.9 + 0.13 * 0.87) / 1000)
    const relative = relativeDifference(a, b)!
    expectNear(relative.value, 0.3)
    expectNear(relative.squaredError, (0.13 * 0.87) / 1000 / 0.01 + ((0.1 * 0.9) / 1000) * (0.0169 / 0.0001))
    expect(relativeDifference(proportion(0, 10), b)).toBeNull()
  })

  it('[EXP9] finds mean and spread from sums', () => {
    const { mean, variance } = meanOf(2 + 4 + 4 + 4 + 5 + 5 + 7 + 9, 4 + 16 * 3 + 25 * 2 + 49 + 81, 8)
    expectNear(mean, 5)
    expectNear(variance, 32 / 7)
  })

  it('[EXP9] takes the spread of a ratio by the delta method', () => {
    // Visitors who each order once: then a ratio is a mean.
    const once = pairOf([
      [10, 1],
      [20, 1],
      [60, 1],
    ] as const)
    expectNear(ratio(once).mean, 30)
    expectNear(ratio(once).variance, meanOf(once.y, once.yy, 3).variance)
    // Every order worth the same: then there is nothing to be unsure of.
    expect(
      ratio(
        pairOf([
          [10, 1],
          [20, 2],
          [30, 3],
        ] as const),
      ).variance,
    ).toBeLessThan(1e-9)
  })

  it('[EXP9] takes out what was known before, and leaves the difference', () => {
    // What they bring is what they had brought before, and two more on the second side.
    const before = [1, 5, 2, 8, 4, 7, 3, 6]
    const sides = [0, 2].map((lift) => pairOf(before.map((x) => [x + lift, x] as const)))
    const [a, b] = withoutWhatWasKnown(sides)
    expectNear(b!.mean - a!.mean, 2)
    expect(a!.variance).toBeLessThan(1e-9)
    const unknown = withoutWhatWasKnown(sides.map((side) => ({ ...side, x: 0, xx: 0, xy: 0 })))
    expectNear(unknown[0]!.variance, meanOf(sides[0]!.y, sides[0]!.yy, 8).variance)
  })

  it('[EXP10] corrects several p-values together', () => {
    // The worked example of Benjamini and Hochberg (1995), table 1: at 0.05 the four smallest are findings.
    const ps = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ]
    const corrected = adjusted([...ps].reverse()).reverse()
    expect(corrected.filter((p) => p <= 0.05)).toHaveLength(4)
    expectNear(corrected[3]!, (0.0095 * 15) / 4)
    expect(corrected.at(-1)).toBe(1)
    expect(adjusted([])).toEqual([])
  })
})

/**
 * Sample ratio mismatch: are the visitors we counted split as the weights say? Where they are not, something lost visitors
 * on one side more than on the other (a page that breaks, a robot that likes one of them), and no figure can be believed.
 *
 * Pearson's chi-square. Below one in a thousand is an alarm, so that looking daily for a month cries wolf once in a hundred
 * experiments or so, while a fault worth the name is soon past any threshold.
 */
import { assert } from '../basics/assert.ts'

export const MISMATCH_ALARM_P = 0.001

/** How likely a split at least as uneven is, when all is well. */
export function mismatchP(counted: readonly number[], weights: readonly number[]): number {
  const all = counted.reduce((sum, n) => sum + n, 0)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  if (all === 0) return 1
  const chi2 = counted.reduce((sum, n, i) => {
    const expected = (all * weights[i]!) / whole
    return sum + (n - expected) ** 2 / expected
  }, 0)
  return chiSquareTail(chi2, counted.length - 1)
}

/**
 * P(X ≥ x) of a chi-square with so many degrees of freedom, a whole number: the closed forms of Abramowitz and Stegun
 * 26.4.4 and 26.4.5. For one degree it is erfc(√(x/2)).
 */
export function chiSquareTail(x: number, degrees: number): number {
  assert(Number.isInteger(degrees) && degrees >= 1, `no degrees of freedom: ${degrees}`)
  if (x <= 0) return 1
  const half = x / 2
  const isOdd = degrees % 2 === 1
  // Each term is the one before it, times half over its step; steps are whole, or whole and a half.
  let term = isOdd ? Math.exp(-half) * Math.sqrt(half) * (2 / Math.sqrt(Math.PI)) : Math.exp(-half)
  let sum = isOdd ? erfc(Math.sqrt(half)) : 0
  for (let step = isOdd ? 1.5 : 1; step <= degrees / 2; step += 1) {
    sum += term
    term *= half / step
  }
  return Math.min(1, sum)
}

const NEAR = 2.5

/** The complementary error function: its series near zero (A&S 7.1.6), its continued fraction further out (7.1.14). */
export function erfc(z: number): number {
  if (z < 0) return 2 - erfc(-z)
  const scale = Math.exp(-z * z) / Math.sqrt(Math.PI)
  if (z < NEAR) {
    let term = 2 * z
    let sum = term
    for (let n = 1; term > sum * 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1)
      sum += term
    }
    return 1 - scale * sum
  }
  let fraction = z
  for (let n = 120; n >= 1; n--) fraction = z + n / 2 / fraction
  return scale / fraction
}

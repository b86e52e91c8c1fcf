/**
 * Always-valid intervals: an interval for a difference that may be looked at every day, stopped at any look, and is wrong in
 * at most `alpha` of all experiments, counted over all looks together.
 *
 * It is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform central limit
 * theory and asymptotic confidence sequences", arXiv:2103.06476, equation 9 and the tuning of section 3.3), as GrowthBook's
 * sequential testing uses it. Asymptotic: it trusts the central limit theorem, so it says nothing before there are enough
 * (`isEnough` in results.ts); simulation/peeking shows that this suffices.
 */

/** A mean, with the variance of one visitor's value around it. */
export interface Estimate {
  mean: number
  /** Of one visitor's value; the mean's own is this over `n`. */
  variance: number
  n: number
}

export interface Difference {
  value: number
  /** Of `value`, squared. */
  squaredError: number
  /** Visitors on both sides together. */
  n: number
}

export interface Interval {
  low: number
  high: number
}

/**
 * How many visitors the interval is best at: 1.55 times as wide there as that of a test that is looked at once. It is valid
 * at any number; at a tenth it is 1.97 times as wide, at ten times 1.65.
 */
export const TUNED_FOR = 5000

export const difference = (a: Estimate, b: Estimate): Difference => ({
  value: b.mean - a.mean,
  squaredError: a.variance / a.n + b.variance / b.n,
  n: a.n + b.n,
})

/** As a share of the control, by the delta method. Null: the control has nothing to be a share of. */
export function relativeDifference(a: Estimate, b: Estimate): Difference | null {
  if (a.mean === 0) return null
  const [va, vb] = [a.variance / a.n, b.variance / b.n]
  return {
    value: (b.mean - a.mean) / Math.abs(a.mean),
    squaredError: vb / a.mean ** 2 + (va * b.mean ** 2) / a.mean ** 4,
    n: a.n + b.n,
  }
}

/** The tuning: how the width is spread over the looks. */
export function rhoFor(alpha: number, tunedFor: number = TUNED_FOR): number {
  const twice = -2 * Math.log(alpha)
  return Math.sqrt((twice + Math.log(twice + 1)) / tunedFor)
}

export function halfWidth({ squaredError, n }: Difference, alpha: number, tunedFor: number = TUNED_FOR): number {
  const rho2 = rhoFor(alpha, tunedFor) ** 2
  const grown = n * rho2 + 1
  const factor = ((2 * grown) / (n * n * rho2)) * (Math.log(grown) / 2 - Math.log(alpha))
  return Math.sqrt(squaredError * n) * Math.sqrt(factor)
}

export function interval(about: Difference, alpha: number, tunedFor: number = TUNED_FOR): Interval {
  const half = halfWidth(about, alpha, tunedFor)
  return { low: about.value - half, high: about.value + half }
}

/**
 * The p-value that belongs to it: below `alpha` exactly when the interval at `alpha` leaves out zero. It may be looked at as
 * often as the interval. `alpha` is in it because the tuning is.
 */
export function pValue({ value, squaredError, n }: Difference, alpha: number, tunedFor: number = TUNED_FOR): number {
  if (squaredError === 0) return value === 0 ? 1 : 0
  const rho2 = rhoFor(alpha, tunedFor) ** 2
  const grown = n * rho2 + 1
  const squaredT = (value * value * n) / squaredError
  // As logarithms: a clear effect would overflow.
  const logEvidence = (rho2 * squaredT) / (2 * grown) - Math.log(grown) / 2
  return Math.min(1, Math.exp(-logEvidence))
}

/** Benjamini and Hochberg's step-up (1995): of the findings among these, at most a share of `alpha` is expected to be false. */
export function adjusted(pValues: readonly number[]): number[] {
  const order = pValues.map((p, i) => ({ p, i })).sort((a, b) => b.p - a.p)
  const found = Array<number>(pValues.length).fill(1)
  let least = 1
  order.forEach(({ p, i }, fromAbove) => {
    least = Math.min(least, (p * pValues.length) / (pValues.length - fromAbove))
    found[i] = least
  })
  return found
}

/** Of `n` visitors, `converted` did. */
export function proportion(converted: number, n: number): Estimate {
  const mean = converted / n
  return { mean, variance: mean * (1 - mean), n }
}

/** The mean of what each visitor brought, from the sum and the sum of squares. */
export function meanOf(sum: number, squares: number, n: number): Estimate {
  const mean = sum / n
  return { mean, variance: Math.max(0, squares - sum * mean) / (n - 1), n }
}

/** Sums over visitors of two values and their products: all that a ratio or a covariate needs. */
export interface Pair {
  n: number
  y: number
  yy: number
  x: number
  xx: number
  xy: number
}

const covariance = ({ n, x, y, xy }: Pair): number => (xy - (x * y) / n) / (n - 1)

/** The ratio of two sums, say revenue an order, when it is visitors that were assigned: by the delta method. */
export function ratio(pair: Pair): Estimate {
  const top = meanOf(pair.y, pair.yy, pair.n)
  const bottom = meanOf(pair.x, pair.xx, pair.n)
  const variance =
    top.variance / bottom.mean ** 2 +
    (bottom.variance * top.mean ** 2) / bottom.mean ** 4 -
    (2 * covariance(pair) * top.mean) / bottom.mean ** 3
  return { mean: top.mean / bottom.mean, variance: Math.max(0, variance), n: pair.n }
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker, 2013): takes out of `y` what `x` explains, where `x` was known before the visitor saw
 * anything. The means move by the same rule on every side, so the difference stays what it was, only less noisy.
 */
export function withoutWhatWasKnown(sides: readonly Pair[]): Estimate[] {
  const theta = thetaOf(sides)
  const all = sides.reduce((n, side) => n + side.n, 0)
  const meanX = sides.reduce((sum, { x }) => sum + x, 0) / all
  return sides.map((side) => {
    const y = meanOf(side.y, side.yy, side.n)
    const x = meanOf(side.x, side.xx, side.n)
    const variance = y.variance + theta ** 2 * x.variance - 2 * theta * covariance(side)
    return { mean: y.mean - theta * (x.mean - meanX), variance: Math.max(0, variance), n: side.n }
  })
}

/** cov(y, x) / var(x) within the sides, pooled. Zero: nothing was known of anybody. */
function thetaOf(sides: readonly Pair[]): number {
  const pooled = (of: (side: Pair) => number): number => sides.reduce((sum, side) => sum + of(side) * (side.n - 1), 0)
  const variance = pooled((side) => meanOf(side.x, side.xx, side.n).variance)
  return variance > 0 ? pooled(covariance) / variance : 0
}

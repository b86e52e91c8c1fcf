/** How a set of measurements is spread. Exact: it sorts them all, and no bucket hides the worst. */
export interface Spread {
  count: number
  p50: number
  p95: number
  p99: number
  most: number
}

/** By the nearest rank: the least value that so many per cent of all do not exceed. Of nothing, all figures are 0. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort()
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), most: sorted.at(-1) ?? 0 }
}

/** "12 / 40 / 87", in whole ms. */
export const milliseconds = ({ count, p50, p95, p99 }: Spread): string =>
  count === 0 ? '-' : [p50, p95, p99].map((value) => value.toFixed(0)).join(' / ')

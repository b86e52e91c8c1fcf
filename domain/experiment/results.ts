/**
 * Results: what was counted, as estimates, intervals and a verdict that does not say more than it knows.
 *
 * The verdict is about one metric, chosen before the start. Several variations share its error (Bonferroni), so an
 * experiment with no effect at all is called one way or the other in five of a hundred at most, however often anybody looks.
 * The other metrics are there to learn from and are corrected together (Benjamini-Hochberg); guardrails stop harm.
 */
import type { Experiment, Metric } from './experiment.ts'
import { METRICS } from './experiment.ts'
import {
  adjusted,
  difference,
  interval,
  meanOf,
  proportion,
  pValue,
  ratio,
  relativeDifference,
  withoutWhatWasKnown,
  type Estimate,
  type Interval,
} from './intervals.ts'
import { MISMATCH_ALARM_P, mismatchP } from './mismatch.ts'
import type { Tally } from './tally.ts'

export const ALPHA = 0.05

/** Before that many visitors on each side, and that many on both who bought and who did not, nothing is said. */
const VISITORS_LEAST = 100
const EVENTS_LEAST = 30
/** More of those who were counted than this, seen on both sides, is a fault of the assignment. */
const CROSSED_MOST = 0.01

export interface Comparison {
  variation: string
  metric: Metric
  /** Per visitor, or per order; minor units of the store's currency, or a share of 1. Null: too few to say. */
  estimate: number | null
  /** Against the control. */
  difference: { value: number; interval: Interval } | null
  relative: { value: number; interval: Interval } | null
  /** Always valid. */
  p: number | null
  /** Corrected for looking at several. */
  adjustedP: number | null
  /** What is certain about it, at its own level. */
  finding: 'better' | 'worse' | 'open'
}

export type Verdict =
  | { kind: 'too_early' }
  /** The counts cannot be believed, and nothing is said from them. */
  | { kind: 'mismatch'; p: number }
  | { kind: 'crossed'; share: number }
  | { kind: 'harm'; variation: string; metric: Metric }
  | { kind: 'better'; variation: string }
  | { kind: 'worse' }
  | { kind: 'open' }

export interface Results {
  counted: {
    variation: string
    visitors: number
    converted: number
    orders: number
    revenue: number
    refunds: number
  }[]
  /** Visitors seen on two sides. They are on neither. */
  crossed: number
  mismatch: { p: number; isAlarm: boolean }
  comparisons: Comparison[]
  verdict: Verdict
}

/** `tallies`: one a variation, in their order. */
export function resultsOf(experiment: Experiment, tallies: readonly Tally[]): Results {
  const { variations } = experiment
  const crossed = tallies.reduce((sum, tally) => sum + tally.crossed, 0)
  const visitors = tallies.map((tally) => tally.visitors)
  const p = mismatchP(
    visitors,
    variations.map(({ weight }) => weight),
  )
  const mismatch = { p, isAlarm: p < MISMATCH_ALARM_P }
  const comparisons = comparisonsOf(experiment, tallies)
  const all = visitors.reduce((sum, n) => sum + n, 0) + crossed
  const share = all === 0 ? 0 : crossed / all
  return {
    counted: tallies.map((tally, i) => ({
      variation: variations[i]!.key,
      visitors: tally.visitors,
      converted: tally.converted,
      orders: tally.orders,
      revenue: tally.revenue,
      refunds: tally.refunds,
    })),
    crossed,
    mismatch,
    comparisons,
    verdict: verdictOf(experiment, comparisons, { mismatch, share, all }),
  }
}

function verdictOf(
  { metric, guardrails, variations }: Experiment,
  comparisons: readonly Comparison[],
  { mismatch, share, all }: { mismatch: Results['mismatch']; share: number; all: number },
): Verdict {
  if (mismatch.isAlarm) return { kind: 'mismatch', p: mismatch.p }
  if (share > CROSSED_MOST && all >= VISITORS_LEAST) return { kind: 'crossed', share }
  const harm = comparisons.find((one) => guardrails.includes(one.metric) && one.finding === 'worse')
  if (harm) return { kind: 'harm', variation: harm.variation, metric: harm.metric }
  const control = variations[0]!.key
  const decisive = comparisons.filter((one) => one.metric === metric && one.variation !== control)
  if (decisive.every((one) => one.difference === null)) return { kind: 'too_early' }
  const best = decisive
    .filter(({ finding }) => finding === 'better')
    .sort((a, b) => (b.difference?.value ?? 0) - (a.difference?.value ?? 0))[0]
  if (best) return { kind: 'better', variation: best.variation }
  return decisive.every(({ finding }) => finding === 'worse') ? { kind: 'worse' } : { kind: 'open' }
}

function comparisonsOf(experiment: Experiment, tallies: readonly Tally[]): Comparison[] {
  const alpha = ALPHA / (experiment.variations.length - 1)
  const all = METRICS.flatMap((metric) => {
    const estimates = estimatesOf(metric, tallies)
    return experiment.variations.map(({ key }, i): Comparison =>
      compared(metric, key, estimates[0]!, estimates[i]!, alpha, i),
    )
  })
  return corrected(all, experiment.metric)
}

function compared(
  metric: Metric,
  variation: string,
  control: Estimate | null,
  other: Estimate | null,
  alpha: number,
  i: number,
): Comparison {
  const alone: Comparison = {
    ...{ variation, metric, estimate: other?.mean ?? null, difference: null, relative: null },
    ...{ p: null, adjustedP: null, finding: 'open' },
  }
  if (i === 0 || !control || !other) return alone
  const absolute = difference(control, other)
  // Not a difference and no noise: nothing happened on either side yet.
  if (absolute.squaredError === 0) return alone
  const relative = relativeDifference(control, other)
  const around = interval(absolute, alpha)
  return {
    ...alone,
    difference: { value: absolute.value, interval: around },
    relative: relative && { value: relative.value, interval: interval(relative, alpha) },
    p: pValue(absolute, alpha),
    finding: findingOf(metric, around),
  }
}

/** Of refunds, less is better. */
function findingOf(metric: Metric, { low, high }: Interval): Comparison['finding'] {
  const isMore = low > 0
  if (!isMore && !(high < 0)) return 'open'
  return isMore === (metric !== 'refunds') ? 'better' : 'worse'
}

/** The metric that decides has its level to itself; the others share one. */
function corrected(all: Comparison[], decisive: Metric): Comparison[] {
  const others = all.filter((one) => one.metric !== decisive && one.p !== null)
  const ps = adjusted(others.map(({ p }) => p!))
  return all.map((one) => {
    const at = others.indexOf(one)
    return { ...one, adjustedP: at < 0 ? one.p : ps[at]! }
  })
}

/** One a variation; null where there are too few to trust the central limit theorem. */
function estimatesOf(metric: Metric, tallies: readonly Tally[]): (Estimate | null)[] {
  const events = metric === 'refunds' ? (tally: Tally) => tally.refunded : (tally: Tally) => tally.converted
  const bought = tallies.reduce((sum, tally) => sum + events(tally), 0)
  const visitors = tallies.reduce((sum, tally) => sum + tally.visitors, 0)
  const isEnough =
    tallies.every((tally) => tally.visitors >= VISITORS_LEAST) &&
    bought >= EVENTS_LEAST &&
    (metric !== 'conversion' || visitors - bought >= EVENTS_LEAST)
  if (!isEnough) return tallies.map(() => null)
  switch (metric) {
    case 'conversion':
      return tallies.map(({ converted, visitors: n }) => proportion(converted, n))
    case 'refunds':
      return tallies.map(({ refunds, refundsSquared, visitors: n }) => meanOf(refunds, refundsSquared, n))
    case 'order_value':
      return tallies.map((tally) => (tally.orders < EVENTS_LEAST / 2 ? null : ratio(perOrder(tally))))
    default: // 'revenue': a metric that is added would not compile here
      return withoutWhatWasKnown(tallies.map((tally) => besideBefore(metric, tally)))
  }
}

const perOrder = (tally: Tally) => ({
  n: tally.visitors,
  y: tally.revenue,
  yy: tally.revenueSquared,
  x: tally.orders,
  xx: tally.ordersSquared,
  xy: tally.revenueTimesOrders,
})

/** What a visitor spent before they saw the experiment explains some of what they spend in it. */
const besideBefore = (_metric: 'revenue', tally: Tally) => ({
  n: tally.visitors,
  y: tally.revenue,
  yy: tally.revenueSquared,
  x: tally.before,
  xx: tally.beforeSquared,
  xy: tally.revenueTimesBefore,
})

/**
 * A/A: experiments in which both sides are the same, looked at every day. Whatever is called a difference there is a false
 * alarm. Shops differ: from 40 to 2,000 visitors a day, of whom 2 to 20 in a hundred buy, with baskets of very uneven
 * value, and some orders that go back.
 */
import { seededRandom, type Random } from '../../domain/basics/random.ts'
import type { Experiment, Metric } from '../../domain/experiment/experiment.ts'
import { difference, proportion } from '../../domain/experiment/intervals.ts'
import { resultsOf, type Results } from '../../domain/experiment/results.ts'
import { NOTHING, added, tallyOf, type Tally } from '../../domain/experiment/tally.ts'

export interface Peeking {
  experiments: number
  days: number
  seed: number
  metric: Metric
  /** What a visitor of the second side is likelier to buy than one of the first; 1: an A/A. */
  lift?: number
}

export interface Peeked {
  /** Experiments that were called one way or the other at any look, as a share. */
  alarms: number
  /** The same, by whoever tests anew every day as if it were the only look (a z-test at 5 %). */
  naiveAlarms: number
  /** Experiments whose split was called uneven at any look. */
  mismatches: number
}

export function peekDaily({ experiments, days, seed, metric, lift = 1 }: Peeking): Peeked {
  const dice = seededRandom(seed)
  const sums = { alarms: 0, naiveAlarms: 0, mismatches: 0 }
  for (let i = 0; i < experiments; i++) {
    const shop = shopOf(dice, lift)
    const seen = liveOne(dice, shop, days, metric)
    sums.alarms += seen.alarm ? 1 : 0
    sums.naiveAlarms += seen.naive ? 1 : 0
    sums.mismatches += seen.mismatch ? 1 : 0
  }
  return {
    alarms: sums.alarms / experiments,
    naiveAlarms: sums.naiveAlarms / experiments,
    mismatches: sums.mismatches / experiments,
  }
}

interface Shop {
  visitorsADay: number
  buying: readonly [number, number]
}

/** Evenly spread on a logarithmic scale, as shops are. */
function shopOf(dice: Random, lift: number): Shop {
  const buys = 0.02 * 10 ** dice.fraction()
  return { visitorsADay: 40 * 50 ** dice.fraction(), buying: [buys, buys * lift] }
}

function liveOne(dice: Random, shop: Shop, days: number, metric: Metric) {
  const tallies: [Tally, Tally] = [NOTHING, NOTHING]
  const seen = { alarm: false, naive: false, mismatch: false }
  const experiment = aaExperiment(metric)
  for (let day = 0; day < days; day++) {
    visitToday(dice, shop, tallies)
    const results = resultsOf(experiment, tallies)
    seen.mismatch ||= results.mismatch.isAlarm
    seen.alarm ||= calls(results, metric)
    seen.naive ||= naivelyCalls(tallies)
  }
  return seen
}

function visitToday(dice: Random, { visitorsADay, buying }: Shop, tallies: [Tally, Tally]): void {
  const today: [Tally, Tally] = [{ ...NOTHING }, { ...NOTHING }]
  for (let left = Math.round(visitorsADay); left > 0; left--) {
    const side = dice.fraction() < 0.5 ? 0 : 1
    if (dice.fraction() < buying[side]) today[side] = added(today[side], tallyOf(purchase(dice)))
    else today[side].visitors += 1
  }
  tallies[0] = added(tallies[0], today[0])
  tallies[1] = added(tallies[1], today[1])
}

/** Many small baskets and a few very large ones (log-normal); one in fifteen goes back. */
function purchase(dice: Random) {
  const bell = Math.sqrt(-2 * Math.log(1 - dice.fraction())) * Math.cos(2 * Math.PI * dice.fraction())
  const value = Math.round(4000 * Math.exp(0.8 * bell))
  const goesBack = dice.fraction() < 1 / 15
  return goesBack
    ? { orders: 0, revenue: 0, refunds: value, before: 0 }
    : { orders: dice.fraction() < 0.1 ? 2 : 1, revenue: value, refunds: 0, before: 0 }
}

const calls = ({ comparisons, verdict }: Results, metric: Metric): boolean =>
  verdict.kind !== 'mismatch' && comparisons.some((one) => one.metric === metric && one.finding !== 'open')

function naivelyCalls([a, b]: readonly [Tally, Tally]): boolean {
  if (a.converted + b.converted < 30) return false
  const { value, squaredError } = difference(proportion(a.converted, a.visitors), proportion(b.converted, b.visitors))
  return Math.abs(value) > 1.96 * Math.sqrt(squaredError)
}

const side = (key: string) => ({ key, name: key, weight: 0.5, parameters: {} })
const aaExperiment = (metric: Metric): Experiment => ({
  ...{ id: 'exp_aa', key: 'aa', name: 'A/A', hypothesis: '', surface: 'client', variations: [side('a'), side('b')] },
  audience: {
    ...{ markets: null, countries: null, languages: null, devices: null },
    ...{ visitors: 'all', drop: null, coverage: 1 },
  },
  ...{ namespace: null, holdout: null, metric, guardrails: [] },
  ...{ state: 'running', startedAt: 0, stoppedAt: null, stoppedBy: null, version: 1, createdAt: 0, updatedAt: 0 },
})

/** How an experiment looks in the console: its verdict, who was counted, and each difference with its interval drawn. */
import type { FC } from 'hono/jsx'
import type { Experiment, Metric } from '../../domain/experiment/experiment.ts'
import type { Interval } from '../../domain/experiment/intervals.ts'
import type { Comparison, Results, Verdict } from '../../domain/experiment/results.ts'
import { moneyInWords } from '../../platform/money-in-words.ts'
import { number } from './say.ts'
import { Counts } from './counts.tsx'

const METRIC_WORDS: Record<Metric, string> = {
  conversion: 'Visitors who buy',
  revenue: 'Revenue a visitor',
  order_value: 'Value of an order',
  refunds: 'Refunds a visitor',
}

/** One line that a person may act upon, and what goes with it. */
export function verdictInWords(verdict: Verdict, { variations, metric }: Experiment): { line: string; detail: string } {
  const named = (key: string): string => variations.find((one) => one.key === key)?.name ?? key
  switch (verdict.kind) {
    case 'too_early':
      return {
        line: 'Too early to say.',
        detail: 'Nothing is said before there are a hundred visitors on each side and thirty purchases in all.',
      }
    case 'mismatch':
      return {
        line: 'These counts cannot be believed.',
        detail: `The visitors are not split as the weights say (p = ${small(verdict.p)}). Something loses them on one side: find it before you read anything here.`,
      }
    case 'crossed':
      return {
        line: 'Too many visitors saw both sides.',
        detail: `${percent(verdict.share)} of them. The assignment is not what it should be, so nothing is said.`,
      }
    case 'harm':
      return {
        line: `${named(verdict.variation)} does harm.`,
        detail: `${METRIC_WORDS[verdict.metric]}: certainly worse than the control, and a guardrail.`,
      }
    case 'better':
      return {
        line: `${named(verdict.variation)} is better.`,
        detail: `Certain by ${METRIC_WORDS[metric].toLowerCase()}.`,
      }
    case 'worse':
      return { line: 'The control is better.', detail: `Certain by ${METRIC_WORDS[metric].toLowerCase()}.` }
    default: // 'open': a kind that is added would not compile here
      return {
        line: 'No difference is certain yet.',
        detail:
          verdict.kind === 'open' ? 'Looking again tomorrow costs nothing: the intervals are valid at every look.' : '',
      }
  }
}

export const Counted: FC<{ experiment: Experiment; results: Results; currency: string }> = (props) => {
  const { experiment, results, currency } = props
  const money = moneyIn(currency)
  return (
    <section aria-labelledby="counted">
      <h2 id="counted">Counted</h2>
      <Counts heads={['Variation', 'Share', 'Visitors', 'Bought', 'Orders', 'Revenue', 'Refunds']}>
        {results.counted.map((side, i) => (
          <tr>
            <th scope="row">{experiment.variations[i]!.name}</th>
            <td>{percent(experiment.variations[i]!.weight)}</td>
            <td>{number(side.visitors)}</td>
            <td>
              {side.visitors === 0 ? '0' : `${number(side.converted)} (${percent(side.converted / side.visitors)})`}
            </td>
            <td>{number(side.orders)}</td>
            <td>{money(side.revenue)}</td>
            <td>{money(side.refunds)}</td>
          </tr>
        ))}
      </Counts>
      <p class="small">
        Split as it should be: p = {small(results.mismatch.p)}
        {results.mismatch.isAlarm ? ', an alarm' : ', no alarm'}. Seen on both sides, and on neither counted:{' '}
        {number(results.crossed)}.
      </p>
    </section>
  )
}

/** Differences as shares of the control, each metric on a scale of its own with nothing in its middle. */
export const Differences: FC<{ experiment: Experiment; results: Results }> = ({ experiment, results }) => {
  const metrics = [...new Set([experiment.metric, ...results.comparisons.map(({ metric }) => metric)])]
  return (
    <section aria-labelledby="differences">
      <h2 id="differences">
        Against the control <span>in 95 of 100 experiments they hold the truth at every look</span>
      </h2>
      {metrics.map((metric) => {
        const rows = results.comparisons.filter((one) => one.metric === metric).slice(1)
        const reach = reachOf(rows)
        return (
          <div class="difference">
            <h3>
              {METRIC_WORDS[metric]}
              {metric === experiment.metric ? <b> decides</b> : null}
              {experiment.guardrails.includes(metric) ? <b> guardrail</b> : null}
            </h3>
            {rows.map((row) => (
              <div class="difference-row">
                <span>{experiment.variations.find(({ key }) => key === row.variation)!.name}</span>
                {row.relative === null ? (
                  <span class="difference-none">too few to say</span>
                ) : (
                  <>
                    <IntervalDrawn about={row.relative} finding={row.finding} reach={reach} />
                    <span class="difference-words">{inWords(row.relative)}</span>
                  </>
                )}
              </div>
            ))}
          </div>
        )
      })}
    </section>
  )
}

const WIDE = 400
const HIGH = 24

const IntervalDrawn: FC<{
  about: { value: number; interval: Interval }
  finding: Comparison['finding']
  reach: number
}> = ({ about, finding, reach }) => {
  const at = (share: number): number => {
    const x = WIDE / 2 + (share / reach) * (WIDE / 2 - 8)
    return Math.round(Math.min(WIDE - 4, Math.max(4, x)) * 10) / 10
  }
  const { low, high } = about.interval
  return (
    <svg class={`interval interval-${finding}`} viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={inWords(about)}>
      <line class="interval-zero" x1={WIDE / 2} y1="0" x2={WIDE / 2} y2={HIGH} />
      <rect class="interval-range" x={at(low)} y="8" width={Math.max(1, at(high) - at(low))} height="8" rx="4" />
      <circle class="interval-point" cx={at(about.value)} cy="12" r="5" />
    </svg>
  )
}

/** As far as the widest interval of the metric goes; what is wilder than tripled or gone is cut off. */
const reachOf = (rows: readonly Comparison[]): number =>
  Math.min(3, Math.max(0.01, ...rows.flatMap(({ relative }) => (relative ? ends(relative.interval) : []))))

const ends = ({ low, high }: Interval): number[] => [Math.abs(low), Math.abs(high)]

const inWords = ({ value, interval }: { value: number; interval: Interval }): string =>
  `${signed(value)} (${signed(interval.low)} to ${signed(interval.high)})`

const shares = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 })
const signedShares = new Intl.NumberFormat('en', {
  style: 'percent',
  maximumFractionDigits: 1,
  signDisplay: 'exceptZero',
})

const percent = (share: number): string => shares.format(share)
const signed = (share: number): string => signedShares.format(share)
const small = (p: number): string => (p < 0.0001 ? 'below 0.0001' : p.toFixed(4))

/** What is said is an average, and whole minor units of it are as exact as it is. */
const moneyIn = (currency: string) => (amount: number) => moneyInWords({ amount: Math.round(amount), currency }, 'en')

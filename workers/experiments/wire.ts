/** Experiments at the border: percentages and snake_case outside, shares and our names inside. */
import type { z } from '@hono/zod-openapi'
import type { Experiment, ExperimentDraft } from '../../domain/experiment/experiment.ts'
import type { Difference, Interval } from '../../domain/experiment/intervals.ts'
import type { Results } from '../../domain/experiment/results.ts'
import { instantOut, maybeInstantOut } from '../wire.ts'
import type * as schema from './schemas.ts'

type Wire<Schema extends z.ZodType> = z.infer<Schema>

export function experimentIn(write: Wire<typeof schema.ExperimentWrite>): ExperimentDraft {
  const { audience = {}, variations } = write
  const equal = variations.every(({ weight }) => weight === undefined) ? 1 / variations.length : 0
  return {
    key: write.key,
    name: write.name,
    hypothesis: write.hypothesis ?? '',
    surface: write.surface ?? 'client',
    variations: variations.map(({ key, name, weight, parameters }) => ({
      ...{ key, name: name ?? key, weight: weight ?? equal, parameters: parameters ?? {} },
    })),
    audience: {
      markets: audience.markets ?? null,
      countries: audience.countries ?? null,
      languages: audience.languages ?? null,
      devices: audience.devices ?? null,
      visitors: audience.visitors ?? 'all',
      drop: audience.drop ?? null,
      coverage: (audience.percentage ?? 100) / 100,
    },
    namespace: write.namespace ?? null,
    holdout: write.holdout ?? null,
    metric: write.metric ?? 'conversion',
    guardrails: [...new Set(write.guardrails)],
  }
}

/** `previews`: a query a variation, in their order. */
export function experimentOut(one: Experiment, previews: readonly string[]): Wire<typeof schema.Experiment> {
  const { audience, namespace } = one
  return {
    id: one.id,
    key: one.key,
    name: one.name,
    hypothesis: one.hypothesis,
    surface: one.surface,
    state: one.state,
    variations: one.variations.map(({ key, name, weight, parameters }, i) => ({
      ...{ key, name, weight, parameters: { ...parameters }, preview: previews[i]! },
    })),
    audience: {
      countries: audience.countries && [...audience.countries],
      markets: audience.markets && [...audience.markets],
      languages: audience.languages && [...audience.languages],
      devices: audience.devices && [...audience.devices],
      visitors: audience.visitors,
      drop: audience.drop,
      percentage: audience.coverage * 100,
    },
    namespace: namespace && { name: namespace.name, start: namespace.start, end: namespace.end },
    holdout: one.holdout,
    metric: one.metric,
    guardrails: [...one.guardrails],
    started_at: maybeInstantOut(one.startedAt),
    stopped_at: maybeInstantOut(one.stoppedAt),
    stopped_by: one.stoppedBy,
    version: one.version,
    created_at: instantOut(one.createdAt),
  }
}

export function resultsOut(
  { id, key, state }: Experiment,
  { counted, crossed, mismatch, comparisons, verdict }: Results,
  { currency, asOf }: { currency: string; asOf: number },
): Wire<typeof schema.ExperimentResults> {
  return {
    experiment: { id, key, state },
    currency,
    counted: counted.map(({ variation, visitors, converted, orders, revenue, refunds }) => ({
      ...{ variation, visitors, converted, orders, revenue, refunds },
    })),
    crossed,
    mismatch: { p: mismatch.p, alarm: mismatch.isAlarm },
    comparisons: comparisons.map((one) => ({
      variation: one.variation,
      metric: one.metric,
      estimate: one.estimate,
      difference: one.difference && aroundOut(one.difference),
      relative: one.relative && aroundOut(one.relative),
      p: one.p,
      adjusted_p: one.adjustedP,
      finding: one.finding,
    })),
    verdict: {
      kind: verdict.kind,
      ...('variation' in verdict && { variation: verdict.variation }),
      ...('metric' in verdict && { metric: verdict.metric }),
    },
    as_of: instantOut(asOf),
  }
}

const aroundOut = ({ value, interval }: { value: Difference['value']; interval: Interval }) => ({
  ...{ value, low: interval.low, high: interval.high },
})

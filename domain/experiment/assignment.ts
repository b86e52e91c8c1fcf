/**
 * Assignment: what one visitor sees of one experiment. Decided from the definition and the asker alone, before anything is
 * fetched or drawn; asked twice, it says the same, on every machine.
 */
import type { Asker } from './asker.ts'
import type { Experiment, Parameters, Surface } from './experiment.ts'
import { isWithin, placeInNamespace, placeOnLine, rangeAt, rangesOf } from './hash.ts'

export type WhyNot =
  | 'not_running'
  | 'nobody'
  | 'robot'
  | 'not_in_audience'
  | 'elsewhere_in_namespace'
  | 'held_out'
  | 'not_covered'

export type Assignment = { kind: 'in'; variation: number } | { kind: 'out'; why: WhyNot }

const out = (why: WhyNot): Assignment => ({ kind: 'out', why })

/** `others`: the store's experiments, among which its holdout is found. A holdout that does not run holds nobody out. */
export function assignmentOf(experiment: Experiment, asker: Asker, others: readonly Experiment[]): Assignment {
  const { state, namespace, variations, audience, key } = experiment
  if (state !== 'running') return out('not_running')
  if (asker.isRobot) return out('robot')
  if (asker.visitorId === '') return out('nobody')
  if (!isInAudience(experiment, asker)) return out('not_in_audience')
  if (namespace && !isWithin(placeInNamespace(namespace.name, asker.visitorId), [namespace.start, namespace.end])) {
    return out('elsewhere_in_namespace')
  }
  if (isHeldOut(experiment, asker, others)) return out('held_out')
  const ranges = rangesOf(
    variations.map(({ weight }) => weight),
    audience.coverage,
  )
  const variation = rangeAt(placeOnLine(key, asker.visitorId), ranges)
  return variation < 0 ? out('not_covered') : { kind: 'in', variation }
}

function isInAudience({ audience, startedAt }: Experiment, asker: Asker): boolean {
  const { markets, countries, languages, devices, visitors, drop } = audience
  const fits = (wanted: readonly string[] | null, said: string | null): boolean =>
    wanted === null || (said !== null && wanted.includes(said))
  if (!fits(markets, asker.market) || !fits(countries, asker.country) || !fits(languages, asker.language)) return false
  if (!fits(devices, asker.device) || (drop !== null && drop !== asker.drop)) return false
  if (visitors === 'all') return true
  if (asker.bornAt === null || startedAt === null) return false
  return asker.bornAt >= startedAt === (visitors === 'new')
}

/** One step deep: a holdout of a holdout would hold out the same people twice. */
function isHeldOut({ holdout }: Experiment, asker: Asker, others: readonly Experiment[]): boolean {
  const held = holdout === null ? undefined : others.find(({ key }) => key === holdout)
  if (!held) return false
  const assigned = assignmentOf({ ...held, holdout: null }, asker, others)
  return assigned.kind === 'in' && assigned.variation === 0
}

/** What is shown of an experiment, and whether it is one to count: what an operator looks at by a link is not. */
export interface Shown {
  experiment: Experiment
  variation: number
  isForced: boolean
}

/** Everything a visitor sees on one surface; `forced`: variations by experiment key, for whoever follows a link to look. */
export function shownOn(
  surface: Surface,
  experiments: readonly Experiment[],
  asker: Asker,
  forced: ReadonlyMap<string, string>,
): Shown[] {
  return experiments.flatMap((experiment): Shown[] => {
    if (experiment.surface !== surface) return []
    const wanted = experiment.variations.findIndex(({ key }) => key === forced.get(experiment.key))
    if (wanted >= 0) return [{ experiment, variation: wanted, isForced: true }]
    const assigned = assignmentOf(experiment, asker, experiments)
    return assigned.kind === 'in' ? [{ experiment, variation: assigned.variation, isForced: false }] : []
  })
}

/** All parameters together. Of two experiments that change the same one, the one that was started first has it. */
export function parametersOf(shown: readonly Shown[]): Parameters {
  const first = [...shown].sort((a, b) => (b.experiment.startedAt ?? 0) - (a.experiment.startedAt ?? 0))
  return Object.assign({}, ...first.map(({ experiment, variation }) => experiment.variations[variation]!.parameters))
}

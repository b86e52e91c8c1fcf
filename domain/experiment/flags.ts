/**
 * Experiments as flags, in the words of OpenFeature: `button-words` is a flag whose value is all parameters of the visitor's
 * variation, `button-words.button` one whose value is that parameter. Whoever takes no part gets what the control gets.
 */
import type { Asker } from './asker.ts'
import { assignmentOf } from './assignment.ts'
import type { Experiment } from './experiment.ts'

export type FlagValue = string | number | boolean | Readonly<Record<string, string | number | boolean>>

/** OFREP 0.3.0, evaluation success. No value: the code's own default. */
export interface Flag {
  key: string
  reason: 'SPLIT' | 'STATIC' | 'DISABLED'
  variant?: string
  value?: FlagValue
  metadata: { experiment: string; state: string }
}

export interface Evaluated {
  flag: Flag
  experiment: Experiment
  /** Null: takes no part. */
  variation: number | null
}

/** Every flag there is, of every experiment that was ever started. */
export const flagKeysOf = (experiments: readonly Experiment[]): string[] =>
  experiments
    .filter(({ state }) => state !== 'draft')
    .flatMap(({ key, variations }) => [
      key,
      ...new Set(variations.flatMap(({ parameters }) => Object.keys(parameters).map((name) => `${key}.${name}`))),
    ])

/** Undefined: there is no such flag. A draft is none yet. */
export function evaluateFlag(flagKey: string, asker: Asker, experiments: readonly Experiment[]): Evaluated | undefined {
  const [key, parameter] = splitKey(flagKey)
  const experiment = experiments.find((one) => one.key === key && one.state !== 'draft')
  if (!experiment) return undefined
  const { variations, state } = experiment
  if (parameter !== null && !variations.some(({ parameters }) => Object.hasOwn(parameters, parameter))) return undefined
  const assigned = assignmentOf(experiment, asker, experiments)
  const variation = assigned.kind === 'in' ? assigned.variation : null
  const { key: variant, parameters } = variations[variation ?? 0]!
  const value =
    parameter === null ? parameters : Object.hasOwn(parameters, parameter) ? parameters[parameter] : undefined
  const flag: Flag = {
    key: flagKey,
    reason: state === 'stopped' ? 'DISABLED' : variation === null ? 'STATIC' : 'SPLIT',
    ...(variation !== null && { variant }),
    ...(value !== undefined && { value }),
    metadata: { experiment: key, state },
  }
  return { flag, experiment, variation }
}

function splitKey(flagKey: string): [experiment: string, parameter: string | null] {
  const at = flagKey.indexOf('.')
  return at < 0 ? [flagKey, null] : [flagKey.slice(0, at), flagKey.slice(at + 1)]
}

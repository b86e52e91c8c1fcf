/**
 * Experiment: a question put to visitors by showing some of them something else, and its variations.
 *
 * What decides who sees what (weights, audience, coverage, namespace) is settled before the start and stays: to change it
 * would move people from one side to the other, and the count would be of nothing. Who wants another experiment makes one.
 */
import type { Decision } from '../basics/decision.ts'
import { accept, refuse } from '../basics/decision.ts'
import type { Device } from './asker.ts'

export type ExperimentState = 'draft' | 'running' | 'stopped'

/** Where it is shown: on our own product pages, or by whoever asks the API. */
export type Surface = 'product' | 'client'

/** What a variation changes, by name. What a name means is said where it is shown. */
export type Parameters = Readonly<Record<string, string | number | boolean>>

export interface Variation {
  key: string
  name: string
  /** A share of the whole; all of them make one. */
  weight: number
  parameters: Parameters
}

export interface Audience {
  /** Null: everybody. */
  markets: readonly string[] | null
  /** ISO 3166-1 alpha-2. */
  countries: readonly string[] | null
  /** Primary subtags of BCP 47, lower case: `de`. */
  languages: readonly string[] | null
  devices: readonly Device[] | null
  /** New: got their cookie after the experiment had started. So nobody stops being new in the middle of it. */
  visitors: 'all' | 'new' | 'returning'
  /** Only what is offered in this drop. */
  drop: string | null
  /** The share of those who would fit that takes part, 0 to 1. */
  coverage: number
}

/** Experiments in different parts of a namespace never meet the same visitor. */
export interface Namespace {
  name: string
  start: number
  end: number
}

/** What is counted of each visitor; see results.ts. */
export const METRICS = ['conversion', 'revenue', 'order_value', 'refunds'] as const
export type Metric = (typeof METRICS)[number]

export interface ExperimentDraft {
  key: string
  name: string
  hypothesis: string
  surface: Surface
  /** The first is the control: what the others are held against. */
  variations: readonly Variation[]
  audience: Audience
  namespace: Namespace | null
  /** The key of an experiment whose control sees nothing of this one. */
  holdout: string | null
  /** What decides. */
  metric: Metric
  /** What must not become worse: a variation that certainly does harm stops the experiment. */
  guardrails: readonly Metric[]
}

export interface Experiment extends ExperimentDraft {
  id: string
  state: ExperimentState
  startedAt: number | null
  stoppedAt: number | null
  /** `operator`, or the guardrail that stopped it. */
  stoppedBy: 'operator' | Metric | null
  version: number
  createdAt: number
  updatedAt: number
}

export const VARIATIONS_MAX = 10
export const RUNNING_MAX = 50

/** The parameters that our product page understands, and what each must be. */
export const PRODUCT_PARAMETERS = {
  /** The words on the button that reserves. */
  button: { type: 'string', most: 40 },
  /** A line of its own above the button. */
  note: { type: 'string', most: 120 },
  /** The description stands before the form instead of after it. */
  story_first: { type: 'boolean' },
} as const

export interface Mistake {
  field: string
  message: string
}

/** What is wrong with a draft, by field; empty: nothing. */
export function problemsOfExperiment(draft: ExperimentDraft): Mistake[] {
  const { variations, audience, namespace, surface, holdout, key } = draft
  const mistakes: Mistake[] = []
  const wrong = (field: string, message: string): unknown => mistakes.push({ field, message })
  if (variations.length < 2 || variations.length > VARIATIONS_MAX) {
    wrong('variations', `must be 2 to ${VARIATIONS_MAX}`)
  }
  if (new Set(variations.map((one) => one.key)).size < variations.length)
    wrong('variations', 'must have keys of their own')
  const whole = variations.reduce((sum, { weight }) => sum + weight, 0)
  // As GrowthBook has it: thirds written with two digits are fine.
  if (!(whole >= 0.99 && whole <= 1.01)) wrong('variations', 'must have weights that make 1')
  if (variations.some(({ weight }) => !(weight > 0))) wrong('variations', 'must each have a weight above 0')
  if (!(audience.coverage > 0 && audience.coverage <= 1))
    wrong('audience/percentage', 'must be above 0 and at most 100')
  if (namespace && !(namespace.start >= 0 && namespace.start < namespace.end && namespace.end <= 1)) {
    wrong('namespace', 'must be a part of 0 to 1')
  }
  if (holdout === key) wrong('holdout', 'must be another experiment')
  if (surface === 'product') for (const mistake of productMistakes(variations)) wrong('variations', mistake)
  return mistakes
}

function* productMistakes(variations: readonly Variation[]): Generator<string> {
  for (const { parameters } of variations) {
    for (const [name, value] of Object.entries(parameters)) {
      const known = Object.hasOwn(PRODUCT_PARAMETERS, name)
        ? PRODUCT_PARAMETERS[name as keyof typeof PRODUCT_PARAMETERS]
        : undefined
      if (!known) yield `name ${name}, which the product page does not know`
      else if (typeof value !== known.type) yield `must give ${name} a ${known.type}`
      else if (known.type === 'string' && (value as string).length > known.most) {
        yield `must keep ${name} to ${known.most} letters`
      }
    }
  }
}

export type StartRefusal =
  | { code: 'experiment_was_stopped'; stoppedAt: number }
  | { code: 'too_many_experiments'; limit: number }

export type ExperimentRefusal =
  | { code: 'experiment_not_found'; experiment: string }
  | { code: 'experiment_key_taken'; key: string }
  /** It has been started: what decides who sees what is settled. */
  | { code: 'experiment_is_settled'; experiment: string }
  | { code: 'version_is_older'; expected: number; found: number }
  | StartRefusal

/** Starts a draft. What runs already stays as it is; what was stopped stays so: who comes anew would be counted with the old. */
export function decideStart(
  experiment: Experiment,
  othersRunning: number,
  now: number,
): Decision<Experiment, StartRefusal> {
  if (experiment.state === 'running') return accept(experiment)
  if (experiment.state === 'stopped')
    return refuse({ code: 'experiment_was_stopped', stoppedAt: experiment.stoppedAt! })
  if (othersRunning >= RUNNING_MAX) return refuse({ code: 'too_many_experiments', limit: RUNNING_MAX })
  return accept({ ...experiment, state: 'running', startedAt: now, version: experiment.version + 1 })
}

/** Stops it for good. Orders taken before count on as they settle, and are taken back when they are refunded. */
export function decideStop(experiment: Experiment, by: 'operator' | Metric, now: number): Experiment {
  if (experiment.state === 'stopped') return experiment
  return { ...experiment, state: 'stopped', stoppedAt: now, stoppedBy: by, version: experiment.version + 1 }
}

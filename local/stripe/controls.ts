/**
 * The knobs of the stand-in: what a test or an outsider may make go wrong, kept exactly as they travel over
 * `POST /control` (the README has the table). They live in memory only: a stand-in that starts is a healthy one.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type { Json } from './records.ts'

export const ONE_SHOTS = [
  'error_before_effect',
  'error_after_effect',
  'timeout_before_effect',
  'timeout_after_effect',
  'reset_after_effect',
  'html_body',
  'truncate_body',
] as const
/** Faults that are spent one per request; the number says how many are left. */
export type OneShot = (typeof ONE_SHOTS)[number]

const OUTAGES = ['none', 'refuse', 'hang', '500'] as const
const OUTCOMES = ['succeed', 'fail'] as const

export interface WebhookControls {
  url: string | null
  delay_ms: number
  /** Further copies of every event. */
  repeat: number
  /** Every copy waits a random time up to `reorder_ms` more. */
  reorder: boolean
  reorder_ms: number
  lose_percent: number
  lose_next: number
  paused: boolean
  /** First pause before an unanswered copy is sent again; doubles up to 60 s. */
  retry_ms: number
  /** Added to the time in the signature. */
  skew_ms: number
  /** A second secret to sign with, as during a rotation. */
  extra_secret: string | null
  /** Types that are sent; `*` for all. */
  enabled_events: string[]
}

export interface Controls extends Record<OneShot, number> {
  seed: number
  decline_next: number
  decline_percent: number
  latency_ms: number
  slow_ms: number
  outage: (typeof OUTAGES)[number]
  /** The endpoint that one-shot faults wait for, as in `payment_intents.capture`; null: every POST. */
  fault_on: string | null
  rate_limit: boolean
  processing_ms: number
  processing_outcome: (typeof OUTCOMES)[number]
  refund_ms: number
  webhooks: WebhookControls
}

/** What `POST /control` takes. `reset` puts every knob back (but the webhook address) before the rest is applied. */
export type ControlPatch = Partial<Omit<Controls, 'webhooks'>> & {
  webhooks?: Partial<WebhookControls>
  clock_advance_ms?: number
  reset?: boolean
}

export const calm = (url: string | null): Controls => ({
  seed: 1,
  decline_next: 0,
  decline_percent: 0,
  latency_ms: 0,
  slow_ms: 5000,
  outage: 'none',
  error_before_effect: 0,
  error_after_effect: 0,
  timeout_before_effect: 0,
  timeout_after_effect: 0,
  reset_after_effect: 0,
  html_body: 0,
  truncate_body: 0,
  fault_on: null,
  rate_limit: false,
  processing_ms: 3000,
  processing_outcome: 'succeed',
  refund_ms: 3000,
  webhooks: {
    url,
    delay_ms: 0,
    repeat: 0,
    reorder: false,
    reorder_ms: 1000,
    lose_percent: 0,
    lose_next: 0,
    paused: false,
    retry_ms: 1000,
    skew_ms: 0,
    extra_secret: null,
    enabled_events: ['*'],
  },
})

type Check = (value: unknown) => boolean
const count: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0
const whole: Check = (value) => Number.isSafeInteger(value)
const percent: Check = (value) => typeof value === 'number' && value >= 0 && value <= 100
const flag: Check = (value) => typeof value === 'boolean'
const text: Check = (value) => value === null || (typeof value === 'string' && value !== '')
const address: Check = (value) => value === null || (typeof value === 'string' && URL.canParse(value))
const oneOf =
  (values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value)
const texts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string')

const CHECKS: Record<keyof ControlPatch, Check> = {
  seed: count,
  decline_next: count,
  decline_percent: percent,
  latency_ms: count,
  slow_ms: count,
  outage: oneOf(OUTAGES),
  error_before_effect: count,
  error_after_effect: count,
  timeout_before_effect: count,
  timeout_after_effect: count,
  reset_after_effect: count,
  html_body: count,
  truncate_body: count,
  fault_on: text,
  rate_limit: flag,
  processing_ms: count,
  processing_outcome: oneOf(OUTCOMES),
  refund_ms: count,
  webhooks: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  clock_advance_ms: count,
  reset: flag,
}

const WEBHOOK_CHECKS: Record<keyof WebhookControls, Check> = {
  url: address,
  delay_ms: count,
  repeat: count,
  reorder: flag,
  reorder_ms: count,
  lose_percent: percent,
  lose_next: count,
  paused: flag,
  retry_ms: count,
  skew_ms: whole,
  extra_secret: text,
  enabled_events: texts,
}

/** JSON from outside → a patch, or a sentence about what is wrong with it. `outage: null` means none. */
export function parsePatch(body: Json): Decision<ControlPatch, string> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return refuse('Send a JSON object.')
  const patch = body['outage'] === null ? { ...body, outage: 'none' } : body
  const hooks = patch['webhooks']
  const problem =
    firstProblem(patch, CHECKS, '') ??
    (typeof hooks === 'object' && hooks !== null ? firstProblem(hooks, WEBHOOK_CHECKS, 'webhooks.') : null)
  return problem === null ? accept(patch as ControlPatch) : refuse(problem)
}

function firstProblem(sent: object, checks: Record<string, Check>, prefix: string): string | null {
  for (const [name, value] of Object.entries(sent)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    if (check === undefined) return `Unknown knob: ${prefix}${name}. Known: ${Object.keys(checks).join(', ')}.`
    if (!check(value)) return `Invalid value for ${prefix}${name}: ${JSON.stringify(value)}.`
  }
  return null
}

/** The knobs after a patch. The clock is not a knob; whoever applies the patch moves it. */
export function turned(controls: Controls, patch: ControlPatch): Controls {
  const { reset, clock_advance_ms: _moved, webhooks, ...knobs } = patch
  const base = reset === true ? calm(controls.webhooks.url) : controls
  return { ...base, ...knobs, webhooks: { ...base.webhooks, ...webhooks } }
}

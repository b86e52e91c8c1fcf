/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11) as structured fields (RFC 9651), and
 * `Retry-After` beside them. Hints, not promises; and never on an answer that anybody may store, since they are about one
 * caller at one instant.
 */
import { assert } from '../basics/assert.ts'
import type { Rate } from './gcra.ts'

/** A limit as its caller knows it: `name` is stable, and is what a refusal's `violated-policies` says. */
export interface NamedRate {
  name: string
  rate: Rate
}

/** Where a caller stands with one limit. */
export interface Standing {
  name: string
  /** Permits that are left. */
  remaining: number
  /** For so long there may be no more than these, ms. */
  resetMs: number
}

/** The largest integer a structured field can say (RFC 9651, section 3.3.1). */
const INTEGER_MOST = 999_999_999_999_999

/** Names may be any text of visible ASCII and spaces; quotes and backslashes are escaped. */
function sfString(text: string): string {
  assert(/^[\x20-\x7e]*$/.test(text), `a structured string is ASCII: ${text}`)
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

const sfInteger = (value: number): string => String(Math.max(0, Math.min(INTEGER_MOST, Math.trunc(value))))

/** Whole seconds, never fewer than there are. */
const seconds = (ms: number): number => Math.ceil(ms / 1000)

/** What the limits are. Constant, whatever the load. The draft has no word for a burst, so that travels under our own. */
export const policyField = (policies: readonly NamedRate[]): string =>
  policies
    .map(({ name, rate }) => {
      const window = Math.max(1, seconds(rate.windowMs))
      return `${sfString(name)};q=${sfInteger(rate.units)};w=${sfInteger(window)};onrush-burst=${sfInteger(rate.burst)}`
    })
    .join(', ')

/** Where the caller stands. Of several limits the one closest to its end is enough. */
export const limitField = (standings: readonly Standing[]): string =>
  standings
    .map(
      ({ name, remaining, resetMs }) => `${sfString(name)};r=${sfInteger(remaining)};t=${sfInteger(seconds(resetMs))}`,
    )
    .join(', ')

/**
 * When to come back, ms: never before `t` of the field beside it, which is the same wait in whole seconds, and later by a
 * share of chance, because those who were refused together would come back together. `chance`: [0, 1).
 */
export function comeBackMs(retryMs: number, chance: number): number {
  const atLeast = seconds(retryMs) * 1000
  return atLeast + Math.floor(chance * Math.max(SPREAD_LEAST_MS, atLeast * SPREAD_SHARE))
}

const SPREAD_LEAST_MS = 2000
const SPREAD_SHARE = 0.25

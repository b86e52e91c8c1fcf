/** The var `RATE_LIMITS`: what a deployment says of its limits, as JSON (docs/concepts/limits.md). */
import { z } from '@hono/zod-openapi'
import { policyFor, type LimitClass, type LimitSettings, type Policy } from '../../../domain/limit/policies.ts'
import type { Asked } from '../../context.ts'

const Minutely = z.strictObject({ per_minute: z.int().min(1).max(10_000_000), burst: z.int().min(1).max(1_000_000) })
const CLASSES = [
  ...(['operator-write', 'operator-read', 'buying', 'visiting', 'newcomers'] as const),
  ...(['letters', 'network-letters', 'reading'] as const),
] as const
const Changed = z.partialRecord(z.enum(CLASSES satisfies readonly LimitClass[]), Minutely)
const Settings = z.strictObject({
  classes: Changed.optional(),
  stores: z.record(z.string(), Changed).optional(),
  keys: z.record(z.string(), Minutely).optional(),
})

let read: { text: string; settings: LimitSettings } = { text: '', settings: {} }

/** Read once for each text. A text that means nothing is said in the log, and the usual limits hold. */
export function settingsIn(text: string): LimitSettings {
  if (read.text === text) return read.settings
  read = { text, settings: parsed(text) }
  return read.settings
}

function parsed(text: string): LimitSettings {
  if (text.trim() === '') return {}
  try {
    // A property that is undefined and one that is missing are the same to whoever reads them.
    return Settings.parse(JSON.parse(text)) as LimitSettings
  } catch (fault) {
    console.error('RATE_LIMITS is not what docs/concepts/limits.md describes; the usual limits hold', fault)
    return {}
  }
}

export const policyOf = (c: Asked, limitClass: LimitClass, keyId?: string): Policy =>
  policyFor(settingsIn(c.env.RATE_LIMITS), limitClass, c.get('visit').storeId, keyId)

/** The form of a schedule as the API would have been asked, and its mistakes by the form's fields: there is one set of rules. */
import type { z } from '@hono/zod-openapi'
import type { ScheduleTerms } from '../../domain/message/schedule-desk.ts'
import type { Asked } from '../context.ts'
import type { Filled } from '../pages/forms.ts'
import type { FieldError, Refusal } from '../problems.ts'
import { fieldErrors } from '../routes/endpoint.ts'
import { checked, mistakesInPlan, timingChecked } from '../schedule-desk.ts'
import { ScheduleTiming, ScheduleWrite } from '../schedule-schemas.ts'
import { scheduleIn, timingIn } from '../schedule-wire.ts'
import type { PreviewOf } from './schedule-preview.tsx'

export type Mistakes = Readonly<Record<string, string>>
export type Read<Value> = { ok: true; value: Value } | { ok: false; mistakes: Mistakes; refusal: Refusal | null }
type Checked = Extract<Awaited<ReturnType<typeof checked>>, { ok: true }>['value']

/** All of it, ready to be kept. */
export async function scheduleAsked(c: Asked, filled: Filled): Promise<Read<Checked>> {
  const payload = jsonIn(filled['payload'] || '{}')
  if (payload === undefined) return { ok: false, mistakes: { payload: 'This is no JSON.' }, refusal: null }
  const asked = {
    name: filled['name'],
    timing: timingAsked(filled),
    ...(filled['misfire'] ? { misfire: { policy: filled['misfire'] } } : {}),
    ...(filled['overlapping'] ? { overlapping: filled['overlapping'] } : {}),
    jitter: Number(filled['jitter'] || 0),
    job: { type: filled['type'], payload },
  }
  const parsed = ScheduleWrite.safeParse(asked)
  if (!parsed.success) return wrong(fieldErrors(parsed.error))
  // Nothing is left out of what the schema has filled in.
  const terms = scheduleIn(parsed.data, c.var.visit.clock.now()) as ScheduleTerms
  const found = await checked(c, terms)
  if (found.ok) return { ok: true, value: found.value }
  return found.refusal.code === 'invalid_request' ? wrong(found.refusal.errors) : refused(found.refusal)
}

/** Only when it would fire. */
export async function timingOnly(c: Asked, filled: Filled): Promise<Read<PreviewOf>> {
  const parsed: z.ZodSafeParseResult<z.infer<typeof ScheduleTiming>> = ScheduleTiming.safeParse(timingAsked(filled))
  if (!parsed.success)
    return wrong(fieldErrors(parsed.error).map((one) => ({ ...one, pointer: `/timing${one.pointer}` })))
  const plan = { timing: timingIn(parsed.data, c.var.visit.clock.now()), startsAt: null, endsAt: null, blackouts: [] }
  const errors = mistakesInPlan(plan)
  if (errors.length > 0) return wrong(errors)
  const found = await timingChecked(c, plan.timing)
  return found.ok ? { ok: true, value: plan } : refused(found.refusal)
}

function timingAsked(filled: Filled): unknown {
  switch (filled['kind']) {
    case 'interval':
      return { kind: 'interval', every: Number(filled['every'] || NaN) * 60 }
    case 'once':
      return { kind: 'once', at: `${filled['at'] ?? ''}${/T\d\d:\d\d$/.test(filled['at'] ?? '') ? ':00Z' : 'Z'}` }
    case 'drop': {
      const { drop, moment } = filled
      return { kind: 'drop', drop, moment, offset: Number(filled['offset'] || 0) * 60 }
    }
    default: {
      const { expression, zone, gap, overlap } = filled
      return { kind: 'cron', expression, zone: zone || 'UTC', gap: gap || 'usual', overlap: overlap || 'usual' }
    }
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

const refused = (refusal: Refusal): Read<never> => ({ ok: false, mistakes: {}, refusal })

const wrong = (errors: readonly FieldError[]): Read<never> => ({
  ok: false,
  mistakes: Object.fromEntries(errors.map(({ pointer, problem }) => [fieldOf(pointer), problem])),
  refusal: null,
})

/** `/timing/expression` is the field `expression`; all of a payload is one field. */
function fieldOf(pointer: string): string {
  const [, first = '', second = ''] = pointer.split('/')
  return first === 'timing' || first === 'job' ? second || first : first
}

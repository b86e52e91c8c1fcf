/**
 * Refusal to HTTP: for each code its status, its sentence and, where time helps, when to come back. The table is keyed
 * by the codes of all refusal unions, so a new code does not compile until it has an answer here; and being a table
 * rather than a switch it can be read aloud: docs/reference/problems.md and /docs are made from it.
 *
 * Codes are API: never renamed, only added.
 */
import { limitField } from '../domain/limit/fields.ts'
import { BUYING } from './problems/buying.ts'
import { DOOR } from './problems/door.ts'
import { FAILURES } from './problems/failures.ts'
import { JOBS } from './problems/jobs.ts'
import { OPERATING } from './problems/operating.ts'
import { ROOM } from './problems/room.ts'
import { SCHEDULES } from './problems/schedules.ts'
import type { Answer, Answers, Code, Refusal } from './problems/refusals.ts'

export type { Code, DoorRefusal, Failure, FieldError, Refusal } from './problems/refusals.ts'

export const PROBLEMS: Answers = {
  ...BUYING,
  ...ROOM,
  ...OPERATING,
  ...DOOR,
  ...JOBS,
  ...SCHEDULES,
  ...FAILURES,
}

export interface Problem {
  status: number
  headers: Record<string, string>
  /** application/problem+json (RFC 9457): the same refusal and request id give the same bytes. */
  body: string
}

/** The stable address of a code's documentation; a relative reference, so that each shop answers for itself. */
export const problemType = (code: Code): string => `/docs/problems#${code}`

/** Says a refusal in HTTP. */
export function problemFor(refusal: Refusal, requestId: string): Problem {
  const answer = PROBLEMS[refusal.code] as Answer<Refusal>
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  }
  const retryAfterMs = answer.retryAfterMs?.(refusal)
  // Whole seconds, and never zero: a crowd that is told "0" comes back at once.
  if (retryAfterMs != null) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (refusal.code === 'too_many_requests' && refusal.retryInMs !== null) {
    const standing = { remaining: 0, resetMs: refusal.retryInMs }
    headers['ratelimit'] = limitField(refusal.violatedPolicies.map((name) => ({ name, ...standing })))
  }
  if (refusal.code === 'range_not_satisfiable') headers['content-range'] = `bytes */${refusal.bytes}`
  if (refusal.code === 'method_not_allowed') headers['allow'] = refusal.allowed.join(', ')
  if (answer.status === 401) headers['www-authenticate'] = 'Bearer realm="onrush"'
  const { code, ...facts } = refusal
  const body = JSON.stringify({
    type: answer.registered?.type ?? problemType(code),
    title: answer.registered?.title ?? answer.title,
    status: answer.status,
    // What is registered has a title of its own; then the sentence for people is the detail.
    ...(answer.registered && { detail: answer.title }),
    code,
    ...wireFacts(facts),
    request_id: requestId,
  })
  return { status: answer.status, headers, body }
}

/** The members that are the problem's own (RFC 9457, section 3.1, and ours). No fact travels under these names. */
const RESERVED = new Set(['type', 'title', 'status', 'detail', 'instance', 'code', 'request_id'])
/** Facts whose name inside is a problem's own member outside. */
const RENAMED: Readonly<Record<string, string>> = {
  status: 'order_status',
  violatedPolicies: 'violated-policies', // draft-ietf-httpapi-ratelimit-headers-11
}

/** Facts put on their travelling clothes: snake_case, and instants (names ending in `At`) in RFC 3339. */
function wireFacts(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(facts).flatMap(([name, value]) => {
      const outside = RENAMED[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      if (RESERVED.has(outside)) return []
      return [[outside, name.endsWith('At') && typeof value === 'number' ? new Date(value).toISOString() : value]]
    }),
  )
}

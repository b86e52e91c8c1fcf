/** A stored response for tests: what the origin said, when, and what asked for it. */
import type { Fields } from './fields.ts'
import { fieldOf } from './fields.ts'
import { contentRangeOf } from './ranges.ts'
import type { StoredResponse } from './stored.ts'
import { factsOf, keptFields } from './stored.ts'
import { selectingOf } from './vary.ts'

/** A Saturday at noon, in whole seconds as `Date` has them. */
export const NOON = Date.UTC(2026, 10, 21, 12)

interface Said {
  status?: number
  body?: string
  request?: Record<string, string>
  at?: number
  tookMs?: number
}

export const fieldsOf = (fields: Record<string, string>): Fields => Object.entries(fields)

export function stored(
  fields: Record<string, string>,
  { status = 200, body = 'hello', request = {}, at = NOON, tookMs = 0 }: Said = {},
): StoredResponse {
  const received = { status, fields: fieldsOf(fields), requestedAt: at - tookMs, receivedAt: at, stamp: null }
  return {
    ...received,
    fields: keptFields(received),
    facts: factsOf(received),
    body: Uint8Array.from(body, (letter) => letter.charCodeAt(0)),
    part: status === 206 ? contentRangeOf(fieldOf(received.fields, 'content-range')) : null,
    selecting: selectingOf(received.fields, fieldsOf(request)) ?? [],
  }
}

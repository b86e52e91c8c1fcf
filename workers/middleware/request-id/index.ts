/**
 * Ids that follow a request through logs, answers and objects: `X-Request-Id` is taken over when it is sane, else
 * drawn; `traceparent` (W3C Trace Context, level 1) is taken over when it is well formed, else left out.
 */
import { newId } from '../../../domain/basics/ids.ts'
import type { Random } from '../../../domain/basics/random.ts'

/** Letters that cannot break out of a log line or a header, and not too many of them. */
const SANE_ID = /^[A-Za-z0-9._:=+/-]{1,128}$/
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

export function requestIdFrom(headers: Headers, now: number, random: Random): string {
  const given = headers.get('x-request-id')
  return given !== null && SANE_ID.test(given) ? given : newId('req', now, random)
}

export function traceparentFrom(headers: Headers): string | null {
  const given = headers.get('traceparent')
  return given !== null && TRACEPARENT.test(given) ? given : null
}

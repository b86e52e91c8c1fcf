/** What a successful unsafe request makes of stored responses (RFC 9111 section 4.4). */
import type { Fields } from './fields.ts'
import { fieldOf } from './fields.ts'

/** Methods that change nothing, so what is stored stays good (RFC 9110 section 9.2.1 and IANA's registry). */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY', 'PROPFIND', 'REPORT', 'SEARCH', 'PRI'])

export const isSafe = (method: string): boolean => SAFE.has(method)

/** Addresses as written in the answer that go with the target; resolve them against it, and keep to its origin. */
export function alsoInvalidated(fields: Fields): string[] {
  return ['location', 'content-location'].flatMap((name) => fieldOf(fields, name) ?? [])
}

/** Only an answer that says "done" or "look there": an error changed nothing. */
export const invalidates = (method: string, status: number): boolean => !isSafe(method) && status >= 200 && status < 400

/** May a shared cache store this response (RFC 9111 section 3), and would it be of any use? */
import type { Fields } from './fields.ts'
import { fieldOf, hasField } from './fields.ts'
import { wishesOf } from './cache-control.ts'
import type { CachePolicy } from './policy.ts'
import { contentRangeOf } from './ranges.ts'
import type { Received, StoredResponse } from './stored.ts'
import { factsOf, isHeuristicallyCacheable, variesBy } from './stored.ts'

export interface Asking {
  method: string
  fields: Fields
}

export type Storing = { store: true } | { store: false; why: NotStored }

export type NotStored =
  | 'method'
  | 'interim'
  | 'no-store'
  | 'request-no-store'
  | 'private'
  | 'authorization'
  | 'cookie'
  | 'partial'
  | 'not-modified'
  | 'must-understand'
  | 'vary'
  | 'no-lifetime'

/** Statuses whose rules for caches we keep: those of RFC 9110, and a few that others wrote down since. */
const UNDERSTOOD = new Set([
  ...[200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406],
  ...[407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 425, 426, 428, 429, 431, 451],
  ...[500, 501, 502, 503, 504, 505, 511],
])

export function decideStoring(asking: Asking, received: Received, policy: CachePolicy): Storing {
  const { status, fields } = received
  const { directives, isExplicit, lifetimeMs, etag, lastModified } = factsOf(received)
  if (asking.method !== 'GET') return no('method')
  if (status < 200) return no('interim')
  if (status === 304) return no('not-modified')
  const isUnderstood = UNDERSTOOD.has(status)
  if (directives.mustUnderstand && !isUnderstood) return no('must-understand')
  // Who implements must-understand and knows the status passes over the no-store beside it.
  if (directives.noStore && !directives.mustUnderstand) return no('no-store')
  if (wishesOf(asking.fields).noStore) return no('request-no-store')
  if (directives.isPrivate === true) return no('private')
  if (hasField(asking.fields, 'authorization')) {
    if (policy.isStorefront) return no('authorization')
    const isShared = directives.isPublic || directives.mustRevalidate || directives.sMaxage !== null
    if (!isShared) return no('authorization')
  }
  if (policy.isStorefront && hasField(fields, 'set-cookie')) return no('cookie')
  if (policy.isStorefront && hasField(asking.fields, 'cookie') && !directives.isPublic) return no('cookie')
  if (status === 206 && !contentRangeOf(fieldOf(fields, 'content-range'))) return no('partial')
  if (variesBy(fields) === null) return no('vary')
  const mayBeStored = isExplicit || directives.isPublic || isHeuristicallyCacheable(status)
  const isOfUse = isExplicit || lifetimeMs > 0 || etag !== null || lastModified !== null
  return mayBeStored && isOfUse ? { store: true } : no('no-lifetime')
}

/**
 * Whether the answer to a POST is what a GET of its address may be given from now on: it says how long, and by its
 * Content-Location that it is about this very address (RFC 9110 section 9.3.3).
 */
export const isForGet = (
  method: string,
  received: Received,
  isAboutItsAddress: boolean,
  policy: CachePolicy,
): boolean =>
  method === 'POST' &&
  received.status === 200 &&
  isAboutItsAddress &&
  factsOf(received).isExplicit &&
  !policy.isStorefront

/** Whether news (a 304, the answer to a HEAD) made of a stored response one that would not be stored today. */
export const isWithdrawn = ({ fields, facts: { directives } }: StoredResponse): boolean =>
  (directives.noStore && !directives.mustUnderstand) || directives.isPrivate === true || variesBy(fields) === null

const no = (why: NotStored): Storing => ({ store: false, why })

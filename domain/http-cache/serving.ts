/**
 * From a stored response to an answer: whole, unchanged (304), a part (206), or no such part (416). Everything that is
 * answered from the store ends here, and only here are the visitor's own conditions looked at (RFC 9110 sections 13, 14).
 */
import type { Fields } from './fields.ts'
import { fieldOf, hasField, withoutFields } from './fields.ts'
import { parseHttpDate } from './http-date.ts'
import { bytesIn, covers, ifRangeHolds, rangeAskedIn } from './ranges.ts'
import type { Asking } from './storing.ts'
import type { StoredResponse } from './stored.ts'
import { ageAt } from './stored.ts'

export interface Served {
  status: number
  /** Without `Age` and `Cache-Status`, which are said at the last moment. */
  fields: Fields
  /** Null: an answer without a body. */
  body: Uint8Array<ArrayBuffer> | null
}

/** What of the stored response answers this GET or HEAD. The request's conditions count only against a 200 or 206. */
export function serve(stored: StoredResponse, asking: Asking): Served {
  const whole = stored.status === 200 || stored.status === 206
  if (whole && isUnchangedFor(stored, asking.fields)) return notModified(stored)
  if (stored.part !== null) return partOfPart(stored, asking)
  const asked = stored.status === 200 && asking.method === 'GET' ? rangeAskedIn(asking.fields) : null
  if (asked === null || !ifRangeHolds(asking.fields, stored)) return all(stored)
  const bytes = bytesIn(asked, stored.body.byteLength)
  return bytes === null ? unsatisfiable(stored) : slice(stored, bytes, stored.body.byteLength)
}

/** Seconds for `Age`, which says that the answer was not made or confirmed for this request. */
export const ageField = (stored: StoredResponse, now: number): string => String(Math.floor(ageAt(now, stored) / 1000))

function isUnchangedFor(stored: StoredResponse, request: Fields): boolean {
  const tags = fieldOf(request, 'if-none-match')
  if (tags !== null) return namesTag(tags, stored.facts.etag)
  const since = parseHttpDate(fieldOf(request, 'if-modified-since'), stored.receivedAt)
  if (since === null) return false
  return (stored.facts.lastModified ?? stored.facts.date) <= since
}

/** If-None-Match, compared weakly; `*` is whatever there is. */
function namesTag(tags: string, etag: string | null): boolean {
  if (tags.trim() === '*') return true
  if (etag === null) return false
  return tagsIn(tags).some((tag) => tag.replace(/^W\//, '') === etag.replace(/^W\//, ''))
}

/** A tag is no quoted string: a backslash in it is a letter like any other, and so is a comma (RFC 9110 section 8.8.3). */
const tagsIn = (field: string): readonly string[] => field.match(/(?:W\/)?"[^"]*"|[^\s,"]+/g) ?? []

/** What a 304 repeats of the 200 (RFC 9110 section 15.4.5), and what steers the caches behind us. */
const REPEATED = new Set([
  ...['content-location', 'date', 'etag', 'vary', 'cache-control', 'expires'],
  ...['cdn-cache-control', 'onrush-cdn-cache-control', 'cache-groups', 'no-vary-search'],
])

function notModified(stored: StoredResponse): Served {
  const fields = stored.fields.filter(([name]) => REPEATED.has(name))
  const dated = hasField(fields, 'etag') ? [] : stored.fields.filter(([name]) => name === 'last-modified')
  return { status: 304, fields: [...fields, ...dated], body: null }
}

const REPLACED = new Set(['age', 'content-length'])

const all = (stored: StoredResponse): Served => ({
  status: stored.status,
  fields: withoutFields(stored.fields, REPLACED),
  body: stored.body,
})

const RANGED = new Set(['age', 'content-length', 'content-range'])

function slice(stored: StoredResponse, bytes: { first: number; last: number }, total: number | null): Served {
  const offset = stored.part?.first ?? 0
  return {
    status: 206,
    fields: [
      ...withoutFields(stored.fields, RANGED),
      ['content-range', `bytes ${bytes.first}-${bytes.last}/${total ?? '*'}`],
    ],
    body: stored.body.subarray(bytes.first - offset, bytes.last - offset + 1),
  }
}

function unsatisfiable(stored: StoredResponse): Served {
  const date = stored.fields.filter(([name]) => name === 'date' || name === 'etag')
  return {
    status: 416,
    fields: [...date, ['content-range', `bytes */${stored.body.byteLength}`]],
    body: new Uint8Array(0),
  }
}

/** The caller has made sure that the part covers what is asked (`canServePart`). */
function partOfPart(stored: StoredResponse, { fields }: Asking): Served {
  const asked = rangeAskedIn(fields)
  const bytes = asked && stored.part && covers(stored.part, asked)
  return bytes ? slice(stored, bytes, stored.part?.total ?? null) : all(stored)
}

/** Whether a stored part answers this request: it asks for bytes that are all there. */
export function canServePart(stored: StoredResponse, { method, fields }: Asking): boolean {
  const asked = rangeAskedIn(fields)
  if (method !== 'GET' || asked === null || stored.part === null || !ifRangeHolds(fields, stored)) return false
  return covers(stored.part, asked) !== null
}

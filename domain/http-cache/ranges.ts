/**
 * Ranges of bytes (RFC 9110 section 14) and the putting together of parts (RFC 9111 sections 3.3 and 3.4). Offsets count
 * the bytes as they are stored, encoded.
 */
import type { Fields } from './fields.ts'
import { fieldOf, trimmed } from './fields.ts'
import { parseHttpDate } from './http-date.ts'
import type { Part, StoredResponse } from './stored.ts'
import { strongEtag, strongValidator } from './stored.ts'

/** One range as it was asked for: `last` null is "to the end", `first` null "the last so many". */
export interface AskedRange {
  first: number | null
  last: number | null
}

/** The one range of bytes that is asked for. Null: none, or one we do not answer as such (several, another unit). */
export function rangeAskedIn(fields: Fields): AskedRange | null {
  const found = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(trimmed(fieldOf(fields, 'range') ?? ''))
  if (!found || (found[1] === '' && found[2] === '')) return null
  const [first, last] = [found[1], found[2]].map((digits) => (digits === '' ? null : Number(digits)))
  const range = { first: first ?? null, last: last ?? null }
  return range.first !== null && range.last !== null && range.last < range.first ? null : range
}

/** Which bytes of `total` that is, both ends counted; null: none of them. */
export function bytesIn({ first, last }: AskedRange, total: number): { first: number; last: number } | null {
  if (first === null) return last === 0 || total === 0 ? null : { first: Math.max(0, total - last!), last: total - 1 }
  return first >= total ? null : { first, last: Math.min(last ?? total - 1, total - 1) }
}

export function contentRangeOf(field: string | null): Part | null {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(trimmed(field ?? ''))
  if (!found) return null
  const [first, last, total] = [Number(found[1]), Number(found[2]), found[3] === '*' ? null : Number(found[3])]
  return last >= first && (total === null || last < total) ? { first, last, total } : null
}

/** Whether `If-Range` lets the range be (RFC 9110 section 13.1.5): only a strong validator that is exactly the same. */
export function ifRangeHolds(fields: Fields, stored: StoredResponse): boolean {
  const condition = fieldOf(fields, 'if-range')
  if (condition === null) return true
  if (/^(?:W\/)?"/.test(condition)) return condition === strongEtag(stored.facts.etag)
  const since = parseHttpDate(condition, stored.receivedAt)
  const { lastModified, date } = stored.facts
  // A date is a strong validator only once a second has passed since the change (RFC 9110 section 8.8.2.2).
  return since !== null && since === lastModified && date - lastModified >= 1000
}

/** Whether a stored part has all the bytes that are asked for. */
export function covers(part: Part, asked: AskedRange): { first: number; last: number } | null {
  if (part.total === null) {
    const isWithin = asked.first !== null && asked.last !== null && asked.first >= part.first && asked.last <= part.last
    return isWithin ? { first: asked.first!, last: asked.last! } : null
  }
  const bytes = bytesIn(asked, part.total)
  return bytes !== null && bytes.first >= part.first && bytes.last <= part.last ? bytes : null
}

/** The bytes after the stored beginning, so that a request for the whole asks only for what is missing. */
export function missingAfter({ part, facts }: StoredResponse): string | null {
  const isBeginning = part !== null && part.first === 0 && part.total !== null && part.last < part.total - 1
  return isBeginning && strongValidator(facts) !== null ? `bytes=${part.last + 1}-` : null
}

/**
 * Both parts as one, where they have the same strong validator and touch or overlap; null: they cannot be put together.
 * The later one's fields are the ones that hold.
 */
export function combined(
  earlier: { body: Uint8Array<ArrayBuffer>; part: Part; validator: string | null },
  later: { body: Uint8Array<ArrayBuffer>; part: Part; validator: string | null },
): { body: Uint8Array<ArrayBuffer>; part: Part } | null {
  if (later.validator === null || earlier.validator !== later.validator) return null
  const [a, b] = earlier.part.first <= later.part.first ? [earlier, later] : [later, earlier]
  if (b.part.first > a.part.last + 1) return null
  const total = later.part.total ?? earlier.part.total
  if (earlier.part.total !== null && later.part.total !== null && earlier.part.total !== later.part.total) return null
  const part = { first: a.part.first, last: Math.max(a.part.last, b.part.last), total }
  const body = new Uint8Array(part.last - part.first + 1)
  body.set(a.body, 0)
  body.set(b.body, b.part.first - a.part.first)
  return { body, part }
}

export const isComplete = ({ first, last, total }: Part): boolean => first === 0 && total !== null && last === total - 1

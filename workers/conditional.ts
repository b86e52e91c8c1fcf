/**
 * Answers to whoever has something already: 304 to whoever has it all, a part to whoever has the rest (RFC 9110 sections
 * 13 and 14).
 *
 * What lives (catalog, drops, pages) has an `ETag` and no `Last-Modified`: it may change several times within the second
 * that such a date has, and a date would set one machine's clock against another's, which nothing here does
 * (docs/concepts/the-cache.md). `If-Modified-Since` is passed over there, as it has to be where there is no such date.
 */
import { parseHttpDate, writeHttpDate } from '../domain/http-cache/http-date.ts'
import { bytesIn, rangeAskedIn } from '../domain/http-cache/ranges.ts'
import { digest } from './signing.ts'

export interface Validators {
  /** As it is sent, with its quotes. */
  etag: string
  /** In ms, for what is written once. Null: there is no such date. */
  lastModifiedAt?: number | null
}

/** A strong tag: what it stands for has these very bytes. */
export const tagOf = async (body: string): Promise<string> => `"${(await digest(body)).slice(0, 32)}"`

/** If-None-Match (RFC 9110 section 13.1.2), compared weakly. In a tag a comma and a backslash are letters like any other. */
export function matches(field: string | null, etag: string): boolean {
  if (field === null) return false
  if (field.trim() === '*') return true
  return (field.match(/(?:W\/)?"[^"]*"/g) ?? []).some((tag) => tag.replace(/^W\//, '') === etag.replace(/^W\//, ''))
}

/** Whether a GET or HEAD is to be answered 304. If-None-Match decides alone where it came (RFC 9110 section 13.2.2). */
export function isUnchanged(asked: Headers, { etag, lastModifiedAt = null }: Validators, now: number): boolean {
  const tags = asked.get('if-none-match')
  if (tags !== null) return matches(tags, etag)
  if (lastModifiedAt === null) return false
  const since = parseHttpDate(asked.get('if-modified-since'), now)
  return since !== null && wholeSecond(lastModifiedAt) <= since
}

/** Of the content itself a 304 says nothing: whoever has it has that too (RFC 9110 section 15.4.5). */
const OF_CONTENT = ['content-type', 'content-length', 'content-disposition', 'content-language']

/** The 304 beside the 200 with these headers. */
export function unchanged(headers: Headers): Response {
  const response = new Response(null, { status: 304, headers })
  for (const name of OF_CONTENT) response.headers.delete(name)
  return response
}

/**
 * The part of `bytes` that a GET asks for: first and last byte, both counted. `none`: it asks for bytes that are not there.
 * Null: all of it, also where several parts or another unit were asked for, or where what the caller has is of another one.
 */
export function partAsked(
  asked: Headers,
  validators: Validators,
  bytes: number,
  now: number,
): { first: number; last: number } | 'none' | null {
  const range = rangeAskedIn([['range', asked.get('range') ?? '']])
  if (range === null || !mayBePart(asked.get('if-range'), validators, now)) return null
  return bytesIn(range, bytes) ?? 'none'
}

/** If-Range (RFC 9110 section 13.1.5): the very same strong tag, or the very date of something long unchanged. */
function mayBePart(condition: string | null, { etag, lastModifiedAt = null }: Validators, now: number): boolean {
  if (condition === null) return true
  if (condition.includes('"')) return condition === etag && !etag.startsWith('W/')
  const date = parseHttpDate(condition, now)
  return lastModifiedAt !== null && date === wholeSecond(lastModifiedAt) && now - date >= DATE_IS_STRONG_MS
}

/** A date stands for one content only when it could not have changed again within its second. */
const DATE_IS_STRONG_MS = 2000

const wholeSecond = (instant: number): number => Math.floor(instant / 1000) * 1000

/** `Last-Modified`. */
export const httpDate = (instant: number): string => writeHttpDate(wholeSecond(instant))

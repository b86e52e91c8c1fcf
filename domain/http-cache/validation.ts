/**
 * Asking the origin whether what we have still holds, and what its answer does to what we have (RFC 9111 section 4.3,
 * RFC 9110 section 13).
 */
import type { Fields } from './fields.ts'
import { fieldOf, hasField, onwardFields, withField, withoutFields } from './fields.ts'
import type { Received, StoredResponse } from './stored.ts'
import { factsOf, keptFields, strongEtag, strongValidator } from './stored.ts'
import { selectingOf } from './vary.ts'

/** The visitor's own conditions and ranges: the store asks with its own. */
export const CONDITIONS: ReadonlySet<string> = new Set(['if-none-match', 'if-modified-since', 'if-range', 'range'])

/** Conditions that only the origin can judge (RFC 9111 section 4.3.2). */
export const asksTheOrigin = (request: { has(name: string): boolean }): boolean =>
  request.has('if-match') || request.has('if-unmodified-since')

/** The request's fields, asking for a response only if it is another than the stored ones. */
export function conditionalFields(request: Fields, about: readonly StoredResponse[]): Fields {
  const tags = [...new Set(about.flatMap(({ facts }) => facts.etag ?? []))]
  const [only] = about.length === 1 ? about : []
  const lastModified = only && only.facts.lastModified !== null ? fieldOf(only.fields, 'last-modified') : null
  return [
    ...withoutFields(request, CONDITIONS),
    ...(tags.length === 0 ? [] : [['if-none-match', tags.join(', ')] as const]),
    ...(lastModified === null ? [] : [['if-modified-since', lastModified] as const]),
  ]
}

/**
 * What the origin may be asked about: the response for this request; and where there is none, those for other requests,
 * since the origin may choose one of them (RFC 9111 section 4.1).
 */
export function confirmable(
  stored: StoredResponse | undefined,
  all: readonly StoredResponse[],
): readonly StoredResponse[] {
  if (stored) return canBeConfirmed(stored) ? [stored] : []
  return all.filter(({ status, part, facts }) => status === 200 && part === null && strongEtag(facts.etag) !== null)
}

export const canBeConfirmed = ({ facts, part }: StoredResponse): boolean =>
  part === null && (facts.etag !== null || facts.lastModified !== null)

/** A 304, or the answer to a HEAD: fields without a body, and when they came. */
export type News = Omit<Received, 'status'>

/**
 * Which stored responses a 304 is about (RFC 9111 section 4.3.4). With a strong validator all that have it, else the
 * newest that has the weak one. A 304 that names none confirms the one it was asked about, if it was one.
 */
export function meantBy(
  news: News,
  all: readonly StoredResponse[],
  askedAbout: readonly StoredResponse[],
): readonly StoredResponse[] {
  const { etag, lastModified } = factsOf({ ...news, status: 304 })
  if (strongEtag(etag) !== null) return all.filter(({ facts }) => facts.etag === etag)
  const newest = [...all].toSorted((a, b) => b.facts.date - a.facts.date || b.receivedAt - a.receivedAt)
  if (etag !== null) return newest.filter(({ facts }) => facts.etag === etag).slice(0, 1)
  if (lastModified !== null) return newest.filter(({ facts }) => facts.lastModified === lastModified).slice(0, 1)
  return askedAbout.length === 1 ? askedAbout : []
}

/** Not taken from a 304: they describe the body we have, or would cut it short. */
const OF_THE_BODY = new Set(['content-length', 'content-encoding', 'content-range', 'transfer-encoding'])

/**
 * The stored response with the fields of the news (RFC 9111 section 3.2) and everything derived from them made anew.
 * `request`: the one that was answered, for what `Vary` names now.
 */
export function freshened(stored: StoredResponse, news: News, request: Fields): StoredResponse {
  const fresh = withoutFields(onwardFields(news.fields), OF_THE_BODY)
  // An Age that came with the stored response says nothing about news that came straight from the origin; nor does Date.
  const replaced = new Set([...fresh.map(([name]) => name), 'age', 'date'])
  const { requestedAt, receivedAt, stamp } = news
  const merged = [...withoutFields(stored.fields, replaced), ...fresh]
  const received = { status: stored.status, fields: merged, requestedAt, receivedAt, stamp }
  const selecting = hasField(fresh, 'vary') ? selectingOf(merged, request) : null
  return {
    ...stored,
    ...received,
    fields: keptFields(received),
    selecting: selecting ?? stored.selecting,
    facts: factsOf(received),
  }
}

/**
 * What a 200 to a HEAD says of a stored 200 to a GET (RFC 9111 section 4.3.5): the same validators and length freshen it,
 * others mean that it must be confirmed before it is used again.
 */
export function afterHead(stored: StoredResponse, news: News, request: Fields): StoredResponse {
  if (stored.status !== 200 || stored.part !== null) return stored
  const { etag, lastModified } = factsOf({ ...news, status: 200 })
  const length = fieldOf(news.fields, 'content-length')
  const isSame =
    (etag === null || etag === stored.facts.etag) &&
    (lastModified === null || lastModified === stored.facts.lastModified) &&
    (length === null || Number(length) === stored.body.byteLength)
  return isSame ? freshened(stored, news, request) : mustBeConfirmed(stored)
}

export const mustBeConfirmed = (stored: StoredResponse): StoredResponse => ({
  ...stored,
  facts: { ...stored.facts, mustConfirm: true },
})

/**
 * Whether what the origin answers will be of use to everybody: no part, and not an answer to the visitor's own
 * conditions, which travel on where nothing stored can be confirmed.
 */
export function bringsForAll(request: Fields, stored: StoredResponse | undefined): boolean {
  if (hasField(request, 'range')) return false
  const isConditional = hasField(request, 'if-none-match') || hasField(request, 'if-modified-since')
  return !isConditional || (stored !== undefined && canBeConfirmed(stored))
}

/** Asks only for what is missing of a stored beginning, if it is still the same thing. */
export function restFields(request: Fields, stored: StoredResponse | undefined, rest: string | null): Fields {
  if (rest === null || !stored) return request
  return withField(
    withField(withoutFields(request, CONDITIONS), 'range', rest),
    'if-range',
    strongValidator(stored.facts) ?? '',
  )
}

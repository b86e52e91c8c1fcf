/**
 * A stored response and what a shared cache must know of it: how long it is fresh, how old it already was when it
 * arrived, which requests it is for (RFC 9111 sections 3 and 4). Plain values, so that it travels through every tier
 * and its clock never starts anew there.
 */
import type { Stamp } from '../freshness/epochs.ts'
import type { Directives } from './cache-control.ts'
import type { Fields } from './fields.ts'
import { fieldOf, hasField, membersOf, onwardFields, trimmed, withField, withoutFields } from './fields.ts'
import { parseHttpDate, writeHttpDate } from './http-date.ts'
import { policyOf } from './targeted.ts'

/** A response as it came from the origin, and when. Instants are ms since the epoch. */
export interface Received {
  status: number
  fields: Fields
  requestedAt: number
  receivedAt: number
  /** How far changes had been counted when it was asked for; null: nobody counted. */
  stamp: Stamp | null
}

/** Which bytes of the whole a stored 206 holds; both ends count. `total`: null when the origin did not say. */
export interface Part {
  first: number
  last: number
  total: number | null
}

export interface StoredResponse extends Received {
  body: Uint8Array<ArrayBuffer>
  /** Null: the body is whole. */
  part: Part | null
  /** The request's fields that `Vary` named, as they counted then; null where one did not come. */
  selecting: readonly (readonly [name: string, value: string | null])[]
  facts: Facts
}

/** Derived from status, fields and instants; made again whenever one of them changes. */
export interface Facts {
  directives: Directives
  isTargeted: boolean
  lifetimeMs: number
  /** Whether the origin itself said how long, rather than we guessed. */
  isExplicit: boolean
  /** `corrected_initial_age` of RFC 9111 section 4.2.3, at `receivedAt`. */
  initialAgeMs: number
  date: number
  etag: string | null
  lastModified: number | null
  /** Something happened to its address since: it may only be used once the origin has confirmed it. */
  mustConfirm: boolean
}

/** Heuristically cacheable (RFC 9110 section 15.1). */
const HEURISTIC = new Set([200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501])

/** A tenth of how long it had not changed, at most a day: what is typical, and no more than a shop can stand. */
const HEURISTIC_MS_MAX = 24 * 60 * 60_000

export function factsOf({ status, fields, requestedAt, receivedAt }: Omit<Received, 'stamp'>): Facts {
  const { directives, isTargeted } = policyOf(fields)
  const date = parseHttpDate(fieldOf(fields, 'date'), receivedAt) ?? receivedAt
  const lastModified = parseHttpDate(fieldOf(fields, 'last-modified'), receivedAt)
  const explicit = explicitLifetime(fields, directives, isTargeted, date, receivedAt)
  const guessed = HEURISTIC.has(status) || directives.isPublic ? heuristicLifetime(date, lastModified) : 0
  return {
    directives,
    isTargeted,
    lifetimeMs: explicit ?? guessed,
    isExplicit: explicit !== null,
    initialAgeMs: initialAge(fields, date, requestedAt, receivedAt),
    date,
    etag: etagOf(fields),
    lastModified,
    mustConfirm: false,
  }
}

export const isHeuristicallyCacheable = (status: number): boolean => HEURISTIC.has(status)

/** RFC 9111 section 4.2.1, first that is said: s-maxage, max-age, Expires; null: none is. */
function explicitLifetime(
  fields: Fields,
  { sMaxage, maxAge }: Directives,
  isTargeted: boolean,
  date: number,
  receivedAt: number,
): number | null {
  const seconds = sMaxage ?? maxAge
  if (seconds !== null) return seconds * 1000
  if (isTargeted || !hasField(fields, 'expires')) return null
  const expires = parseHttpDate(fieldOf(fields, 'expires'), receivedAt)
  return expires === null ? 0 : Math.max(0, expires - date)
}

const heuristicLifetime = (date: number, lastModified: number | null): number =>
  lastModified === null ? 0 : Math.min(HEURISTIC_MS_MAX, Math.max(0, (date - lastModified) / 10))

/**
 * RFC 9111 section 4.2.3. `Date` has whole seconds: one that lies in the second in which we asked, or later, was written
 * by an origin that answered us, and is no age.
 */
function initialAge(fields: Fields, date: number, requestedAt: number, receivedAt: number): number {
  const isOurs = date >= Math.floor(requestedAt / 1000) * 1000
  const apparent = isOurs ? 0 : Math.max(0, receivedAt - date)
  return Math.max(apparent, ageIn(fields) * 1000 + Math.max(0, receivedAt - requestedAt))
}

/** The first member of `Age` in seconds; 0 when it is none (RFC 9111 section 5.1). */
function ageIn(fields: Fields): number {
  const [first = ''] = (fieldOf(fields, 'age') ?? '').split(',')
  const written = trimmed(first)
  return /^\d+$/.test(written) ? Math.min(Number(written), 2_147_483_648) : 0
}

export const ageAt = (now: number, { receivedAt, facts }: StoredResponse): number =>
  facts.initialAgeMs + Math.max(0, now - receivedAt)

/** How long it stays fresh, in ms; negative: how long it has been stale. At 0 it is stale. */
export const ttlAt = (now: number, stored: StoredResponse): number => stored.facts.lifetimeMs - ageAt(now, stored)

/**
 * One entity tag, with its `W/`; null when there is none. One without its quotes is sent back as it came, since whoever
 * wrote it may know it again; it counts as weak.
 */
function etagOf(fields: Fields): string | null {
  const field = fieldOf(fields, 'etag')
  return field !== null && /^(?:(?:W\/)?"[\x21\x23-\x7e\x80-\u{10ffff}]*"|[^\s,"]+)$/u.test(field) ? field : null
}

/** A strong validator: an entity tag in its quotes that is not weak. */
export const strongEtag = (etag: string | null): string | null => (etag?.startsWith('"') ? etag : null)

/**
 * What `If-Range` may name, and what two parts must have in common: a strong tag; where there is no tag, a date that was
 * at least a second old when the answer was written (RFC 9110 section 8.8.2.2).
 */
export function strongValidator({ etag, lastModified, date }: Facts): string | null {
  if (etag !== null) return strongEtag(etag)
  return lastModified !== null && date - lastModified >= 1000 ? writeHttpDate(lastModified) : null
}

const NOT_STORED = new Set(['proxy-authenticate', 'proxy-authentication-info', 'proxy-authorization'])

/**
 * The fields as they are kept (RFC 9111 section 3.1): all that travel on, unknown ones included, without those that
 * `no-cache="…"` and `private="…"` name; with a `Date`, if the origin wrote none (RFC 9110 section 6.6.1).
 */
export function keptFields({ fields, receivedAt }: Received): Fields {
  const { noCache, isPrivate } = policyOf(fields).directives
  const named = [...(noCache === true ? [] : noCache), ...(isPrivate === true ? [] : isPrivate)]
  const kept = withoutFields(onwardFields(fields), named.length === 0 ? NOT_STORED : new Set([...NOT_STORED, ...named]))
  return hasField(kept, 'date') ? kept : withField(kept, 'date', writeHttpDate(receivedAt))
}

/** The names in `Vary`, lower-case; null: it says `*`. */
export function variesBy(fields: Fields): readonly string[] | null {
  const names = membersOf(fieldOf(fields, 'vary')).map((name) => name.toLowerCase())
  return names.includes('*') ? null : names
}

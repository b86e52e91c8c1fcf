/**
 * Cache-Control (RFC 9111 section 5.2), read tolerantly: any case, an argument as token or in quotes, unknown
 * directives passed over. Where a number does not parse the answer is stale rather than guessed at, and of two sayings
 * the more careful one holds.
 */
import type { Fields } from './fields.ts'
import { fieldOf, membersOf } from './fields.ts'

/** Longer than anybody means it; what is too big for us is this (RFC 9111 section 1.2.2). */
export const SECONDS_MAX = 2_147_483_648

export interface Directives {
  /** Seconds. A number that does not parse is 0: stale. Null: not said. */
  maxAge: number | null
  sMaxage: number | null
  staleWhileRevalidate: number | null
  staleIfError: number | null
  noStore: boolean
  /** True: wholly. Otherwise the fields that it is about (lower-case); empty: not said. */
  noCache: true | readonly string[]
  isPrivate: true | readonly string[]
  isPublic: boolean
  mustRevalidate: boolean
  proxyRevalidate: boolean
  mustUnderstand: boolean
  immutable: boolean
}

/** What a request may ask of a cache (RFC 9111 section 5.2.1, RFC 5861 section 4). */
export interface Wishes {
  maxAge: number | null
  minFresh: number | null
  /** Infinity: however stale. */
  maxStale: number | null
  staleIfError: number | null
  noCache: boolean
  noStore: boolean
  onlyIfCached: boolean
}

export const NO_DIRECTIVES: Directives = {
  maxAge: null,
  sMaxage: null,
  staleWhileRevalidate: null,
  staleIfError: null,
  noStore: false,
  noCache: [],
  isPrivate: [],
  isPublic: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  immutable: false,
}

export const NO_WISHES: Wishes = {
  maxAge: null,
  minFresh: null,
  maxStale: null,
  staleIfError: null,
  noCache: false,
  noStore: false,
  onlyIfCached: false,
}

export function directivesOf(fields: Fields): Directives {
  const field = fieldOf(fields, 'cache-control')
  if (field === null) return NO_DIRECTIVES
  const said = parse(field)
  return {
    maxAge: smallest(said.get('max-age')),
    sMaxage: smallest(said.get('s-maxage')),
    staleWhileRevalidate: smallest(said.get('stale-while-revalidate')),
    staleIfError: smallest(said.get('stale-if-error')),
    noStore: said.has('no-store'),
    noCache: wholeOrFields(said.get('no-cache')),
    isPrivate: wholeOrFields(said.get('private')),
    isPublic: said.has('public'),
    mustRevalidate: said.has('must-revalidate'),
    proxyRevalidate: said.has('proxy-revalidate'),
    mustUnderstand: said.has('must-understand'),
    immutable: said.has('immutable'),
  }
}

export function wishesOf(fields: Fields): Wishes {
  const field = fieldOf(fields, 'cache-control')
  if (field === null) return NO_WISHES
  const said = parse(field)
  const stale = said.get('max-stale')
  return {
    maxAge: smallest(said.get('max-age')),
    minFresh: greatest(said.get('min-fresh')),
    maxStale: stale?.includes(null) ? Infinity : smallest(stale),
    staleIfError: smallest(said.get('stale-if-error')),
    noCache: said.has('no-cache'),
    noStore: said.has('no-store'),
    onlyIfCached: said.has('only-if-cached'),
  }
}

/** Every argument of every directive, by lower-case name; null where it came without one. */
function parse(field: string): Map<string, (string | null)[]> {
  const said = new Map<string, (string | null)[]>()
  for (const member of membersOf(field)) {
    const equals = member.indexOf('=')
    const name = (equals === -1 ? member : member.slice(0, equals)).toLowerCase()
    const argument = equals === -1 ? null : unquoted(member.slice(equals + 1))
    said.set(name, [...(said.get(name) ?? []), argument])
  }
  return said
}

/** A quoted string without its quotes; anything else as it came. */
function unquoted(argument: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(argument)
  return quoted ? quoted[1]!.replace(/\\(.)/g, '$1') : argument
}

/** Whole seconds; what is none is 0. */
const secondsIn = (argument: string | null): number =>
  argument !== null && /^\d+$/.test(argument) ? Math.min(Number(argument), SECONDS_MAX) : 0

const smallest = (all: (string | null)[] | undefined): number | null => (all ? Math.min(...all.map(secondsIn)) : null)
const greatest = (all: (string | null)[] | undefined): number | null => (all ? Math.max(...all.map(secondsIn)) : null)

function wholeOrFields(all: (string | null)[] | undefined): true | readonly string[] {
  if (!all) return []
  const names = all.flatMap((argument) => membersOf(argument)).map((name) => name.toLowerCase())
  return all.includes(null) || names.length === 0 ? true : names
}

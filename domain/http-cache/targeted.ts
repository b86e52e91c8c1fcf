/**
 * Fields aimed at caches of our kind (RFC 9213). The first of the list that is there, well formed and not empty decides
 * alone: Cache-Control and Expires are then as if they had not been said.
 */
import type { Directives } from './cache-control.ts'
import { directivesOf, NO_DIRECTIVES, SECONDS_MAX } from './cache-control.ts'
import type { Fields } from './fields.ts'
import { fieldOf, membersOf } from './fields.ts'
import type { Member } from './structured.ts'
import { parseDictionary } from './structured.ts'

export const TARGETS = ['onrush-cdn-cache-control', 'cdn-cache-control'] as const

/** What the response tells us, and whether that was aimed at us (then Expires counts for nothing). */
export function policyOf(fields: Fields): { directives: Directives; isTargeted: boolean } {
  for (const target of TARGETS) {
    const field = fieldOf(fields, target)
    const members = field === null ? null : parseDictionary(field)
    if (members && members.size > 0) return { directives: fromDictionary(members), isTargeted: true }
  }
  return { directives: directivesOf(fields), isTargeted: false }
}

function fromDictionary(members: ReadonlyMap<string, Member>): Directives {
  return {
    ...NO_DIRECTIVES,
    maxAge: seconds(members.get('max-age')),
    sMaxage: seconds(members.get('s-maxage')),
    staleWhileRevalidate: seconds(members.get('stale-while-revalidate')),
    staleIfError: seconds(members.get('stale-if-error')),
    noStore: isSaid(members.get('no-store')),
    noCache: wholeOrFields(members.get('no-cache')),
    isPrivate: wholeOrFields(members.get('private')),
    isPublic: isSaid(members.get('public')),
    mustRevalidate: isSaid(members.get('must-revalidate')),
    proxyRevalidate: isSaid(members.get('proxy-revalidate')),
    mustUnderstand: isSaid(members.get('must-understand')),
    immutable: isSaid(members.get('immutable')),
  }
}

/** Nothing is coerced: a lifetime of the wrong type is no lifetime at all, so the response is stale. */
function seconds(member: Member | undefined): number | null {
  if (!member) return null
  return member.type === 'integer' && member.value >= 0 ? Math.min(member.value, SECONDS_MAX) : 0
}

/** `?0` says no; any other value, of whatever type, still names the directive. */
const isSaid = (member: Member | undefined): boolean => member !== undefined && member.value !== false

function wholeOrFields(member: Member | undefined): true | readonly string[] {
  if (!isSaid(member)) return []
  const names = member?.type === 'string' ? membersOf(member.value).map((name) => name.toLowerCase()) : []
  return names.length === 0 ? true : names
}

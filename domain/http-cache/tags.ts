/**
 * By which tags a stored answer is known to be out of date (domain/freshness): those the origin gave it, in the three ways
 * in use, and one of its own address. And what an answer to something unsafe says has changed (RFC 9875).
 */
import { tagOfQuestion } from '../freshness/epochs.ts'
import type { Fields } from './fields.ts'
import { fieldOf, membersOf } from './fields.ts'
import { parseList } from './structured.ts'

/** @param key the public address. What an operator calls a key is its path and query. */
export function tagsOf(fields: Fields, key: string): string[] {
  const groups = strings(fieldOf(fields, 'cache-groups'))
  const spaced = fieldOf(fields, 'surrogate-key')?.split(/[ \t,]+/) ?? []
  const named = [...membersOf(fieldOf(fields, 'cache-tag')), ...spaced, ...groups].filter(Boolean)
  const { origin, question } = partsOf(key)
  return [...new Set([...named, ...groups.map((group) => groupTag(origin, group)), tagOfQuestion(question)])]
}

/**
 * The tags of the groups that an answer to something unsafe says have changed. A group is one of its origin's: what one
 * host says has changed is not gone on another of the same store.
 */
export const groupsChanged = (fields: Fields, key: string): string[] =>
  [...new Set(strings(fieldOf(fields, 'cache-group-invalidation')))]
    .slice(0, GROUPS_MAX)
    .map((group) => groupTag(partsOf(key).origin, group))

/** Four times what everybody must take; each is counted on disk. */
const GROUPS_MAX = 128

const groupTag = (origin: string, group: string): string => `group ${origin} ${group}`

/** A list that is malformed, or has a member that is no string, says nothing. */
function strings(field: string | null): string[] {
  const members = field === null ? null : parseList(field)
  if (!members) return []
  const found = members.flatMap((member) => (member.type === 'string' ? [member.value] : []))
  return found.length === members.length ? found : []
}

function partsOf(key: string): { origin: string; question: string } {
  const slash = key.indexOf('/', key.indexOf('//') + 2)
  // Behind a `#` stands what an origin said of its queries (no-vary-search.ts).
  return { origin: key.slice(0, slash), question: key.slice(slash).split('#', 1)[0]! }
}

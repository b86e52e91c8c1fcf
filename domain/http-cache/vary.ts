/** Which stored response a request may have (RFC 9111 section 4.1). */
import type { Fields } from './fields.ts'
import { fieldOf, membersOf } from './fields.ts'
import type { StoredResponse } from './stored.ts'
import { variesBy } from './stored.ts'

/** In these the order of members and their case mean nothing (RFC 9110 section 12.5). */
const UNORDERED = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language'])

/** The values by which a response to this request is chosen later. Null: `Vary: *`, never. */
export function selectingOf(vary: Fields, request: Fields): StoredResponse['selecting'] | null {
  const names = variesBy(vary)
  return names === null ? null : [...new Set(names)].toSorted().map((name) => [name, countedAs(name, request)])
}

/** White space, the joining of lines and, where the field says so, order and case do not count. */
function countedAs(name: string, request: Fields): string | null {
  const value = fieldOf(request, name)
  if (value === null) return null
  const members = membersOf(value)
  if (!UNORDERED.has(name)) return members.join(', ')
  return members
    .map((member) => member.toLowerCase().replace(/[ \t]*([;=])[ \t]*/g, '$1'))
    .map((member) => member.replace(/;q=1(?:\.0{0,3})?$/, ''))
    .toSorted()
    .join(', ')
}

export const isFor = (stored: StoredResponse, request: Fields): boolean =>
  stored.selecting.every(([name, value]) => countedAs(name, request) === value)

/**
 * Of those that are for this request the newest by `Date`, one with `Vary` rather than one without; undefined: none is.
 * Only whole responses, or only partial ones, as `isWhole` says.
 */
export function select(all: readonly StoredResponse[], request: Fields, isWhole: boolean): StoredResponse | undefined {
  let best: StoredResponse | undefined
  for (const stored of all) {
    if ((stored.part === null) !== isWhole || !isFor(stored, request)) continue
    if (best === undefined || isBetter(stored, best)) best = stored
  }
  return best
}

function isBetter(one: StoredResponse, other: StoredResponse): boolean {
  const byVary = Number(one.selecting.length > 0) - Number(other.selecting.length > 0)
  if (byVary !== 0) return byVary > 0
  return one.facts.date === other.facts.date ? one.receivedAt > other.receivedAt : one.facts.date > other.facts.date
}

export const hasSameSelecting = (one: StoredResponse, other: StoredResponse): boolean =>
  one.selecting.length === other.selecting.length &&
  one.selecting.every(([name, value], i) => other.selecting[i]?.[0] === name && other.selecting[i]?.[1] === value)

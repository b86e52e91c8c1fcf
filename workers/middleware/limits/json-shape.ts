/**
 * Looks at JSON before and after it is parsed: too deep (counted in the text, so that the parser never sees it),
 * malformed, lists too long, text that nobody can keep, and names that reach for an object's prototype.
 */
import { isStorableText } from '../../../domain/basics/text.ts'
import type { DoorRefusal } from '../../problems.ts'

export const DEPTH_MAX = 32
export const ARRAY_ITEMS_MAX = 1000

/** Why this text is not JSON we take, or null; its longest list may have so many items. */
export function refusalOfShape(text: string, itemsMax = ARRAY_ITEMS_MAX): DoorRefusal | null {
  if (depthOf(text) > DEPTH_MAX) return { code: 'json_too_deep', limit: DEPTH_MAX }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { code: 'malformed_json', problem: 'The body does not parse as JSON.' }
  }
  return refusalWithin(value, '', itemsMax)
}

/** The deepest nesting of the text, brackets in strings not counted. Stops counting once it is too deep. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  for (let i = 0; i < text.length && deepest <= DEPTH_MAX; i++) {
    const letter = text[i]
    if (letter === '"') i = endOfString(text, i)
    else if (letter === '{' || letter === '[') deepest = Math.max(deepest, ++depth)
    else if (letter === '}' || letter === ']') depth--
  }
  return deepest
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}

function refusalWithin(value: unknown, pointer: string, itemsMax: number): DoorRefusal | null {
  if (Array.isArray(value)) {
    if (value.length > itemsMax) return { code: 'array_too_long', limit: itemsMax }
    return firstRefusal(value.entries(), pointer, itemsMax)
  }
  if (typeof value === 'string') return isStorableText(value) ? null : unstorable(pointer)
  if (typeof value !== 'object' || value === null) return null
  if (!Object.keys(value).every(isStorableText)) return unstorable(pointer)
  // No field of ours is called that; whoever sends it hopes that somebody merges objects carelessly.
  if (Object.hasOwn(value, '__proto__')) {
    return {
      code: 'invalid_request',
      errors: [{ pointer: `${pointer}/__proto__`, problem: 'There is no such field.' }],
    }
  }
  return firstRefusal(Object.entries(value), pointer, itemsMax)
}

/** The one sentence for text with a NUL or half a surrogate pair, in a body, an address or a query. */
export const unstorable = (pointer: string): DoorRefusal => ({
  code: 'invalid_request',
  errors: [{ pointer, problem: 'must not contain NUL or half of a surrogate pair' }],
})

function firstRefusal(
  entries: Iterable<[string | number, unknown]>,
  pointer: string,
  itemsMax: number,
): DoorRefusal | null {
  for (const [name, value] of entries) {
    const refusal = refusalWithin(value, `${pointer}/${name}`, itemsMax)
    if (refusal) return refusal
  }
  return null
}

/**
 * Cache groups (RFC 9875): the tags of a public answer, told to whoever caches in front of us, and those that a write has
 * changed. They hold within one origin, and an origin is one store's, so tags need no store's name.
 *
 * A cache must understand 32 groups of 32 letters and may pass over the rest. So a product's group is its id alone, and
 * what has too many groups to be named has one that stands for them: an answer that is made of too much is one of
 * `many`, which every change names; a change of too much names `all`, which every answer is one of.
 */
import { DROP_TAG, dropTag, PRODUCT_TAG, productTag } from '../domain/catalog/tags.ts'
import { EVERYTHING } from '../domain/freshness/epochs.ts'

const GROUPS_MOST = 32
const LETTERS_MOST = 32

const ALL = 'all'
const MANY = 'many'

/** `Cache-Groups` of an answer with these tags. */
export const groupsField = (tags: readonly string[]): string => {
  const groups = nameable(tags)
  return listed(groups === null ? [MANY, ALL] : [...groups, ALL])
}

/** `Cache-Group-Invalidation` of a write that changed these tags. */
export const invalidationField = (tags: readonly string[]): string => {
  const groups = nameable(tags)
  return listed(groups === null ? [ALL] : [...groups, MANY])
}

/** The tag that a group names, for whoever purges by what they have read in `Cache-Groups`. */
export function tagOfGroup(group: string): string {
  if (/^prd_[0-9A-Z]{26}$/.test(group)) return productTag(group)
  return /^drp_[0-9A-Z]{26}$/.test(group) ? dropTag(group) : group
}

/** The groups of these tags; null: not all of them can be named. */
function nameable(tags: readonly string[]): string[] | null {
  const groups = [...new Set(tags.map(groupOf))]
  const areNames = groups.length < GROUPS_MOST && groups.every(isName)
  return areNames && !groups.includes(EVERYTHING) ? groups : null
}

const groupOf = (tag: string): string =>
  [PRODUCT_TAG, DROP_TAG].reduce((rest, prefix) => (tag.startsWith(prefix) ? tag.slice(prefix.length) : rest), tag)

/** What a quoted string may hold without escapes (RFC 9651 section 3.3.3). */
const isName = (group: string): boolean => group.length <= LETTERS_MOST && /^[ !#-[\]-~]+$/.test(group)

const listed = (groups: readonly string[]): string => groups.map((group) => `"${group}"`).join(', ')

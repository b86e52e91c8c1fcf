/**
 * Cache groups (RFC 9875): the tags of a public answer, told to whoever caches in front of us, and those that a write has
 * changed. They hold within one origin, and an origin is one store's, so tags need no store's name.
 */

/** As many as every cache must accept. */
const GROUPS_MAX = 32

/** A list of strings (RFC 9651). Tags are made of ids, which are plain ASCII; whatever is not is left out. */
export const groupsField = (tags: readonly string[]): string =>
  [...new Set(tags)]
    .filter((tag) => /^[\x20-\x7e]{1,128}$/.test(tag) && !/["\\]/.test(tag))
    .slice(0, GROUPS_MAX)
    .map((tag) => `"${tag}"`)
    .join(', ')

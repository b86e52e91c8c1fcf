/**
 * Invitation codes: what people type. Ours are twelve letters of Crockford's base 32 in three groups, 60 bits of chance;
 * merchants bring their own words, too. However a code is written (case, dashes, spaces, O for 0), it is the same code.
 */
import { assert } from '../basics/assert.ts'
import { murmur3 } from '../sharding/murmur3.ts'

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LETTERS = 12
/** Bytes of chance that a code of ours is made of. */
export const CODE_BYTES = 12

/** Shorter ones would be guessed, whatever the limit of attempts. */
export const CODE_LETTERS_MIN = 4
export const CODE_LETTERS_MAX = 64

/** A code of ours, as it is shown: `7K3M-0QXA-9F2T`. */
export function codeFrom(chance: Uint8Array): string {
  assert(chance.length === CODE_BYTES, `a code is made of ${CODE_BYTES} bytes`)
  const letters = Array.from(chance, (byte) => LETTERS[byte & 31]).join('')
  return [0, 4, 8].map((at) => letters.slice(at, at + CODE_LETTERS / 3)).join('-')
}

/** The one spelling of a code, or null when the text can be none. */
export function plainCode(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[\s\p{Pd}_]/gu, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  const fits = plain.length >= CODE_LETTERS_MIN && plain.length <= CODE_LETTERS_MAX
  return fits && /^[\p{L}\p{N}]+$/u.test(plain) ? plain : null
}

/** What an operator is shown of a code that is not kept. */
export const hintOfCode = (plain: string): string => `…${plain.slice(-3)}`

/**
 * How many objects judge a drop's codes. Each takes some hundred redemptions a second; what a stranger may try is counted
 * in each of them, so more would let more be tried.
 */
export const INVITATION_OBJECTS = 8

/** Which of them judges the code of this digest. */
export const invitationShard = (digest: string): number => murmur3(digest) % INVITATION_OBJECTS

export const invitationNameFor = (storeId: string, dropId: string, shard: number): string =>
  `${storeId}/${dropId}/codes-${shard}`

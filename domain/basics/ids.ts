/**
 * Ids: a prefix that says what a thing is, and a ULID (github.com/ulid/spec): 48 bits of time, 80 of chance, in
 * Crockford's base 32. They sort by birth and can be read out over the phone.
 *
 * Ids of holds and orders carry their bucket (0 to 1,023) in the first two of the sixteen random letters, so that the
 * object that keeps them is found from the id alone, without a directory. 70 random bits remain, which is why knowing
 * a hold's id is proof enough of having made it.
 */
import { assert } from './assert.ts'
import type { Random } from './random.ts'

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const TIME_LETTERS = 10
const RANDOM_LETTERS = 16

export type IdPrefix =
  | 'prd'
  | 'var'
  | 'col'
  | 'drp'
  | 'plc'
  | 'pas'
  | 'hld'
  | 'ord'
  | 'pay'
  | 'ref'
  | 'cus'
  | 'job'
  | 'sch'
  | 'run'
  | 'exp'
  | 'doc'
  | 'vis'
  | 'key'
  | 'imp'
  | 'adj'
  | 'req'
  | 'evt'
  | 'aud'
  | 'inv'

/** A new id. The same `now` and the same dice give the same id. */
export const newId = (prefix: IdPrefix, now: number, random: Random): string => `${prefix}_${ulid(now, random)}`

/** A new id that carries the bucket in which the thing lives. */
export function newIdInBucket(prefix: IdPrefix, bucket: number, now: number, random: Random): string {
  assert(Number.isInteger(bucket) && bucket >= 0 && bucket < 1024, `no such bucket: ${bucket}`)
  const plain = ulid(now, random)
  const mark = `${LETTERS[bucket >> 5]}${LETTERS[bucket & 31]}`
  return `${prefix}_${plain.slice(0, TIME_LETTERS)}${mark}${plain.slice(TIME_LETTERS + 2)}`
}

/** The bucket that an id carries, or undefined when the text is no id of that kind. */
export function bucketOf(prefix: IdPrefix, id: string): number | undefined {
  if (!isId(prefix, id)) return undefined
  const at = prefix.length + 1 + TIME_LETTERS
  return (LETTERS.indexOf(id[at]!) << 5) | LETTERS.indexOf(id[at + 1]!)
}

export const isId = (prefix: IdPrefix, text: string): boolean =>
  text.startsWith(`${prefix}_`) && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text.slice(prefix.length + 1))

function ulid(now: number, random: Random): string {
  assert(Number.isSafeInteger(now) && now >= 0 && now < 2 ** 48, `no instant: ${now}`)
  let time = ''
  for (let rest = now, i = 0; i < TIME_LETTERS; i++, rest = Math.floor(rest / 32)) time = LETTERS[rest % 32]! + time
  let chance = ''
  for (const byte of random.bytes(RANDOM_LETTERS)) chance += LETTERS[byte & 31]!
  return time + chance
}

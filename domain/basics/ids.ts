/**
 * Ids: a prefix that says what a thing is, and a ULID (github.com/ulid/spec): 48 bits of time, 80 of chance, in
 * Crockford's base 32. They sort by birth and can be read out over the phone.
 *
 * Ids of holds and orders carry their bucket (0 to 1,023) in the first two of the sixteen random letters, by which rows
 * are spread over databases, and the number of their order book (0 to 1,023) in the next two, so that the object that
 * keeps them is found from the id alone, without a directory, however many books there are by then. 60 random bits
 * remain, which is why knowing a hold's id is proof enough of having made it.
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

/** The n-th sibling of an id, its last letter moved on: derived, so that making it twice makes one. `n` below 32. */
export const siblingOf = (id: string, n: number): string =>
  id.slice(0, -1) + LETTERS[(LETTERS.indexOf(id.at(-1)!) + n) % LETTERS.length]!

/** A new id that carries its bucket. */
export function newIdInBucket(prefix: IdPrefix, bucket: number, now: number, random: Random): string {
  const plain = ulid(now, random)
  return `${prefix}_${plain.slice(0, TIME_LETTERS)}${mark(bucket)}${plain.slice(TIME_LETTERS + 2)}`
}

/** A new id that carries its bucket and its order book. */
export function newIdInBook(
  prefix: IdPrefix,
  { bucket, book }: { bucket: number; book: number },
  now: number,
  random: Random,
): string {
  const plain = ulid(now, random)
  return `${prefix}_${plain.slice(0, TIME_LETTERS)}${mark(bucket)}${mark(book)}${plain.slice(TIME_LETTERS + 4)}`
}

/** The bucket that an id carries, or undefined when the text is no id of that kind. */
export const bucketOf = (prefix: IdPrefix, id: string): number | undefined => numberIn(prefix, id, 0)

/** The order book that an id carries, or undefined when the text is no id of that kind. */
export const bookOf = (prefix: IdPrefix, id: string): number | undefined => numberIn(prefix, id, 2)

function mark(number: number): string {
  assert(Number.isInteger(number) && number >= 0 && number < 1024, `no such bucket or book: ${number}`)
  return `${LETTERS[number >> 5]}${LETTERS[number & 31]}`
}

function numberIn(prefix: IdPrefix, id: string, place: number): number | undefined {
  if (!isId(prefix, id)) return undefined
  const at = prefix.length + 1 + TIME_LETTERS + place
  return (LETTERS.indexOf(id[at]!) << 5) | LETTERS.indexOf(id[at + 1]!)
}

/** When the thing was born, by its id, ms; undefined when the text is no id of that kind. Derived ids say 0. */
export function bornAtOf(prefix: IdPrefix, id: string): number | undefined {
  if (!isId(prefix, id)) return undefined
  const time = id.slice(prefix.length + 1, prefix.length + 1 + TIME_LETTERS)
  return Array.from(time).reduce((sum, letter) => sum * 32 + LETTERS.indexOf(letter), 0)
}

/** What no id of this kind that was born then, or later, comes before. */
export const firstIdAt = (prefix: IdPrefix, at: number): string =>
  `${prefix}_${timeText(Math.min(Math.max(0, at), 2 ** 48 - 1))}`

export const isId = (prefix: IdPrefix, text: string): boolean =>
  text.startsWith(`${prefix}_`) && /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text.slice(prefix.length + 1))

function ulid(now: number, random: Random): string {
  assert(Number.isSafeInteger(now) && now >= 0 && now < 2 ** 48, `no instant: ${now}`)
  let chance = ''
  for (const byte of random.bytes(RANDOM_LETTERS)) chance += LETTERS[byte & 31]!
  return timeText(now) + chance
}

function timeText(at: number): string {
  let time = ''
  for (let rest = at, i = 0; i < TIME_LETTERS; i++, rest = Math.floor(rest / 32)) time = LETTERS[rest % 32]! + time
  return time
}

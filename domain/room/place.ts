/**
 * Places: where somebody stands in a waiting room. They are kept by several objects, chosen by hash of the visitor, so
 * that a crowd can join at once; how many is fixed per drop on the day it is described. A place's id is a ULID that also
 * carries its bucket and a mark of its drop, so that its home is found from the id alone.
 */
import { BUCKETS, bucketFor } from '../sharding/bucket.ts'
import { murmur3 } from '../sharding/murmur3.ts'
import { bucketOf, isId, newIdInBucket } from '../basics/ids.ts'
import type { Random } from '../basics/random.ts'

/** One object takes some hundred joins a second; with one for so many people a crowd joins within a few seconds. */
const PEOPLE_PER_SHARD = 4000
const SHARDS_MOST = 64

export const shardsFor = (expectedBuyers: number): number =>
  Math.min(SHARDS_MOST, Math.max(1, Math.ceil(expectedBuyers / PEOPLE_PER_SHARD)))

export const shardOfBucket = (bucket: number, shards: number): number => bucket % shards

export const shardOfVisitor = (visitorId: string, shards: number): number => shardOfBucket(bucketFor(visitorId), shards)

/** The object that judges to whom an e-mail address belongs. */
export const shardOfEmail = (emailDigest: string, shards: number): number => bucketFor(emailDigest) % shards

export const dropNameFor = (storeId: string, dropId: string): string => `${storeId}/${dropId}`
export const placesNameFor = (storeId: string, dropId: string, shard: number): string =>
  `${dropNameFor(storeId, dropId)}/places-${shard}`

/** Which store, drop and shard an object of places was named for; undefined: no name of ours. */
export function placesNamed(name: string): { storeId: string; dropId: string; shard: number } | undefined {
  const [, storeId, dropId, shard] = /^(.+)\/([^/]+)\/places-(\d+)$/.exec(name) ?? []
  return storeId && dropId && shard ? { storeId, dropId, shard: Number(shard) } : undefined
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const MARK_LETTERS = 4
/** After `plc_`, the time and the bucket. */
const MARK_AT = 4 + 10 + 2

/** Twenty bits of a drop's id. A store with thousand drops confuses two of them once in a thousand times; then both are tried. */
export function dropMark(dropId: string): string {
  let rest = murmur3(dropId)
  let mark = ''
  for (let i = 0; i < MARK_LETTERS; i++, rest >>>= 5) mark += LETTERS[rest & 31]!
  return mark
}

export function newPlaceId(dropId: string, visitorId: string, now: number, random: Random): string {
  const plain = newIdInBucket('plc', bucketFor(visitorId), now, random)
  return plain.slice(0, MARK_AT) + dropMark(dropId) + plain.slice(MARK_AT + MARK_LETTERS)
}

/** What an id of a place says of its home; undefined: it is none. */
export function homeOfPlace(id: string): { bucket: number; dropMark: string } | undefined {
  if (!isId('plc', id)) return undefined
  return { bucket: bucketOf('plc', id)! % BUCKETS, dropMark: id.slice(MARK_AT, MARK_AT + MARK_LETTERS) }
}

/**
 * Buckets: 1,024 of them, for ever. A key always falls into the same bucket; which object or database a bucket lives
 * in may change. See docs/decisions/002-buckets-in-ids.md.
 */
import { assert } from '../basics/assert.ts'
import { murmur3 } from './murmur3.ts'

export const BUCKETS = 1024

/** The bucket of a key: murmur3 of its UTF-8 bytes, lowest ten bits. */
export const bucketFor = (key: string): number => murmur3(key) & (BUCKETS - 1)

/**
 * How many order books a store begins with. Four: a book gathers what arrives together into one commit, so few books that
 * have company cost less than many that have none (docs/benchmarks.md), and a quiet day wakes few of them. A drop that is
 * planned for a crowd has more made, and they stay (books.ts).
 */
export const ORDER_BOOKS_AT_FIRST = 4
/** An id has room for so many (domain/basics/ids.ts). */
export const ORDER_BOOKS_MOST = 1024

/** The name of one of a store's order books. */
export const orderBookName = (storeId: string, book: number): string => `${storeId}/book-${book}`

/** The number of the order book of this name. */
export function numberOfBook(name: string): number {
  const number = Number(/\/book-(\d{1,4})$/.exec(name)?.[1] ?? NaN)
  assert(number < ORDER_BOOKS_MOST, `${name} is no order book`)
  return number
}

/** The names of a store's first order books: those that sell a SKU as so many leaves. */
export const bookNames = (storeId: string, count: number): string[] =>
  Array.from({ length: count }, (_, book) => orderBookName(storeId, book))

/** The name of the object that owns the stock of one SKU. */
export const stockNameFor = (storeId: string, sku: string): string => `${storeId}/${sku}`

/** Enough that no object judges more than a few hot keys; few enough that a quiet store wakes hardly any. */
const LIMIT_SHARDS = 64

/** The name of the object that judges how often a key may do something. */
export const limitNameFor = (storeId: string, key: string): string =>
  `${storeId}/limits-${bucketFor(key) & (LIMIT_SHARDS - 1)}`

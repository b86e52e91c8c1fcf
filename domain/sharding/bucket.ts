/**
 * Buckets: 1,024 of them, for ever. A key always falls into the same bucket; which object or database a bucket lives
 * in may change. See docs/decisions/002-buckets-in-ids.md.
 */
import { murmur3 } from './murmur3.ts'

export const BUCKETS = 1024

/** The bucket of a key: murmur3 of its UTF-8 bytes, lowest ten bits. */
export const bucketFor = (key: string): number => murmur3(key) & (BUCKETS - 1)

/**
 * How many order books a store has. Four: a book gathers what arrives together into one commit, so few books that have
 * company cost less than many that have none (docs/benchmarks.md: a hold costs a fifth less than with sixteen), and a
 * quiet day wakes few of them. Each takes some hundred requests a second, so a store that outgrows them needs more;
 * the number is part of every book's name, and changing it re-homes what is open.
 */
export const ORDER_BOOKS = 4

/** The name of the order book that keeps a bucket's holds and orders for a store. */
export const orderBookFor = (storeId: string, bucket: number): string => `${storeId}/book-${bucket % ORDER_BOOKS}`

/** The names of a store's first order books: those that sell a SKU as so many leaves. */
export const bookNames = (storeId: string, count: number): string[] =>
  Array.from({ length: count }, (_, number) => `${storeId}/book-${number}`)

/** The name of the object that owns the stock of one SKU. */
export const stockNameFor = (storeId: string, sku: string): string => `${storeId}/${sku}`

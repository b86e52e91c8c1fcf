/**
 * Which order book is a visitor's home: where their baskets and orders are kept, and which leaf they buy from.
 *
 * A store's books only grow in number. When they do, the ring gives some visitors another home; whoever has bought or
 * tried before stays where they are known, since that book judges their limit and remembers what it answered them
 * (domain/order/homes.ts). What is under way is never moved: ids carry their book.
 */
import { assert } from '../basics/assert.ts'
import { orderBookName } from './bucket.ts'
import { Ring } from './ring.ts'

export interface Home {
  /** The number of the book. */
  book: number
  /** Names of the books that were this visitor's home when there were fewer, the latest first. */
  former: string[]
}

const rings = new Map<number, Ring>()

/** `sizes`: how many books there have been, each time more; the last is how many there are. */
export function homeOf(storeId: string, visitorId: string, sizes: readonly number[]): Home {
  const books = sizes.map((size) => Number(ringOf(size).ownerOf(visitorId)))
  const book = books.at(-1)
  assert(book !== undefined, 'a store has order books')
  const former = [...new Set(books.slice(0, -1).reverse())].filter((earlier) => earlier !== book)
  return { book, former: former.map((earlier) => orderBookName(storeId, earlier)) }
}

/** A thousand points a book: made once an isolate. */
function ringOf(size: number): Ring {
  const ring = rings.get(size) ?? new Ring(Array.from({ length: size }, (_, book) => ({ name: `${book}`, weight: 1 })))
  rings.set(size, ring)
  return ring
}

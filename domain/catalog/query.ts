/**
 * How a list of products is asked for, and its cursors. A cursor is the place of the last row shown (the value it was
 * sorted by, and its id), so pages stay right while products come and go; counting rows off would repeat or skip some.
 */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { isStorableText } from '../basics/text.ts'

export type ProductSort = 'newest' | 'price' | '-price' | 'title' | 'relevance' | 'featured'

export interface ProductQuery {
  /** A collection's slug. */
  collection: string | null
  /** Words to look for; each matches the beginning of a word. */
  q: string | null
  inStock: boolean
  /** Minor units, both inclusive. */
  priceFrom: number | null
  priceTo: number | null
  sort: ProductSort
  limit: number
  cursor: string | null
  /** Operators see drafts and archived products too. */
  status: 'active' | 'any'
}

export interface Page<Row> {
  data: Row[]
  nextCursor: string | null
}

export const ALL_PRODUCTS: ProductQuery = {
  collection: null,
  q: null,
  inStock: false,
  priceFrom: null,
  priceTo: null,
  sort: 'newest',
  limit: 24,
  cursor: null,
  status: 'active',
}

export const PAGE_LIMIT_MAX = 100

/** The place in a list after which the next page begins. */
export interface CursorPlace {
  sort: string
  /** What the list is sorted by: a whole number, or a text. */
  value: string
  id: string
}

export type CursorRefusal = { code: 'cursor_not_valid' }

export const cursorOf = ({ sort, value, id }: CursorPlace): string => toBase64Url(JSON.stringify([sort, value, id]))

/** Reads a cursor of a list sorted in this way. Refuses what we have not made, and a cursor of another sorting. */
export function parseCursor(text: string, sort: string): Decision<CursorPlace, CursorRefusal> {
  const parts = jsonIn(fromBase64Url(text))
  if (!Array.isArray(parts) || parts.length !== 3) return refuse({ code: 'cursor_not_valid' })
  const [of, value, id]: unknown[] = parts
  if (typeof of !== 'string' || typeof value !== 'string' || typeof id !== 'string') {
    return refuse({ code: 'cursor_not_valid' })
  }
  const isNumber = /^-?\d{1,18}$/.test(value)
  // Only a text that can be kept can be compared with a title.
  if (of !== sort || (sort !== 'title' && !isNumber) || !isStorableText(value) || !isStorableText(id))
    return refuse({ code: 'cursor_not_valid' })
  return accept({ sort, value, id })
}

/** The words of a search as a prefix query of Postgres, or null when there is no word in it (and nothing is found). At most eight words count. */
export function wordsQuery(q: string): string | null {
  const words = q.normalize('NFKC').match(/[\p{L}\p{N}]+/gu)
  return words
    ? words
        .slice(0, 8)
        .map((word) => `${word.slice(0, 40)}:*`)
        .join(' & ')
    : null
}

function jsonIn(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null // not ours; the caller refuses it
  }
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** base64url (RFC 4648, section 5) of the text's UTF-8 bytes; here because domain/ knows no platform. */
function toBase64Url(text: string): string {
  const bytes = [...encodeURIComponent(text).matchAll(/%([0-9A-F]{2})|[^%]/g)].map(([all, hex]) =>
    hex ? parseInt(hex, 16) : all.charCodeAt(0),
  )
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const letters = [18, 12, 6, 0].map((shift) => LETTERS[(group >> shift) & 63]!)
    out += letters.slice(0, Math.min(3, bytes.length - i) + 1).join('')
  }
  return out
}

function fromBase64Url(text: string): string | null {
  if (text.length > 1_000 || !/^[\w-]+$/.test(text)) return null
  let percent = ''
  for (let i = 0; i < text.length; i += 4) {
    const letters = Array.from(text.slice(i, i + 4), (letter) => LETTERS.indexOf(letter))
    const group = letters.reduce((sum, letter, at) => sum | (letter << (18 - at * 6)), 0)
    for (let byte = 0; byte < letters.length - 1; byte++) {
      percent += `%${((group >> (16 - byte * 8)) & 255).toString(16).padStart(2, '0')}`
    }
  }
  try {
    return decodeURIComponent(percent)
  } catch {
    return null // no UTF-8: not ours
  }
}

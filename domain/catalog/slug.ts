/** Slugs: the part of an address that names a thing. Lower-case ASCII letters and digits in words joined by one dash. */
import { murmur3 } from '../sharding/murmur3.ts'

export const SLUG_LENGTH_MAX = 120

export const isSlug = (text: string): boolean => text.length <= SLUG_LENGTH_MAX && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)

/** Addresses of our own beside the products' (`/products/popular`); a product of that slug would never be seen. */
const RESERVED_SLUGS: ReadonlySet<string> = new Set(['popular'])

/** Whether no product may have this slug. */
export const isReservedSlug = (slug: string): boolean => RESERVED_SLUGS.has(slug)

/** Letters that NFKD does not take apart but that have a customary spelling. */
const SPELLED: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', đ: 'd', ł: 'l', ı: 'i', þ: 'th', ð: 'd' }

/** A slug for any text. A text without a Latin letter or digit gets one from its hash, always the same. */
export function slugFor(text: string): string {
  const slug = text
    .toLowerCase()
    .replace(/[ßæœøđłıþð]/g, (letter) => SPELLED[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/['’]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_LENGTH_MAX)
    .replace(/^-|-$/g, '')
  return slug || `x${murmur3(text).toString(36)}`
}

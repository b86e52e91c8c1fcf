/**
 * What an import finds in a file: products, each whole, and problems, each with its place and what to do about it.
 * A product with a problem is refused with all of its rows; its neighbours do not notice.
 */
import { isChargeable, notChargeable } from '../market/market.ts'
import { murmur3 } from '../sharding/murmur3.ts'
import { UNITS_MAX } from '../stock/moves.ts'
import { PRICE_MIN } from './price-text.ts'
import type { ProductDraft } from './product.ts'
import { isReservedSlug, slugFor } from './slug.ts'

export interface ImportProblem {
  /** Of the file, from 1. */
  line: number
  /** The column's heading, or the path inside a JSON object; empty: the row as a whole. */
  field: string
  /** The slug, as far as it is known. */
  product: string
  /** Stable. */
  code: string
  /** What is wrong. */
  message: string
  /** What to do. */
  remedy: string
}

export type ImportItem =
  | { kind: 'product'; line: number; rows: number; draft: ProductDraft }
  | { kind: 'refused'; line: number; rows: number; problems: ImportProblem[] }

export type ImportFormat = 'shopify_csv' | 'json' | 'ndjson'

/** SKUs are keys of objects and appear in addresses and on labels. */
export const SKU_LENGTH_MAX = 64
export const TITLE_LENGTH_MAX = 255
export const VARIANTS_MAX = 500
export const IMAGES_MAX = 100

/** What a decoder puts where bytes were no UTF-8: the file was saved in an older encoding, and names would be spoilt. */
export const GARBLED = '\uFFFD'
export const NOT_UTF8 = [
  'text_not_utf8',
  'Some letters here cannot be read.',
  'Save the file as UTF-8 (in a spreadsheet: "CSV UTF-8").',
] as const

/** Collects what is wrong with one product while it is being put together. */
export class Problems {
  readonly list: ImportProblem[] = []
  product = ''

  add(line: number, field: string, code: string, message: string, remedy: string): void {
    this.list.push({ line, field, product: this.product, code, message, remedy })
  }
}

/** What one file may say only once: each slug, and each SKU. Refuses the second and leaves the first alone. */
export class FileLedger {
  readonly #slugs = new Map<string, number>()
  readonly #skus = new Map<string, number>()
  readonly #currency: string

  /** @param currency the store's, in which every price of the file is. */
  constructor(currency: string) {
    this.#currency = currency
  }

  hasSlug(slug: string): boolean {
    return this.#slugs.has(slug)
  }

  /** The item as it is, or refused for what an earlier line has said already. */
  admit(item: ImportItem): ImportItem {
    if (item.kind === 'refused') return item
    const { draft, line, rows } = item
    const problems = new Problems()
    problems.product = draft.slug
    const slugLine = this.#slugs.get(draft.slug)
    if (slugLine !== undefined) {
      problems.add(
        line,
        '',
        'product_comes_twice',
        `The product of line ${slugLine} has the same handle.`,
        'Give each product a handle of its own, and keep its rows together.',
      )
    }
    refuseUnsellable(draft, this.#currency, line, problems)
    const own = new Set<string>()
    for (const { sku } of draft.variants) {
      const taken = own.has(sku) ? line : this.#skus.get(sku)
      own.add(sku)
      if (taken === undefined) continue
      problems.add(
        line,
        'SKU',
        'sku_comes_twice',
        `The SKU "${sku}" is also that of line ${taken}.`,
        'Give each variant a SKU of its own.',
      )
    }
    if (problems.list.length > 0) return { kind: 'refused', line, rows, problems: problems.list }
    this.#slugs.set(draft.slug, line)
    for (const sku of own) this.#skus.set(sku, line)
    return item
  }
}

/** What is well written and yet cannot be sold: an address that is ours, a price of nothing, more units than we count. */
function refuseUnsellable({ slug, variants }: ProductDraft, currency: string, line: number, problems: Problems): void {
  if (isReservedSlug(slug))
    problems.add(line, '', 'slug_reserved', `"${slug}" is an address of the shop's own.`, 'Give it another handle.')
  for (const { sku, priceAmount, initialUnits, unitsPerVisitorMax } of variants) {
    if (priceAmount < PRICE_MIN)
      problems.add(
        line,
        'Price',
        'price_is_zero',
        `The SKU "${sku}" costs nothing, and cannot be paid for.`,
        'Write its price, or leave it out of the file.',
      )
    if (!isChargeable({ amount: priceAmount, currency }))
      problems.add(
        line,
        'Price',
        'price_not_chargeable',
        `The price of the SKU "${sku}" ${notChargeable(currency)}.`,
        'Round it to hundredths.',
      )
    if (initialUnits > UNITS_MAX || (unitsPerVisitorMax ?? 1) > UNITS_MAX)
      problems.add(
        line,
        'Stock',
        'too_many_units',
        `The SKU "${sku}" has more units than can be counted.`,
        `Write at most ${UNITS_MAX}.`,
      )
  }
}

/** A SKU for a variant that names none: from the product and the variant's options, the same every time. */
export function skuFor(slug: string, optionValues: readonly string[]): string {
  const own = optionValues.map(slugFor).join('-')
  const full = own ? `${slug}-${own}` : slug
  if (full.length <= SKU_LENGTH_MAX) return full
  // Cut, and told apart by a hash of the whole.
  return `${full.slice(0, SKU_LENGTH_MAX - 8)}-${murmur3(full).toString(36)}`
}

/** A heading for a shelf from its slug: `mens-shirts` is "Mens shirts". */
export const titleFromSlug = (slug: string): string => {
  const words = slug.replace(/[-_]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/**
 * An image's address as it may stand in a page, or null: a web address or a path of our own. Apostrophes and spaces occur
 * in real files, and are written as references.
 */
export function imageUrlFrom(text: string): string | null {
  const url = text.trim().replaceAll("'", '%27').replaceAll(' ', '%20')
  return url.length <= 2_000 && /^(https?:\/\/[^\s"<>\\]+|\/(?!\/)[^\s"<>\\]*)$/i.test(url) ? url : null
}

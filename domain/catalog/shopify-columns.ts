/** The columns of Shopify's product CSV, under the headings of its older and its newer exports. */
import type { CsvRow } from './csv.ts'

/** Our name for a column, and its headings in Shopify's older and newer exports, in lower case. */
export const COLUMNS = {
  handle: ['handle', 'url handle'],
  title: ['title'],
  body: ['body (html)', 'description'],
  vendor: ['vendor'],
  type: ['type'],
  tags: ['tags'],
  collection: ['collection'],
  published: ['published', 'published on online store'],
  status: ['status'],
  option1Name: ['option1 name'],
  option2Name: ['option2 name'],
  option3Name: ['option3 name'],
  option1: ['option1 value'],
  option2: ['option2 value'],
  option3: ['option3 value'],
  sku: ['variant sku', 'sku'],
  barcode: ['variant barcode', 'barcode'],
  grams: ['variant grams', 'weight value (grams)'],
  quantity: ['variant inventory qty', 'inventory quantity'],
  price: ['variant price', 'price'],
  compareAt: ['variant compare at price', 'compare-at price', 'compare at price'],
  image: ['image src', 'product image url'],
  imagePosition: ['image position'],
  imageAlt: ['image alt text'],
} as const
export type Column = keyof typeof COLUMNS

export const OPTION_NAMES = ['option1Name', 'option2Name', 'option3Name'] as const
export const OPTION_VALUES = ['option1', 'option2', 'option3'] as const

/** Without these no row can be understood. */
const NEEDED: readonly (readonly [Column, string])[] = [
  ['handle', 'Handle'],
  ['title', 'Title'],
  ['price', 'Variant Price'],
]

/** Where each column stands in one file. */
export class Headings {
  readonly count: number
  /** The needed ones that the file does not have, as Shopify writes them. */
  readonly missing: string[]
  readonly #at = new Map<Column, number>()
  readonly #written: string[]

  constructor(row: CsvRow) {
    this.#written = row.cells.map((heading) => heading.trim())
    this.count = this.#written.length
    for (const [column, names] of Object.entries(COLUMNS) as [Column, readonly string[]][]) {
      const found = this.#written.findIndex((heading) => names.includes(heading.toLowerCase()))
      if (found !== -1) this.#at.set(column, found)
    }
    this.missing = NEEDED.filter(([column]) => !this.#at.has(column)).map(([, name]) => name)
  }

  /** The cell of a column, trimmed; empty where the file or the row has none. */
  cell(row: CsvRow, column: Column): string {
    const at = this.#at.get(column)
    return at === undefined ? '' : (row.cells[at] ?? '').trim()
  }

  /** What the file itself calls the column. */
  nameOf(column: Column): string {
    const at = this.#at.get(column)
    return at === undefined ? COLUMNS[column][0] : this.#written[at]!
  }
}

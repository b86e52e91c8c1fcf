/**
 * A file of products, whatever its format, from pieces of text to items in the order of the file. Pure: it keeps the rows
 * of one product, and of the whole file only its slugs and SKUs.
 *
 *     const survey = new ImportSurvey(format); for each piece survey.push(piece); const torn = survey.end()
 *     const reader = new ImportReader(format, 'EUR', torn); for each piece reader.push(piece); reader.end()
 *
 * Two passes, because a handle whose rows do not stand together can only be known at the end of the file, and then half
 * of its product would be written already.
 */
import { CsvReader, type CsvRow } from './csv.ts'
import { FileLedger, type ImportFormat, type ImportItem } from './import-item.ts'
import { JsonItemReader, NdjsonReader, type JsonItem } from './json-items.ts'
import { productFromJson } from './product-json.ts'
import { ShopifyReader } from './shopify-csv.ts'

export class ImportReader {
  readonly #read: { push(piece: string): Iterable<ImportItem>; end(): Iterable<ImportItem> }
  readonly #ledger: FileLedger
  /** Rows or objects seen so far, the heading not among them. */
  rows = 0
  #items = 0

  constructor(format: ImportFormat, currency: string, torn: ReadonlySet<string> = new Set()) {
    this.#ledger = new FileLedger(currency)
    this.#read = format === 'shopify_csv' ? shopifyItems(currency, torn) : jsonItems(format, currency, this.#ledger)
  }

  push(piece: string): ImportItem[] {
    return this.#count(this.#read.push(piece))
  }

  end(): ImportItem[] {
    const items = this.#count(this.#read.end())
    return this.#items > 0 ? items : [NOTHING_FOUND]
  }

  /** Lazily: each item is in the ledger before the next one is looked at. */
  #count(items: Iterable<ImportItem>): ImportItem[] {
    const admitted: ImportItem[] = []
    for (const item of items) {
      this.#items += 1
      this.rows += item.rows
      admitted.push(this.#ledger.admit(item))
    }
    return admitted
  }
}

const NOTHING_FOUND: ImportItem = {
  ...{ kind: 'refused', line: 1, rows: 0 },
  problems: [
    {
      ...{ line: 1, field: '', product: '', code: 'no_products_found', message: 'There is no product in this file.' },
      remedy: 'Send a list of objects, one object a line, or a CSV with a heading; and say which it is.',
    },
  ],
}

function shopifyItems(currency: string, torn: ReadonlySet<string>) {
  const csv = new CsvReader()
  const shopify = new ShopifyReader(currency, torn)
  const take = (rows: CsvRow[]) => rows.flatMap((row) => shopify.row(row))
  return {
    push: (piece: string) => take(csv.push(piece)),
    end: () => [...take(csv.end()), ...shopify.end()],
  }
}

function jsonItems(format: 'json' | 'ndjson', currency: string, ledger: FileLedger) {
  const json = format === 'json' ? new JsonItemReader() : new NdjsonReader()
  // One after the other: whether a title is used already depends on the items before.
  function* take(items: JsonItem[]) {
    for (const item of items) yield productFromJson(item, currency, (slug) => ledger.hasSlug(slug))
  }
  return { push: (piece: string) => take(json.push(piece)), end: () => take(json.end()) }
}

/** The first pass: the slugs whose rows do not stand together. Only CSV can have them. */
export class ImportSurvey {
  readonly #csv: CsvReader | undefined
  readonly #shopify = new ShopifyReader('EUR')
  readonly #seen = new Set<string>()
  readonly #torn = new Set<string>()
  #last: string | null = null

  constructor(format: ImportFormat) {
    this.#csv = format === 'shopify_csv' ? new CsvReader() : undefined
  }

  push(piece: string): void {
    if (this.#csv) this.#look(this.#csv.push(piece))
  }

  end(): ReadonlySet<string> {
    if (this.#csv) this.#look(this.#csv.end())
    return this.#torn
  }

  #look(rows: CsvRow[]): void {
    for (const row of rows) {
      const slug = this.#shopify.slugOf(row)
      if (slug === null) continue
      if (slug !== this.#last && this.#seen.has(slug)) this.#torn.add(slug)
      this.#seen.add(slug)
      this.#last = slug
    }
  }
}

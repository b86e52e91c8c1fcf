/**
 * Shopify's product CSV, row by row, to products (help.shopify.com, "Using CSV files to import and export products").
 *
 * A product is a run of rows with one handle: the first says what it is, the others add variants and images. Its rows are
 * kept until the run ends, and one wrong row refuses all of them. A handle that comes again later would tear a product in
 * two, so a survey of the file names such handles first, and every row of theirs is refused.
 */
import type { CsvRow } from './csv.ts'
import {
  GARBLED,
  IMAGES_MAX,
  NOT_UTF8,
  imageUrlFrom,
  Problems,
  SKU_LENGTH_MAX,
  skuFor,
  TITLE_LENGTH_MAX,
  VARIANTS_MAX,
  type ImportItem,
} from './import-item.ts'
import { parsePrice } from './price-text.ts'
import type { ImageDraft, ProductDraft, ProductStatus, VariantDraft } from './product.ts'
import { HTML_LENGTH_MAX, safeHtml } from './safe-html.ts'
import { Headings, OPTION_NAMES, OPTION_VALUES, type Column } from './shopify-columns.ts'
import { isSlug, slugFor } from './slug.ts'
import { usedToCost } from './used-to-cost.ts'

/** Rows of one product kept at a time; more is a file whose handles are lost. */
const ROWS_MAX = VARIANTS_MAX + IMAGES_MAX

interface Run {
  slug: string
  handle: string
  rows: CsvRow[]
}

export class ShopifyReader {
  readonly #currency: string
  /** Slugs that come in more than one run. */
  readonly #torn: ReadonlySet<string>
  #headings: Headings | undefined
  #run: Run | undefined

  constructor(currency: string, torn: ReadonlySet<string> = new Set()) {
    this.#currency = currency
    this.#torn = torn
  }

  /** Takes the next row; answers what ended with it. */
  row(row: CsvRow): ImportItem[] {
    if (row.trouble)
      return [
        ...this.end(),
        refused(
          row,
          '',
          '',
          'cell_does_not_end',
          'A cell that begins on this line does not end.',
          'Close its quotation mark, or double the ones inside it.',
        ),
      ]
    if (!this.#headings) return this.#head(row)
    // No row can be understood, and saying so once is enough.
    if (this.#headings.missing.length > 0) return []
    const handle = this.#cell(row, 'handle')
    if (handle === '') {
      return [
        refused(
          row,
          this.#heading('handle'),
          '',
          'handle_missing',
          'This row does not say which product it belongs to.',
          'Repeat the handle of the product on each of its rows.',
        ),
      ]
    }
    const slug = isSlug(handle) ? handle : slugFor(handle)
    if (this.#run?.slug === slug) {
      this.#run.rows.push(row)
      return []
    }
    const ended = this.end()
    this.#run = { slug, handle, rows: [row] }
    return ended
  }

  /** The product whose rows came last. */
  end(): ImportItem[] {
    const run = this.#run
    this.#run = undefined
    return run ? [this.#product(run)] : []
  }

  /** The slug a row belongs to, for the survey; null for a heading and for rows without a handle. */
  slugOf(row: CsvRow): string | null {
    if (row.trouble) return null
    if (!this.#headings) {
      this.#head(row)
      return null
    }
    const handle = this.#cell(row, 'handle')
    return handle === '' ? null : isSlug(handle) ? handle : slugFor(handle)
  }

  #head(row: CsvRow): ImportItem[] {
    const headings = new Headings(row)
    this.#headings = headings
    return headings.missing.map((name) =>
      refused(
        row,
        name,
        '',
        'column_missing',
        `The file has no column "${name}".`,
        'Export the products again, or put its heading into the first line.',
      ),
    )
  }

  #cell(row: CsvRow, column: Column): string {
    return this.#headings?.cell(row, column) ?? ''
  }

  #heading(column: Column): string {
    return this.#headings?.nameOf(column) ?? column
  }

  #product({ slug, handle, rows }: Run): ImportItem {
    const first = rows[0]!
    const problems = new Problems()
    problems.product = slug
    const wrong = (row: CsvRow, column: Column, code: string, message: string, remedy: string) =>
      problems.add(row.line, this.#heading(column), code, message, remedy)
    if (this.#torn.has(slug)) {
      wrong(
        first,
        'handle',
        'rows_not_together',
        `The rows of "${handle}" do not stand together.`,
        'Move all rows of a product below one another.',
      )
      return { kind: 'refused', line: first.line, rows: rows.length, problems: problems.list }
    }
    for (const row of rows) {
      if (row.cells.length > this.#headings!.count) {
        problems.add(
          row.line,
          '',
          'too_many_cells',
          `The row has ${row.cells.length} cells, the heading has ${this.#headings!.count}.`,
          'Put quotation marks around cells that hold a comma.',
        )
      }
    }
    const garbled = rows.find((row) => row.cells.some((cell) => cell.includes(GARBLED)))
    if (garbled) problems.add(garbled.line, '', ...NOT_UTF8)
    if (rows.length > ROWS_MAX)
      wrong(
        first,
        'handle',
        'too_many_rows',
        `The product has ${rows.length} rows.`,
        `Split it: a product may have ${VARIANTS_MAX} variants.`,
      )
    const title = this.#cell(first, 'title')
    if (title === '')
      wrong(first, 'title', 'title_missing', 'The first row of a product needs its title.', 'Write the title.')
    if (title.length > TITLE_LENGTH_MAX)
      wrong(
        first,
        'title',
        'title_too_long',
        `The title has ${title.length} letters.`,
        `Shorten it to ${TITLE_LENGTH_MAX}.`,
      )
    const body = this.#cell(first, 'body')
    if (body.length > HTML_LENGTH_MAX)
      wrong(
        first,
        'body',
        'description_too_long',
        `The description has ${body.length} letters.`,
        `Shorten it to ${HTML_LENGTH_MAX}.`,
      )

    const options = this.#options(first)
    const variants = rows.flatMap((row) => this.#variant(row, slug, options, row === first, problems))
    if (variants.length > VARIANTS_MAX)
      wrong(
        first,
        'handle',
        'too_many_variants',
        `The product has ${variants.length} variants.`,
        `Split it: a product may have ${VARIANTS_MAX}.`,
      )
    const images = this.#images(rows, problems)
    const status = this.#status(first, problems)
    if (problems.list.length > 0)
      return { kind: 'refused', line: first.line, rows: rows.length, problems: problems.list }

    const type = this.#cell(first, 'type')
    // A file without collections still fills shelves: a product's type is the nearest thing to one.
    const shelf = this.#cell(first, 'collection') || type
    const draft: ProductDraft = {
      ...{ slug, title, description: safeHtml(body), vendor: this.#cell(first, 'vendor'), productType: type, status },
      tags: [
        ...new Set(
          this.#cell(first, 'tags')
            .split(',')
            .map((tag) => tag.trim())
            .filter(Boolean),
        ),
      ],
      options,
      variants,
      images,
      collections: shelf === '' ? null : [{ slug: slugFor(shelf), title: shelf }],
    }
    return { kind: 'product', line: first.line, rows: rows.length, draft }
  }

  /** `Title` with `Default Title` is Shopify's way to say that there are none. */
  #options(first: CsvRow): string[] {
    const names = OPTION_NAMES.map((column) => this.#cell(first, column))
    if (names[0]!.toLowerCase() === 'title' && this.#cell(first, 'option1').toLowerCase() === 'default title') return []
    const last = names.findLastIndex((name) => name !== '')
    return names.slice(0, last + 1)
  }

  #variant(row: CsvRow, slug: string, options: string[], isFirst: boolean, problems: Problems): VariantDraft[] {
    const values = OPTION_VALUES.slice(0, options.length).map((column) => this.#cell(row, column))
    const priceText = this.#cell(row, 'price')
    // A row that only adds an image.
    if (!isFirst && priceText === '' && values.every((value) => value === '') && this.#cell(row, 'sku') === '')
      return []
    const wrong = (column: Column, code: string, message: string, remedy: string) =>
      problems.add(row.line, this.#heading(column), code, message, remedy)

    const price = parsePrice(priceText, this.#currency)
    if (priceText === '')
      wrong('price', 'price_missing', 'The variant has no price.', 'Write its price, such as 19.99.')
    else if (price === null)
      wrong(
        'price',
        'price_not_valid',
        `"${clip(priceText)}" is no price in ${this.#currency}.`,
        'Write a number such as 19.99.',
      )
    const compareText = this.#cell(row, 'compareAt')
    const compareAt = compareText === '' ? null : parsePrice(compareText, this.#currency)
    if (compareText !== '' && compareAt === null)
      wrong(
        'compareAt',
        'price_not_valid',
        `"${clip(compareText)}" is no price in ${this.#currency}.`,
        'Write a number such as 19.99, or leave it empty.',
      )
    const missing = values.findIndex((value) => value === '')
    if (missing !== -1)
      wrong(
        OPTION_VALUES[missing]!,
        'option_missing',
        `The variant does not say its ${options[missing] || 'option'}.`,
        'Write a value for each option of the product.',
      )
    const quantity = this.#whole(row, 'quantity', problems)
    const grams = this.#whole(row, 'grams', problems)
    // A spreadsheet keeps leading zeros with an apostrophe; it is no part of the number.
    const sku = this.#cell(row, 'sku').replace(/^'/, '') || skuFor(slug, values)
    if (sku.length > SKU_LENGTH_MAX)
      wrong('sku', 'sku_too_long', `The SKU has ${sku.length} letters.`, `Shorten it to ${SKU_LENGTH_MAX}.`)
    if (/\p{Cc}/u.test(sku))
      wrong('sku', 'sku_not_valid', 'The SKU holds a control character.', 'Write it with letters, digits and marks.')
    return [
      {
        ...{ sku, title: values.join(' / '), optionValues: values, priceAmount: price ?? 0 },
        compareAtAmount: usedToCost(compareAt, price),
        ...{ barcode: this.#cell(row, 'barcode').replace(/^'/, ''), weightGrams: grams, unitsPerVisitorMax: null },
        initialUnits: quantity,
      },
    ]
  }

  /** A whole number; empty is 0, and so is a count below it: Shopify writes oversold stock as negative. */
  #whole(row: CsvRow, column: 'quantity' | 'grams', problems: Problems): number {
    const text = this.#cell(row, column)
    if (text === '') return 0
    const value = Number(text.replace(/^'/, ''))
    const isWhole = Number.isFinite(value) && (column === 'grams' || Number.isInteger(value)) && Math.abs(value) < 1e9
    if (!isWhole)
      problems.add(
        row.line,
        this.#heading(column),
        'number_not_valid',
        `"${clip(text)}" is no whole number.`,
        'Write a number such as 12.',
      )
    return isWhole ? Math.max(0, Math.round(value)) : 0
  }

  #images(rows: CsvRow[], problems: Problems): ImageDraft[] {
    const found = new Map<string, { url: string; alt: string; position: number }>()
    for (const [i, row] of rows.entries()) {
      const said = this.#cell(row, 'image')
      if (said === '') continue
      const url = imageUrlFrom(said)
      if (url === null) {
        problems.add(
          row.line,
          this.#heading('image'),
          'image_not_valid',
          'The image is no web address.',
          'Write an address that begins with https://.',
        )
        continue
      }
      if (found.has(url)) continue
      found.set(url, {
        url,
        alt: this.#cell(row, 'imageAlt'),
        position: Number(this.#cell(row, 'imagePosition')) || i + 1,
      })
    }
    const inOrder = [...found.values()].toSorted((a, b) => a.position - b.position)
    return inOrder.slice(0, IMAGES_MAX).map(({ url, alt }) => ({ url, alt }))
  }

  #status(first: CsvRow, problems: Problems): ProductStatus {
    const status = this.#cell(first, 'status').toLowerCase()
    if (!['', 'active', 'draft', 'archived'].includes(status)) {
      problems.add(
        first.line,
        this.#heading('status'),
        'status_not_valid',
        `"${clip(status)}" is no status.`,
        'Write active, draft or archived.',
      )
    }
    if (status === 'draft' || status === 'archived') return status
    return /^(false|no|0)$/i.test(this.#cell(first, 'published')) ? 'draft' : 'active'
  }
}

const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text)

const refused = (
  row: CsvRow,
  field: string,
  product: string,
  code: string,
  message: string,
  remedy: string,
): ImportItem => ({
  ...{ kind: 'refused', line: row.line, rows: 1 },
  problems: [{ line: row.line, field, product, code, message, remedy }],
})

/**
 * One JSON object to a product: our own export's shape (with `variants`), or a flat one as demo data and small shops have
 * it (`title, price, sku, stock, category, brand, images`). Every problem is named by its path.
 */
import { isStorableText } from '../basics/text.ts'
import type { JsonItem } from './json-items.ts'
import {
  GARBLED,
  IMAGES_MAX,
  NOT_UTF8,
  imageUrlFrom,
  Problems,
  SKU_LENGTH_MAX,
  skuFor,
  TITLE_LENGTH_MAX,
  titleFromSlug,
  VARIANTS_MAX,
  type ImportItem,
} from './import-item.ts'
import { parsePrice, PRICE_MAX } from './price-text.ts'
import type { CollectionName, ImageDraft, ProductDraft, ProductStatus, VariantDraft } from './product.ts'
import { HTML_LENGTH_MAX, safeHtml } from './safe-html.ts'
import { isSlug, slugFor } from './slug.ts'
import { usedToCost } from './used-to-cost.ts'

type Fields = Record<string, unknown>
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The product that an item of a file describes. `hasSlug` tells which slugs the file has used: a product that brings no
 * slug of its own and shares its title with an earlier one is told apart by its SKU.
 */
export function productFromJson(item: JsonItem, currency: string, hasSlug: (slug: string) => boolean): ImportItem {
  const { line } = item
  const problems = new Problems()
  const fields = parse(item, problems)
  const draft = fields ? new JsonProduct(fields, line, currency, problems).draft(hasSlug) : undefined
  if (!draft || problems.list.length > 0) return { kind: 'refused', line, rows: 1, problems: problems.list }
  return { kind: 'product', line, rows: 1, draft }
}

function parse({ text, line }: JsonItem, problems: Problems): Fields | undefined {
  if (text === null) {
    problems.add(
      line,
      '',
      'object_does_not_end',
      'The object that begins here does not end.',
      'Close its brackets and quotation marks.',
    )
    return undefined
  }
  if (text.includes(GARBLED)) problems.add(line, '', ...NOT_UTF8)
  try {
    let isStorable = true
    const value: unknown = JSON.parse(text, (_, each: unknown) => {
      if (typeof each !== 'string') return each
      const kept = each.replaceAll('\0', '')
      isStorable &&= isStorableText(kept)
      return kept
    })
    if (!isStorable) problems.add(line, '', ...NOT_UTF8)
    if (isFields(value)) return value
    problems.add(line, '', 'object_expected', 'This is no object.', 'Write each product as an object in braces.')
  } catch {
    problems.add(
      line,
      '',
      'json_not_valid',
      'This object is not valid JSON.',
      'Check its commas, braces and quotation marks.',
    )
  }
  return undefined
}

class JsonProduct {
  readonly #fields: Fields
  readonly #line: number
  readonly #currency: string
  readonly #problems: Problems

  constructor(fields: Fields, line: number, currency: string, problems: Problems) {
    this.#fields = fields
    this.#line = line
    this.#currency = currency
    this.#problems = problems
  }

  draft(hasSlug: (slug: string) => boolean): ProductDraft {
    const title = this.#text(this.#fields, 'title', TITLE_LENGTH_MAX)
    if (title === '') this.#wrong('title', 'title_missing', 'The product has no title.', 'Write its title.')
    const slug = this.#slug(title, hasSlug)
    this.#problems.product = slug
    const description = this.#text(this.#fields, 'description', HTML_LENGTH_MAX)
    const options = this.#texts('options').slice(0, 3)
    const variants = this.#variants(slug, options)
    const productType = this.#first('product_type', 'type')
    return {
      ...{ slug, title, description: safeHtml(description), productType, options, variants },
      vendor: this.#first('vendor', 'brand'),
      tags: [...new Set(this.#texts('tags'))],
      status: this.#status(),
      images: this.#images(),
      collections: this.#collections(),
    }
  }

  #slug(title: string, hasSlug: (slug: string) => boolean): string {
    const own = this.#first('slug', 'handle')
    if (own !== '') return isSlug(own) ? own : slugFor(own)
    const slug = slugFor(title)
    const sku = this.#fields['sku']
    return hasSlug(slug) && typeof sku === 'string' && sku !== '' ? slugFor(`${slug}-${sku}`) : slug
  }

  #status(): ProductStatus {
    const status = this.#fields['status'] ?? 'active'
    if (status === 'active' || status === 'draft' || status === 'archived') return status
    this.#wrong('status', 'status_not_valid', 'This is no status.', 'Write active, draft or archived.')
    return 'draft'
  }

  #variants(slug: string, options: string[]): VariantDraft[] {
    const list = this.#fields['variants']
    if (list === undefined) return [this.#variant(this.#fields, '', slug, [], 'stock')]
    if (!Array.isArray(list) || list.length === 0 || list.length > VARIANTS_MAX) {
      this.#wrong(
        'variants',
        'variants_not_valid',
        'A product has a list of variants.',
        `Write from one to ${VARIANTS_MAX} of them.`,
      )
      return []
    }
    return list.flatMap((each: unknown, i) => {
      const path = `variants[${i}]`
      if (isFields(each)) return [this.#variant(each, `${path}.`, slug, options, 'initial_units')]
      this.#wrong(path, 'object_expected', 'A variant is an object.', 'Write it in braces.')
      return []
    })
  }

  #variant(from: Fields, path: string, slug: string, options: string[], stock: string): VariantDraft {
    const values = Array.isArray(from['option_values']) ? from['option_values'].map(String) : []
    if (values.length !== options.length) {
      this.#wrong(
        `${path}option_values`,
        'option_missing',
        `There are ${options.length} options and ${values.length} values.`,
        'Write one value for each option of the product.',
      )
    }
    const priceAmount = this.#price(from['price'], `${path}price`)
    if (from['price'] === undefined || from['price'] === null)
      this.#wrong(`${path}price`, 'price_missing', 'There is no price.', 'Write a number, or an amount and a currency.')
    const compareAt = this.#price(from['compare_at'] ?? null, `${path}compare_at`)
    const sku = this.#text(from, 'sku', SKU_LENGTH_MAX, path) || skuFor(slug, values)
    if (/\p{Cc}/u.test(sku))
      this.#wrong(
        `${path}sku`,
        'sku_not_valid',
        'The SKU holds a control character.',
        'Write it with letters, digits and marks.',
      )
    const limit = this.#whole(from, 'units_per_visitor_max', path, 1)
    return {
      ...{
        sku,
        title: this.#text(from, path === '' ? 'variant_title' : 'title', TITLE_LENGTH_MAX, path) || values.join(' / '),
      },
      ...{ optionValues: values, priceAmount: priceAmount ?? 0, unitsPerVisitorMax: limit },
      compareAtAmount: usedToCost(compareAt, priceAmount),
      barcode: this.#text(from, 'barcode', 100, path),
      weightGrams: this.#whole(from, 'weight_grams', path, 0) ?? 0,
      initialUnits: this.#whole(from, stock, path, 0) ?? 0,
    }
  }

  /** Minor units: from `{amount, currency}` as they are, from a number or a text in major units. */
  #price(value: unknown, path: string): number | null {
    if (value === undefined || value === null) return null
    const no = (why: string): null => {
      this.#wrong(
        path,
        'price_not_valid',
        why,
        `Write a number such as 19.99, or {"amount": 1999, "currency": "${this.#currency}"}.`,
      )
      return null
    }
    if (isFields(value)) {
      const { amount, currency } = value
      if (currency !== this.#currency) return no(`The store sells in ${this.#currency}.`)
      const isAmount = typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0 && amount <= PRICE_MAX
      return isAmount ? amount : no('The amount is no whole number of minor units.')
    }
    if (typeof value === 'number') {
      // JSON.parse made of 9.99 the nearest float; the shortest text of that float is what was written.
      return parsePrice(String(value), this.#currency) ?? no('This is no price.')
    }
    return (typeof value === 'string' ? parsePrice(value, this.#currency) : null) ?? no('This is no price.')
  }

  #whole(from: Fields, name: string, path: string, least: number): number | null {
    const value = from[name]
    if (value === undefined || value === null) return null
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value < 1e9) return value
    this.#wrong(
      path + name,
      'number_not_valid',
      'This is no whole number in range.',
      `Write a whole number from ${least} on.`,
    )
    return null
  }

  #images(): ImageDraft[] {
    const list = this.#fields['images'] ?? []
    if (!Array.isArray(list)) {
      this.#wrong('images', 'images_not_valid', 'Images are a list.', 'Write addresses in brackets.')
      return []
    }
    return list.slice(0, IMAGES_MAX).flatMap((each: unknown, i) => {
      const said = typeof each === 'string' ? each : isFields(each) ? each['url'] : undefined
      const alt = isFields(each) && typeof each['alt'] === 'string' ? each['alt'] : ''
      const url = typeof said === 'string' ? imageUrlFrom(said) : null
      if (url !== null) return [{ url, alt }]
      this.#wrong(
        `images[${i}]`,
        'image_not_valid',
        'The image is no web address.',
        'Write an address that begins with https://.',
      )
      return []
    })
  }

  /** Slugs or `{slug, title}`; a flat product's `category` is its shelf. Null: the file does not say. */
  #collections(): CollectionName[] | null {
    const list = this.#fields['collections']
    const category = this.#fields['category']
    if (list === undefined) {
      if (typeof category !== 'string' || category.trim() === '') return null
      return [{ slug: slugFor(category), title: titleFromSlug(category) }]
    }
    if (!Array.isArray(list)) {
      this.#wrong('collections', 'collections_not_valid', 'Collections are a list.', 'Write slugs in brackets.')
      return null
    }
    return list.flatMap((each: unknown) => {
      const slug = isFields(each) ? each['slug'] : each
      if (typeof slug !== 'string' || slug === '') return []
      const title = isFields(each) && typeof each['title'] === 'string' ? each['title'] : titleFromSlug(slug)
      return [{ slug: slugFor(slug), title }]
    })
  }

  #texts(name: string): string[] {
    const list = this.#fields[name]
    return Array.isArray(list) ? list.filter((each) => typeof each === 'string' && each !== '').slice(0, 100) : []
  }

  #first(...names: string[]): string {
    for (const name of names) {
      const value = this.#text(this.#fields, name, TITLE_LENGTH_MAX)
      if (value !== '') return value
    }
    return ''
  }

  #text(from: Fields, name: string, most: number, path = ''): string {
    const value = from[name]
    if (value === undefined || value === null) return ''
    if (typeof value !== 'string')
      this.#wrong(path + name, 'text_expected', 'This is no text.', 'Write it in quotation marks.')
    else if (value.length > most)
      this.#wrong(path + name, 'text_too_long', `The text has ${value.length} letters.`, `Shorten it to ${most}.`)
    else return value.trim()
    return ''
  }

  #wrong(field: string, code: string, message: string, remedy: string): void {
    this.#problems.add(this.#line, field, code, message, remedy)
  }
}

/**
 * Imports: a file of products into a store, chunk by chunk, each chunk one transaction with its outbox rows. The
 * `imports` row says how far it has come, so a run that broke off goes on behind its last chunk; and because putting a
 * product twice is putting it once, it would also do no harm to begin again.
 */
import { newId } from '../../domain/basics/ids.ts'
import type { Clock } from '../../domain/basics/clock.ts'
import type { Random } from '../../domain/basics/random.ts'
import type { ImportFormat, ImportItem, ImportProblem } from '../../domain/catalog/import-item.ts'
import { ImportReader, ImportSurvey } from '../../domain/catalog/import-reader.ts'
import type { CatalogRefusal } from '../../domain/catalog/product.ts'
import type { Database } from './database.ts'
import { findImport, openImport, saveProgress, type ImportRecord } from './import-records.ts'
import { judgeProducts, putProducts, type PutOutcome } from './product-writes.ts'
import { rowsOf, sql } from './statements.ts'
import type { Writer } from './writing.ts'

export interface ImportRequest {
  storeId: string
  currency: string
  format: ImportFormat
  /** Says what would happen, and writes nothing but the report. */
  dryRun: boolean
  /** SHA-256 of the file in hexadecimal; a broken-off import of the same file is then taken up again. */
  digest: string | null
  /** The file's bytes, from the beginning; called twice, because the file is read twice. */
  source: () => AsyncIterable<Uint8Array>
}

export interface ImportParts {
  db: Database
  /** One writer for the whole run, so that its bookmark covers all of it. */
  writer: Writer
  clock: Clock
  random: Random
  /** Told after each chunk. */
  onProgress?: (record: ImportRecord) => void
}

/** Small enough for a statement of a few hundred kB, large enough that round trips do not count. */
const CHUNK = { products: 100, variants: 1_000, letters: 1_000_000 }

/**
 * Runs an import to its end and answers its report. Bad rows are in the report, never thrown. Rejects with a
 * DatabaseFault when the database is away; the same call later goes on where this one stopped (with a digest), or begins
 * again and finds most of it unchanged.
 */
export async function runImport(request: ImportRequest, parts: ImportParts): Promise<ImportRecord> {
  const torn = await survey(request)
  const record = await begin(request, parts)
  const skip = record.productsDone
  let seen = 0
  const chunk = new Chunk()
  let chunks = 0
  const flush = async (rows: number) => {
    await apply(chunk, record, request, parts)
    record.rows = rows
    await saveProgress(parts.writer, request.storeId, record, chunk.problems)
    parts.onProgress?.({ ...record })
    chunk.clear()
    chunks += 1
    if (STATISTICS_AFTER.has(chunks) && !request.dryRun) await countTables(parts.writer)
  }
  const reader = new ImportReader(request.format, request.currency, torn)
  for await (const items of itemsOf(request.source(), reader)) {
    for (const item of items) {
      seen += 1
      if (seen <= skip) continue
      if (chunk.isFullWith(item)) await flush(reader.rows)
      chunk.add(item)
    }
  }
  record.state = 'finished'
  await flush(reader.rows)
  return (await findImport(parts.db.read('primary'), request.storeId, record.id)) ?? record
}

/**
 * Postgres keeps the plans of its foreign key checks with each connection. Made while the tables were nearly empty, they
 * read whole tables, and a filling store gets slower with every chunk (from 0.3 s to 2.4 s, measured) until the server
 * happens to count its rows a minute later. Counting them now and then makes those plans anew.
 */
const STATISTICS_AFTER = new Set([1, 4, 16, 64, 256])

const countTables = (writer: Writer): Promise<unknown> =>
  writer.batch([rowsOf(sql`analyze products, variants, prices, images, product_collections, outbox`)], {
    repeatable: true,
  })

async function survey({ format, source }: ImportRequest): Promise<ReadonlySet<string>> {
  const look = new ImportSurvey(format)
  if (format !== 'shopify_csv') return look.end()
  for await (const piece of textOf(source())) look.push(piece)
  return look.end()
}

async function begin(request: ImportRequest, { writer, clock, random }: ImportParts): Promise<ImportRecord> {
  const { storeId, format, dryRun, digest } = request
  return openImport(writer, storeId, { id: newId('imp', clock.now(), random), format, dryRun, digest })
}

async function* itemsOf(source: AsyncIterable<Uint8Array>, reader: ImportReader): AsyncGenerator<ImportItem[]> {
  for await (const piece of textOf(source)) yield reader.push(piece)
  yield reader.end()
}

/** A byte order mark stays: the readers know it. */
async function* textOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
  for await (const bytes of source) yield decoder.decode(bytes, { stream: true })
  yield decoder.decode()
}

class Chunk {
  items: ImportItem[] = []
  problems: ImportProblem[] = []
  #variants = 0
  #letters = 0

  isFullWith(item: ImportItem): boolean {
    const { variants, letters } = sizeOf(item)
    const { length } = this.items
    if (length === 0) return false
    return (
      length >= CHUNK.products || this.#variants + variants > CHUNK.variants || this.#letters + letters > CHUNK.letters
    )
  }

  add(item: ImportItem): void {
    const { variants, letters } = sizeOf(item)
    this.items.push(item)
    this.#variants += variants
    this.#letters += letters
  }

  clear(): void {
    this.items = []
    this.problems = []
    this.#variants = 0
    this.#letters = 0
  }
}

const sizeOf = (item: ImportItem): { variants: number; letters: number } =>
  item.kind === 'product'
    ? { variants: item.draft.variants.length, letters: item.draft.description.length }
    : { variants: 0, letters: 0 }

/** Writes (or, in a dry run, judges) a chunk's products, and adds up what became of them. */
async function apply(chunk: Chunk, record: ImportRecord, request: ImportRequest, parts: ImportParts): Promise<void> {
  const { storeId, dryRun } = request
  const birth = { now: parts.clock.now(), random: parts.random }
  const products = chunk.items.filter((item) => item.kind === 'product')
  const drafts = products.map(({ draft }) => ({ draft }))
  const outcomes = dryRun
    ? await judgeProducts(parts.db.read('primary'), storeId, drafts, birth)
    : await putProducts(parts.writer, storeId, drafts, birth)
  const byLine = new Map(products.map((item, i) => [item, outcomes[i]!]))
  for (const item of chunk.items) {
    const outcome = item.kind === 'product' ? byLine.get(item)! : null
    if (outcome === null || outcome.outcome === 'refused') record.refused += 1
    else record[outcome.outcome] += 1
    if (outcome && outcome.outcome !== 'refused') record.stockLeftAlone += outcome.skusThatHaveStock
    chunk.problems.push(...problemsOf(item, outcome))
  }
  record.problemCount += chunk.problems.length
  record.productsDone += chunk.items.length
}

function problemsOf(item: ImportItem, outcome: PutOutcome | null): ImportProblem[] {
  if (item.kind === 'refused') return item.problems
  if (!outcome || outcome.outcome !== 'refused') return []
  return [{ line: item.line, product: item.draft.slug, ...inWords(outcome.refusal) }]
}

function inWords(refusal: CatalogRefusal): Pick<ImportProblem, 'field' | 'code' | 'message' | 'remedy'> {
  if (refusal.code === 'sku_taken') {
    const owner = refusal.product ? ` of "${refusal.product}"` : ''
    return {
      ...{ field: 'SKU', code: 'sku_taken', message: `The SKU "${refusal.sku}" is that${owner} in the shop.` },
      remedy: 'Use another SKU, or take it off that product first.',
    }
  }
  return { field: '', code: refusal.code, message: 'The shop did not take this product.', remedy: 'Import it again.' }
}

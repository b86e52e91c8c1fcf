/**
 * Writes a store's catalog or orders into a file, slice by slice: each slice is a part of the file under its number, and
 * the checkpoint says behind which row the next begins. A part that is written twice is the same part.
 */
import { z } from 'zod'
import { ordersAfter, variantsAfter } from '../../../platform/postgres/exports.ts'
import { fileOf } from '../files.ts'
import { BRISK, goesOn, jobHandler, succeeded } from '../handler.ts'
import { csvLine } from './csv-line.ts'

const COLUMNS = {
  catalog: ['product', 'title', 'status', 'vendor', 'sku', 'variant', 'price', 'currency', 'barcode', 'weight_grams'],
  orders: ['id', 'status', 'email', 'name', 'total', 'currency', 'units', 'created_at'],
} as const
const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv' } as const

/** About a quarter of a megabyte. */
const ROWS_A_PART = 2000
/** Told to whoever is still at it that it should go on elsewhere. */
const ROOM_MS = 4000
/** So many parts are as many files as one download reads; a hundred million rows are another tool's work. */
const PARTS_MOST = 50_000

const Checkpoint = z.object({ after: z.string(), parts: z.int(), rows: z.int(), bytes: z.int() })

export const exportRows = jobHandler({
  type: 'export',
  summary: 'Writes the catalog or the orders into a file, as NDJSON or CSV.',
  payload: z.strictObject({
    what: z.enum(['catalog', 'orders']),
    format: z.enum(['ndjson', 'csv']).default('ndjson'),
    /** Of orders: made at this instant or later, and before the other. */
    from: z.iso.datetime().optional(),
    until: z.iso.datetime().optional(),
  }),
  result: z.object({ rows: z.int(), bytes: z.int(), parts: z.int(), content_type: z.string(), url: z.string() }),
  scopes: ({ what }) => [what === 'orders' ? 'orders:read' : 'catalog:read'],
  policy: { lane: 'bulk', attemptsMax: 10, backoff: BRISK, timeoutMs: 600_000 },
  run: async ({ what, format, from, until }, work, parts) => {
    const { storeId, jobId } = work
    const at = work.checkpoint === null ? { after: '', parts: 0, rows: 0, bytes: 0 } : Checkpoint.parse(work.checkpoint)
    const reader = parts.database().read('primary')
    const columns: readonly string[] = COLUMNS[what]
    const span = {
      from: from === undefined ? null : Date.parse(from),
      until: until === undefined ? null : Date.parse(until),
    }
    for (;;) {
      const rows: { id: string }[] =
        what === 'catalog'
          ? await variantsAfter(reader, storeId, at.after, ROWS_A_PART)
          : await ordersAfter(reader, storeId, { after: at.after, ...span, limit: ROWS_A_PART })
      const isFirst = at.parts === 0
      if (rows.length > 0 || isFirst) {
        const lines = rows.map((row) => lineOf(row as unknown as Record<string, unknown>, columns, format))
        const head = format === 'csv' && isFirst ? csvLine(columns) : ''
        const content = new TextEncoder().encode(head + lines.join(''))
        await parts.files.keepPart(fileOf(storeId, jobId), at.parts + 1, content, TYPES[format])
        at.parts += 1
        at.rows += rows.length
        at.bytes += content.byteLength
        at.after = rows.at(-1)?.id ?? at.after
      }
      if (rows.length < ROWS_A_PART || at.parts >= PARTS_MOST) break
      work.progress(0, `${at.rows} rows`)
      if (work.signal.aborted || work.remainingMs() < ROOM_MS) return goesOn(at, 0, `${at.rows} rows`)
    }
    const { rows, bytes, parts: count } = at
    const url = `/api/v1/admin/jobs/${jobId}/file`
    return succeeded({ rows, bytes, parts: count, content_type: TYPES[format], url })
  },
})

const lineOf = (row: Record<string, unknown>, columns: readonly string[], format: 'ndjson' | 'csv'): string =>
  format === 'csv'
    ? csvLine(columns.map((column) => row[column]))
    : `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]])))}\n`

/**
 * Imports: a file of products, read while it arrives. A CSV is read twice (a handle's rows may come apart), so what is
 * long is laid aside in R2 meanwhile and never held in memory as a whole.
 *
 * The report is the answer, and stays under its id. The same file again changes nothing; one that broke off goes on
 * where it stopped when its sender says the file's digest (`Content-Digest`, RFC 9530).
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { newId } from '../../../domain/basics/ids.ts'
import type { ImportFormat } from '../../../domain/catalog/import-item.ts'
import { findImport, listImports, type ImportRecord } from '../../../platform/postgres/import-records.ts'
import { runImport } from '../../../platform/postgres/imports.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { answeredOnce } from '../../middleware/idempotency/index.ts'
import { parseKey } from '../../middleware/idempotency/key.ts'
import { may } from '../../middleware/operator/index.ts'
import { readBody } from '../../middleware/limits/index.ts'
import { privateJson, refused } from '../../replies.ts'
import { Instant } from '../../schemas.ts'
import { database, reading } from '../../sessions.ts'
import { digest } from '../../signing.ts'
import { instantOut } from '../../wire.ts'
import { KEY_PARAMETER, answer, json, problems, router } from '../endpoint.ts'
import { afterCatalogWrite, needs, security } from './operating.ts'

export const imports = router()
const tags = ['Operating the catalog']

/** What a request may carry at most on the plan most people have. */
export const FILE_BYTES_MAX = 100_000_000
/** Shorter files are simply kept; so are files whose sender does not say how long they are. */
const KEPT_BYTES_MAX = 8_000_000
const UNSAID_BYTES_MAX = 32_000_000

const FORMATS: Record<string, ImportFormat> = {
  'text/csv': 'shopify_csv',
  'application/csv': 'shopify_csv',
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
}

const ImportProblem = z
  .object({
    line: z.int(),
    field: z.string(),
    product: z.string(),
    code: z.string(),
    message: z.string().openapi({ description: 'What is wrong.' }),
    remedy: z.string().openapi({ description: 'What to do.' }),
  })
  .openapi('ImportProblem')

const Import = z
  .object({
    id: z.string(),
    format: z.enum(['shopify_csv', 'json', 'ndjson']),
    dry_run: z.boolean(),
    state: z.enum(['running', 'finished', 'failed']),
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    refused: z.int().openapi({ description: 'Products with a wrong row; nothing of them was written.' }),
    stock_left_alone: z.int().openapi({ description: 'SKUs that had a stock account: an import never changes it.' }),
    problem_count: z.int(),
    problems: z.array(ImportProblem).openapi({ description: 'The first thousand.' }),
    created_at: Instant,
    updated_at: Instant,
  })
  .openapi('Import')

/** As `keyed`, but the body is a stream: what its headers say of it stands for it. */
const keyedByHeaders: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = parseKey(c.req.header('idempotency-key'))
  if (!key.ok) return refused(c, key.refusal)
  const { pathname, search } = new URL(c.req.url)
  const about = ['content-type', 'content-length', 'content-digest'].map((name) => c.req.header(name) ?? '')
  c.set('once', { key: key.value, fingerprint: await digest([`POST ${pathname}${search}`, ...about].join('\n')) })
  return next()
}

answer(
  imports,
  createRoute({
    method: 'post',
    path: '/imports',
    tags,
    summary: 'Import a file of products',
    description:
      'A Shopify product CSV (`text/csv`), a JSON list (`application/json`) or one JSON object a line (`application/x-ndjson`), up to 100 MB. Bad rows never stop good ones and never half-apply a product. `dry_run=true` says what would happen.',
    security,
    parameters: [KEY_PARAMETER],
    middleware: [may('catalog:write'), keyedByHeaders, answeredOnce((c) => `key:${c.var.operator.keyId}`)] as const,
    request: { query: z.object({ dry_run: z.enum(['true', 'false']).optional() }) },
    responses: {
      201: json(Import, 'Done; the report.'),
      ...problems(400, 401, 403, 409, 413, 415, 422, 503),
    },
  }),
  async (c) => {
    const type = (c.req.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
    const format = FORMATS[type]
    if (!format) return refused(c, { code: 'unsupported_media_type', accepted: Object.keys(FORMATS) })
    const file = await laidAside(c)
    if ('refusal' in file) return refused(c, file.refusal)
    const dryRun = c.req.valid('query').dry_run === 'true'
    const { storeId, store, clock, random } = c.var.visit
    const writer = database(c).write()
    try {
      const record = await runImport(
        { storeId, currency: store.currency, format, dryRun, digest: digestSaid(c), source: file.source },
        { db: database(c), writer, clock, random },
      )
      const { id, created, updated, refused: left } = record
      const facts = { dry_run: dryRun, created, updated, refused: left }
      await afterCatalogWrite(c, writer, { action: 'import.finished', subject: id, facts })
      return privateJson(c, importOut(record), 201, { location: `/api/v1/admin/imports/${id}` })
    } finally {
      await file.putAway()
    }
  },
)

answer(
  imports,
  createRoute({
    method: 'get',
    path: '/imports',
    tags,
    summary: 'List imports, newest first, without their problems',
    ...needs('catalog:read'),
    responses: {
      200: json(z.object({ data: z.array(Import), next_cursor: z.null() }), 'The latest fifty.'),
      ...problems(401, 403, 503),
    },
  }),
  async (c) => {
    const latest = await listImports(await reading(c), c.var.visit.storeId)
    return privateJson(c, { data: latest.map(importOut), next_cursor: null })
  },
)

answer(
  imports,
  createRoute({
    method: 'get',
    path: '/imports/{id}',
    tags,
    summary: 'See an import and its report',
    ...needs('catalog:read'),
    request: { params: z.object({ id: z.string().max(64) }) },
    responses: { 200: json(Import, 'How far it is, or what came of it.'), ...problems(401, 403, 404, 503) },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const record = await findImport(await reading(c), c.var.visit.storeId, id)
    return record ? privateJson(c, importOut(record)) : refused(c, { code: 'not_found', what: id })
  },
)

interface File {
  /** The bytes from the beginning, as often as wanted. */
  source: () => AsyncIterable<Uint8Array>
  putAway(): Promise<void>
}

/** The body where it can be read twice: in memory while it is short, else in R2 until the import is done. */
async function laidAside(
  c: Asked,
): Promise<File | { refusal: { code: 'body_too_large'; limitBytes: number } | { code: 'body_broken_off' } }> {
  const said = c.req.header('content-length')
  const length = said === undefined ? null : Number(said)
  if (length !== null && length > FILE_BYTES_MAX)
    return { refusal: { code: 'body_too_large', limitBytes: FILE_BYTES_MAX } }
  if (length === null || length <= KEPT_BYTES_MAX) {
    const read = await readBody(c.req.raw, length === null ? UNSAID_BYTES_MAX : KEPT_BYTES_MAX)
    if (!read.ok) return { refusal: read.refusal as { code: 'body_broken_off' } }
    const bytes = new Uint8Array(read.value)
    return { source: () => inPieces(bytes), putAway: async () => undefined }
  }
  const { clock, random } = c.var.visit
  const name = `imports/${newId('imp', clock.now(), random)}`
  await c.env.DOCUMENTS.put(name, c.req.raw.body)
  return {
    source: () => fromShelf(c.env.DOCUMENTS, name),
    putAway: () => c.env.DOCUMENTS.delete(name),
  }
}

const PIECE_BYTES = 64 * 1024

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES)
}

async function* fromShelf(bucket: R2Bucket, name: string): AsyncGenerator<Uint8Array> {
  const object = await bucket.get(name)
  if (!object) throw new Error('a file that was laid aside a moment ago is gone')
  const reader = object.body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
}

/** `sha-256=:base64:` in hexadecimal, or null. Only ever compared with what the same store said before. */
function digestSaid(c: Context<AppEnv>): string | null {
  const said = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(c.req.header('content-digest') ?? '')?.[1]
  if (said === undefined) return null
  return Array.from(atob(said), (letter) => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

const importOut = (record: ImportRecord): z.infer<typeof Import> => ({
  id: record.id,
  format: record.format,
  dry_run: record.dryRun,
  state: record.state,
  rows: record.rows,
  created: record.created,
  updated: record.updated,
  unchanged: record.unchanged,
  refused: record.refused,
  stock_left_alone: record.stockLeftAlone,
  problem_count: record.problemCount,
  problems: record.problems.map(({ line, field, product, code, message, remedy }) => ({
    line,
    field,
    product,
    code,
    message,
    remedy,
  })),
  created_at: instantOut(record.createdAt),
  updated_at: instantOut(record.updatedAt),
})

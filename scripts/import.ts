/**
 * `npm run import -- <file> [--dry-run] [--url http://127.0.0.1:8787] [--key onr_…] [--format json|ndjson|csv]`
 *
 * Sends a file of products to a running shop and prints its report. The key may also be in ONRUSH_KEY, the shop in
 * ONRUSH_URL. Safe to repeat: the same file again changes nothing, and a broken-off import is taken up where it stopped.
 * Ends with 0 when every product was taken, 1 when some were refused, 2 when nothing could be done.
 */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, openAsBlob } from 'node:fs'
import { extname } from 'node:path'
import { parseArgs } from 'node:util'

const CONTENT_TYPES: Record<string, string> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
}

interface Problem {
  line: number
  field: string
  product: string
  message: string
  remedy: string
}

interface Report {
  id: string
  dry_run: boolean
  rows: number
  created: number
  updated: number
  unchanged: number
  refused: number
  stock_left_alone: number
  problem_count: number
  problems: Problem[]
}

function giveUp(why: string): never {
  console.error(why)
  process.exit(2)
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'dry-run': { type: 'boolean', default: false },
    url: { type: 'string', default: process.env['ONRUSH_URL'] ?? 'http://127.0.0.1:8787' },
    key: { type: 'string', default: process.env['ONRUSH_KEY'] ?? '' },
    format: { type: 'string' },
  },
})
const [file] = positionals
if (!file) giveUp('Say which file: npm run import -- products.csv --key onr_…')
if (!values.key) giveUp('Say the operator key: --key onr_… (or ONRUSH_KEY). The shop printed it when it started.')
const contentType = CONTENT_TYPES[values.format ?? extname(file).slice(1).toLowerCase()]
if (!contentType) giveUp('The ending of the file does not say what it is: add --format csv, json or ndjson.')

const report = await send(file, contentType)
print(report)
process.exitCode = report.refused > 0 || report.problem_count > 0 ? 1 : 0

async function send(path: string, type: string): Promise<Report> {
  const digest = await digestOf(path).catch((error: Error) => giveUp(`${path} cannot be read: ${error.message}`))
  const address = new URL(`/api/v1/admin/imports${values['dry-run'] ? '?dry_run=true' : ''}`, values.url)
  const response = await fetch(address, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${values.key}`,
      'content-type': type,
      'content-digest': `sha-256=:${digest}:`, // RFC 9530; also how the shop knows a broken-off import again
      'idempotency-key': randomUUID(),
    },
    body: await openAsBlob(path),
  }).catch((error: Error) => giveUp(`The shop at ${address.origin} does not answer: ${error.message}`))
  const text = await response.text()
  if (!response.ok) giveUp(`The shop said ${response.status}: ${text.slice(0, 1_000)}`)
  return JSON.parse(text) as Report
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return hash.digest('base64')
}

function print(said: Report): void {
  for (const { line, field, product, message, remedy } of said.problems) {
    const where = [`line ${line}`, field, product].filter(Boolean).join(', ')
    console.log(`${where}: ${message} ${remedy}`)
  }
  const unseen = said.problem_count - said.problems.length
  if (unseen > 0) console.log(`… and ${unseen} more problems.`)
  const verb = said.dry_run ? 'would be' : 'were'
  console.log(
    `${said.rows} rows: ${said.created} products ${verb} created, ${said.updated} updated, ` +
      `${said.unchanged} unchanged, ${said.refused} refused.`,
  )
  if (said.stock_left_alone > 0) {
    console.log(`The stock of ${said.stock_left_alone} SKUs that the shop knew was left as it is.`)
  }
}

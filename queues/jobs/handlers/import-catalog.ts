/**
 * Imports a file of products that lies at a merchant's URL, or in the payload itself. The file is fetched once and laid
 * aside, so that every part of the work reads the same one; how far it is stands in the import's own row, by the file's
 * digest, and whoever goes on goes on behind the last chunk (platform/postgres/imports.ts).
 */
import { z } from 'zod'
import { callableUrl } from '../../../platform/outbound/addresses.ts'
import { findStore } from '../../../platform/postgres/stores.ts'
import { runImport } from '../../../platform/postgres/imports.ts'
import { fileOf } from '../files.ts'
import { BRISK, goesOn, jobHandler, noUse, succeeded, tryAgain, type Work, type WorkEnd } from '../handler.ts'
import type { JobParts } from '../parts.ts'
import { tellStock } from './catalog-told.ts'

/** What an isolate can hold whole, beside all else. */
const FILE_BYTES_MAX = 32_000_000
const FETCH_MS = 60_000
/** Told to whoever is still at it that it should go on elsewhere. */
const ROOM_MS = 5000

const Laid = z.object({ digest: z.string() })

const terms = { format: z.enum(['shopify_csv', 'json', 'ndjson']), dry_run: z.boolean().default(false) }

export const importCatalog = jobHandler({
  type: 'import_catalog',
  summary: 'Imports products from a file at a URL of yours, or from the payload.',
  payload: z.union([
    z.strictObject({ ...terms, url: z.string().max(2000) }),
    z.strictObject({ ...terms, content: z.string().min(1).max(1_000_000) }),
  ]),
  result: z.object({
    import_id: z.string(),
    rows: z.int(),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    refused: z.int(),
    problems: z.int(),
  }),
  scopes: () => ['catalog:write'],
  policy: { lane: 'bulk', attemptsMax: 10, backoff: BRISK, timeoutMs: 900_000 },
  run: async (payload, work, parts) => {
    if (work.checkpoint === null) return lay(payload, work, parts)
    const { digest } = Laid.parse(work.checkpoint)
    const store = await findStore(parts.database().read(), work.storeId)
    if (!store) return noUse('store_not_found', 'The shop is not there any more.')
    const file = fileOf(work.storeId, work.jobId)
    try {
      const record = await runImport(
        {
          storeId: work.storeId,
          currency: store.currency,
          format: payload.format,
          dryRun: payload.dry_run,
          digest: payload.dry_run ? null : digest,
          source: () => parts.files.read(file, 1),
        },
        {
          db: parts.database(),
          writer: parts.database().write(),
          clock: parts.clock,
          random: parts.random,
          onProgress: ({ rows }) => {
            work.progress(0, `${rows} rows`)
            const isOver = work.signal.aborted || work.remainingMs() < ROOM_MS
            // A dry run writes nothing down, so it has to be done in one go.
            if (isOver && !payload.dry_run) throw new PutOff(rows)
          },
        },
      )
      await tellStock(work.storeId, parts)
      await parts.files.putAway(file)
      const { id, rows, created, updated, unchanged, refused, problemCount } = record
      return succeeded({ import_id: id, rows, created, updated, unchanged, refused, problems: problemCount })
    } catch (thrown) {
      if (thrown instanceof PutOff) return goesOn({ digest }, 0, `${thrown.rows} rows`)
      throw thrown
    }
  },
})

/** Not a fault: what is left is for the next invocation. */
class PutOff extends Error {
  readonly rows: number

  constructor(rows: number) {
    super('the rest is for the next invocation')
    this.rows = rows
  }
}

type Payload = { url: string } | { content: string }

/** Has the file where every part of the work can read it. */
async function lay(payload: Payload, work: Work, parts: JobParts): Promise<WorkEnd<never>> {
  const file = fileOf(work.storeId, work.jobId)
  const fetched =
    'content' in payload ? new TextEncoder().encode(payload.content) : await fetchFile(payload.url, work, parts)
  if (!(fetched instanceof Uint8Array)) return fetched
  const digest = await parts.files.keepWhole(file, fetched)
  return goesOn({ digest }, 0, 'the file is here')
}

async function fetchFile(url: string, work: Work, { outside }: JobParts): Promise<Uint8Array | WorkEnd<never>> {
  const address = callableUrl(url, outside)
  if (!address.ok) return noUse('address_not_called', `The address ${address.refusal}.`)
  const stopping = new AbortController()
  const timer = setTimeout(() => stopping.abort(), FETCH_MS)
  work.signal.addEventListener('abort', () => stopping.abort())
  try {
    const response = await outside.fetch(new Request(address.value, { redirect: 'manual', signal: stopping.signal }))
    if (response.status !== 200) return tryAgain('server_answered_badly', `The server answered ${response.status}.`)
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += piece.byteLength
      if (bytes > FILE_BYTES_MAX) return noUse('file_too_large', `The file has more than ${FILE_BYTES_MAX} bytes.`)
      pieces.push(piece)
    }
    return new Uint8Array(await new Blob(pieces).arrayBuffer())
  } catch (fault) {
    return tryAgain('no_answer', fault instanceof Error ? fault.message.slice(0, 200) : 'The connection failed.')
  } finally {
    clearTimeout(timer)
    stopping.abort() // whatever was left unread
  }
}

/**
 * R2 over one SQLite object per bucket; bytes lie in pieces of 1 MiB. Head, get (ranges, pre-conditions), put
 * (pre-conditions, checksums, metadata), delete and list (prefix, delimiter, pages) are faithful; multipart uploads are
 * refused by name. A put replaces an object in one transaction, so nobody reads half of it.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'
import { answer, readQuestion, refuse } from './r2-wire.ts'
import type { AskedRange, Conditions, Etag, ObjectFacts, Question, R2Refusal } from './r2-wire.ts'

const KEY_BYTES_MAX = 1024
const METADATA_BYTES_MAX = 8192
const LIST_KEYS_MAX = 1000
const PIECE_BYTES = 1024 * 1024
const HTTP_FIELDS = 0
const CUSTOM_FIELDS = 1
const DIGESTS = { 0: 'md5', 1: 'sha1', 2: 'sha256', 3: 'sha384', 4: 'sha512' } as const
const ALGORITHMS = { md5: 'MD5', sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' } as const

type Put = Extract<Question, { method: 'put' }>
type Get = Extract<Question, { method: 'get' }>
type List = Extract<Question, { method: 'list' }>

interface Row extends Record<string, SqlStorageValue> {
  key: string
  facts: string
}

/** The objects of one bucket. Refusals are values: an error thrown over RPC would lose its R2 code. */
export class BucketStore extends DurableObject<ShimEnv> {
  readonly #sql: SqlStorage

  constructor(state: DurableObjectState, env: ShimEnv) {
    super(state, env)
    this.#sql = state.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS objects (key TEXT PRIMARY KEY, facts TEXT NOT NULL) WITHOUT ROWID')
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS pieces
         (key TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (key, piece))`,
    )
  }

  head(key: string): ObjectFacts | null {
    const [row] = this.#sql.exec<Row>('SELECT key, facts FROM objects WHERE key = ?', key).toArray()
    return row === undefined ? null : JSON.parse(row.facts)
  }

  read(key: string, offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / PIECE_BYTES)
    const bytes = new Uint8Array(length)
    const rows = this.#sql.exec<{ piece: number; bytes: ArrayBuffer }>(
      'SELECT piece, bytes FROM pieces WHERE key = ? AND piece BETWEEN ? AND ? ORDER BY piece',
      key,
      first,
      Math.floor((offset + length - 1) / PIECE_BYTES),
    )
    let filled = 0
    for (const row of rows) {
      const from = row.piece === first ? offset - first * PIECE_BYTES : 0
      const part = new Uint8Array(row.bytes).subarray(from, from + length - filled)
      bytes.set(part, filled)
      filled += part.byteLength
    }
    return bytes
  }

  /** True when written; false when the pre-conditions did not hold for what is there. */
  write(facts: ObjectFacts, bytes: Uint8Array, onlyIf: Conditions | null): boolean {
    if (onlyIf !== null && !holds(onlyIf, this.head(facts.name))) return false
    this.remove([facts.name])
    this.#sql.exec('INSERT INTO objects (key, facts) VALUES (?, ?)', facts.name, JSON.stringify(facts))
    for (let piece = 0; piece * PIECE_BYTES < bytes.byteLength; piece += 1) {
      const part = bytes.slice(piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES)
      this.#sql.exec('INSERT INTO pieces (key, piece, bytes) VALUES (?, ?, ?)', facts.name, piece, part)
    }
    return true
  }

  remove(keys: string[]): void {
    for (const key of keys) {
      this.#sql.exec('DELETE FROM objects WHERE key = ?', key)
      this.#sql.exec('DELETE FROM pieces WHERE key = ?', key)
    }
  }

  list(asked: List): { objects: ObjectFacts[]; delimitedPrefixes: string[]; truncated: boolean; cursor?: string } {
    const prefix = asked.prefix ?? ''
    const limit = asked.limit ?? LIST_KEYS_MAX
    const cursor = asked.cursor === undefined ? '' : decodeURIComponent(atob(asked.cursor))
    const startAfter = asked.startAfter ?? ''
    const rows = this.#sql.exec<Row>(
      'SELECT key, facts FROM objects WHERE substr(key, 1, length(?1)) = ?1 AND key > ?2 ORDER BY key',
      prefix,
      cursor > startAfter ? cursor : startAfter,
    )
    const objects: ObjectFacts[] = []
    const prefixes = new Set<string>()
    let last = ''
    for (const row of rows) {
      const group = groupOf(row.key, prefix, asked.delimiter)
      if (group !== null && prefixes.has(group)) {
        last = row.key
        continue
      }
      if (objects.length + prefixes.size === limit) {
        const next = btoa(encodeURIComponent(last))
        return { objects, delimitedPrefixes: [...prefixes], truncated: true, cursor: next }
      }
      last = row.key
      if (group === null) objects.push(shown(JSON.parse(row.facts), asked.include ?? []))
      else prefixes.add(group)
    }
    return { objects, delimitedPrefixes: [...prefixes], truncated: false }
  }
}

/** The binding's other end; `props.bucket` names the bucket. */
export class R2 extends WorkerEntrypoint<ShimEnv, { bucket: string }> {
  override async fetch(request: Request): Promise<Response> {
    const { question, body } = await readQuestion(request)
    const bucket = this.env.BUCKETS.getByName(this.ctx.props.bucket)
    if ('object' in question && question.object !== undefined && tooLong(question.object)) return refuse('keyTooLong')
    switch (question.method) {
      case 'head':
        return head(bucket, question.object)
      case 'get':
        return get(bucket, question)
      case 'put':
        return put(bucket, question, body)
      case 'delete':
        await bucket.remove(question.objects ?? [question.object ?? ''])
        return new Response(null)
      case 'list': {
        const limit = question.limit ?? LIST_KEYS_MAX
        if (limit < 1 || limit > LIST_KEYS_MAX) return refuse('badLimit')
        using page = await bucket.list(question)
        return answer(page)
      }
      default:
        return refuse('notHere')
    }
  }
}

type Bucket = DurableObjectStub<BucketStore>

async function head(bucket: Bucket, key: string): Promise<Response> {
  using facts = await bucket.head(key)
  return facts === null ? refuse('noSuchKey') : answer({ ...facts, range: { offset: 0, length: facts.size } })
}

async function get(bucket: Bucket, asked: Get): Promise<Response> {
  using facts = await bucket.head(asked.object)
  if (facts === null) return refuse('noSuchKey')
  if (asked.onlyIf !== undefined && !holds(asked.onlyIf, facts)) return refuse('preconditionFailed', facts)
  const range = rangeOf(asked, facts.size)
  if (typeof range === 'string') return refuse(range)
  const bytes = range.length === 0 ? new Uint8Array() : await bucket.read(asked.object, range.offset, range.length)
  return answer({ ...facts, range }, bytes)
}

async function put(bucket: Bucket, asked: Put, bytes: Uint8Array): Promise<Response> {
  const metadata = (asked.customFields ?? []).reduce((sum, { k, v }) => sum + k.length + v.length, 0)
  if (metadata > METADATA_BYTES_MAX) return refuse('metadataTooLarge')
  const checksums: Record<string, string> = {}
  for (const [place, name] of Object.entries(DIGESTS)) {
    const claimed = asked[name]
    if (claimed === undefined && name !== 'md5') continue
    const found = hex(await crypto.subtle.digest(ALGORITHMS[name], bytes))
    // md5 travels in base64, the others in hex: the runtime's habit.
    if (claimed !== undefined && found !== (name === 'md5' ? hex(fromBase64(claimed)) : claimed.toLowerCase())) {
      return refuse('badDigest')
    }
    checksums[place] = found
  }
  const facts: ObjectFacts = {
    name: asked.object,
    version: crypto.randomUUID().replaceAll('-', ''),
    size: bytes.byteLength,
    etag: checksums['0'] ?? '',
    uploaded: Date.now(),
    httpFields: asked.httpFields ?? {},
    customFields: asked.customFields ?? [],
    checksums,
  }
  const written = await bucket.write(facts, bytes, asked.onlyIf ?? null)
  return written ? answer(facts) : refuse('preconditionFailed')
}

/** R2's reading of RFC 9110, section 13: an absent object fails If-Match and If-Modified-Since and passes the rest. */
function holds(asked: Conditions, facts: ObjectFacts | null): boolean {
  if (facts === null) return asked.etagMatches === undefined && asked.uploadedAfter === undefined
  const grain = asked.secondsGranularity === true ? 1000 : 1
  const instant = (at: string | number): number => Math.floor(Number(at) / grain)
  const uploaded = instant(facts.uploaded)
  const matches = asked.etagMatches === undefined || names(asked.etagMatches, facts.etag, false)
  const differs = asked.etagDoesNotMatch === undefined || !names(asked.etagDoesNotMatch, facts.etag, true)
  const after =
    asked.uploadedAfter === undefined ||
    instant(asked.uploadedAfter) < uploaded ||
    (asked.etagDoesNotMatch !== undefined && differs)
  const before =
    asked.uploadedBefore === undefined ||
    uploaded < instant(asked.uploadedBefore) ||
    (asked.etagMatches !== undefined && matches)
  return matches && differs && after && before
}

const names = (etags: Etag[], etag: string, weakly: boolean): boolean =>
  etags.some(({ type, value }) => type === 'wildcard' || (value === etag && (weakly || type === 'strong')))

function rangeOf(asked: Get, size: number): { offset: number; length: number } | R2Refusal {
  const range = asked.rangeHeader === undefined ? asked.range : readRangeHeader(asked.rangeHeader)
  if (range === undefined) return { offset: 0, length: size }
  const suffix = range.suffix === undefined ? null : Math.min(size, Number(range.suffix))
  const offset = suffix === null ? Number(range.offset ?? 0) : size - suffix
  const length = suffix ?? (range.length === undefined ? size - offset : Math.min(Number(range.length), size - offset))
  return offset < 0 || offset > size || length <= 0 ? 'badRange' : { offset, length }
}

/** Several ranges, or none that can be read, mean the whole object. */
function readRangeHeader(header: string): AskedRange | undefined {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  if (parts === null || (parts[1] === '' && parts[2] === '')) return undefined
  if (parts[1] === '') return { suffix: Number(parts[2]) }
  const offset = Number(parts[1])
  return parts[2] === '' ? { offset } : { offset, length: Number(parts[2]) - offset + 1 }
}

function groupOf(key: string, prefix: string, delimiter: string | undefined): string | null {
  if (delimiter === undefined || delimiter === '') return null
  const at = key.indexOf(delimiter, prefix.length)
  return at === -1 ? null : key.slice(0, at + delimiter.length)
}

const shown = (facts: ObjectFacts, include: number[]): ObjectFacts => ({
  ...facts,
  httpFields: include.includes(HTTP_FIELDS) ? facts.httpFields : {},
  customFields: include.includes(CUSTOM_FIELDS) ? facts.customFields : [],
})

const tooLong = (key: string): boolean => new TextEncoder().encode(key).byteLength > KEY_BYTES_MAX
const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
const hex = (bytes: ArrayBuffer | Uint8Array): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

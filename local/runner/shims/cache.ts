/**
 * The Cache API, kept in this isolate's memory and bounded by bytes: it forgets at a restart, as a data centre may at
 * any time. Speaks what workerd's cache binding sends: GET to match, PUT of a whole serialised HTTP response, PURGE to
 * delete. Keeps the platform's rules: nothing with Set-Cookie, nothing that says no-store or private, no 206, no
 * `Vary: *`; a response without a lifetime is not stored.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { ShimEnv } from './env.ts'

const BYTES_MAX = 64 * 1024 * 1024

interface Kept {
  status: number
  headers: [string, string][]
  body: Uint8Array
  storedAt: number
  expiresAt: number
}

const kept = new Map<string, Kept>() // oldest use first: a Map keeps the order of insertion
let bytesKept = 0

export class Cache extends WorkerEntrypoint<ShimEnv> {
  override async fetch(request: Request): Promise<Response> {
    const key = `${request.headers.get('cf-cache-namespace') ?? ''} ${request.url}`
    if (request.method === 'PUT') return put(key, new Uint8Array(await request.arrayBuffer()), Date.now())
    if (request.method === 'PURGE') return new Response(null, { status: forget(key) ? 200 : 404 })
    return match(key, request.headers, Date.now())
  }
}

function match(key: string, asked: Headers, now: number): Response {
  const found = kept.get(key)
  if (found === undefined || found.expiresAt <= now) {
    forget(key)
    return new Response(null, { status: 504, headers: { 'cf-cache-status': 'MISS' } })
  }
  kept.delete(key)
  kept.set(key, found)
  const headers = new Headers(found.headers)
  headers.set('cf-cache-status', 'HIT')
  headers.set('age', String(Math.floor((now - found.storedAt) / 1000)))
  if (isUnchanged(asked, headers)) return new Response(null, { status: 304, headers })
  const range = parseRange(asked.get('range'), found.body.byteLength)
  if (range === null) return new Response(found.body, { status: found.status, headers })
  headers.set('content-range', `bytes ${range.start}-${range.end}/${found.body.byteLength}`)
  headers.set('content-length', String(range.end - range.start + 1))
  return new Response(found.body.subarray(range.start, range.end + 1), { status: 206, headers })
}

function put(key: string, message: Uint8Array, now: number): Response {
  const { status, headers, body } = parseMessage(message)
  const lifetime = lifetimeSeconds(headers)
  const refused = status === 206 || headers.has('set-cookie') || headers.get('vary')?.trim() === '*' || lifetime <= 0
  if (refused || body.byteLength > BYTES_MAX) return new Response(null, { status: 413 })
  forget(key)
  kept.set(key, { status, headers: [...headers], body, storedAt: now, expiresAt: now + lifetime * 1000 })
  bytesKept += body.byteLength
  for (const oldest of kept.keys()) {
    if (bytesKept <= BYTES_MAX) break
    forget(oldest)
  }
  return new Response(null, { status: 204 })
}

function forget(key: string): boolean {
  bytesKept -= kept.get(key)?.body.byteLength ?? 0
  return kept.delete(key)
}

function parseMessage(message: Uint8Array): { status: number; headers: Headers; body: Uint8Array } {
  const end = endOfHead(message)
  const [statusLine = '', ...lines] = new TextDecoder().decode(message.subarray(0, end)).split('\r\n')
  const headers = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const body = message.slice(end + 4)
  const chunked = headers.get('transfer-encoding')?.toLowerCase() === 'chunked'
  headers.delete('transfer-encoding')
  return { status: Number(statusLine.split(' ')[1]), headers, body: chunked ? joinChunks(body) : body }
}

function endOfHead(message: Uint8Array): number {
  for (let at = 0; at + 3 < message.length; at += 1) {
    if (message[at] === 13 && message[at + 1] === 10 && message[at + 2] === 13 && message[at + 3] === 10) return at
  }
  throw new Error('The cache was sent something that is not an HTTP response.')
}

/** RFC 9112, section 7.1; a body of unknown length may travel in chunks. */
function joinChunks(body: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf(13, at)
    const size = Number.parseInt(new TextDecoder().decode(body.subarray(at, lineEnd)), 16)
    if (!(size > 0)) break
    parts.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let filled = 0
  for (const part of parts) {
    joined.set(part, filled)
    filled += part.byteLength
  }
  return joined
}

/** How long a shared cache may keep it: s-maxage, else max-age, else Expires (RFC 9111, section 4.2.1). */
function lifetimeSeconds(headers: Headers): number {
  const control = (headers.get('cache-control') ?? '').toLowerCase()
  if (/\b(no-store|private|no-cache)\b/.test(control)) return 0
  const said = /\bs-maxage\s*=\s*"?(\d+)/.exec(control) ?? /\bmax-age\s*=\s*"?(\d+)/.exec(control)
  if (said !== null) return Number(said[1])
  const expires = Date.parse(headers.get('expires') ?? '')
  return Number.isNaN(expires) ? 0 : (expires - Date.now()) / 1000
}

function isUnchanged(asked: Headers, stored: Headers): boolean {
  const weak = (etag: string): string => etag.trim().replace(/^W\//, '')
  const ifNoneMatch = asked.get('if-none-match')
  const etag = stored.get('etag')
  if (ifNoneMatch !== null && etag !== null) {
    return ifNoneMatch.split(',').some((one) => one.trim() === '*' || weak(one) === weak(etag))
  }
  const since = Date.parse(asked.get('if-modified-since') ?? '')
  return ifNoneMatch === null && Date.parse(stored.get('last-modified') ?? '') <= since
}

function parseRange(asked: string | null, size: number): { start: number; end: number } | null {
  const parts = /^bytes=(\d*)-(\d*)$/.exec(asked ?? '')
  if (parts === null || (parts[1] === '' && parts[2] === '')) return null
  const start = parts[1] === '' ? Math.max(0, size - Number(parts[2])) : Number(parts[1])
  const end = parts[1] === '' || parts[2] === '' ? size - 1 : Math.min(size - 1, Number(parts[2]))
  return start <= end ? { start, end } : null
}

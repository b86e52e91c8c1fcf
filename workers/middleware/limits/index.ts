/**
 * Limits of what we read: address 4 kB, header fields 16 kB, bodies 64 kB, JSON 32 levels deep and lists of 1,000.
 * The runtime enforces none of them (it takes a 70 kB header and parses JSON a hundred thousand levels deep), so they
 * are counted here, before anything is decided. Bodies that are meant to be long (imports) bring their own limit.
 */
import type { MiddlewareHandler } from 'hono'
import type { Decision } from '../../../domain/basics/decision.ts'
import { accept, refuse } from '../../../domain/basics/decision.ts'
import type { AppEnv } from '../../context.ts'
import type { DoorRefusal } from '../../problems.ts'
import { turnedAway } from '../../doorstep.ts'
import { ARRAY_ITEMS_MAX, refusalOfShape, unstorable } from './json-shape.ts'

export const URI_BYTES_MAX = 4096
export const HEADER_BYTES_MAX = 16_384
export const BODY_BYTES_MAX = 65_536

/** Refuses addresses and headers that are too large, and addresses with a NUL in them. */
export const envelopeLimits: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.raw.url.length - c.get('visit').origin.length > URI_BYTES_MAX) {
    return turnedAway(c, { code: 'uri_too_long', limitBytes: URI_BYTES_MAX })
  }
  if (headerBytes(c.req.raw.headers) > HEADER_BYTES_MAX) {
    return turnedAway(c, { code: 'headers_too_large', limitBytes: HEADER_BYTES_MAX })
  }
  // Decoding can bring no other letter that nobody can keep: what is no UTF-8 stays as it was written.
  const [path = '', query = ''] = c.req.raw.url.split(/\?(.*)/s, 2)
  if (path.includes('%00')) return turnedAway(c, { code: 'not_found', what: c.req.path })
  if (query.includes('%00')) return turnedAway(c, unstorable('query'))
  await next()
}

/** As on the wire: name, colon, space, value, line end. */
function headerBytes(headers: Headers): number {
  let bytes = 0
  headers.forEach((value, name) => (bytes += name.length + value.length + 4))
  return bytes
}

/**
 * Reads the body of a JSON request once, within the limits, and hands it on as text that parses; the route's schema
 * says what it must mean. A request without a body passes: there are such POSTs and DELETEs, and many clients give each of
 * theirs a content type. Where a body is needed, the route's own validator finds nothing to parse.
 */
export const jsonBodyUpTo =
  ({ bytes, items }: { bytes: number; items: number }): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD' || c.req.method === 'OPTIONS') return next()
    const type = c.req.header('content-type')
    const read = await readBody(c.req.raw, bytes)
    if (!read.ok) return turnedAway(c, read.refusal)
    const isJson = type !== undefined && /^application\/json\s*(;|$)/i.test(type)
    if (read.value.byteLength === 0 && (type === undefined || isJson)) {
      // Nothing was sent, as a stream that is read now: whoever looks again finds nothing rather than a used-up body.
      Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(read.value) })
      return next()
    }
    if (!isJson) {
      return turnedAway(c, { code: 'unsupported_media_type', accepted: ['application/json'] })
    }
    const text = utf8(read.value)
    if (text === null) return turnedAway(c, { code: 'malformed_json', problem: 'The body is not UTF-8.' })
    const shape = refusalOfShape(text, items)
    if (shape) return turnedAway(c, shape)
    Object.assign(c.req.bodyCache, { text: Promise.resolve(text) })
    return next()
  }

/** For a route whose body may be left out: then it is as one that says nothing, whatever content type it was given. */
export const bodyMayBeLeftOut: MiddlewareHandler<AppEnv> = async (c, next) => {
  const sent = await c.req.arrayBuffer()
  if (sent.byteLength === 0) Object.assign(c.req.bodyCache, { text: Promise.resolve('{}') })
  await next()
}

/** The same within the usual limits. */
export const jsonBody = jsonBodyUpTo({ bytes: BODY_BYTES_MAX, items: ARRAY_ITEMS_MAX })

/** Reads the body of a form within the same limit; the page parses it. */
export const formBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return next()
  const read = await readBody(c.req.raw, BODY_BYTES_MAX)
  if (!read.ok) return turnedAway(c, read.refusal)
  Object.assign(c.req.bodyCache, { arrayBuffer: Promise.resolve(read.value) })
  return next()
}

/**
 * Reads at most `limitBytes`. A body whose length was declared is never longer than that, by its framing, and is read in one
 * go; of any other what really comes is counted. What is over the limit is left unread.
 */
export async function readBody(request: Request, limitBytes: number): Promise<Decision<ArrayBuffer, DoorRefusal>> {
  const tooLarge = refuse<DoorRefusal>({ code: 'body_too_large', limitBytes })
  const declared = request.headers.get('content-length')
  if (Number(declared ?? 0) > limitBytes) return tooLarge
  if (!request.body) return accept(new ArrayBuffer(0))
  if (declared !== null && /^\d+$/.test(declared)) return readWhole(request, limitBytes)
  const reader = request.body.getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.byteLength
      if (bytes > limitBytes) {
        await reader.cancel()
        return tooLarge
      }
      chunks.push(part.value)
    }
  } catch {
    // Badly framed chunks and broken connections surface here, as the client's doing.
    return refuse({ code: 'body_broken_off' })
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return accept(whole.buffer)
}

/** Badly framed chunks and broken connections surface in reading, as the client's doing. */
async function readWhole(request: Request, limitBytes: number): Promise<Decision<ArrayBuffer, DoorRefusal>> {
  try {
    const whole = await request.arrayBuffer()
    return whole.byteLength > limitBytes ? refuse({ code: 'body_too_large', limitBytes }) : accept(whole)
  } catch {
    return refuse({ code: 'body_broken_off' })
  }
}

function utf8(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    return null
  }
}

/**
 * One request to one origin. What belongs to this hop stays here; who the visitor is and what they asked for is said by
 * us alone, whatever they claim. Redirects are passed on, bodies stream both ways as the bytes they are.
 */
import type { Fields } from '../../domain/http-cache/fields.ts'
import { fieldOf, membersOf, onwardFields, withoutFields } from '../../domain/http-cache/fields.ts'
import { Unreachable } from '../http-cache/asking.ts'
import { fieldsFrom, headersFrom } from '../http-cache/headers.ts'

/** Our name in `CDN-Loop` and `Via`. */
const NAME = 'onrush'

/** Said by us, or by the runtime from the body it sends. */
const OURS = new Set([
  ...['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-port', 'x-real-ip'],
  ...['cf-connecting-ip', 'host', 'content-length', 'expect', 'onrush-local-cf', 'onrush-local-ip', 'onrush-variation'],
])

/** The request has been here before (RFC 8586): the origin sends it back to us. */
export const isLooping = (request: Request): boolean =>
  membersOf(request.headers.get('cdn-loop')).some((member) => member.split(';')[0]?.trim() === NAME)

export const isUpgrade = (request: Request): boolean => request.headers.get('upgrade')?.toLowerCase() === 'websocket'

/** The visitor's fields as they travel on, with what we say of the visitor (RFC 7239, RFC 8586, RFC 9110 7.6.3). */
export function fieldsForOrigin(request: Request): Fields {
  const { protocol, host } = new URL(request.url)
  const scheme = protocol.slice(0, -1)
  const ip = request.headers.get('cf-connecting-ip') ?? 'unknown'
  const came = withoutOurCookies(onwardFields(fieldsFrom(request.headers)))
  const loop = fieldOf(came, 'cdn-loop')
  const via = fieldOf(came, 'via')
  return [
    ...withoutFields(came, new Set([...OURS, 'cdn-loop', 'via'])),
    ['cdn-loop', loop === null ? NAME : `${loop}, ${NAME}`],
    ['via', via === null ? `1.1 ${NAME}` : `${via}, 1.1 ${NAME}`],
    ['forwarded', `for=${node(ip)};host="${host}";proto=${scheme}`],
    ['x-forwarded-for', ip],
    ['x-forwarded-host', host],
    ['x-forwarded-proto', scheme],
  ]
}

/** What we gave a browser opens doors here, an operator's console among them, and is nobody else's business. */
const isOurCookie = (pair: string): boolean => /^\s*(__Host-)?onrush_/.test(pair)

function withoutOurCookies(fields: Fields): Fields {
  return fields.flatMap(([name, value]): Fields => {
    if (name.toLowerCase() !== 'cookie') return [[name, value]]
    const pairs = value.split(';').filter((pair) => !isOurCookie(pair))
    return pairs.length === 0 ? [] : [[name, pairs.join(';').trim()]]
  })
}

/** RFC 7239 section 6: an IPv6 address stands in brackets and quotes. */
const node = (ip: string): string => (ip.includes(':') ? `"[${ip}]"` : ip)

export interface Sending {
  url: string
  method: string
  fields: Fields
  body: ReadableStream | null
  timeoutMs: number
  isUpgrade: boolean
}

/** Rejects with `Unreachable` when no answer begins: refused, cut off, or later than `timeoutMs`. */
export async function send({ url, method, fields, body, timeoutMs, isUpgrade: upgrades }: Sending): Promise<Response> {
  const headers = headersFrom(fields)
  if (upgrades) headers.set('upgrade', 'websocket')
  const impatience = new AbortController()
  const timer = setTimeout(() => impatience.abort(), timeoutMs)
  try {
    return await fetch(url, {
      method,
      headers,
      // A GET with a body is asked without it: the key does not know the body, so the origin must not see it either.
      body: method === 'GET' || method === 'HEAD' ? null : body,
      redirect: 'manual',
      encodeResponseBody: 'manual',
      signal: impatience.signal,
      // The zone's own cache in front of the origin is passed by; unlike `cache: 'no-store'` this adds no header.
      cf: { cacheTtl: -1 },
    })
  } catch (cause) {
    const error = impatience.signal.aborted ? 'http_response_timeout' : 'destination_unavailable'
    throw new Unreachable(error, { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** What goes out: stored responses, responses passed on, and the few that the gateway makes up itself. */
import { statusField } from '../../domain/http-cache/cache-status.ts'
import type { Fields } from '../../domain/http-cache/fields.ts'
import { fieldOf, onwardFields } from '../../domain/http-cache/fields.ts'
import { writeHttpDate } from '../../domain/http-cache/http-date.ts'
import type { Asking } from '../../domain/http-cache/storing.ts'
import { ageField, serve } from '../../domain/http-cache/serving.ts'
import type { StoredResponse } from '../../domain/http-cache/stored.ts'
import { fieldsFrom, headersFrom } from './headers.ts'

/** Fields of a whole answer, put together once and then once a second: a response takes them over as they are. */
interface Prepared {
  plain: Headers
  said: Headers
  /** `Age` and `Cache-Status`, as `said` has them. */
  age: string | null
  status: string
}

const prepared = new WeakMap<StoredResponse, Prepared>()

const CONDITIONAL = ['if-none-match', 'if-modified-since', 'range'] as const

/** @param isConfirmed the origin was asked for this very request, so it has no `Age` of its own. */
export function fromStore(
  stored: StoredResponse,
  asking: Asking & { headers: Headers },
  members: readonly string[],
  now: number,
  isConfirmed = false,
): Response {
  const age = !isConfirmed || stored.facts.initialAgeMs >= 1000 ? ageField(stored, now) : null
  const status = statusField(fieldOf(stored.fields, 'cache-status'), members)
  const isPlain = stored.part === null && !CONDITIONAL.some((name) => asking.headers.has(name))
  return isPlain ? wholeAnswer(stored, asking.method, age, status) : chosenAnswer(stored, asking, age, status)
}

function wholeAnswer(stored: StoredResponse, method: string, age: string | null, status: string): Response {
  const body = method === 'HEAD' || isBodiless(stored.status) ? null : stored.body
  const headers = wholeHeaders(stored, age, status)
  return new Response(body, { status: stored.status, headers, encodeBody: 'manual' })
}

function wholeHeaders(stored: StoredResponse, age: string | null, status: string): Headers {
  const before = prepared.get(stored)
  if (before && before.age === age && before.status === status) return before.said
  const plain = before?.plain ?? headersFrom(serve(stored, { method: 'GET', fields: [] }).fields)
  if (!before && !isBodiless(stored.status)) plain.set('content-length', String(stored.body.byteLength))
  const said = withSaid(new Headers(plain), age, status)
  prepared.set(stored, { plain, said, age, status })
  return said
}

function withSaid(headers: Headers, age: string | null, status: string): Headers {
  if (age !== null) headers.set('age', age)
  headers.set('cache-status', status)
  return headers
}

function chosenAnswer(stored: StoredResponse, asking: Asking, age: string | null, status: string): Response {
  const served = serve(stored, asking)
  const headers = withSaid(headersFrom(served.fields), age, status)
  if (served.body === null || isBodiless(served.status)) {
    return new Response(null, { status: served.status, headers, encodeBody: 'manual' })
  }
  headers.set('content-length', String(served.body.byteLength))
  const body = asking.method === 'HEAD' ? null : served.body
  return new Response(body, { status: served.status, headers, encodeBody: 'manual' })
}

/**
 * As the origin gave it, without what ends at this hop, and with a `Date` where it wrote none (RFC 9110 section 6.6.1).
 * `body` when it is being read for the store as well.
 */
export function passedOn(
  response: Response,
  members: readonly string[],
  now: number,
  body: BodyInit | null = response.body,
): Response {
  if (response.webSocket) return response
  const fields: Fields = onwardFields(fieldsFrom(response.headers))
  const headers = headersFrom(fields.filter(([name]) => name !== 'cache-status'))
  headers.set('cache-status', statusField(fieldOf(fields, 'cache-status'), members))
  if (!headers.has('date')) headers.set('date', writeHttpDate(now))
  const { status, statusText } = response
  // 600 and more are for nobody (RFC 9110 section 15); the runtime has no answer of that kind.
  if (status < 200 || status > 599) return madeUp(502, 'http_response_incomplete')
  return new Response(isBodiless(status) ? null : body, { status, statusText, headers, encodeBody: 'manual' })
}

const isBodiless = (status: number): boolean => status === 204 || status === 205 || status === 304

const SENTENCES: Record<number, string> = {
  429: 'That was too often. Please come back in a moment.',
  500: 'Something went wrong on the way to the shop’s own server.',
  502: 'The shop’s own server could not be reached.',
  503: 'The shop’s own server is not being asked at the moment.',
  504: 'The shop’s own server did not answer, and nothing kept may stand in for it.',
  508: 'This request has been here before.',
}

/** An answer of the gateway's own, with its reason as RFC 9209 names it. Nobody keeps it. */
export function madeUp(status: number, error: string): Response {
  return new Response(`${SENTENCES[status] ?? ''}\n`, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'proxy-status': `onrush; error=${error}`,
    },
  })
}

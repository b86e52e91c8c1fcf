/**
 * What every answer carries, whoever made it: the request's ids, cookies, and the headers that keep browsers from
 * guessing. A page's own policy wins over the strict one for data.
 */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../../context.ts'
import { invalidationField } from '../../cache-groups.ts'

/** Data is never a document: nothing in it may run, load or be framed. */
const POLICY_OF_DATA = "default-src 'none'; frame-ancestors 'none'"

/** Pages bring nothing inline and load nothing from elsewhere. The payment provider's page is left for, never framed. */
export const POLICY_OF_PAGES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' https: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

export const SEALS_OF_DATA: readonly (readonly [string, string])[] = [
  ['content-security-policy', POLICY_OF_DATA],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['strict-transport-security', 'max-age=31536000'],
]

export const SEALS_OF_PAGES: readonly (readonly [string, string])[] = [
  ['content-security-policy', POLICY_OF_PAGES],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'strict-origin-when-cross-origin'],
  ['strict-transport-security', 'max-age=31536000'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), geolocation=(), microphone=()'],
]

export const seals: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const { requestId, traceparent, setCookies, bookmark, changedTags, cacheStatus, isApi } = c.get('visit')
  const response = writable(c.res)
  const { headers } = response // asked for once: each look at it is a call out of the language
  const isPage = (headers.get('content-type') ?? '').startsWith('text/html')
  // A 304 has those of what the caller keeps already; others would replace them.
  if (response.status !== 304) sealed(headers, isPage ? SEALS_OF_PAGES : SEALS_OF_DATA)
  headers.set('x-request-id', requestId)
  if (traceparent) headers.set('traceparent', traceparent)
  if (bookmark) headers.set('onrush-bookmark', bookmark)
  if (cacheStatus !== null && !isApi) headers.set('cache-status', cacheStatus)
  if (changedTags.length > 0) headers.set('cache-group-invalidation', invalidationField(changedTags))
  for (const cookie of setCookies) headers.append('set-cookie', cookie)
  // A shared cache must never keep somebody's cookie.
  if (setCookies.length > 0 && !headers.get('cache-control')?.includes('no-store')) {
    headers.set('cache-control', 'private, no-store')
  }
  if (response === c.res) return
  c.res = undefined
  c.res = response
}

function sealed(headers: Headers, all: typeof SEALS_OF_DATA): void {
  for (const [name, value] of all) if (!headers.has(name)) headers.set(name, value)
}

/** Answers from a binding or a cache have headers that cannot be written to; a copy can. Most are ours, and need none. */
function writable(response: Response): Response {
  try {
    response.headers.delete('x-request-id')
    return response
  } catch {
    return new Response(response.body, response)
  }
}

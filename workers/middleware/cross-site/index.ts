/**
 * Keeps other sites from acting with a buyer's or an operator's cookies, and lets them use the public API without.
 *
 * A browser says where a request comes from (`Sec-Fetch-Site`, else `Origin`); a client that says neither is no browser
 * and carries no borrowed cookies (OWASP CSRF cheat sheet, "Fetch Metadata"). JSON only and SameSite=Lax stand behind.
 */
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from '../../context.ts'
import { turnedAway } from '../../doorstep.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses unsafe requests that come from another site: to a page always, to the API when they carry cookies. */
export const sameSiteOnly: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { isApi, origin } = c.get('visit')
  if (SAFE.has(c.req.method)) return next()
  if (isApi && c.req.header('cookie') === undefined) return next()
  if (comesFromElsewhere(c.req.raw.headers, origin)) return turnedAway(c, { code: 'cross_site_request' })
  return next()
}

function comesFromElsewhere(headers: Headers, origin: string): boolean {
  const site = headers.get('sec-fetch-site')
  if (site !== null) return site !== 'same-origin' && site !== 'none'
  const from = headers.get('origin')
  return from !== null && from !== origin
}

const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'traceparent',
  'Idempotent-Replayed',
  'Onrush-Bookmark',
  'Cache-Status',
  'RateLimit',
  'RateLimit-Policy',
].join(', ')

const ACCEPTED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Last-Event-ID',
  'Onrush-Bookmark',
  'Onrush-Pass',
  'X-Request-Id',
  'traceparent',
].join(', ')

/** Any site may use the public API; without `Allow-Credentials` a browser never sends our cookies along. */
export const OPEN_TO_ALL: readonly (readonly [string, string])[] = [
  ['access-control-allow-origin', '*'],
  ['access-control-expose-headers', EXPOSED],
]

export const openToAll: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const { headers } = c.res
  for (const [name, value] of OPEN_TO_ALL) headers.set(name, value)
}

/** What a browser is told that asks before it sends (Fetch standard, CORS preflight). A day is the most one keeps it. */
export const preflight = (allowed: string[]): Response =>
  new Response(null, {
    status: 204,
    headers: {
      allow: allowed.join(', '),
      'access-control-allow-origin': '*',
      'access-control-allow-methods': allowed.join(', '),
      'access-control-allow-headers': ACCEPTED,
      'access-control-max-age': '86400',
    },
  })

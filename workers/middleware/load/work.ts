/** What kind of work a request is, told by its method and path alone: this runs for every request, before anything else. */
import type { Work } from '../../../domain/load/priorities.ts'

const BUYING: readonly [pattern: RegExp, work: Work][] = [
  [/^\/(api\/v1\/orders|checkout\/[^/]+)$/, 'order'],
  [/^\/(api\/v1\/holds|basket|drops\/[^/]+\/reserve)$/, 'hold'],
  [
    /^\/(api\/v1\/)?(drops\/[^/]+\/(places|waiting|waiting\/pass|code|invitations|basket)|places\/[^/]+\/pass)$/,
    'room',
  ],
]
/** What is kept open, what must be seen while the house burns, and what others wait for. */
const APART = /^\/(health|metrics|console|docs|api\/v1\/(admin|webhooks|openapi\.json)|.*\/(events|live))(\/|$)/
const CRAWLER = /bot\b|crawl|spider|slurp/i

/** Null: is never turned away, and not counted. */
export function workOf(method: string, path: string, headers: Headers): Work | null {
  if (APART.test(path)) return null
  if (method !== 'GET' && method !== 'HEAD') return BUYING.find(([pattern]) => pattern.test(path))?.[1] ?? 'room'
  // What has been begun is looked after to its end.
  if (/^\/(api\/v1\/)?(orders|holds|checkout|documents)(\/|$)|^\/basket$/.test(path)) return 'order'
  if (/^\/(api\/v1\/)?(places\/|drops\/[^/]+\/(now|waiting))/.test(path)) return 'room'
  if (CRAWLER.test(headers.get('user-agent') ?? '')) return 'crawl'
  return path === '/search' ? 'search' : 'page'
}

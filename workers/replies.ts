/** Answers: JSON that was made for one caller, JSON that anybody may share, and saying no. */
import { matches, unchanged } from './conditional.ts'
import type { Asked } from './context.ts'
import type { Refusal } from './problems.ts'
import { problemFor } from './problems.ts'

/** JSON for whoever asked, and nobody else: never stored by anyone. With an `etag`, 304 to whoever has it all the same. */
export function privateJson(c: Asked, body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const all = new Headers({ 'content-type': 'application/json', 'cache-control': 'private, no-store', ...headers })
  const { etag } = headers
  if (etag !== undefined && status === 200 && matches(c.req.header('if-none-match') ?? null, etag))
    return unchanged(all)
  return new Response(JSON.stringify(body), { status, headers: all })
}

/** Of server-sent events. HEAD is told these and opens no stream. */
export const OF_STREAMS = {
  'content-type': 'text/event-stream',
  'cache-control': 'private, no-store',
  'x-accel-buffering': 'no', // a proxy that gathers would hold events back
}

/** Says no. `requestId` is the first request's when this is a replay. */
export function refused(c: Asked, refusal: Refusal, requestId: string = c.get('visit').requestId): Response {
  const { status, headers, body } = problemFor(refusal, requestId)
  return new Response(body, { status, headers })
}

/** Says what was said the first time, and that it was. */
export function replayed(response: Response): Response {
  response.headers.set('idempotent-replayed', 'true')
  return response
}

/** Answers: JSON that was made for one caller, JSON that anybody may share, and saying no. */
import type { Asked } from './context.ts'
import type { Refusal } from './problems.ts'
import { problemFor } from './problems.ts'

/** JSON for whoever asked, and nobody else: never stored by anyone. */
export function privateJson(c: Asked, body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'private, no-store', ...headers },
  })
}

/** Says no. `requestId` is the first request's when this is a replay. */
export function refused(c: Asked, refusal: Refusal, requestId: string = c.var.visit.requestId): Response {
  const { status, headers, body } = problemFor(refusal, requestId)
  return new Response(body, { status, headers })
}

/** Says what was said the first time, and that it was. */
export function replayed(response: Response): Response {
  response.headers.set('idempotent-replayed', 'true')
  return response
}

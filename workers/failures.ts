/**
 * What a fault and a bug look like from outside, and the one line that says so inside. A fault (the world failed) is
 * 503 with `Retry-After`; a bug (we broke a promise) is 500. Neither shows a stack, a statement or a host; the request
 * id is what joins the two sides.
 */
import { HTTPException } from 'hono/http-exception'
import type { Asked } from './context.ts'
import type { Refusal } from './problems.ts'
import { turnedAway } from './doorstep.ts'

export interface Failing {
  kind: 'fault' | 'bug'
  retryAfterMs: number | null
}

/** Whose mistake it was. Told by names and flags, since classes do not survive an RPC and may be bundled twice. */
export function failingOf(thrown: unknown): Failing {
  if (!(thrown instanceof Error)) return { kind: 'bug', retryAfterMs: null }
  const said = thrown as Error & {
    retryable?: boolean
    durableObjectReset?: boolean
    overloaded?: boolean
    retryAfterMs?: number
    facts?: { kind?: string; retryAfterMs?: number | null }
  }
  if (said.name === 'Fault') return { kind: 'fault', retryAfterMs: said.retryAfterMs ?? null }
  if (said.name === 'DatabaseFault') {
    const ours = ['bug', 'misrouted', 'duplicate', 'constraint', 'refused'].includes(said.facts?.kind ?? 'bug')
    return { kind: ours ? 'bug' : 'fault', retryAfterMs: said.facts?.retryAfterMs ?? null }
  }
  // Said by the runtime about a Durable Object that is away or has too much to do.
  if (said.overloaded) return { kind: 'fault', retryAfterMs: 5000 }
  if (said.retryable || said.durableObjectReset) return { kind: 'fault', retryAfterMs: 1000 }
  return { kind: 'bug', retryAfterMs: null }
}

/** The door's last word on whatever was thrown. */
export function failed(thrown: unknown, c: Asked): Promise<Response> {
  const refusal = thrown instanceof HTTPException ? refusalOf(thrown) : null
  if (refusal) return turnedAway(c, refusal)
  const failing = failingOf(thrown)
  report(c, thrown, failing)
  const code = failing.kind === 'fault' ? 'temporarily_unavailable' : 'internal_error'
  return turnedAway(c, { code }, failing.retryAfterMs)
}

/** What Hono's own validators throw before a schema is asked. */
function refusalOf(thrown: HTTPException): Refusal | null {
  if (thrown.status === 415) return { code: 'unsupported_media_type', accepted: ['application/json'] }
  if (thrown.status === 400) return { code: 'malformed_json', problem: 'The body does not parse.' }
  return null
}

/** One line of JSON. The address without its query: order links carry a secret there. */
export function report(c: Asked, thrown: unknown, { kind }: Failing): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  console.error(
    JSON.stringify({
      level: kind === 'bug' ? 'error' : 'warn',
      kind,
      request_id: c.var.visit?.requestId,
      method: c.req.method,
      path: c.req.path,
      store: c.var.visit?.storeId,
      name: error.name,
      message: error.message.slice(0, 500),
      cause: error.cause instanceof Error ? error.cause.message.slice(0, 500) : undefined,
      stack: kind === 'bug' ? error.stack?.slice(0, 2000) : undefined,
    }),
  )
}

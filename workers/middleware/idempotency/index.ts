/**
 * Asking twice is asking once (draft-ietf-httpapi-idempotency-key-header-07, SPEC IDM).
 *
 * `keyed` reads and checks the header and makes the request's fingerprint; every POST that creates or moves something
 * stands behind it. Where the effect's owner keeps the answer in the same turn (order books), that is all. Elsewhere
 * `answeredOnce` keeps the answer in an AnswerObject around the route: begin, run, finish; a fault frees the key.
 */
import type { MiddlewareHandler } from 'hono'
import type { Answer } from '../../../domain/answer/answer.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { answerDesk } from '../../desks.ts'
import { refused } from '../../replies.ts'
import { digest } from '../../signing.ts'
import { parseKey } from './key.ts'

/** Asks for the key, and makes the fingerprint of method, address and body. */
export const keyed: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = parseKey(c.req.header('idempotency-key'))
  if (!key.ok) return refused(c, key.refusal)
  const address = c.req.url.slice(c.get('visit').origin.length)
  const body = await c.req.text()
  c.set('once', { key: key.value, fingerprint: await digest(`${c.req.method} ${address}\n${body}`) })
  return next()
}

/** Headers that belong to the answer itself; all others are made anew by the door. */
const KEPT_HEADERS = ['content-type', 'location', 'retry-after', 'cache-control', 'etag', 'allow', 'www-authenticate']

/** Who asks: a key is remembered per store, principal and route. */
export type Principal = (c: Asked) => string | Promise<string>

/** Runs the route once per key, and replays its answer to the byte. Stands behind `keyed`. */
export const answeredOnce =
  (principal: Principal): MiddlewareHandler<AppEnv> =>
  async (c, next) => {
    const { storeId, requestId } = c.get('visit')
    const { key, fingerprint } = c.get('once')
    const scope = `${await principal(c)} ${c.req.method} ${new URL(c.req.url).pathname} ${key}`
    const desk = answerDesk(c.env, storeId, scope)
    const asking = { key: scope, fingerprint, attempt: `${requestId} ${c.get('visit').random.fraction()}` }
    const begun = await desk.begin(asking)
    if (!begun.ok) return refused(c, begun.refusal)
    if (begun.value.kind === 'replay') return spoken(begun.value.answer, true)
    try {
      await next()
    } catch (thrown) {
      await desk.abandon(asking)
      throw thrown
    }
    // Hono hands a throw of the route to onError before it comes back here; the answer then is a 5xx.
    if (c.res.status >= 500) {
      await desk.abandon(asking)
      return
    }
    // A route whose owner remembers more than this desk (another network, the same buyer) has replayed it itself.
    const wasReplay = c.res.headers.get('idempotent-replayed') === 'true'
    const answer = await heard(c.res)
    const kept = await desk.finish(asking, answer)
    c.res = undefined
    c.res = spoken(kept, wasReplay)
  }

async function heard(response: Response): Promise<Answer> {
  const headers = KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = response.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return { status: response.status, headers, body: await response.arrayBuffer() }
}

function spoken({ status, headers, body }: Answer, replay: boolean): Response {
  const response = new Response(body.byteLength === 0 ? null : body, { status, headers })
  if (replay) response.headers.set('idempotent-replayed', 'true')
  return response
}

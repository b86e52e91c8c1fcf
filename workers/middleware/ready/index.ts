/**
 * The shortest way through: a public question that was answered a moment ago is answered with the same bytes, before
 * the request is looked at any closer. Only the ids, the validator and the clock are. Whoever shows a bookmark or a
 * key has business of their own and takes the long way.
 */
import type { MiddlewareHandler } from 'hono'
import { statusOf } from '../../../platform/cache/cache-status.ts'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import type { AppEnv } from '../../context.ts'
import { readyAnswer, respond } from '../../public-reads.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'

export const readyAnswers: MiddlewareHandler<AppEnv> = (c, next) => {
  const request = c.req.raw
  const answer = request.method === 'GET' || request.method === 'HEAD' ? readyAnswer(request.url) : undefined
  if (!answer) return next()
  const now = systemClock.now()
  const { headers } = request
  if (now >= answer.freshUntil || headers.has('onrush-bookmark') || headers.has('authorization')) return next()
  const response = respond(headers, answer, statusOf('mem', { hitTtlMs: answer.freshUntil - now }))
  response.headers.set('x-request-id', requestIdFrom(headers, now, systemRandom))
  const traceparent = traceparentFrom(headers)
  if (traceparent !== null) response.headers.set('traceparent', traceparent)
  return Promise.resolve(response)
}

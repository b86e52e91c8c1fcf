/**
 * The shortest way through: a public question that was answered a moment ago is answered with the same bytes, before
 * the request is looked at any closer, by router or anybody. Only the ids, the validator and the clock are. Whoever shows
 * a bookmark or a key has business of their own and takes the long way.
 */
import { statusOf } from '../../../platform/cache/cache-status.ts'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import { readyAnswer, respond } from '../../public-reads.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'

/** The answer, when it is at hand and fresh; undefined: ask the app. */
export function answerAtHand(request: Request): Response | undefined {
  const answer = readyAnswer(request.url)
  if (!answer || request.method !== 'GET') return undefined
  const now = systemClock.now()
  const { headers } = request
  if (now >= answer.freshUntil || headers.has('onrush-bookmark') || headers.has('authorization')) return undefined
  const response = respond(headers, answer, statusOf('mem', { hitTtlMs: answer.freshUntil - now }))
  response.headers.set('x-request-id', requestIdFrom(headers, now, systemRandom))
  const traceparent = traceparentFrom(headers)
  if (traceparent !== null) response.headers.set('traceparent', traceparent)
  return response
}

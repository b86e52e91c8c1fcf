/**
 * The shortest way through: a public question that was answered a moment ago is answered with the same bytes, before
 * the request is looked at any closer, by router or anybody. Only the ids, the validator and the clock are. Whoever shows
 * a bookmark, a key or (for a page) a cookie of ours has business of their own and takes the long way.
 *
 * When an answer has aged, the first who asks for it goes the long way and brings the next; those who come meanwhile wait
 * for that one. Else a crowd that is slowed down by its own size would go the long way all together, and be slower still.
 */
import { statusOf } from '../../../platform/cache/cache-status.ts'
import { SingleFlight } from '../../../platform/cache/single-flight.ts'
import { systemClock, systemRandom } from '../../../platform/dice.ts'
import { hasOwnCookie } from '../../cookies.ts'
import { preferredLocale } from '../../pages/languages/index.ts'
import { nameOfPage, readyFigures, readyFor, readyUnder, spoken, type Ready } from '../../ready.ts'
import { requestIdFrom, traceparentFrom } from '../request-id/index.ts'

/** `forAll`: others wait for what this one brings. */
export type LongWay = (forAll: boolean) => Response | Promise<Response>

const renewals = new SingleFlight<void>()

/** The answer that is at hand, or else what the long way brings. */
export function answerAtHand(
  request: Request,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  longWay: LongWay,
): Response | Promise<Response> {
  const found = request.method === 'GET' ? find(request) : null
  if (!found) return longWay(false)
  const { answer } = found
  const now = systemClock.now()
  if (now < answer.freshUntil) {
    const hitTtlMs = (answer.endsAt ?? answer.freshUntil) - now
    return said(request.headers, answer, statusOf('mem', { hitTtlMs, detail: answer.detail ?? null }))
  }
  return renewed(request.headers, found, ctx, longWay)
}

interface Found {
  name: string
  answer: Ready
}

function find(request: Request): Found | null {
  const { url, headers } = request
  const found =
    readyFor(url, request) ?? readyFor(nameOfPage(url, preferredLocale(headers.get('accept-language'), 'en')), request)
  if (!found || headers.has('onrush-bookmark') || headers.has('authorization')) return null
  return found.answer.etag === null && hasOwnCookie(headers) ? null : found
}

/** An answer that came while we waited is good for us if it might have been said when we came. */
async function renewed(
  asked: Headers,
  { name, answer }: Found,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  longWay: LongWay,
) {
  const cameAt = systemClock.now()
  let own: Response | undefined
  const bring = async (): Promise<void> => {
    own = await longWay(true)
  }
  await renewals.fly(name, bring, (flight) => ctx.waitUntil(flight))
  if (own) return own
  const next = readyUnder(name)
  if (!next || next === answer || next.freshUntil <= cameAt) return longWay(false) // there is none, or it is of before us
  return said(asked, next, statusOf('mem', { fwd: 'miss', collapsed: true, detail: next.detail ?? null }))
}

function said(asked: Headers, answer: Ready, cacheStatus: string): Response {
  readyFigures.said += 1
  const response = spoken(asked, answer)
  const { headers } = response
  headers.set('cache-status', cacheStatus)
  headers.set('x-request-id', requestIdFrom(asked, systemClock.now(), systemRandom))
  const traceparent = traceparentFrom(asked)
  if (traceparent !== null) headers.set('traceparent', traceparent)
  return response
}

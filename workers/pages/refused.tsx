/**
 * Pages for what the door itself says no to, and for what went wrong. Drawn with whatever frame can still be had: a page
 * about a database that is away must not need it.
 */
import type { Asked } from '../context.ts'
import { PROBLEMS, problemFor, type Refusal } from '../problems.ts'
import { brokenPage, busyPage, notFoundPage, refusedPage } from './endings.tsx'
import { storeOfHost } from '../middleware/visit/stores.ts'
import { frameOf, inReadersLanguage, readersLocale, sent } from './frame.ts'
import { storeView } from './from-catalog.ts'
import type { Frame } from './views.ts'

export async function notFound(c: Asked): Promise<Response> {
  await knowStore(c)
  return sent(c, notFoundPage(await frameOf(c, readersLocale(c))), 404, inReadersLanguage(c))
}

/** Who is turned away at the door has not been told yet whose door it is. Without an answer the page has no name on it. */
const knowStore = (c: Asked): Promise<unknown> =>
  c.var.visit.store.name === '' ? storeOfHost(c, async () => {}).catch(() => null) : Promise.resolve()

/** When nobody has said: long enough for a replica to be found again, short enough to be waited for. */
const RETRY_AFTER_MS = 5000

/** The page for a refusal or a failure, with its status and `Retry-After`. `retryAfterMs`: when the failure knows. */
export async function refusedAsPage(c: Asked, refusal: Refusal, retryAfterMs: number | null = null): Promise<Response> {
  const { status, headers } = problemFor(refusal, c.var.visit.requestId)
  if (status === 404) return notFound(c)
  if (refusal.code === 'temporarily_unavailable' || refusal.code === 'reduced_capacity') {
    const known = 'retryInMs' in refusal ? refusal.retryInMs : retryAfterMs
    const waitMs = Math.max(1000, known ?? RETRY_AFTER_MS)
    const retryAfter = String(Math.ceil(waitMs / 1000))
    return sent(c, busyPage(bareFrame(c), waitMs), 503, { ...inReadersLanguage(c), 'retry-after': retryAfter })
  }
  if (refusal.code === 'internal_error')
    return sent(c, brokenPage(bareFrame(c), c.var.visit.requestId), 500, inReadersLanguage(c))
  const retryAfter = headers['retry-after']
  return sent(c, refusedPage(bareFrame(c), PROBLEMS[refusal.code].title), status, {
    ...inReadersLanguage(c),
    ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
  })
}

const bareFrame = (c: Asked): Frame => ({
  store: { ...storeView(c.var.visit.store), locale: readersLocale(c) },
  navigation: [],
  now: c.var.visit.clock.now(),
  origin: c.var.visit.publicOrigin,
})

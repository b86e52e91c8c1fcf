/** Who is turned away at the door is told so in the form they came for: a problem for the API, a page for the shop. */
import type { Asked } from './context.ts'
import { settleStore } from './middleware/visit/stores.ts'
import { refusedAsPage } from './pages/refused.tsx'
import type { Refusal } from './problems.ts'
import { refused } from './replies.ts'

/** `retryAfterMs`: when a failure knows how long it will take. */
export async function turnedAway(c: Asked, refusal: Refusal, retryAfterMs: number | null = null): Promise<Response> {
  if (!c.var.visit.isApi) {
    // Whose shop it is may not be known yet, or at all; the page is drawn all the same.
    await settleStore(c).catch(() => undefined)
    return refusedAsPage(c, refusal, retryAfterMs)
  }
  const response = refused(c, refusal)
  if (retryAfterMs !== null) response.headers.set('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))))
  return response
}

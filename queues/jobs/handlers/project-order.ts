/** Has an order written into Postgres, with all that its book still owes there. Written twice, it is written once. */
import { z } from 'zod'
import { bookOf } from '../../../domain/basics/ids.ts'
import { orderBookName } from '../../../domain/sharding/bucket.ts'
import { BRISK, jobHandler, noUse, succeeded, tryAgain } from '../handler.ts'

export const projectOrder = jobHandler({
  type: 'project_order',
  summary: 'Has an order, and what its order book still owes, written into Postgres.',
  payload: z.strictObject({ order_id: z.string().max(64) }),
  result: z.object({ book: z.int() }),
  scopes: () => ['orders:write'],
  policy: { lane: 'default', attemptsMax: 12, backoff: BRISK, timeoutMs: 60_000 },
  run: async ({ order_id: orderId }, { storeId }, parts) => {
    const book = bookOf('ord', orderId)
    if (book === undefined) return noUse('order_not_found', `${orderId} is no order’s id.`)
    const outcome = await parts.recordBook(orderBookName(storeId, book))
    if (outcome.kind === 'again') return tryAgain('not_recorded', outcome.why, outcome.afterMs)
    return succeeded({ book })
  },
})

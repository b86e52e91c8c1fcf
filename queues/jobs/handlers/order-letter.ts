/** Writes what an order owes its buyer. Made by the order's book; which letters are owed is asked of it each time. */
import { z } from 'zod'
import { bookOf } from '../../../domain/basics/ids.ts'
import { LETTER_JOB } from '../../../domain/order/letter-job.ts'
import { orderBookName } from '../../../domain/sharding/bucket.ts'
import { jobHandler, noUse, PATIENT, succeeded } from '../handler.ts'

export const orderLetter = jobHandler({
  type: LETTER_JOB,
  summary:
    'Draws the receipt of a paid order and mails it, or mails that a refund went through. Sent once, however often asked for.',
  payload: z.strictObject({ order_id: z.string().max(64), letter: z.string().max(128) }),
  result: z.object({ was_owed: z.boolean(), receipt_document_id: z.string().nullable() }),
  scopes: () => ['orders:write'],
  policy: { lane: 'default', attemptsMax: 24, backoff: PATIENT, timeoutMs: 60_000 },
  run: async ({ order_id: orderId, letter }, { storeId }, parts) => {
    const book = bookOf('ord', orderId)
    if (book === undefined) return noUse('order_not_found', `${orderId} is no order’s id.`)
    const sent = await parts.sendLetter(orderBookName(storeId, book), letter)
    return succeeded({ was_owed: sent.wasOwed, receipt_document_id: sent.receiptDocumentId })
  },
})

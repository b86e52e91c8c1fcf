/** Makes the receipt of an order and keeps it where its links lead. The same order gives the same document. */
import { z } from 'zod'
import { bookOf } from '../../../domain/basics/ids.ts'
import { documentIdFor } from '../../../platform/documents/documents.ts'
import { drawReceipt, receiptOf, receiptText } from '../../../platform/documents/receipt.ts'
import { BRISK, jobHandler, noUse, succeeded } from '../handler.ts'

export const renderDocument = jobHandler({
  type: 'render_document',
  summary: 'Draws the receipt of an order as a PDF and keeps it.',
  payload: z.strictObject({ order_id: z.string().max(64), document: z.literal('receipt').default('receipt') }),
  result: z.object({ document_id: z.string(), bytes: z.int() }),
  scopes: () => ['orders:read'],
  policy: { lane: 'default', attemptsMax: 6, backoff: BRISK, timeoutMs: 30_000 },
  run: async ({ order_id: orderId }, { storeId }, parts) => {
    const book = bookOf('ord', orderId)
    const order = book === undefined ? null : await parts.orderBook(storeId, book).findOrder(orderId)
    if (!order || order.storeId !== storeId) return noUse('order_not_found', `There is no order ${orderId}.`)
    const receipt = receiptOf(order)
    const id = await documentIdFor(receiptText(receipt))
    const found = await parts.documents.find(id)
    if (found) return succeeded({ document_id: id, bytes: found.bytes })
    const content = await drawReceipt(receipt)
    await parts.documents.keep(id, content, 'application/pdf')
    return succeeded({ document_id: id, bytes: content.byteLength })
  },
})

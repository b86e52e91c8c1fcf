/** Links that open one document: signed, so that they can be put into a mail, and bound to the order they belong to. */
import type { Asked } from './context.ts'
import { isSigned, sign } from './signing.ts'

/** An address that opens the document to whoever has it; the same every time, so that answers can be replayed. */
export async function documentLink(c: Asked, orderId: string, documentId: string): Promise<string> {
  const signature = await sign(c.env.SIGNING_KEY, 'document', about(c, orderId, documentId))
  return `/api/v1/documents/${documentId}?order=${orderId}&signature=${signature}`
}

export const isDocumentLink = (c: Asked, orderId: string, documentId: string, signature: string): Promise<boolean> =>
  isSigned(c.env.SIGNING_KEY, 'document', about(c, orderId, documentId), signature)

const about = (c: Asked, orderId: string, documentId: string): string =>
  `${c.var.visit.storeId} ${orderId} ${documentId}`

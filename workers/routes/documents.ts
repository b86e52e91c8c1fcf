/** Documents: opened by a signed link, or by whoever may see the order they belong to. */
import { createRoute, z } from '@hono/zod-openapi'
import { R2Documents } from '../../platform/documents/documents.ts'
import type { Asked } from '../context.ts'
import { isDocumentLink } from '../document-links.ts'
import { orderFor } from '../order-access.ts'
import { matches } from '../ready.ts'
import { refused } from '../replies.ts'
import { answer, problems, router } from './endpoint.ts'

export const documents = router()

answer(
  documents,
  createRoute({
    method: 'get',
    path: '/documents/{id}',
    tags: ['Documents'],
    summary: 'Open a document',
    description: 'With the link as it was given, or with the order it belongs to and what opens that order.',
    request: {
      params: z.object({ id: z.string().max(64) }),
      query: z.object({
        order: z.string().max(64).optional(),
        signature: z.string().max(64).optional(),
        secret: z.string().max(128).optional(),
      }),
    },
    responses: {
      200: { description: 'The document.', content: { 'application/pdf': { schema: z.string() } } },
      304: { description: 'You have it already.' },
      ...problems(404, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { order, signature } = c.req.valid('query')
    if (order === undefined || !(await mayOpen(c, order, id, signature)))
      return refused(c, { code: 'not_found', what: id })
    const found = await new R2Documents(c.env.DOCUMENTS).find(id)
    if (!found) return refused(c, { code: 'not_found', what: id })
    const headers = {
      etag: found.etag,
      // Never changes; but it is somebody's own.
      'cache-control': 'private, max-age=86400, immutable',
      'content-type': found.type,
      'content-disposition': `inline; filename="${id}.pdf"`,
    }
    if (matches(c.req.header('if-none-match') ?? null, found.etag)) {
      await found.content.cancel()
      return new Response(null, { status: 304, headers })
    }
    return new Response(found.content, { headers: { ...headers, 'content-length': String(found.bytes) } })
  },
)

async function mayOpen(c: Asked, orderId: string, documentId: string, signature: string | undefined): Promise<boolean> {
  if (signature !== undefined) return isDocumentLink(c, orderId, documentId, signature)
  return (await orderFor(c, orderId))?.receiptDocumentId === documentId
}

/** Documents: opened by a signed link, or by whoever may see the order they belong to. */
import { createRoute, z } from '@hono/zod-openapi'
import { R2Documents, type Found } from '../../platform/documents/documents.ts'
import { httpDate, isUnchanged, partAsked, unchanged } from '../conditional.ts'
import type { Asked } from '../context.ts'
import { isDocumentLink } from '../document-links.ts'
import { orderFor } from '../order-access.ts'
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
      206: { description: 'The part that `Range` asks for.', content: { 'application/pdf': { schema: z.string() } } },
      304: { description: 'You have it already.' },
      ...problems(404, 416, 503),
    },
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { order, signature } = c.req.valid('query')
    if (order === undefined || !(await mayOpen(c, order, id, signature)))
      return refused(c, { code: 'not_found', what: id })
    const found = await new R2Documents(c.env.DOCUMENTS).find(id)
    if (!found) return refused(c, { code: 'not_found', what: id })
    return given(c, id, found)
  },
)

/** Whole, as the part that was asked for (readers of PDF ask so), or not at all where the caller has it. */
async function given(c: Asked, id: string, found: Found): Promise<Response> {
  const { bytes } = found
  const headers = new Headers({
    etag: found.etag,
    'last-modified': httpDate(found.keptAt),
    'accept-ranges': 'bytes',
    // Never changes; but it is somebody's own.
    'cache-control': 'private, max-age=86400, immutable',
    'content-type': found.type,
    'content-disposition': `inline; filename="${id}.pdf"`,
    'content-length': String(bytes),
  })
  const asked = c.req.raw.headers
  const now = c.var.visit.clock.now()
  const validators = { etag: found.etag, lastModifiedAt: found.keptAt }
  if (isUnchanged(asked, validators, now)) return unchanged(headers)
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  const part = partAsked(asked, validators, bytes, now)
  if (part === null) return new Response(await found.open(), { headers })
  if (part === 'none') return refused(c, { code: 'range_not_satisfiable', bytes })
  headers.set('content-range', `bytes ${part.first}-${part.last}/${bytes}`)
  headers.set('content-length', String(part.last - part.first + 1))
  return new Response(await found.open(part), { status: 206, headers })
}

async function mayOpen(c: Asked, orderId: string, documentId: string, signature: string | undefined): Promise<boolean> {
  if (signature !== undefined) return isDocumentLink(c, orderId, documentId, signature)
  return (await orderFor(c, orderId))?.receiptDocumentId === documentId
}

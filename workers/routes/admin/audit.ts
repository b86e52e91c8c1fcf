/** What operators did, newest first. */
import { createRoute, z } from '@hono/zod-openapi'
import { listAudit, type AuditRecord } from '../../../platform/postgres/audit.ts'
import { pageOut } from '../../catalog-wire.ts'
import { privateJson, refused } from '../../replies.ts'
import { Instant, PageQuery, page } from '../../schemas.ts'
import { reading } from '../../sessions.ts'
import { instantOut } from '../../wire.ts'
import { answer, json, problems, router } from '../endpoint.ts'
import { needs } from './operating.ts'

export const auditTrail = router()

const Entry = z
  .object({
    id: z.string(),
    at: Instant,
    actor: z.string().openapi({ description: 'The id of the key that did it.' }),
    action: z.string(),
    subject: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .openapi('AuditEntry')

answer(
  auditTrail,
  createRoute({
    method: 'get',
    path: '/audit',
    tags: ['Operating the shop'],
    summary: 'List what operators did, newest first',
    ...needs('*'),
    request: { query: PageQuery },
    responses: { 200: json(page(Entry), 'Append only.'), ...problems(400, 401, 403, 503) },
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid('query')
    const listed = await listAudit(await reading(c), c.var.visit.storeId, { limit, cursor: cursor ?? null })
    return listed.ok ? privateJson(c, pageOut(listed.value, entryOut)) : refused(c, listed.refusal)
  },
)

const entryOut = (record: AuditRecord): z.infer<typeof Entry> => ({
  id: record.id,
  at: instantOut(record.at),
  actor: record.actor,
  action: record.action,
  subject: record.subject,
  facts: record.facts,
})

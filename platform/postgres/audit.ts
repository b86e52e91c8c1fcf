/** What operators did: append only. Facts name things by id; they hold no personal data. */
import { newId } from '../../domain/basics/ids.ts'
import { cursorOf, parseCursor, type CursorRefusal, type Page } from '../../domain/catalog/query.ts'
import { accept, type Decision } from '../../domain/basics/decision.ts'
import type { Birth } from './product-writes.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'
import type { Writer } from './writing.ts'

export interface AuditEntry {
  /** The API key's id. */
  actor: string
  /** product.created, drop.paused, … */
  action: string
  subject: string
  facts: Record<string, string | number | boolean | null>
}

export interface AuditRecord extends AuditEntry {
  id: string
  at: number
}

/** As a statement, to stand in one batch with what it tells of. */
export const auditStatement = (
  storeId: string,
  { actor, action, subject, facts }: AuditEntry,
  { now, random }: Birth,
) =>
  rowsOf(sql`insert into audit (store_id, id, at, actor, action, subject, facts)
    values (${storeId}, ${newId('aud', now, random)}, onrush_at(${now}::bigint), ${actor}, ${action}, ${subject},
      ${JSON.stringify(facts)}::jsonb)`)

export async function recordAudit(writer: Writer, storeId: string, entry: AuditEntry, birth: Birth): Promise<void> {
  await writer.batch([auditStatement(storeId, entry, birth)])
}

/** Newest first. */
export async function listAudit(
  reader: Reader,
  storeId: string,
  { limit, cursor }: { limit: number; cursor: string | null },
): Promise<Decision<Page<AuditRecord>, CursorRefusal>> {
  const after = cursor === null ? null : parseCursor(cursor, 'audit')
  if (after && !after.ok) return after
  const rows = await reader.rows(
    rowsOf<{ entry: AuditRecord }>(sql`
      select jsonb_build_object('id', id, 'at', onrush_ms(at), 'actor', actor, 'action', action, 'subject', subject,
        'facts', facts) as entry
      from audit where store_id = ${storeId} ${after ? sql`and id < ${after.value.id}` : sql``}
      order by id desc limit ${limit + 1}`),
  )
  const data = rows.slice(0, limit).map(({ entry }) => entry)
  const last = data.at(-1)
  return accept({
    data,
    nextCursor: rows.length > limit && last ? cursorOf({ sort: 'audit', value: '0', id: last.id }) : null,
  })
}

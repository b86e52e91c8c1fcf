/**
 * The rows by which epoch shards hear of changes (domain/freshness): whoever changes something that is read in public
 * announces its tags in the same transaction. A shard looks for the rows that are its own, counts them, and takes them
 * away with its next look.
 */
import { EPOCH_SHARDS } from '../../domain/freshness/epochs.ts'
import type { OutboxSeen, OutboxTag } from '../../domain/freshness/watch.ts'
import type { Database } from './database.ts'
import { announce } from './outbox.ts'
import { rowsOf, sql, type SQL } from './statements.ts'

/** Says that these tags have changed. `tags` selects one column. */
export const announceTags = (storeId: string, tags: SQL): SQL => announce(storeId, 'epoch', tags)

/** The same for tags that are known beforehand. */
export const announceTheseTags = (storeId: string, tags: readonly string[]): SQL =>
  announceTags(storeId, sql`select jsonb_array_elements_text(${JSON.stringify(tags)}::jsonb)`)

/** More than this in one look, and nobody is told one by one. */
const ROWS_MAX = 500

type Row = { tag: string; seq: string; waitedMs: number; lsn: string }

/** One round trip. Of one shard; `counted`: the rows that the shard has counted, which may go. */
export async function lookIntoOutbox(
  db: Database,
  storeId: string,
  shard: number,
  counted: readonly OutboxTag[],
): Promise<OutboxSeen> {
  const mine = sql`o.store_id = ${storeId} and o.topic = 'epoch'`
  // The shard of a tag as domain/freshness/epochs.ts has it: by its last letter.
  const due = rowsOf<Row>(sql`
    select o.key as tag, o.seq::text as seq, pg_current_wal_flush_lsn()::text as lsn,
      greatest(0, extract(epoch from clock_timestamp() - o.due_at) * 1000)::float8 as "waitedMs"
    from outbox o where ${mine} and ascii(right(o.key, 1)) % ${sql.raw(String(EPOCH_SHARDS))} = ${shard}::int
    order by o.seq limit ${ROWS_MAX + 1}`)
  const rows = counted.length === 0 ? await db.read('primary').rows(due) : await withoutCounted()
  const position = rows[0] === undefined ? '' : db.positionOf(rows[0].lsn)
  return {
    rows: rows.map(({ tag, seq, waitedMs }) => ({ tag, seq, waitedMs })),
    position,
    isAll: rows.length <= ROWS_MAX,
  }

  async function withoutCounted(): Promise<Row[]> {
    const list = JSON.stringify(counted.map(({ tag, seq }) => ({ tag, seq })))
    const [, left] = await db.write().batch(
      [
        rowsOf(sql`delete from outbox o using jsonb_to_recordset(${list}::jsonb) as t(tag text, seq bigint)
          where ${mine} and o.key = t.tag and o.seq = t.seq`),
        due,
      ],
      { repeatable: true },
    )
    return left.rows
  }
}

/** The rows that tell of an import: how far it has come, what became of its products, and what was wrong with which line. */
import { assert } from '../../domain/basics/assert.ts'
import type { ImportFormat, ImportProblem } from '../../domain/catalog/import-item.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

export interface ImportRecord {
  id: string
  format: ImportFormat
  dryRun: boolean
  state: 'running' | 'finished' | 'failed'
  rows: number
  /** Items of the file that are done, in its order. */
  productsDone: number
  created: number
  updated: number
  unchanged: number
  refused: number
  /** SKUs that had a stock account already; an import never changes their stock. */
  stockLeftAlone: number
  problemCount: number
  createdAt: number
  updatedAt: number
  /** The first PROBLEMS_KEPT of them. */
  problems: ImportProblem[]
}

/** A file with more is wrong as a whole, and its first thousand lines say how. */
export const PROBLEMS_KEPT = 1_000

type RecordRow = { record: ImportRecord }

const recordJson = (from: SQL): SQL => sql`
  select jsonb_build_object('id', i.id, 'format', i.format, 'dryRun', i.dry_run, 'state', i.state, 'rows', i.rows,
    'productsDone', i.products_done, 'created', i.created, 'updated', i.updated, 'unchanged', i.unchanged,
    'refused', i.refused, 'stockLeftAlone', i.stock_left_alone, 'problemCount', i.problem_count,
    'createdAt', onrush_ms(i.created_at), 'updatedAt', onrush_ms(i.updated_at),
    'problems', (
      select coalesce(jsonb_agg(jsonb_build_object('line', p.line, 'field', p.field, 'product', p.product,
        'code', p.code, 'message', p.message, 'remedy', p.remedy) order by p.position), '[]')
      from import_problems p where p.store_id = i.store_id and p.import_id = i.id)) as record
  from ${from} i`

/** Starts a record, or takes up the broken-off one of the same file. A dry run always starts anew. */
export async function openImport(
  writer: Writer,
  storeId: string,
  { id, format, dryRun, digest }: { id: string; format: ImportFormat; dryRun: boolean; digest: string | null },
): Promise<ImportRecord> {
  const [row] = await writer.rows(
    rowsOf<RecordRow>(sql`
      with broken as (
        select * from imports where store_id = ${storeId} and digest = ${digest} and format = ${format}
          and state <> 'finished' and not dry_run and not ${dryRun}::boolean
        order by id desc limit 1
      ),
      made as (
        insert into imports (store_id, id, format, digest, dry_run, state)
        select ${storeId}, ${id}, ${format}, ${digest}, ${dryRun}, 'running' where not exists (select from broken)
        returning *
      )
      ${recordJson(sql`(select * from broken union all select * from made)`)}`),
  )
  assert(row, 'an import is opened or taken up')
  return row.record
}

/** Where it stands now, and the problems of the last chunk; in one transaction. */
export async function saveProgress(
  writer: Writer,
  storeId: string,
  record: ImportRecord,
  problems: readonly ImportProblem[],
): Promise<void> {
  const first = record.problemCount - problems.length
  const kept = problems.slice(0, Math.max(0, PROBLEMS_KEPT - first))
  const rows = JSON.stringify(kept.map((problem, i) => ({ position: first + i, ...problem })))
  await writer.batch(
    [
      rowsOf(sql`
        update imports set state = ${record.state}, rows = ${record.rows}, products_done = ${record.productsDone},
          created = ${record.created}, updated = ${record.updated}, unchanged = ${record.unchanged},
          refused = ${record.refused}, stock_left_alone = ${record.stockLeftAlone},
          problem_count = ${record.problemCount}, updated_at = now()
        where store_id = ${storeId} and id = ${record.id}`),
      rowsOf(sql`
        insert into import_problems (store_id, import_id, position, line, field, product, code, message, remedy)
        select ${storeId}, ${record.id}, t.* from jsonb_to_recordset(${rows}::jsonb)
          as t(position int, line int, field text, product text, code text, message text, remedy text)
        on conflict (store_id, import_id, position) do nothing`),
    ],
    { repeatable: true },
  )
}

export async function findImport(reader: Reader, storeId: string, id: string): Promise<ImportRecord | null> {
  const one = sql`(select * from imports where store_id = ${storeId} and id = ${id})`
  const [row] = await reader.rows(rowsOf<RecordRow>(recordJson(one)))
  return row?.record ?? null
}

/** The latest, newest first, without their problems' text. */
export async function listImports(reader: Reader, storeId: string, limit = 50): Promise<ImportRecord[]> {
  const latest = sql`(select * from imports where store_id = ${storeId} order by id desc limit ${limit})`
  const rows = await reader.rows(rowsOf<RecordRow>(sql`${recordJson(latest)} order by i.id desc`))
  return rows.map(({ record }) => ({ ...record, problems: [] }))
}

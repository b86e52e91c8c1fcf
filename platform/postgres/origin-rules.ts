/** Rule files of stores: which requests go to an existing shop's own servers. Every version is kept; the newest holds. */
import { assert } from '../../domain/basics/assert.ts'
import { ofToday, type RuleFile } from '../../domain/origin/rule-file.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

export interface SavedRules {
  storeId: string
  version: number
  file: RuleFile
  savedAt: number
  savedBy: string
}

type Row = { saved: SavedRules }

const newest = (where: SQL) =>
  rowsOf<Row>(sql`
    select jsonb_build_object('storeId', r.store_id, 'version', r.version, 'file', r.file,
      'savedAt', onrush_ms(r.saved_at), 'savedBy', r.saved_by) as saved
    from origin_rules r where ${where} order by r.version desc limit 1`)

/** Null: this store has none. */
export async function findRules(reader: Reader, storeId: string): Promise<SavedRules | null> {
  const [row] = await reader.rows(newest(sql`r.store_id = ${storeId}`))
  return row ? asOfToday(row) : null
}

const asOfToday = ({ saved }: Row): SavedRules => ({ ...saved, file: ofToday(saved.file) })

/** Of the store that claims this host, else of the default store. */
export async function findRulesForHost(
  reader: Reader,
  hostname: string,
  defaultId: string,
): Promise<SavedRules | null> {
  const claimed = sql`select store_id from store_hostnames where hostname = ${hostname}`
  const [row] = await reader.rows(newest(sql`r.store_id = coalesce((${claimed}), ${defaultId})`))
  return row ? asOfToday(row) : null
}

/** Saves a version, unless it is what the newest already says. Safe to repeat. */
export async function saveRules(writer: Writer, storeId: string, file: RuleFile, savedBy: string): Promise<SavedRules> {
  const written = JSON.stringify(file)
  const last = sql`select version, file from origin_rules where store_id = ${storeId} order by version desc limit 1`
  const [, found] = await writer.batch([
    rowsOf(sql`
      insert into origin_rules (store_id, version, file, saved_by)
      select ${storeId}, coalesce((select version from (${last}) l), 0) + 1, ${written}::jsonb, ${savedBy}
      where not exists (select 1 from (${last}) l where l.file = ${written}::jsonb)`),
    newest(sql`r.store_id = ${storeId}`),
  ])
  const [row] = found.rows
  assert(row, 'rules that were just saved are there')
  return asOfToday(row)
}

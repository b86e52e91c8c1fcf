/** Stores, and which of them answers on a host name. */
import { settingsFrom, type Store } from '../../domain/store/store.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type StoreRow = { store: Omit<Store, 'settings'> & { settings: unknown } }

const storeJson = (where: SQL) =>
  rowsOf<StoreRow>(sql`
    select jsonb_build_object('id', s.id, 'name', s.name, 'currency', s.currency, 'settings', s.settings,
      'hostnames', (select coalesce(jsonb_agg(h.hostname order by h.hostname), '[]')
                    from store_hostnames h where h.store_id = s.id)) as store
    from stores s where ${where}`)

const toStore = (row: StoreRow | undefined): Store | null =>
  row ? { ...row.store, settings: settingsFrom(row.store.settings) } : null

/** The store that claims this host, else the one named as default; null when there is neither. */
export async function findStoreForHost(reader: Reader, hostname: string, defaultId: string): Promise<Store | null> {
  const [row] = await reader.rows(
    storeJson(sql`s.id in (${defaultId}, (select store_id from store_hostnames where hostname = ${hostname.toLowerCase()}))
      order by s.id = ${defaultId} limit 1`),
  )
  return toStore(row)
}

export async function findStore(reader: Reader, id: string): Promise<Store | null> {
  const [row] = await reader.rows(storeJson(sql`s.id = ${id}`))
  return toStore(row)
}

/** For sweeps and proofs: the ids of all stores. A deployment has tens at most. */
export async function listStoreIds(reader: Reader): Promise<string[]> {
  const rows = await reader.rows(rowsOf<{ id: string }>(sql`select id from stores order by id limit 1000`))
  return rows.map(({ id }) => id)
}

/** Makes or renames a store; host names are only added. Safe to repeat. A host name that another store has fails. */
export async function putStore(writer: Writer, { id, name, currency, hostnames, settings }: Store): Promise<void> {
  await writer.batch(
    [
      rowsOf(sql`
        insert into stores (id, name, currency, settings)
        values (${id}, ${name}, ${currency}, ${JSON.stringify(settings)}::jsonb)
        on conflict (id) do update set name = excluded.name, settings = excluded.settings, updated_at = now()
        where (stores.name, stores.settings) is distinct from (excluded.name, excluded.settings)`),
      rowsOf(sql`
        insert into store_hostnames (hostname, store_id)
        select lower(value), ${id} from jsonb_array_elements_text(${JSON.stringify(hostnames)}::jsonb)
        order by 1 on conflict (hostname) do nothing`),
      rowsOf(sql`select onrush_require(not exists (
        select from store_hostnames h join jsonb_array_elements_text(${JSON.stringify(hostnames)}::jsonb) wanted
          on h.hostname = lower(wanted.value) where h.store_id <> ${id}), 'hostname_taken', '')`),
    ],
    { repeatable: true },
  )
}

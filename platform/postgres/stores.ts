/** Stores, and which of them answers on a host name. */
import { settingsFrom, type Store } from '../../domain/store/store.ts'
import { MARKETS_OF_STORE } from './markets.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

type StoreRow = { store: Omit<Store, 'settings'> & { settings: unknown } }
/** What makes a store. Its order books come by themselves; its jurisdiction is said with its first draft and stays. */
export type StoreDraft = Omit<Store, 'orderBooks' | 'markets' | 'jurisdiction'> & { jurisdiction?: string | null }

const storeJson = (where: SQL) =>
  rowsOf<StoreRow>(sql`
    select jsonb_build_object('id', s.id, 'name', s.name, 'currency', s.currency, 'settings', s.settings, 'orderBooks', s.order_books,
      'markets', ${MARKETS_OF_STORE}, 'jurisdiction', s.jurisdiction,
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

/** For sweeps: all stores, and how many order books each has. A deployment has tens at most. */
export async function listStores(reader: Reader): Promise<{ id: string; name: string; books: number }[]> {
  return reader.rows(
    rowsOf<{ id: string; name: string; books: number }>(
      sql`select id, name, (order_books->>-1)::int as books from stores order by id limit 1000`,
    ),
  )
}

/** Lets a store have so many order books from now on, if it has fewer. They never become fewer again. */
export const withOrderBooks = (storeId: string, books: number): SQL => sql`
  update stores set order_books = order_books || to_jsonb(${books}::int), updated_at = now()
  where id = ${storeId} and (order_books->>-1)::int < ${books}::int`

/** Makes or renames a store; host names are only added. Safe to repeat. A host name that another store has fails. */
export async function putStore(writer: Writer, draft: StoreDraft): Promise<void> {
  const { id, name, currency, hostnames, settings, jurisdiction = null } = draft
  await writer.batch(
    [
      rowsOf(sql`
        insert into stores (id, name, currency, settings, jurisdiction)
        values (${id}, ${name}, ${currency}, ${JSON.stringify(settings)}::jsonb, ${jurisdiction})
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

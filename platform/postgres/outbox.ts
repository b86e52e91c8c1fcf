/**
 * The outbox: what objects must still hear of a change in the database. Whoever changes something leaves a row in the same
 * transaction; publishing looks up how things stand now, tells the object, and only then removes the row, and only if it
 * has not been written again meanwhile. What is told twice is ignored the second time.
 */
import type { Database } from './database.ts'
import { rowsOf, sql, type SQL } from './statements.ts'
import type { Writer } from './writing.ts'

/**
 * `offer`: the stock object of SKU `key` wants its terms. `drop`: the object of drop `key` wants its terms.
 * `moments`: schedules relative to drop `key` want its moments.
 * `invitations`: the objects that judge a drop's codes want batch `key`. `epoch`: what has tag `key` has changed; epoch
 * shards look for these themselves (epochs.ts).
 */
export type Topic = 'offer' | 'drop' | 'moments' | 'invitations' | 'epoch'

/** The rows of some keys; `keys` selects one column. A row that is there already gets a new seq, and is due now. */
export const announce = (storeId: string, topic: Topic, keys: SQL): SQL =>
  announceOfMany(topic, sql`select ${storeId}, key from (${keys}) of_one (key)`)

/** The rows of several stores; `keys` selects a store's id and a key. */
export const announceOfMany = (topic: Topic, keys: SQL): SQL => sql`
  insert into outbox (store_id, topic, key)
  select store_id, ${topic}, key from (${keys}) announced (store_id, key) order by 1, 3
  on conflict (store_id, topic, key) do update set seq = excluded.seq, due_at = now(), attempts = 0`

export interface PublishOptions {
  /** Of one store, or of all. */
  storeId?: string
  /** Only these, when somebody waits for them. */
  keys?: readonly string[]
  /** Keys at most in this run; a few calls to objects each. */
  limit: number
}

export interface PublishReport {
  published: number
  failed: number
  /** Whether there may be more to publish right now. */
  more: boolean
}

/** What is due, and what is to be said of it. Null: the thing is gone altogether; there is nobody to tell. */
type Due<What> = { storeId: string; key: string; seq: string; what: What | null }

/** How many objects are asked at a time; a Worker's request may have six connections open. */
const ABREAST = 6

/**
 * Tells what is due under a topic. `what` selects one column of that name, for the `o.store_id` and `o.key` of a row.
 * Safe to repeat and to run beside itself. What cannot be told is left for a later run, the later the oftener it failed.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it says what `what` selects
export async function publishDue<What>(
  db: Database,
  { topic, what, tell }: { topic: Topic; what: SQL; tell: (storeId: string, what: What) => Promise<unknown> },
  options: PublishOptions,
): Promise<PublishReport> {
  const due = await dueNow<What>(db, topic, what, options)
  if (due.length === 0) return { published: 0, failed: 0, more: false }
  const told: Due<What>[] = []
  const failed: Due<What>[] = []
  const rest = due.values()
  const teller = async () => {
    for (const item of rest) {
      try {
        if (item.what !== null) await tell(item.storeId, item.what)
        told.push(item)
      } catch {
        failed.push(item) // an object that is away or overloaded; its row stays and is tried again
      }
    }
  }
  await Promise.all(Array.from({ length: ABREAST }, teller))
  await settle(db.write(), topic, told, failed)
  return { published: told.length, failed: failed.length, more: due.length === options.limit }
}

/** What is due, oldest first. */
function dueNow<What>(db: Database, topic: Topic, what: SQL, { storeId, keys, limit }: PublishOptions) {
  const ofStore = storeId === undefined ? sql`` : sql`and o.store_id = ${storeId}`
  const ofKeys =
    keys === undefined ? sql`` : sql`and o.key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`
  return db.read('primary').rows(
    rowsOf<Due<What>>(sql`
      select o.store_id as "storeId", o.key, o.seq::text as seq, told.what
      from (
        select * from outbox o where o.topic = ${topic} and o.due_at <= now() ${ofStore} ${ofKeys}
        order by o.due_at, o.seq limit ${limit}
      ) o
      left join lateral (${what}) told on true`),
  )
}

async function settle(writer: Writer, topic: Topic, told: Due<unknown>[], failed: Due<unknown>[]): Promise<void> {
  const list = (items: Due<unknown>[]) =>
    sql`jsonb_to_recordset(${JSON.stringify(items.map(({ storeId, key, seq }) => ({ storeId, key, seq })))}::jsonb)
      as t("storeId" text, key text, seq bigint)`
  const same = sql`o.store_id = t."storeId" and o.topic = ${topic} and o.key = t.key and o.seq = t.seq`
  await writer.batch(
    [
      rowsOf(sql`delete from outbox o using ${list(told)} where ${same}`),
      rowsOf(sql`
        update outbox o set attempts = o.attempts + 1,
          due_at = now() + least(power(2, least(o.attempts, 10)), 600) * interval '1 second'
        from ${list(failed)} where ${same}`),
    ],
    { repeatable: true },
  )
}

/** Of these keys, how many have not been told yet. */
export async function countUntold(
  db: Database,
  storeId: string,
  topic: Topic,
  keys: readonly string[],
): Promise<number> {
  const [row] = await db.read('primary').rows(
    rowsOf<{ untold: number }>(sql`
      select count(*)::int as untold from outbox o
      where o.store_id = ${storeId} and o.topic = ${topic}
        and o.key in (select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb))`),
  )
  return row?.untold ?? 0
}

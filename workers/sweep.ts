/**
 * The cron: whatever alarm or message was lost, within ten minutes somebody looks. Every step is safe to repeat, and one
 * that fails keeps none of the others from their turn.
 */
import { JOB_SHARDS, jobShardName } from '../domain/job/shards.ts'
import { ORDER_BOOKS_AT_FIRST, orderBookName } from '../domain/sharding/bucket.ts'
import { systemClock, systemRandom } from '../platform/dice.ts'
import { databaseOf } from '../platform/postgres/database.ts'
import { listStores } from '../platform/postgres/stores.ts'
import { tellOf } from './alerts/index.ts'
import { jobDesk, orderBook } from './desks.ts'
import { stopHarmful } from './experiments/guardrails.ts'
import { lookAtJobs } from './job-look.ts'
import { publishSome } from './publishing.ts'
import { tellEverybody } from './telling.ts'

/** Objects asked at a time: a request may have six connections open. */
const ABREAST = 6
/** Terms told in one go; their rows wait in the outbox until the next. */
const TERMS_IN_ONE_GO = 200

export async function sweep(env: Env): Promise<void> {
  const stores = await storesToSweep(env)
  const rest = stores.flatMap((store) => [...sweepsOfBooks(env, store), ...sweepsOfJobs(env, store)]).values()
  const sweeper = async (): Promise<void> => {
    for (const { what, work } of rest) await attempt(what, work)
  }
  await Promise.all(Array.from({ length: ABREAST }, sweeper))
  await attempt('guardrails', () => stopHarmful(env))
  for (const store of stores) {
    await attempt(`alerts of ${store.id}`, async () => tellOf(env, store, await lookAtJobs(env, store.id, systemClock)))
  }
  // Last, since it waits a little where somebody does not answer.
  await attempt('publish terms', () => publishAll(env))
}

interface Sweep {
  what: string
  work: () => Promise<unknown>
}

const sweepsOfBooks = (env: Env, { id, books }: { id: string; books: number }): Sweep[] =>
  Array.from({ length: books }, (_, book) => ({
    what: `sweep ${orderBookName(id, book)}`,
    work: () => orderBook(env, id, book).sweep(),
  }))

const sweepsOfJobs = (env: Env, { id }: { id: string }): Sweep[] =>
  Array.from({ length: JOB_SHARDS }, (_, shard) => ({
    what: `sweep ${jobShardName(id, shard)}`,
    work: () => jobDesk(env, id, shard).sweep(),
  }))

/** While the database is away the store that everybody asks for is still swept. */
async function storesToSweep(env: Env): Promise<{ id: string; name: string; books: number }[]> {
  let stores = [{ id: env.DEFAULT_STORE, name: env.DEFAULT_STORE, books: ORDER_BOOKS_AT_FIRST }]
  await attempt('list stores', async () => {
    stores = await listStores(databaseOf(env).read())
  })
  return stores
}

const publishAll = (env: Env): Promise<void> =>
  tellEverybody(() => publishSome(env, databaseOf(env), { limit: TERMS_IN_ONE_GO }), {
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: systemRandom,
  })

async function attempt(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown))
    console.error(JSON.stringify({ level: 'warn', kind: 'fault', what, name, message: message.slice(0, 500) }))
  }
}

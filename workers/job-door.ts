/**
 * The shop's own door, as jobs go through it: a warm-up asks for the shop's addresses as a stranger would, and puts the
 * copies into KV for the world. Handed to the consumers, which know nothing of routes.
 */
import type { EpochDesk } from '../domain/message/epoch-desk.ts'
import type { Store } from '../domain/store/store.ts'
import { coloStore, kvStore, type ByteStore } from '../platform/cache/stores.ts'
import { systemTimer, type Surroundings } from '../platform/cache/surroundings.ts'
import { systemClock, systemRandom } from '../platform/dice.ts'
import { databaseOf } from '../platform/postgres/database.ts'
import { findStore } from '../platform/postgres/stores.ts'
import { abreast } from '../queues/abreast.ts'
import type { WarmShop } from '../queues/jobs/parts.ts'
import { pathsOfCrowd, SPREAD_MOST, WARM_ABREAST } from './cache-desk.ts'
import { epochDesk } from './desks.ts'
import { sharedCache } from './public-reads.ts'

type Fetch = (request: Request) => Response | Promise<Response>

/** @param door answers a request as it would from outside. */
export function warmingShop(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>, door: Fetch): WarmShop {
  return async (storeId, what) => {
    const store = await findStore(databaseOf(env).read(), storeId)
    if (!store) return null
    const origin = originOf(store, env)
    const ask = async (path: string): Promise<Response> => door(new Request(origin + path))
    const paths = 'paths' in what ? what.paths : await pathsOfDrop(ask, what.drop, store)
    if (paths === null) return null
    const answers = await abreast(paths, WARM_ABREAST, async (path) => {
      const response = await ask(path)
      await response.arrayBuffer()
      return { path, status: response.status }
    })
    const spread = await sharedCache().spread(new QueueSurroundings(env, ctx, origin), storeId, SPREAD_MOST)
    return { answers, spread }
  }
}

/** Any host of the store's own leads to it; the default store answers on every other. */
function originOf({ hostnames }: Store, env: Env): string {
  const [hostname] = hostnames
  if (hostname !== undefined) return `https://${hostname}`
  return env.PUBLIC_ORIGIN === '' ? 'https://localhost' : env.PUBLIC_ORIGIN
}

/** What a crowd will ask for; null: there is no such drop. */
async function pathsOfDrop(
  ask: (path: string) => Promise<Response>,
  slug: string,
  store: Store,
): Promise<string[] | null> {
  const response = await ask(`/api/v1/drops/${slug}`)
  if (response.status !== 200) return null
  const { products } = await response.json<{ products: { slug: string }[] }>()
  return pathsOfCrowd(slug, products, store)
}

/** A batch of messages, as the cache sees it. */
class QueueSurroundings implements Surroundings {
  readonly after = systemTimer
  readonly shelf: ByteStore
  readonly colo: ByteStore | null
  readonly #env: Env
  readonly #ctx: Pick<ExecutionContext, 'waitUntil'>

  constructor(env: Env, ctx: Pick<ExecutionContext, 'waitUntil'>, origin: string) {
    this.#env = env
    this.#ctx = ctx
    this.shelf = kvStore(env.SHELF)
    this.colo = typeof caches === 'undefined' ? null : coloStore(caches.default, origin)
  }

  now(): number {
    return systemClock.now()
  }

  fraction(): number {
    return systemRandom.fraction()
  }

  waitUntil(work: Promise<unknown>): void {
    this.#ctx.waitUntil(work)
  }

  epochs(storeId: string, shard: number): EpochDesk {
    return epochDesk(this.#env, storeId, shard)
  }
}

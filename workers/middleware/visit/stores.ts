/**
 * Which store answers on a host name. Host names change a few times a year and are asked with every request, so what
 * was found is kept for half a minute, and the shelf has a copy for the day Postgres is away: the path of a purchase
 * must not end at a database, nor wait for one. A host that no store claims is the default store's.
 */
import type { MiddlewareHandler } from 'hono'
import type { Store } from '../../../domain/store/store.ts'
import { systemTimer } from '../../../platform/cache/surroundings.ts'
import { Fault } from '../../../platform/fault.ts'
import { placementProblem } from '../../../platform/placement.ts'
import { databaseOf } from '../../../platform/postgres/database.ts'
import type { Reader } from '../../../platform/postgres/reading.ts'
import { findStoreForHost } from '../../../platform/postgres/stores.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { whereaboutsOf } from '../../market.ts'
import { publicOrigin } from '../../public-origin.ts'
import { sayable } from '../../sayable.ts'
import { LastKnown } from './last-known.ts'

const KEPT_MS = 30_000
/** More hosts than any deployment has; whoever makes up names in the Host header must not fill the memory. */
const HOSTS_MAX = 500

const known = new LastKnown<Store>(KEPT_MS, HOSTS_MAX)

export const storeOfHost: MiddlewareHandler<AppEnv> = async (c, next) => {
  await settleStore(c)
  await next()
}

/** When this isolate last wrote something of a store, ms. */
let wroteAt = -Infinity

/** This isolate has written something of a store: it asks anew, and the primary. The others do within half a minute. */
export function forgetStores(c: Asked): void {
  wroteAt = c.var.visit.clock.now()
  known.forget()
}

/** Finds out whose shop this is. Rejects when nobody knows and nobody ever did. */
export async function settleStore(c: Asked): Promise<void> {
  const asked = new URL(c.req.url)
  const store = await storeFor(c, asked.hostname)
  const visit = c.get('visit')
  visit.store = store
  visit.publicOrigin = publicOrigin(asked, store, c.env)
  visit.storeId = store.id
  visit.whereabouts = whereaboutsOf(c)
}

async function storeFor(c: Asked, hostname: string): Promise<Store> {
  // Several deployments live in one isolate only in tests; there each has a database of its own.
  const name = `${c.env.DATABASE_URL} ${c.env.DEFAULT_STORE} ${hostname}`
  const { clock } = c.get('visit')
  const fresh = known.fresh(name, clock.now())
  if (fresh) return fresh
  return known.of(name, {
    now: () => clock.now(),
    after: systemTimer,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    find: (before) => findStore(c, hostname, before),
    // Its own copy and not the default store's: a database that is slow may know better whose name this is.
    elsewhere: () => fromShelf(c, shelfKey(hostname)),
    // A host that no store claims has no copy: it is the default store's.
    atLast: () => fromShelf(c, shelfKey('')),
  })
}

/** From the database, else what was known before, else from the shelf. Rejects when nobody ever knew. */
async function findStore(c: Asked, hostname: string, before: Store | undefined): Promise<Store> {
  try {
    const find = (reader: Reader) => findStoreForHost(reader, hostname, c.env.DEFAULT_STORE)
    const database = databaseOf(c.env)
    const mayBeBehind = c.var.visit.clock.now() - wroteAt < KEPT_MS
    // A replica that is behind does not know a store that was made just now.
    const near = mayBeBehind ? null : await find(database.read())
    const found = near ?? (await find(database.read('primary')))
    const store = found && sayable(found)
    if (!store) throw new Fault(`there is no store for ${hostname}, and no default store`)
    refuseToMove(c, store)
    // Only names that somebody claims get a copy of their own; all others share the default's.
    const key = shelfKey(store.hostnames.includes(hostname) ? hostname : '')
    c.executionCtx.waitUntil(shelve(c, key, store))
    return store
  } catch (fault) {
    const store = before ?? (await fromShelf(c, shelfKey(hostname))) ?? (await fromShelf(c, shelfKey('')))
    if (!store) throw fault
    refuseToMove(c, store)
    return store
  }
}

/** A store whose objects would be others than they were is not served, and its copy on the shelf stays what it was. */
function refuseToMove(c: Asked, store: Store): void {
  const problem = placementProblem(c.env, store)
  if (problem !== null) throw new Fault(problem)
}

const shelfKey = (hostname: string): string => `store-of-host ${hostname}`

/** KV bills each write: a copy is written when it differs from the one this isolate wrote last. */
const shelved = new Map<string, string>()

async function shelve(c: Asked, key: string, store: Store): Promise<void> {
  const copy = JSON.stringify(store)
  if (shelved.get(key) === copy) return
  shelved.set(key, copy)
  try {
    await c.env.SHELF.put(key, copy)
  } catch {
    shelved.delete(key) // tried again in half a minute
  }
}

/** What a copy does not say that an earlier version of ours has shelved. */
const NEWLY_KNOWN: Pick<Store, 'markets' | 'jurisdiction'> = { markets: [], jurisdiction: null }

async function fromShelf(c: Asked, key: string): Promise<Store | null> {
  try {
    const copy = await c.env.SHELF.get<Store>(key, 'json')
    return copy && sayable({ ...NEWLY_KNOWN, ...copy })
  } catch {
    return null // the fault that sent us here is the one to tell
  }
}

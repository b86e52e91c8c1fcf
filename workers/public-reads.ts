/**
 * Public answers: made once, shared with everybody, answered again from memory as ready bytes.
 *
 * The edge cache (platform/cache) brings and keeps the bytes; here they get their HTTP: validators, lifetimes for
 * browsers and shared caches, `Cache-Status`. What was just said lies ready under its full address too (ready.ts), so that
 * the same question a moment later is answered before anything else is looked at (middleware/ready).
 */
import { EdgeCache, type Freshness, type Surroundings } from '../platform/cache/edge-cache.ts'
import { databaseOf } from '../platform/postgres/database.ts'
import type { Reader } from '../platform/postgres/reading.ts'
import type { Asked } from './context.ts'
import { OPEN_TO_ALL } from './middleware/cross-site/index.ts'
import { SEALS_OF_DATA } from './middleware/seals/index.ts'
import { problemFor, type Refusal } from './problems.ts'
import { forgetReady, keepReady, spoken, type Ready } from './ready.ts'
import { refused } from './replies.ts'

const DAY_S = 24 * 60 * 60

/** The catalog: seconds old at most where it was changed, a minute in the rest of the world. */
export const CATALOG: Freshness = { memoryMs: 2000, coloSeconds: 60, staleIfErrorSeconds: 7 * DAY_S }
/** What a drop is made of: a second old, so that counts and pauses are felt. */
export const DROP_FACTS: Freshness = { memoryMs: 500, coloSeconds: 1, staleIfErrorSeconds: 7 * DAY_S }
/** What is said of a drop, made from its facts and the clock: never older than a second, whatever is away. */
export const NOW: Freshness = { memoryMs: 1000, coloSeconds: 0, staleIfErrorSeconds: 0 }

const cache = new EdgeCache()

/** What the caller may be told: a value in its wire form, or a refusal. */
export type Told = { value: unknown } | { refusal: Refusal }

/**
 * Answers a public question. `question` is its canonical spelling (filters sorted, defaults filled in); `read` is given
 * a reader that has seen every write this data centre knows of, and its value must not depend on who asks.
 */
export async function publicJson(
  c: Asked,
  question: string,
  freshness: Freshness,
  read: (reader: Reader) => Promise<Told>,
): Promise<Response> {
  const database = databaseOf(c.env)
  const found = await cache.read(surroundings(c), c.var.visit.storeId, question, freshness, async (bookmark) => {
    const told = await read(database.read(await database.session(bookmark)))
    return 'value' in told ? good(told.value) : bad(told.refusal)
  })
  const { copy, cacheStatus, freshUntil } = found
  // A refusal carries the id of whoever is told, so it is said anew.
  if (copy.status !== 200) return refused(c, JSON.parse(new TextDecoder().decode(copy.body)) as Refusal)
  const answer: Ready = {
    body: copy.body,
    etag: copy.etag,
    headers: headersOf(copy.contentType, copy.etag, freshness),
    freshUntil,
  }
  keepReady(c.req.url, answer)
  const response = spoken(c.req.raw.headers, answer)
  response.headers.set('cache-status', cacheStatus)
  return response
}

/**
 * The same for a page, which draws the value rather than sends it. Null: there is no such thing. `question` must differ
 * from those of the API, since the value is kept as it is inside and not in its wire form.
 */
export async function publicValue<Value>(
  c: Asked,
  question: string,
  freshness: Freshness,
  read: (reader: Reader) => Promise<Value | null>,
): Promise<Value | null> {
  const database = databaseOf(c.env)
  const { copy } = await cache.read(surroundings(c), c.var.visit.storeId, question, freshness, async (bookmark) => {
    const value = await read(database.read(await database.session(bookmark)))
    return value === null ? { ...good(null), status: 404 } : good(value)
  })
  return copy.status === 200 ? (JSON.parse(new TextDecoder().decode(copy.body)) as Value) : null
}

/** Something of this store's catalog changed: what is kept here, and in this data centre, is out of date. */
export async function catalogChanged(c: Asked, bookmark: string | null): Promise<void> {
  forgetReady()
  await cache.turnOver(surroundings(c), c.var.visit.storeId, bookmark ?? '')
}

const surroundings = (c: Asked): Surroundings => ({
  now: () => c.var.visit.clock.now(),
  waitUntil: (work) => c.executionCtx.waitUntil(work),
  origin: c.var.visit.origin,
  shelf: c.env.SHELF,
  colo: typeof caches === 'undefined' ? null : caches.default,
})

const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(JSON.stringify(value)))
const good = (value: unknown) => ({ status: 200, contentType: 'application/json', body: bytesOf(value) })
const bad = (refusal: Refusal) => ({
  status: problemFor(refusal, '').status,
  contentType: 'application/problem+json',
  body: bytesOf(refusal),
})

/** Everything that is the same for everybody, put together once. */
const headersOf = (contentType: string, etag: string, { memoryMs, staleIfErrorSeconds }: Freshness): Headers =>
  new Headers([
    ['content-type', contentType],
    ['etag', etag],
    [
      'cache-control',
      `public, max-age=${Math.ceil(memoryMs / 1000)}${staleIfErrorSeconds > 0 ? `, stale-if-error=${DAY_S}` : ''}`,
    ],
    ...SEALS_OF_DATA.map(([name, value]): [string, string] => [name, value]),
    ...OPEN_TO_ALL.map(([name, value]): [string, string] => [name, value]),
  ])

/**
 * Public answers: made once, shared with everybody, answered again from memory as ready bytes.
 *
 * The edge cache (platform/cache) brings and keeps the bytes; here they get their HTTP: validators, lifetimes for
 * browsers and shared caches, cache groups, `Cache-Status`. What was just said lies ready under its full address too (ready.ts), so that
 * the same question a moment later is answered before anything else is looked at (middleware/ready).
 */
import type { ProductQuery } from '../domain/catalog/query.ts'
import type { Freshness } from '../domain/freshness/freshness.ts'
import type { Loaded, Since } from '../platform/cache/asking.ts'
import { EdgeCache } from '../platform/cache/edge-cache.ts'
import type { Copy } from '../platform/cache/copy.ts'
import { databaseOf } from '../platform/postgres/database.ts'
import type { Reader } from '../platform/postgres/reading.ts'
import { groupsField } from './cache-groups.ts'
import type { Asked } from './context.ts'
import type { Whereabouts } from './market.ts'
import { OPEN_TO_ALL } from './middleware/cross-site/index.ts'
import { SEALS_OF_DATA } from './middleware/seals/index.ts'
import { problemFor, type Refusal } from './problems.ts'
import { forgetReady, keepReady, keepReadyByMarket, spoken, type Ready } from './ready.ts'
import { refused } from './replies.ts'
import { RequestSurroundings } from './surroundings.ts'

const DAY_S = 24 * 60 * 60

/** The catalog: dropped when something in it changes, read anew once a minute all the same, and kept for the world. */
export const CATALOG: Freshness = {
  memoryMs: 2000,
  coloSeconds: 60,
  staleIfErrorSeconds: 7 * DAY_S,
  revalidateSeconds: 600,
  notFoundMs: 10_000,
  isTagged: true,
  isWorldwide: true,
}
/** The same for lists as anybody may ask for them: with words, prices or a page of their own. */
const MADE_UP: Freshness = { ...CATALOG, isWorldwide: false, isMadeUp: true }

/** How fresh a list of products must be, and where it is worth a copy. */
export const freshnessOfList = ({ q, priceFrom, priceTo, cursor }: ProductQuery): Freshness =>
  q === null && priceFrom === null && priceTo === null && cursor === null ? CATALOG : MADE_UP

/** What a drop is made of: a second old, so that counts are felt; its pauses have tags. */
export const DROP_FACTS: Freshness = {
  memoryMs: 500,
  coloSeconds: 1,
  staleIfErrorSeconds: 7 * DAY_S,
  revalidateSeconds: 5,
  isTagged: true,
}
/** What is said of a drop, made from its facts and the clock: never older than a second, whatever is away. */
export const NOW: Freshness = { memoryMs: 1000, coloSeconds: 0, staleIfErrorSeconds: 0, isTagged: true }

const cache = new EdgeCache()

/** What an answer is made of, by which it is known to be out of date (domain/catalog/tags.ts). */
export type Made = Pick<Loaded, 'tags' | 'unitsLeft' | 'keepMostMs'>

/** What the caller may be told: a value in its wire form, or a refusal. */
export type Told = ({ value: unknown } | { refusal: Refusal }) & Made

/** A question whose answer differs by market, and by nothing else of who asks. */
export interface InMarket {
  question: string
  whereabouts: Whereabouts
}

/** The question in the market of this request; of a store without markets, the question as it is. */
export const inMarket = (c: Asked, question: string): string | InMarket =>
  c.var.visit.store.markets.length === 0 ? question : { question, whereabouts: c.var.visit.whereabouts }

/**
 * Answers a public question. `question` is its canonical spelling (filters sorted, defaults filled in); `read` is given
 * a reader that has seen every change known here, and its value must not depend on who asks.
 */
export async function publicJson(
  c: Asked,
  asked: string | InMarket,
  freshness: Freshness,
  read: (reader: Reader) => Promise<Told>,
): Promise<Response> {
  const at = new RequestSurroundings(c)
  const found = await cache.read(at, c.var.visit.storeId, spelled(asked), freshness, async (since) => {
    const told = await read(readerSince(c, since))
    const { tags, unitsLeft, keepMostMs } = told
    return { ...('value' in told ? good(told.value) : bad(told.refusal)), ...made({ tags, unitsLeft, keepMostMs }) }
  })
  const { copy, cacheStatus, freshUntil, detail } = found
  // A refusal carries the id of whoever is told, so it is said anew.
  if (copy.status !== 200) {
    const refusal = refused(c, JSON.parse(new TextDecoder().decode(copy.body)) as Refusal)
    refusal.headers.set('cache-status', cacheStatus)
    return refusal
  }
  const isGuess = typeof asked !== 'string' && !asked.whereabouts.isInAddress
  const headers = headersOf(copy, freshness, isGuess)
  const { body, etag, readAt, lifetimeMs } = copy
  const answer: Ready = { body, etag, headers, freshUntil, endsAt: readAt + lifetimeMs, detail }
  if (isGuess) keepReadyByMarket(c.req.url, c.req.raw, answer)
  else keepReady(c.req.url, answer)
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
  madeOf: (value: Value | null) => Made = () => ({}),
): Promise<Value | null> {
  const at = new RequestSurroundings(c)
  const { copy, freshUntil, cacheStatus } = await cache.read(
    at,
    c.var.visit.storeId,
    question,
    freshness,
    async (since) => {
      const value = await read(readerSince(c, since))
      return { ...good(value), status: value === null ? 404 : 200, ...made(madeOf(value)) }
    },
  )
  const { visit } = c.var
  visit.freshUntil = Math.min(visit.freshUntil, freshUntil)
  visit.cacheStatus = farther(visit.cacheStatus, cacheStatus)
  return copy.status === 200 ? (JSON.parse(new TextDecoder().decode(copy.body)) as Value) : null
}

/** Of two questions, what is said of the one that asked more tiers. */
const farther = (one: string | null, other: string): string =>
  one !== null && one.split(',').length > other.split(',').length ? one : other

/** The nearest database that has seen what is known to have changed; the primary, where nobody knows. */
const readerSince = (c: Asked, { positions, fromPrimary }: Since): Reader => {
  const database = databaseOf(c.env)
  return database.read(fromPrimary ? 'primary' : database.seen(positions))
}

const made = ({ tags, unitsLeft, keepMostMs }: { [Name in keyof Made]: Made[Name] | undefined }): Made => ({
  ...(tags === undefined ? {} : { tags }),
  ...(unitsLeft === undefined ? {} : { unitsLeft }),
  ...(keepMostMs === undefined ? {} : { keepMostMs }),
})

/**
 * Something of this store's catalog was written here: what is kept in this isolate is judged anew, knowing of the write.
 * The rest of the world knows within the bound (domain/freshness).
 */
export async function catalogChanged(c: Asked): Promise<void> {
  forgetReady()
  const changed = await cache.wrote(new RequestSurroundings(c), c.var.visit.storeId)
  forgetReady() // what was said while the epochs were asked
  c.var.visit.changedTags.push(...changed)
}

/** The cache itself, for those who look after it (workers/cache-desk.ts). */
export const sharedCache = (): EdgeCache => cache

const bytesOf = (value: unknown): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new TextEncoder().encode(JSON.stringify(value)))
const good = (value: unknown) => ({ status: 200, contentType: 'application/json', body: bytesOf(value) })
const bad = (refusal: Refusal) => ({
  status: problemFor(refusal, '').status,
  contentType: 'application/problem+json',
  body: bytesOf(refusal),
})

/** The question as the cache knows it. A market's key holds neither a space nor a letter that a question could end in. */
const spelled = (asked: string | InMarket): string =>
  typeof asked === 'string' ? asked : `${asked.question} in ${asked.whereabouts.market?.key ?? '-'}`

/**
 * Everything that is the same for everybody, put together once. `isGuess`: the market was taken from the network or a
 * cookie, which no cache in front of us can see: then only the reader's own browser may keep it.
 */
const headersOf = ({ contentType, etag, tags }: Copy, freshness: Freshness, isGuess: boolean): Headers => {
  const { memoryMs, staleIfErrorSeconds } = freshness
  return new Headers([
    ...(isGuess ? [['vary', 'Cookie'] as [string, string]] : []),
    ['content-type', contentType],
    ['etag', etag],
    ...(tags.length > 1 ? [['cache-groups', groupsField(tags.slice(0, -1))] as [string, string]] : []),
    [
      'cache-control',
      `${isGuess ? 'private' : 'public'}, max-age=${Math.ceil(memoryMs / 1000)}${staleIfErrorSeconds > 0 ? `, stale-if-error=${DAY_S}` : ''}`,
    ],
    ...SEALS_OF_DATA.map(([name, value]): [string, string] => [name, value]),
    ...OPEN_TO_ALL.map(([name, value]): [string, string] => [name, value]),
  ])
}

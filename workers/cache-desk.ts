/**
 * Looking after the cache: what it does, in figures; saying by hand that something has changed; and warming pages before a
 * crowd comes. Figures are of the isolate that answers: each has a memory of its own, and nobody gathers them; they say
 * whose they are.
 */
import type { z } from '@hono/zod-openapi'
import { accept, refuse, type Decision } from '../domain/basics/decision.ts'
import type { Store } from '../domain/store/store.ts'
import { EVERYTHING } from '../domain/freshness/epochs.ts'
import { STALENESS_BOUND_MS } from '../domain/freshness/freshness.ts'
import { PROPAGATION_STEPS_MS, type TierFigures } from '../platform/cache/figures.ts'
import { Fault } from '../platform/fault.ts'
import { tagOfGroup } from './cache-groups.ts'
import type { CacheStats, PurgeRequest } from './cache-schemas.ts'
import type { Asked } from './context.ts'
import type { Refusal } from './problems.ts'
import { sharedCache } from './public-reads.ts'
import { forgetReady, readyFigures } from './ready.ts'
import { dropFacts } from './room.ts'
import { RequestSurroundings } from './surroundings.ts'
import { instantOut } from './wire.ts'

const LATEST_SHOWN = 50

/** Named when it is first asked: an isolate has no dice before. */
let isolate: string | undefined

export type Stats = z.infer<typeof CacheStats>

export function cacheStats(c: Asked): Stats {
  const cache = sharedCache()
  const { figures } = cache
  const { storeId, clock, random } = c.var.visit
  const now = clock.now()
  const known = cache.knowledge(storeId)
  isolate ??= random.fraction().toString(36).slice(2, 10)
  const colo = c.req.raw.cf?.colo
  return {
    of: { isolate, data_centre: typeof colo === 'string' ? colo : null },
    counted_since: instantOut(figures.since ?? now),
    ...cache.size,
    said_ready: readyFigures.said,
    tiers: {
      memory: tierOut(figures.tiers.mem),
      data_centre: tierOut(figures.tiers.colo),
      world: tierOut(figures.tiers.shelf),
    },
    loads: figures.loads,
    load_faults: figures.loadFaults,
    collapsed: figures.collapsed,
    outdated: figures.outdated,
    stood_in: figures.stoodIn,
    epochs: {
      bound_ms: STALENESS_BOUND_MS,
      shards: Array.from(known.tables, (table) => ({
        version: table?.version ?? null,
        tags: table?.tags.size ?? 0,
        age_ms: table && table.asOf !== -Infinity ? Math.max(0, Math.round(now - table.asOf)) : null,
      })),
      asked: figures.epochsAsked,
      in_vain: figures.epochsInVain,
      from_neighbours: figures.epochsFromNeighbours,
    },
    propagation: figures.propagation.map((count, i) => ({ up_to_ms: PROPAGATION_STEPS_MS[i] ?? null, count })),
    latest: cache.entriesOf(storeId, LATEST_SHOWN).map(({ question, copy, freshUntil }) => ({
      key: question,
      status: copy.status,
      bytes: copy.body.length,
      age_ms: Math.max(0, Math.round(now - copy.readAt)),
      lifetime_ms: copy.lifetimeMs,
      // The last is the question's own, which is purged by its key.
      tags: copy.tags.slice(0, -1),
      is_fresh: now < freshUntil,
    })),
  }
}

function tierOut({ hits, stale, misses }: TierFigures) {
  const asked = hits + stale + misses
  return { hits, stale, misses, hit_rate: asked === 0 ? null : (hits + stale) / asked }
}

/** Here at once, everywhere within the bound. Throws a Fault when it could not be said everywhere; safe to repeat. */
export async function purge(c: Asked, { tags = [], keys = [], everything }: z.infer<typeof PurgeRequest>) {
  const what = everything === true ? null : { tags: tags.map(tagOfGroup), questions: keys }
  try {
    await sharedCache().purge(new RequestSurroundings(c), c.var.visit.storeId, what)
  } catch (cause) {
    throw new Fault('not every epoch shard could be told', { cause })
  } finally {
    forgetReady()
  }
  c.var.visit.changedTags.push(...(what?.tags ?? [EVERYTHING]))
}

/** Fetches an address of the shop, as a stranger would. */
export type Door = (request: Request, c: Asked) => Response | Promise<Response>

/** How many are asked for at a time: a request may have six connections open. */
export const WARM_ABREAST = 4
/** What is put into KV afterwards; a Worker's request may do a thousand things there. */
export const SPREAD_MOST = 300

/** Asks for these addresses, and puts what this isolate then has into KV for the world. Safe to repeat. */
export async function warm(c: Asked, paths: readonly string[], door: Door) {
  const answers: { path: string; status: number }[] = []
  const rest = paths.values()
  const stoker = async (): Promise<void> => {
    for (const path of rest) {
      const response = await door(new Request(c.var.visit.origin + path), c)
      await response.arrayBuffer()
      answers.push({ path, status: response.status })
    }
  }
  await Promise.all(Array.from({ length: WARM_ABREAST }, stoker))
  const spread = await sharedCache().spread(new RequestSurroundings(c), c.var.visit.storeId, SPREAD_MOST)
  return { warmed: answers.filter(({ status }) => status === 200).length, answers, spread }
}

/** What a crowd asks for when a drop opens; data with prices in every market, as each is kept by itself. */
export async function pathsOfDrop(c: Asked, slug: string): Promise<Decision<string[], Refusal>> {
  const found = await dropFacts(c, slug)
  if (!found) return refuse({ code: 'drop_not_found', drop: slug })
  return accept(pathsOfCrowd(slug, found.products, c.var.visit.store))
}

/** The same, of a drop whose products are known. */
export function pathsOfCrowd(
  slug: string,
  products: readonly { slug: string }[],
  { markets }: Pick<Store, 'markets'>,
): string[] {
  const inEach = (path: string): string[] => [path, ...markets.map(({ key }) => `${path}?market=${key}`)]
  const ofProducts = products
    .slice(0, Math.ceil(PRODUCTS_MOST / (1 + markets.length)))
    .flatMap((product) => [`/products/${product.slug}`, ...inEach(`/api/v1/products/${product.slug}`)])
  const drop = [`/drops/${slug}`, ...inEach(`/api/v1/drops/${slug}`), `/api/v1/drops/${slug}/now`]
  return ['/', ...drop, ...ofProducts, '/api/v1/drops', '/api/v1/collections']
}

/** With many markets fewer products, so that one request can warm them all. */
const PRODUCTS_MOST = 40

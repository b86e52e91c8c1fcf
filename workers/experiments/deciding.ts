/**
 * Which variations a request gets: from the definitions, which every edge has at hand, and what the request says of its
 * visitor. Decided before anything is drawn, so nothing flickers and no script is needed.
 */
import { bornAtOf } from '../../domain/basics/ids.ts'
import { EXPERIMENTS } from '../../domain/catalog/tags.ts'
import { deviceOf, isFetchedAhead, isRobot, languageOf, type Asker } from '../../domain/experiment/asker.ts'
import { parametersOf, shownOn } from '../../domain/experiment/assignment.ts'
import type { Experiment, Parameters } from '../../domain/experiment/experiment.ts'
import { listExperiments } from '../../platform/postgres/experiments.ts'
import { countryOf } from '../admission/country.ts'
import type { Asked } from '../context.ts'
import { failingOf, report } from '../failures.ts'
import { CATALOG, publicValue } from '../public-reads.ts'
import { knownVisitor, visitorOf } from '../visitors.ts'
import { countExposures } from './exposures.ts'
import { forcedBy } from './previews.ts'

/** A stop has a tag: it is felt everywhere within the bound of the cache and half a second; where it was ordered, at once. */
const DEFINITIONS = { ...CATALOG, revalidateSeconds: 60, isWorldwide: false }

/** The definitions of two hundred experiments take a millisecond to parse, which no page should pay for itself. */
const PARSED_FOR_MS = 500
const STORES_MOST = 500
const parsed = new Map<string, { experiments: Experiment[]; until: number }>()

/** The store's experiments as this edge knows them. When nobody knows them, there are none: a page is not lost for that. */
export async function knownExperiments(c: Asked): Promise<Experiment[]> {
  const { storeId, clock } = c.var.visit
  const name = `${c.env.DATABASE_URL} ${storeId}`
  const kept = parsed.get(name)
  if (kept && clock.now() < kept.until) return kept.experiments
  const read = publicValue(
    c,
    'experiments',
    DEFINITIONS,
    (reader) => listExperiments(reader, storeId),
    () => ({ tags: [EXPERIMENTS] }),
  )
  const found = await read.catch((thrown: unknown) => {
    report(c, thrown, failingOf(thrown))
    return null
  })
  const experiments = found ?? []
  if (parsed.size >= STORES_MOST) parsed.clear()
  parsed.set(name, { experiments, until: clock.now() + PARSED_FOR_MS })
  return experiments
}

/** One of them has changed, and this isolate is the first to know. */
export const forgetExperiments = (): void => parsed.clear()

/** What the request says of who asks. `drop`: in which the thing is offered that they look at. */
export function askerOf(c: Asked, visitorId: string, drop: string | null): Asker {
  const header = (name: string): string | null => c.req.raw.headers.get(name)
  const bornAt = bornAtOf('vis', visitorId) ?? 0
  return {
    visitorId,
    // An id that was derived from a request says nothing of its age.
    bornAt: bornAt === 0 ? null : bornAt,
    market: c.var.visit.whereabouts.market?.key ?? null,
    country: countryOf(c),
    language: languageOf(header('accept-language')),
    device: deviceOf(header('user-agent'), header('sec-ch-ua-mobile')),
    isRobot: isRobot(header('user-agent')),
    drop,
  }
}

/**
 * What a product's page is to show otherwise, and to this visitor for good; counted, unless the page is fetched ahead. A
 * visitor without a cookie gets one when, and only when, an experiment might touch the page. Null: none might, so it is the
 * same for everybody.
 */
export async function onProductPage(c: Asked, drop: string | null): Promise<Parameters | null> {
  const [experiments, forced] = await Promise.all([knownExperiments(c), forcedBy(c)])
  const touching = experiments.filter(
    ({ surface, state, audience }) =>
      surface === 'product' && state === 'running' && (audience.drop === null || audience.drop === drop),
  )
  if (touching.length === 0 && forced.size === 0) return null
  const wantsVisitor = touching.length > 0 && !askerOf(c, '', drop).isRobot
  // An answer to a form knows its visitor already, or has given them an id that is not in the request.
  const isLook = c.req.method === 'GET'
  const visitorId = !wantsVisitor ? '' : isLook ? (await visitorOf(c)).id : ((await knownVisitor(c)) ?? '')
  const shown = shownOn('product', experiments, askerOf(c, visitorId, drop), forced)
  const isLookedAt = isLook && !isFetchedAhead((name) => c.req.raw.headers.get(name))
  if (isLookedAt) countExposures(c, visitorId, shown)
  return parametersOf(shown)
}

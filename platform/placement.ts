/**
 * Where a store's objects are: under a jurisdiction, where the law wants its data (`eu`), and near its buyers.
 *
 * Both are a setting of the deployment, `STORE_PLACES`, because an object must be named without asking anybody first:
 * by the door, by queues, by the cron and by other objects alike. Every name begins with its store's id, so it is read off
 * the name.
 *
 * `near` counts only when an object is made, and moves none that there is. `jurisdiction` is part of an object's id: under
 * another one the same name is another, empty object. So the store's row says it, too, from when the store was made, and
 * nothing is served while the two differ (`placementProblem`). On a laptop there is one place, and both are left out.
 */
import type { Store } from '../domain/store/store.ts'
import { Fault } from './fault.ts'

export interface Placement {
  jurisdiction: string | null
  near: string | null
}

export interface PlacementEnv {
  /** `{"store_x": {"jurisdiction": "eu", "near": "weur"}}`; empty: everywhere. */
  STORE_PLACES?: string
  ENVIRONMENT?: string
}

const ANYWHERE: Placement = { jurisdiction: null, near: null }

/** Regions that a hint may name (developers.cloudflare.com/durable-objects/reference/data-location). */
const REGIONS = ['wnam', 'enam', 'sam', 'weur', 'eeur', 'apac', 'oc', 'afr', 'me']

/** The object of this name, where its store wants it. */
export function objectNamed(
  namespace: Pick<DurableObjectNamespace, 'getByName' | 'jurisdiction'>,
  name: string,
  env: PlacementEnv,
): DurableObjectStub {
  if (!env.STORE_PLACES || isOnLaptop(env)) return namespace.getByName(name)
  const { jurisdiction, near } = placementOf(env.STORE_PLACES, name.split('/', 1)[0]!)
  const there = jurisdiction === null ? namespace : namespace.jurisdiction(jurisdiction as DurableObjectJurisdiction)
  return near === null
    ? there.getByName(name)
    : there.getByName(name, { locationHint: near as DurableObjectLocationHint })
}

/**
 * Why this store's objects are not where its row says that they are; null: they are. Served all the same, a shop would
 * come up empty, and sell its stock again.
 */
export function placementProblem(
  env: PlacementEnv,
  { id, jurisdiction }: Pick<Store, 'id' | 'jurisdiction'>,
): string | null {
  if (isOnLaptop(env)) return null
  const said = placementOf(env.STORE_PLACES ?? '', id).jurisdiction
  if (said === jurisdiction) return null
  const name = (one: string | null): string => (one === null ? 'no jurisdiction' : `the jurisdiction ${one}`)
  return `${id} was made under ${name(jurisdiction)}, and STORE_PLACES names ${name(said)}`
}

const isOnLaptop = ({ ENVIRONMENT }: PlacementEnv): boolean => ENVIRONMENT === 'dev' || ENVIRONMENT === 'test'

let read: { text: string; places: ReadonlyMap<string, Placement> } | undefined

/** Throws a Fault when the setting cannot be read: a store in the wrong place is worse than none. */
export function placementOf(text: string, storeId: string): Placement {
  if (read?.text !== text) read = { text, places: placesIn(text) }
  return read.places.get(storeId) ?? ANYWHERE
}

function placesIn(text: string): ReadonlyMap<string, Placement> {
  if (text === '') return new Map()
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch (cause) {
    throw new Fault('STORE_PLACES is not JSON', { cause })
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said))
    throw new Fault('STORE_PLACES is no JSON object')
  return new Map(Object.entries(said).map(([storeId, place]) => [storeId, placementFrom(storeId, place)]))
}

function placementFrom(storeId: string, place: unknown): Placement {
  if (typeof place !== 'object' || place === null) throw new Fault(`STORE_PLACES says nothing of ${storeId}`)
  const { jurisdiction = null, near = null, ...other } = place as Record<string, unknown>
  const [unknown] = Object.keys(other)
  if (unknown !== undefined) throw new Fault(`STORE_PLACES says ${unknown} of ${storeId}, which is not understood`)
  if (jurisdiction !== null && (typeof jurisdiction !== 'string' || !/^[a-z]{2,20}$/.test(jurisdiction)))
    throw new Fault(`STORE_PLACES names no jurisdiction for ${storeId}`)
  if (near !== null && (typeof near !== 'string' || !REGIONS.includes(near)))
    throw new Fault(`STORE_PLACES says that ${storeId} is near none of ${REGIONS.join(', ')}`)
  return { jurisdiction, near }
}

/**
 * A rule with an experiment: which variation the visitor sees is decided before anything is looked up, told to the origin
 * by `Onrush-Variation: <experiment>=<variation>`, and stored apart from the others. The visitor gets our cookie, so that
 * they see the same one the next time; robots, and whoever does not take part, are told of to the origin without the field.
 */
import { Hono } from 'hono'
import { isFetchedAhead } from '../../domain/experiment/asker.ts'
import { shownOn, type Shown } from '../../domain/experiment/assignment.ts'
import { membersOf } from '../../domain/http-cache/fields.ts'
import type { AppEnv, Asked } from '../context.ts'
import { askerOf, knownExperiments } from '../experiments/deciding.ts'
import { countExposures } from '../experiments/exposures.ts'
import { forcedBy } from '../experiments/previews.ts'
import { visit } from '../middleware/visit/index.ts'
import { storeOfHost } from '../middleware/visit/stores.ts'
import { knownVisitor, visitorOf } from '../visitors.ts'
import { toOrigin, VARIATION, type Trip } from './to-origin.ts'

const trips = new WeakMap<Request, Trip>()

const desk = new Hono<AppEnv>()
desk.use(visit, storeOfHost)
desk.all('*', async (c) => decided(c, trips.get(c.req.raw)!))
// An experiment is not worth a page: who cannot be told apart sees what everybody saw before.
desk.onError((_, c) => toOrigin({ ...trips.get(c.req.raw)!, variation: null }))

/** The answer to a trip whose rule has an experiment. */
export async function withExperiment(trip: Trip): Promise<Response> {
  const { request, env, ctx } = trip
  trips.set(request, trip)
  return desk.fetch(request, env, ctx)
}

async function decided(c: Asked, trip: Trip): Promise<Response> {
  const [experiments, forced] = await Promise.all([knownExperiments(c), forcedBy(c)])
  const meant = experiments.find(({ key, surface }) => key === trip.action.experiment && surface === 'client')
  const isOn = meant !== undefined && (meant.state === 'running' || forced.has(meant.key))
  if (!isOn) return forVisitors(c, await toOrigin({ ...trip, variation: null }))
  const visitorId = await visitorFor(c)
  const all = shownOn('client', experiments, askerOf(c, visitorId, null), forced)
  const shown = all.filter(({ experiment }) => experiment.id === meant.id)
  const isLook = c.req.method === 'GET' && !isFetchedAhead((name) => c.req.raw.headers.get(name))
  if (isLook && visitorId !== '') countExposures(c, visitorId, shown)
  // What an operator looks at by a link is nobody else's.
  const action = shown.some(({ isForced }) => isForced) ? { ...trip.action, cache: 'none' as const } : trip.action
  return forVisitors(c, await toOrigin({ ...trip, action, variation: fieldFor(shown[0]) }))
}

/** Robots are nobody; a visitor without a cookie is given one with a page, and with nothing else. */
async function visitorFor(c: Asked): Promise<string> {
  if (askerOf(c, '', null).isRobot) return ''
  return c.req.method === 'GET' ? (await visitorOf(c)).id : ((await knownVisitor(c)) ?? '')
}

const fieldFor = (shown: Shown | undefined): string | null =>
  shown ? `${shown.experiment.key}=${shown.experiment.variations[shown.variation]!.key}` : null

/** To caches behind us it is the cookie that makes the difference; what brings a cookie is for one visitor alone. */
function forVisitors(c: Asked, answer: Response): Response {
  if (answer.webSocket) return answer
  const response = new Response(answer.body, answer)
  const { headers } = response
  const varies = membersOf(headers.get('vary')).filter((name) => name.toLowerCase() !== VARIATION)
  headers.set('vary', [...new Set([...varies, 'Cookie'])].join(', '))
  const { setCookies } = c.var.visit
  for (const cookie of setCookies) headers.append('set-cookie', cookie)
  if (setCookies.length > 0) headers.set('cache-control', 'private, no-cache')
  return response
}

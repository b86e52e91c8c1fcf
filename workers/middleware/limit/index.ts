/**
 * Limits, by who asks and for what (domain/limit/policies.ts says which there are).
 *
 * Reads are counted in memory and by network, and those that are at hand not at all (middleware/ready). An operator's key
 * is counted exactly. What a visitor changes is counted for the visitor, and for the network while there is none. Holds and
 * orders pass here: their order book counts them, in the turn it takes anyway, and the route counts those who are new.
 */
import type { MiddlewareHandler } from 'hono'
import { limitField, policyField } from '../../../domain/limit/fields.ts'
import { LocalJudge } from '../../../domain/limit/local-judge.ts'
import type { LimitClass, Policy } from '../../../domain/limit/policies.ts'
import { tooMany } from '../../../domain/limit/refusal.ts'
import { networkOf } from '../../../domain/room/identity.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { turnedAway } from '../../doorstep.ts'
import { knownVisitor } from '../../visitors.ts'
import { noteLimit } from './figures.ts'
import { judged, refusalOfNewcomer, type Judged } from './judging.ts'
import { policyOf } from './settings.ts'

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** An operator's key. Stands behind `operatorsOnly`. */
export const operatorsCounted: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { keyId } = c.get('operator')
  const limitClass = SAFE.has(c.req.method) ? 'operator-read' : 'operator-write'
  const policy = policyOf(c, limitClass, keyId)
  const found = await judged(c, limitClass, keyId, policy)
  if (found.refusal) return say(await turnedAway(c, found.refusal), limitClass, policy, found)
  await next()
  say(c.res, limitClass, policy, found)
  return undefined
}

/** Everybody else, at the API and at the pages. */
export const visitorsCounted: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (SAFE.has(c.req.method)) return readers(c, next)
  if (isBuying(c.req.path)) return buyers(c, next)
  const visitorId = await knownVisitor(c)
  if (visitorId === null) {
    const refusal = await refusalOfNewcomer(c)
    return refusal ? turnedAway(c, refusal) : next()
  }
  const policy = policyOf(c, 'visiting')
  const found = await judged(c, 'visiting', visitorId, policy)
  if (found.refusal) return say(await turnedAway(c, found.refusal), 'visiting', policy, found)
  await next()
  say(c.res, 'visiting', policy, found)
  return undefined
}

const NETWORKS_MOST = 20_000
const readings = new LocalJudge(NETWORKS_MOST)

/** Those who only look, by whatever method: a question about flags is a POST. */
export const readers: MiddlewareHandler<AppEnv> = async (c, next) => {
  const network = networkOf(c.get('visit').clientIp)
  if (network === null) return next()
  const { storeId, clock, random } = c.get('visit')
  const verdict = readings.judge(`${storeId} ${network}`, policyOf(c, 'reading').rate, clock.now())
  noteLimit(storeId, 'reading', verdict.allowed ? 'letIn' : 'refused', clock.now())
  if (!verdict.allowed) return turnedAway(c, tooMany('reading', verdict.retryMs, random.fraction()))
  return next()
}

/** `POST /holds` and `/orders`, and the forms that do the same. */
const isBuying = (path: string): boolean =>
  /^\/(api\/v1\/(holds|orders)|basket|checkout\/[^/]+|drops\/[^/]+\/reserve)$/.test(path)

/** Their book has judged them; here is only said by which policy. */
const buyers: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next()
  const isRefused = c.res.status === 429
  noteLimit(c.get('visit').storeId, 'buying', isRefused ? 'refused' : 'letIn', c.get('visit').clock.now())
  if (isRefused) c.res.headers.set('ratelimit-policy', policyOfClass('buying', policyOf(c, 'buying')))
}

const policyOfClass = (name: LimitClass, { rate }: Policy): string => policyField([{ name, rate }])

/** Only on answers that nobody may keep: the fields are about one caller. */
function say(response: Response, name: LimitClass, policy: Policy, { standing }: Judged): Response {
  const { headers } = response
  if (standing === null || !headers.get('cache-control')?.includes('no-store')) return response
  headers.set('ratelimit-policy', policyOfClass(name, policy))
  headers.set('ratelimit', limitField([{ name, ...standing }]))
  return response
}

/** How often this visitor may hold and order: for the command to their order book. */
export const buyingRate = (c: Asked): Policy['rate'] => policyOf(c, 'buying').rate

export { refusalBy, refusalOfNewcomer } from './judging.ts'

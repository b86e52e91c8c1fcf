/**
 * Sheds load: what an isolate has under way is kept to what comes out again in a wait that people have, and the rest is told
 * at once, for next to nothing, when to come back (domain/load). The var `SHEDDING` set to `off` lets everybody in.
 *
 * There are two gates, because they lead to two things: order books and rooms behind the one, the database and the drawing
 * of pages behind the other. Who only looks gives way when either is full. Answers from memory pass neither.
 */
import type { MiddlewareHandler } from 'hono'
import { Gate } from '../../../domain/load/gate.ts'
import { isLetIn, lotOf, reducedCapacity, type Work } from '../../../domain/load/priorities.ts'
import { systemClock } from '../../../platform/dice.ts'
import type { AppEnv, Asked } from '../../context.ts'
import { readCookie, VISITOR_COOKIE } from '../../cookies.ts'
import { turnedAway } from '../../doorstep.ts'
import { workOf } from './work.ts'

/**
 * An opening has a queue; two seconds of one are better than being sent away, and four are too many. At first as many are
 * let in as a small machine serves in that time: what was let in stands before everybody who comes after it.
 */
const BUYING = { start: 400, least: 100, most: 4000, waitMs: { good: 2000, most: 4000 } }
const READING = { start: 200, least: 50, most: 2000, waitMs: { good: 1000, most: 3000 } }

/** By the bindings that they lead to: an isolate has one set of them. */
const gates = new WeakMap<Env, { buying: Gate; reading: Gate }>()

function gatesOf(env: Env): { buying: Gate; reading: Gate } {
  const known = gates.get(env)
  if (known) return known
  const fresh = { buying: new Gate(BUYING, systemClock), reading: new Gate(READING, systemClock) }
  gates.set(env, fresh)
  return fresh
}

const LOOKING = new Set<Work>(['page', 'search', 'crawl'])
/** Below this nobody at all is turned away, and nothing need be worked out. */
const CALM = 0.3
/** Once somebody who wanted to buy was turned away, the time is taken for strained for so long. */
const STRAINED_MS = 5_000
let strainedUntil = 0

export const shedding: MiddlewareHandler<AppEnv> = async (c, next) => {
  const work = workOf(c.req.method, c.req.path, c.req.raw.headers)
  if (work === null || c.env.SHEDDING === 'off') return next()
  const { buying, reading } = gatesOf(c.env)
  const isLooking = LOOKING.has(work)
  const load = isLooking ? Math.max(reading.load, buying.load) : buying.load
  if (load >= CALM && !isLetIn(work, load, lotOf(whoAsks(c), systemClock.now()))) return sent(c, work)
  const gate = isLooking ? reading : buying
  const inside = gate.enter()
  try {
    await next()
  } finally {
    gate.leave(inside, c.res.status === 503)
  }
  return undefined
}

/** How full the fuller of the gates is, 1 being full. */
export function loadOf(env: Env): number {
  if (env.SHEDDING === 'off') return 0
  const { buying, reading } = gatesOf(env)
  return Math.max(buying.load, reading.load)
}

/** Whether buyers are being turned away: limits for newcomers are tighter then. */
export const isStrained = (): boolean => systemClock.now() < strainedUntil

function sent(c: Asked, work: Work): Promise<Response> {
  if (!LOOKING.has(work)) strainedUntil = systemClock.now() + STRAINED_MS
  return turnedAway(c, reducedCapacity(c.var.visit.random.fraction()))
}

/**
 * The cookie as it came, for to check it costs more than to say no; salted with a secret, so that nobody can work out one
 * that is always let in. Without a cookie: the address, and the request's own key, because thousands may share the former.
 */
function whoAsks(c: Asked): string {
  const { headers } = c.req.raw
  const cookie = readCookie(headers, VISITOR_COOKIE)
  return `${c.env.SIGNING_KEY} ${cookie ?? `${c.var.visit.clientIp} ${headers.get('idempotency-key') ?? ''}`}`
}

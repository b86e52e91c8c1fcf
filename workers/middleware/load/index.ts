/**
 * Sheds load: what an isolate has under way is kept to what comes out again in a wait that people have, and the rest is told
 * at once, for next to nothing, when to come back (domain/load). This stands before the app and all its middleware: saying
 * no must be the cheapest way through. The var `SHEDDING` set to `off` lets everybody in.
 *
 * There are two gates, because they lead to two things: order books and rooms behind the one, the database and the drawing
 * of pages behind the other. Who only looks gives way when either is full. Answers from memory pass neither. Behind each
 * gate is a turnstile: few are worked for at once, so that the isolate soon hears who else has come.
 */
import { Gate, type GateSettings } from '../../../domain/load/gate.ts'
import { isLetIn, lotOf, type Work } from '../../../domain/load/priorities.ts'
import { Turnstile } from '../../../domain/load/turnstile.ts'
import { systemClock } from '../../../platform/dice.ts'
import { readCookie, VISITOR_COOKIE } from '../../cookies.ts'
import { busy } from './busy.ts'
import { looking, standing } from './looking.ts'
import { workOf } from './work.ts'

/**
 * An opening has a queue; two seconds of one are better than being sent away, and four are too many. At first as many are
 * let in as a small machine serves in that time, its objects being on another thread: what was let in stands before everybody
 * who comes after it.
 */
const BUYING = { start: 500, least: 20, most: 4000, waitMs: { good: 2000, most: 4000 } }
const READING = { start: 100, least: 20, most: 2000, waitMs: { good: 1000, most: 3000 } }
/** For more the thread of a small machine has no time: with three times as many the door is heard seconds too late. */
const AT_ONCE = 20

interface Side {
  gate: Gate
  turnstile: Turnstile
}

/** By the bindings that they lead to: an isolate has one set of them. */
const doors = new WeakMap<Env, { buying: Side; reading: Side }>()

function doorOf(env: Env): { buying: Side; reading: Side } {
  const known = doors.get(env)
  if (known) return known
  const side = (settings: GateSettings): Side => ({
    gate: new Gate(settings, systemClock),
    turnstile: new Turnstile(RANKS, AT_ONCE),
  })
  const fresh = { buying: side(BUYING), reading: side(READING) }
  doors.set(env, fresh)
  return fresh
}

const LOOKING = new Set<Work>(['page', 'search', 'crawl'])
/** On either side, who goes first. */
const RANK: Readonly<Record<Work, number>> = { payment: 0, order: 0, hold: 1, room: 2, page: 0, search: 1, crawl: 2 }
const RANKS = 3
/** Below this nobody at all is turned away, and nothing need be worked out. */
const CALM = 0.3
/** Once somebody who wanted to buy was turned away, the time is taken for strained for so long. */
const STRAINED_MS = 5_000
let strainedUntil = 0

type Onward = () => Response | Promise<Response>

/**
 * Answers that there is too much to do, or what `onward` brings. `forAll`: a crowd waits for what this one brings (it renews
 * an answer that lies ready), so it goes first and is never turned away; there is one of these for each answer.
 */
export function shedding(
  request: Request,
  env: Env,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  onward: Onward,
  forAll = false,
): Response | Promise<Response> {
  const { headers } = request
  const work = workOf(request.method, pathIn(request.url), headers)
  if (work === null || env.SHEDDING === 'off') return onward()
  const { buying, reading } = doorOf(env)
  if (forAll) return inTurn(reading, 0, ctx, onward)
  const isLooking = LOOKING.has(work)
  const load = isLooking ? Math.max(reading.gate.load, buying.gate.load) : buying.gate.load
  const kind = countOf(work)
  if (load >= CALM && !isLetIn(work, load, lotOf(whoAsks(headers, env), systemClock.now()))) {
    if (!isLooking) strainedUntil = systemClock.now() + STRAINED_MS
    kind.shed += 1
    return busy(request, env)
  }
  kind.letIn += 1
  return inTurn(isLooking ? reading : buying, RANK[work], ctx, onward)
}

async function inTurn(
  { gate, turnstile }: Side,
  rank: number,
  ctx: Pick<ExecutionContext, 'waitUntil'>,
  onward: Onward,
): Promise<Response> {
  const inside = gate.enter()
  const entered = turnstile.enter(rank)
  looking(turnstile, ctx)
  const turn = entered instanceof Promise ? await standing(entered, turnstile, ctx) : entered
  let isRefused = true
  try {
    const response = await onward()
    isRefused = response.status === 503
    return response
  } finally {
    turnstile.leave(turn)
    gate.leave(inside, isRefused)
  }
}

/** How full the fuller of the gates is, 1 being full. */
export function loadOf(env: Env): number {
  if (env.SHEDDING === 'off') return 0
  const { buying, reading } = doorOf(env)
  return Math.max(buying.gate.load, reading.gate.load)
}

export interface LoadFigures {
  isOn: boolean
  isStrained: boolean
  gates: { name: 'buying' | 'reading'; inside: number; limit: number; load: number; standing: number }[]
  /** From what goes first to what goes last; since this isolate woke. */
  kinds: { work: Work; letIn: number; shed: number }[]
}

const counts = new Map<Work, { letIn: number; shed: number }>()

function countOf(work: Work): { letIn: number; shed: number } {
  const known = counts.get(work)
  if (known) return known
  const fresh = { letIn: 0, shed: 0 }
  counts.set(work, fresh)
  return fresh
}

const KINDS: readonly Work[] = ['order', 'hold', 'room', 'page', 'search', 'crawl']

/** How full the gates of these bindings are, and what this isolate has turned away. */
export function loadFigures(env: Env): LoadFigures {
  const { buying, reading } = doorOf(env)
  const of = (name: 'buying' | 'reading', { gate, turnstile }: Side) => ({
    ...{ name, inside: gate.inside, limit: gate.limit, load: gate.load, standing: turnstile.standing },
  })
  return {
    isOn: env.SHEDDING !== 'off',
    isStrained: isStrained(),
    gates: [of('buying', buying), of('reading', reading)],
    kinds: KINDS.map((work) => ({ work, ...countOf(work) })),
  }
}

/** Whether buyers are being turned away: limits for newcomers are tighter then. */
export function isStrained(): boolean {
  const leftMs = strainedUntil - systemClock.now()
  return leftMs > 0 && leftMs <= STRAINED_MS
}

/** Cut, not parsed: this runs for every request. */
function pathIn(url: string): string {
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  const question = url.indexOf('?', slash)
  return question === -1 ? url.slice(slash) : url.slice(slash, question)
}

/**
 * The cookie as it came, for to check it costs more than to say no; salted with a secret, so that nobody can work out one
 * that is always let in. Without a cookie: the address, and the request's own key, because thousands may share the former.
 */
function whoAsks(headers: Headers, env: Env): string {
  const cookie = readCookie(headers, VISITOR_COOKIE)
  if (cookie !== undefined) return `${env.SIGNING_KEY} ${cookie}`
  return `${env.SIGNING_KEY} ${headers.get('cf-connecting-ip') ?? 'local'} ${headers.get('idempotency-key') ?? ''}`
}

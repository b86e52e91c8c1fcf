/**
 * Pools of origins as this isolate knows them: who is well, who rests, how many second tries there are to spend, how a
 * canary shows. Each isolate learns an outage by itself, within five answers, and from the pool's object what the others
 * have learnt (telling.ts); nothing here survives it.
 */
import type { PoolNews } from '../../domain/message/pool-desk.ts'
import { judgeCanary, shown } from '../../domain/origin/canary.ts'
import { chooseOrigin, type Chosen } from '../../domain/origin/choice.ts'
import type { Asking, Health } from '../../domain/origin/health.ts'
import { afterAnswer, isBadStatus, mayAsk, probeLeft, WELL, whenToldToRest } from '../../domain/origin/health.ts'
import type { RetryBudget } from '../../domain/origin/retries.ts'
import { earned, mayRepeat, NO_TRIES_YET, spent } from '../../domain/origin/retries.ts'
import type { Origin, Pool } from '../../domain/origin/rule-file.ts'
import { NONE, type Tally } from '../../domain/origin/tally.ts'
import { Unreachable } from '../http-cache/asking.ts'
import { Told, type Telling } from './telling.ts'

export interface PoolAsking {
  method: string
  hasBody: boolean
  /** 0 up to 1; see domain/origin/choice.ts. */
  visitorShare: number
  country: string | null
  now(): number
  /** Rejects with `Unreachable`. */
  send(origin: Origin): Promise<Response>
  /** Null: there is no object for this pool, so everybody goes by what they see themselves. */
  telling: Telling | null
}

interface Known {
  health: Map<string, Health>
  budget: RetryBudget
  canary: Tally
  others: Tally
  isCanaryWithdrawn: boolean
  told: Told
}

export interface PoolFigures {
  pool: string
  origins: { name: string; openUntil: number | null; badInRow: number }[]
  canary: { answers: number; bad: number; isWithdrawn: boolean }
}

export class Pools {
  #known = new Map<string, Known>()

  /**
   * The first answer that is not bad, of as many origins as the budget for second tries allows; else the last bad one.
   * Rejects with `Unreachable` when nobody answered, or nobody may be asked.
   * @param key names the pool and its version: a rule file that is saved anew begins with a clean sheet.
   */
  async ask(key: string, pool: Pool, asked: PoolAsking): Promise<Response> {
    const known = this.#of(key)
    tell(known, pool, asked, false)
    known.budget = earned(known.budget)
    const tried = new Set<string>()
    let bad: Response | Unreachable | undefined
    for (;;) {
      const chosen = choose(known, pool, asked, tried)
      if (!chosen) break
      if (bad && !mayTryAgain(known, asked)) break
      if (bad instanceof Response) await bad.body?.cancel()
      tried.add(chosen.name)
      const answer = await askOne(known, pool, chosen, asked)
      if (answer instanceof Response && !isBadStatus(answer.status)) return answer
      bad = answer
    }
    if (bad instanceof Response) return bad
    throw bad ?? new Unreachable('destination_ip_unroutable')
  }

  figures(key: string, pool: Pool): PoolFigures {
    const { health, canary, isCanaryWithdrawn } = this.#of(key)
    return {
      pool: pool.name,
      origins: pool.origins.map(({ name }) => {
        const { openUntil, badInRow } = health.get(name) ?? WELL
        return { name, openUntil, badInRow }
      }),
      canary: { answers: Math.round(canary.answers), bad: Math.round(canary.bad), isWithdrawn: isCanaryWithdrawn },
    }
  }

  #of(key: string): Known {
    let known = this.#known.get(key)
    if (!known) {
      const nothing = { canary: NONE, others: NONE, isCanaryWithdrawn: false }
      known = { health: new Map(), budget: NO_TRIES_YET, ...nothing, told: new Told() }
      if (this.#known.size >= POOLS_KNOWN_MAX) this.#known.clear()
      this.#known.set(key, known)
    }
    return known
  }
}

/** A handful per store, and some from before they were saved anew. */
const POOLS_KNOWN_MAX = 1000

/** Tells the pool's object what was seen here, where there is something to share: somebody else to ask, or to look after. */
function tell(known: Known, pool: Pool, asked: PoolAsking, isUrgent: boolean): void {
  const { telling } = asked
  const now = (): number => asked.now()
  if (!telling || (pool.origins.length === 1 && pool.checkup === null)) return
  known.told.tell(telling, pool, now, isUrgent, (news) => hear(known, pool, news, now()))
}

function hear(known: Known, { breaker }: Pool, news: PoolNews, now: number): void {
  if (news.isCanaryWithdrawn) known.isCanaryWithdrawn = true
  if (breaker === null) return
  // After its rest each isolate tries it with one request, as if it had found out by itself.
  for (const [name, ms] of Object.entries(news.resting)) {
    known.health.set(name, whenToldToRest(known.health.get(name) ?? WELL, now + ms))
  }
}

/** One that is well by all that is known; if there is none, by what was seen here alone: questions may err. */
function choose(known: Known, pool: Pool, asked: PoolAsking, tried: ReadonlySet<string>): Origin | null {
  const now = asked.now()
  const { visitorShare, country, hasBody } = asked
  const { health, isCanaryWithdrawn, told } = known
  const asSeenHere = ({ name }: Origin): Asking => {
    const may = pool.breaker ? mayAsk(health.get(name) ?? WELL, now) : 'ask'
    // What somebody sends is too good to try out with whether an origin is back.
    return may === 'probe' && hasBody ? 'leave' : may
  }
  const asTold = (origin: Origin): Asking => (told.isIll(origin.name, now) ? 'leave' : asSeenHere(origin))
  const among = (mayAskNow: (origin: Origin) => Asking): Chosen | null =>
    chooseOrigin(pool, { visitorShare, country, tried, isCanaryWithdrawn, mayAsk: mayAskNow })
  const chosen = among(asTold) ?? among(asSeenHere)
  if (chosen?.isProbe) health.set(chosen.origin.name, probeLeft(health.get(chosen.origin.name) ?? WELL, now))
  return chosen?.origin ?? null
}

function mayTryAgain(known: Known, { method, hasBody }: PoolAsking): boolean {
  const left = mayRepeat(method, hasBody) ? spent(known.budget) : null
  if (left) known.budget = left
  return left !== null
}

/** Its answer, good or bad, or what kept it from answering; and what that says of its health. */
async function askOne(known: Known, pool: Pool, origin: Origin, asked: PoolAsking): Promise<Response | Unreachable> {
  const since = asked.now()
  const answer = await asked.send(origin).catch((cause: unknown) => {
    if (cause instanceof Unreachable) return cause
    throw cause
  })
  const isGood = answer instanceof Response && !isBadStatus(answer.status)
  // Of a body that broke off nobody knows whether the visitor left or the origin did.
  if (answer instanceof Response || !asked.hasBody) learn(known, pool, origin, isGood, asked, asked.now() - since)
  return answer
}

function learn(known: Known, pool: Pool, { name }: Origin, isGood: boolean, asked: PoolAsking, tookMs: number): void {
  known.told.count(name, !isGood, tookMs)
  if (pool.canary) watchCanary(known, name === pool.canary.origin, { answers: 1, bad: Number(!isGood), tookMs })
  if (!pool.breaker) return
  const before = known.health.get(name) ?? WELL
  const after = afterAnswer(before, isGood, asked.now(), pool.breaker)
  known.health.set(name, after)
  // An outage is news: the others learn of it with their next telling.
  if (before.openUntil === null && after.openUntil !== null) tell(known, pool, asked, true)
}

function watchCanary(known: Known, isCanary: boolean, answer: Tally): void {
  if (isCanary) known.canary = shown(known.canary, answer)
  else known.others = shown(known.others, answer)
  if (judgeCanary(known.canary, known.others) !== 'goes on') known.isCanaryWithdrawn = true
}

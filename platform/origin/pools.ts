/**
 * Pools of origins as this isolate knows them: who is well, who rests, how many second tries there are to spend, how a
 * canary shows. Each isolate learns an outage by itself, within five answers; nothing here survives it.
 */
import type { Showing } from '../../domain/origin/canary.ts'
import { judgeCanary, NOTHING_SHOWN, shown } from '../../domain/origin/canary.ts'
import { chooseOrigin } from '../../domain/origin/choice.ts'
import type { Asking, Health } from '../../domain/origin/health.ts'
import { afterAnswer, isBadStatus, mayAsk, probeLeft, WELL } from '../../domain/origin/health.ts'
import type { RetryBudget } from '../../domain/origin/retries.ts'
import { earned, mayRepeat, NO_TRIES_YET, spent } from '../../domain/origin/retries.ts'
import type { Origin, Pool } from '../../domain/origin/rule-file.ts'
import { Unreachable } from '../http-cache/http-cache.ts'

export interface PoolAsking {
  method: string
  hasBody: boolean
  /** 0 up to 1; see domain/origin/choice.ts. */
  visitorShare: number
  country: string | null
  now(): number
  /** Rejects with `Unreachable`. */
  send(origin: Origin): Promise<Response>
}

interface Known {
  health: Map<string, Health>
  budget: RetryBudget
  canary: Showing
  others: Showing
  isCanaryWithdrawn: boolean
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
    known.budget = earned(known.budget)
    const tried = new Set<string>()
    let bad: Response | Unreachable | undefined
    for (;;) {
      const chosen = this.#choose(known, pool, asked, tried)
      if (!chosen) break
      if (bad && !this.#mayTryAgain(known, asked)) break
      if (bad instanceof Response) await bad.body?.cancel()
      tried.add(chosen.name)
      const answer = await this.#askOne(known, pool, chosen, asked)
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
      const nothing = { canary: NOTHING_SHOWN, others: NOTHING_SHOWN, isCanaryWithdrawn: false }
      known = { health: new Map(), budget: NO_TRIES_YET, ...nothing }
      if (this.#known.size >= POOLS_KNOWN_MAX) this.#known.clear()
      this.#known.set(key, known)
    }
    return known
  }

  #choose(known: Known, pool: Pool, asked: PoolAsking, tried: ReadonlySet<string>): Origin | null {
    const now = asked.now()
    const { visitorShare, country, hasBody } = asked
    const { health, isCanaryWithdrawn } = known
    const mayAskNow = ({ name }: Origin): Asking => {
      const may = pool.breaker ? mayAsk(health.get(name) ?? WELL, now) : 'ask'
      // What somebody sends is too good to try out with whether an origin is back.
      return may === 'probe' && hasBody ? 'leave' : may
    }
    const chosen = chooseOrigin(pool, {
      visitorShare,
      country,
      tried,
      isCanaryWithdrawn,
      mayAsk: mayAskNow,
    })
    if (chosen?.isProbe) health.set(chosen.origin.name, probeLeft(health.get(chosen.origin.name) ?? WELL, now))
    return chosen?.origin ?? null
  }

  #mayTryAgain(known: Known, { method, hasBody }: PoolAsking): boolean {
    const left = mayRepeat(method, hasBody) ? spent(known.budget) : null
    if (left) known.budget = left
    return left !== null
  }

  /** Its answer, good or bad, or what kept it from answering; and what that says of its health. */
  async #askOne(known: Known, pool: Pool, origin: Origin, asked: PoolAsking): Promise<Response | Unreachable> {
    const since = asked.now()
    const answer = await asked.send(origin).catch((cause: unknown) => {
      if (cause instanceof Unreachable) return cause
      throw cause
    })
    const isGood = answer instanceof Response && !isBadStatus(answer.status)
    // Of a body that broke off nobody knows whether the visitor left or the origin did.
    const isTelling = answer instanceof Response || !asked.hasBody
    if (pool.breaker && isTelling) {
      const before = known.health.get(origin.name) ?? WELL
      known.health.set(origin.name, afterAnswer(before, isGood, asked.now(), pool.breaker))
    }
    if (pool.canary && isTelling)
      this.#watchCanary(known, origin.name === pool.canary.origin, !isGood, asked.now() - since)
    return answer
  }

  #watchCanary(known: Known, isCanary: boolean, isBad: boolean, ms: number): void {
    if (isCanary) known.canary = shown(known.canary, isBad, ms)
    else known.others = shown(known.others, isBad, ms)
    if (judgeCanary(known.canary, known.others) !== 'goes on') known.isCanaryWithdrawn = true
  }
}

/** A handful per store, and some from before they were saved anew. */
const POOLS_KNOWN_MAX = 1000

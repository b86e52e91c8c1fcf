/**
 * What one isolate knows of limits that an object judges, so that a hot key costs that object a call for several requests
 * and not one for each.
 *
 * Three things are kept of a key. *Who was refused* is refused here until the wait is over; the bucket goes on filling
 * meanwhile, so that nothing is lost by asking late. *A handful of permits*, as many as the key has lately used in a
 * hundredth of its window, is asked for with the one that is needed, and is good for that hundredth: whatever is let in
 * during a window was granted during it or in the hundredth before, so that however many isolates there are no key gets
 * more than one per cent beyond its limit; what was not used is given back with the next question. And where a policy
 * leaves some *slack*, the first few are let in without a question and owed for: of ten thousand addresses that come once
 * nobody is asked.
 *
 * Those who come while the object is being asked wait for its answer together.
 */
import type { Clock } from '../basics/clock.ts'
import type { PermitGrant, PermitRequest } from '../message/limit-desk.ts'
import type { Rate } from './gcra.ts'

export interface Asking {
  key: string
  rate: Rate
  /** Permits that an isolate gives away before it asks, once in a window. */
  slack: number
  /** Is handed a question that others may be waiting for, to keep it alive when whoever asked it goes away. */
  keep?: (question: Promise<unknown>) => void
}

/** How the object is asked, and how long anybody waits for that: both reject when there is no answer. */
export interface Judge {
  ask(request: PermitRequest): Promise<PermitGrant>
  within<Answer>(waiting: Promise<Answer>): Promise<Answer>
}

/** `remaining` and `resetMs` are as last heard; `remaining` is null before that. `retryMs`: when to come again, if refused. */
export interface Taken {
  allowed: boolean
  remaining: number | null
  resetMs: number
  retryMs: number
}

interface Known {
  permits: number
  goodUntil: number
  goodForMs: number
  grantedAt: number
  refusedUntil: number
  refusedForMs: number
  remaining: number | null
  resetAt: number
  /** Given away since `owedSince`, and how many of them the object has not heard of. */
  slackUsed: number
  owed: number
  owedSince: number
  /** How many requests come here while a permit is good: a count that fades with that time. */
  heat: number
  heatAt: number
  waiting: number
  asking: Promise<void> | null
  askedAt: number
}

/** A permit is good for this share of its window. */
export const GOOD_FOR_SHARE = 0.01
/** About 300 bytes each. */
const KEYS_MOST = 10_000
/** A question that is older than this will not be answered: whoever asked it was cut off. */
const QUESTION_LIVES_MS = 2_000
/** Whoever is overtaken so often by others of the same isolate has come at a bad moment: refused. */
const ROUNDS_MOST = 4

export class LocalPermits {
  readonly #judge: Judge
  readonly #clock: Clock
  readonly #known = new Map<string, Known>()

  constructor(judge: Judge, clock: Clock) {
    this.#judge = judge
    this.#clock = clock
  }

  /** Takes one permit. Rejects when the object does not answer and nothing here could say. */
  async take(asking: Asking): Promise<Taken> {
    const known = this.#look(asking.key)
    warm(known, asking.rate, this.#clock.now())
    for (let round = 0; round < ROUNDS_MOST; round += 1) {
      const taken = this.#here(known, asking)
      if (taken) return taken
      known.waiting += 1
      try {
        await this.#judge.within(this.#question(known, asking))
      } finally {
        known.waiting -= 1
      }
    }
    return this.#here(known, asking) ?? said(known, this.#clock.now(), false, 1000)
  }

  /** What is known without asking anybody; undefined: nothing. */
  #here(known: Known, { rate, slack }: Asking): Taken | undefined {
    const now = this.#clock.now()
    if (known.permits > 0 && isWithin(now, known.goodUntil, known.goodForMs)) {
      known.permits -= 1
      return said(known, now, true, 0)
    }
    if (isWithin(now, known.refusedUntil, known.refusedForMs)) return said(known, now, false, known.refusedUntil - now)
    if (slack === 0) return undefined
    if (now >= known.owedSince + rate.windowMs) Object.assign(known, { slackUsed: 0, owed: 0, owedSince: now })
    if (known.slackUsed >= slack) return undefined
    known.slackUsed += 1
    known.owed += 1
    return said(known, now, true, 0)
  }

  /** The question that is under way, or a new one. */
  #question(known: Known, asking: Asking): Promise<void> {
    const now = this.#clock.now()
    if (known.asking && isWithin(now, known.askedAt + QUESTION_LIVES_MS, QUESTION_LIVES_MS)) return known.asking
    const question = this.#askFor(known, asking, now).finally(() => {
      if (known.asking === question) known.asking = null
    })
    known.asking = question
    known.askedAt = now
    asking.keep?.(question.catch(() => undefined))
    return question
  }

  async #askFor(known: Known, { key, rate }: Asking, now: number): Promise<void> {
    const goodForMs = rate.windowMs * GOOD_FOR_SHARE
    const unused = known.permits > 0 ? { count: known.permits, grantedAt: known.grantedAt } : null
    const { owed } = known
    Object.assign(known, { permits: 0, owed: 0 })
    try {
      // Everybody who waits by now is waiting for this.
      const want = Math.max(1, known.waiting, Math.floor(known.heat))
      const grant = await this.#judge.ask({ key, rate, want, owed, unused })
      this.#hear(known, grant, now, goodForMs)
    } catch (fault) {
      known.owed += owed
      throw fault
    }
  }

  #hear(
    known: Known,
    { granted, grantedAt, remaining, resetMs, retryMs }: PermitGrant,
    askedAt: number,
    goodForMs: number,
  ): void {
    const now = this.#clock.now()
    const goodUntil = askedAt + goodForMs
    known.permits = granted
    known.goodUntil = Math.max(goodUntil, granted > 0 ? now + 1 : 0)
    known.goodForMs = known.goodUntil - askedAt
    known.grantedAt = grantedAt
    known.refusedUntil = now + retryMs
    known.refusedForMs = retryMs
    known.remaining = remaining + granted
    known.resetAt = now + resetMs
  }

  #look(key: string): Known {
    const known = this.#known.get(key)
    if (known) {
      // The Map's order is the order of use: what is forgotten first was used least lately.
      this.#known.delete(key)
      this.#known.set(key, known)
      return known
    }
    if (this.#known.size >= KEYS_MOST) this.#known.delete(this.#known.keys().next().value!)
    const fresh: Known = {
      ...{
        permits: 0,
        goodUntil: 0,
        goodForMs: 0,
        grantedAt: 0,
        refusedUntil: 0,
        refusedForMs: 0,
        remaining: null,
        resetAt: 0,
      },
      ...{ slackUsed: 0, owed: 0, owedSince: 0, heat: 0, heatAt: 0, waiting: 0, asking: null, askedAt: 0 },
    }
    this.#known.set(key, fresh)
    return fresh
  }
}

/** Whether a wait that lasts so long is still on. A clock that was set back makes none longer. */
const isWithin = (now: number, until: number, lastsMs: number): boolean => now < until && until - now <= lastsMs

function warm(known: Known, { windowMs }: Rate, now: number): void {
  known.heat = known.heat * Math.exp(Math.min(0, known.heatAt - now) / (windowMs * GOOD_FOR_SHARE)) + 1
  known.heatAt = now
}

function said(known: Known, now: number, allowed: boolean, retryMs: number): Taken {
  if (allowed && known.remaining !== null) known.remaining = Math.max(0, known.remaining - 1)
  return { allowed, remaining: allowed ? known.remaining : 0, resetMs: Math.max(0, known.resetAt - now), retryMs }
}

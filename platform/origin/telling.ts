/**
 * What an isolate tells the pool's object, and what it hears in return. About once a second, behind somebody's request and
 * never before it; nobody waits for it. What was heard holds for some seconds: when the object is away, an isolate soon
 * goes by what it sees itself.
 */
import type { PoolDesk, PoolNews } from '../../domain/message/pool-desk.ts'
import type { Pool } from '../../domain/origin/rule-file.ts'
import { NONE, sum, type Tally } from '../../domain/origin/tally.ts'

const TELL_EVERY_MS = 1000
/** A telling that was lost, or whose request was cut off, is overtaken by the next after this. */
const OVERTAKEN_AFTER_MS = 3000
/** A verdict that was not heard again for so long is no verdict. */
const HOLDS_MS = 5000

/** How the object is reached for the time of one request. */
export interface Telling {
  version: number
  /** A stub for this call alone. */
  desk(): PoolDesk
  waitUntil(work: Promise<unknown>): void
}

export class Told {
  #counts = new Map<string, Tally>()
  #toldAt = -Infinity
  #isTelling = false
  #news: PoolNews | undefined
  #heardAt = -Infinity

  /** For the next telling. */
  count(origin: string, isBad: boolean, tookMs: number): void {
    this.#counts.set(origin, sum(this.#counts.get(origin) ?? NONE, { answers: 1, bad: Number(isBad), tookMs }))
  }

  /** Tells, if it is time, and then `hears`. `isUrgent`: as soon as nobody is telling. */
  tell(at: Telling, pool: Pool, now: () => number, isUrgent: boolean, hears: (news: PoolNews) => void): void {
    const ago = now() - this.#toldAt
    if (ago >= 0 && ago < (this.#isTelling ? OVERTAKEN_AFTER_MS : isUrgent ? 0 : TELL_EVERY_MS)) return
    this.#toldAt = now()
    this.#isTelling = true
    at.waitUntil(this.#ask(at, pool, now, hears))
  }

  async #ask(at: Telling, pool: Pool, now: () => number, hears: (news: PoolNews) => void): Promise<void> {
    const { version } = at
    const counts = this.#counts
    const askedAt = now()
    this.#counts = new Map()
    try {
      const news = await at.desk().tell({ version, pool, answers: Object.fromEntries(counts) })
      // Another version's verdicts are about other servers.
      if (news.version !== version) return
      this.#news = news
      this.#heardAt = askedAt
      hears(news)
    } catch {
      // Away, or it has just moved. What was counted is told with the next.
      for (const [name, tally] of counts) this.#counts.set(name, sum(this.#counts.get(name) ?? NONE, tally))
    } finally {
      this.#isTelling = false
    }
  }

  /** Whether the pool's own questions say that this origin is ill. */
  isIll(origin: string, now: number): boolean {
    return now - this.#heardAt < HOLDS_MS && (this.#news?.ill.includes(origin) ?? false)
  }
}

/**
 * Keeps what all isolates together know of one pool: who is ill by its own questions, who does worse than the others,
 * whether its canary is withdrawn. Verdicts are rows; what they are made of is counted in memory, and an eviction costs
 * some seconds of it.
 */
import type { Clock } from '../basics/clock.ts'
import type { PoolNews, PoolReport, PoolSeen } from '../message/pool-desk.ts'
import { judgeCanary, shown, type Verdict } from './canary.ts'
import { afterCheckup, NEVER_CHECKED, type Checkup, type CheckupAnswer } from './checkup.ts'
import { REST_MS_MAX } from './health.ts'
import type { CheckupSettings, Origin, Pool } from './rule-file.ts'
import { counted, isOutlier, lately, NONE, nothingLately, sum, type Lately, type Tally } from './tally.ts'

export interface PoolHead {
  version: number
  pool: Pool
  /** About when somebody last told something: a row is written once a minute at most. */
  toldAt: number
  canary: Verdict
  withdrawnAt: number | null
}

export interface OriginRow {
  name: string
  verdict: Checkup['verdict']
  restsUntil: number
  /** How often it was left alone without having done well since. */
  rests: number
}

export interface PoolStore {
  transaction<Result>(work: () => Result): Result
  head(): PoolHead | undefined
  putHead(head: PoolHead): void
  origins(): OriginRow[]
  putOrigin(row: OriginRow): void
  forgetOrigins(): void
}

/** What is to be asked of one origin now. */
export interface CheckupDue {
  origin: Origin
  settings: CheckupSettings
  version: number
}

/** Nobody has told anything for so long: nobody comes, and nobody is asked how they do. */
const IN_USE_MS = 5 * 60_000
const TOLD_WRITTEN_EVERY_MS = 60_000
/** Who has done well for so long after a rest begins with a short one again. */
const FORGIVEN_AFTER_MS = 5 * 60_000
/** How long one is left alone where the pool has no breaker that says so. */
const REST_MS = 2000

interface Watched extends OriginRow {
  lately: Lately
  checkup: Checkup
}

interface Known {
  head: PoolHead
  origins: Map<string, Watched>
  toldAt: number
  nextCheckupAt: number
  canary: { mine: Tally; others: Tally }
}

export class PoolKeeper {
  readonly #store: PoolStore
  readonly #clock: Clock
  #known: Known | undefined

  constructor(store: PoolStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  /** Counts what an isolate has seen, and answers what all should know. News of an older file changes nothing. */
  tell({ version, pool, answers }: PoolReport): PoolNews {
    return this.#turn((now) => {
      const known = this.#knownFor(version, pool, now)
      if (version !== known.head.version) return newsOf(known, now)
      this.#told(known, now)
      for (const [name, tally] of Object.entries(answers)) {
        const origin = known.origins.get(name)
        if (origin) origin.lately = counted(origin.lately, tally, now)
      }
      for (const name of Object.keys(answers)) this.#judgeOrigin(known, name, now)
      this.#judgeCanary(known, answers, now)
      return newsOf(known, now)
    })
  }

  /** When origins are to be asked how they do; null: nobody is to be asked. */
  nextCheckupAt(): number | null {
    const known = this.#load()
    if (!known?.head.pool.checkup || !isInUse(known, this.#clock.now())) return null
    return known.nextCheckupAt
  }

  /** Who is to be asked now. The next time is an interval later, whatever becomes of this one. */
  beginCheckups(now: number): CheckupDue[] {
    const known = this.#load()
    const settings = known?.head.pool.checkup
    if (!known || !settings) return []
    known.nextCheckupAt = now + settings.everyMs
    return known.head.pool.origins.map((origin) => ({ origin, settings, version: known.head.version }))
  }

  /** What an origin answered to that. */
  checked({ origin, settings, version }: CheckupDue, answer: CheckupAnswer): void {
    this.#turn(() => {
      const known = this.#load()
      const watched = known?.head.version === version ? known.origins.get(origin.name) : undefined
      if (!watched) return
      watched.checkup = afterCheckup(watched.checkup, answer, settings)
      if (watched.checkup.verdict === watched.verdict) return
      watched.verdict = watched.checkup.verdict
      this.#store.putOrigin(rowOf(watched))
    })
  }

  /** Null: nobody has told anything yet. */
  seen(): PoolSeen | null {
    const known = this.#load()
    if (!known) return null
    const now = this.#clock.now()
    const { version, canary: verdict, withdrawnAt, pool } = known.head
    return {
      version,
      origins: [...known.origins.values()].map((one) => ({
        name: one.name,
        answers: lately(one.lately, now),
        checkup: one.checkup,
        restsMs: Math.max(0, one.restsUntil - now),
      })),
      canary: { verdict, withdrawnAt, ...known.canary },
      isLookedAfter: pool.checkup !== null && isInUse(known, now),
    }
  }

  #judgeOrigin({ origins, head }: Known, name: string, now: number): void {
    const mine = origins.get(name)
    if (!mine || now < mine.restsUntil) return
    const others = [...origins.values()].filter((other) => other !== mine && now >= other.restsUntil)
    const theirs = others.reduce((all, other) => sum(all, lately(other.lately, now)), NONE)
    if (!isOutlier(lately(mine.lately, now), theirs)) return
    if (now - mine.restsUntil >= FORGIVEN_AFTER_MS) mine.rests = 0
    mine.restsUntil = now + Math.min(REST_MS_MAX, (head.pool.breaker?.restMs ?? REST_MS) * 2 ** mine.rests)
    mine.rests += 1
    mine.lately = nothingLately(now)
    this.#store.putOrigin(rowOf(mine))
  }

  #judgeCanary(known: Known, answers: PoolReport['answers'], now: number): void {
    const { canary } = known.head.pool
    if (!canary || known.head.canary !== 'goes on') return
    const { [canary.origin]: mine = NONE, ...rest } = answers
    known.canary.mine = shown(known.canary.mine, mine)
    known.canary.others = shown(known.canary.others, Object.values(rest).reduce(sum, NONE))
    const verdict = judgeCanary(known.canary.mine, known.canary.others)
    if (verdict === 'goes on') return
    known.head = { ...known.head, canary: verdict, withdrawnAt: now }
    this.#store.putHead(known.head)
  }

  #told(known: Known, now: number): void {
    // After a quiet time they are asked at once: what was known of them is old.
    if (!isInUse(known, now)) known.nextCheckupAt = now
    known.toldAt = now
    if (Math.abs(now - known.head.toldAt) < TOLD_WRITTEN_EVERY_MS) return
    known.head = { ...known.head, toldAt: now }
    this.#store.putHead(known.head)
  }

  /** A file that was saved anew begins with a clean sheet. */
  #knownFor(version: number, pool: Pool, now: number): Known {
    const known = this.#load()
    if (known && known.head.version >= version) return known
    const head: PoolHead = { version, pool, toldAt: now, canary: 'goes on', withdrawnAt: null }
    this.#store.forgetOrigins()
    this.#store.putHead(head)
    return (this.#known = fresh(head, [], now))
  }

  #load(): Known | undefined {
    if (this.#known) return this.#known
    const head = this.#store.head()
    if (!head) return undefined
    return (this.#known = fresh(head, this.#store.origins(), this.#clock.now()))
  }

  /** A turn that fails has happened in no row; what memory made of it is dropped with it. */
  #turn<Result>(work: (now: number) => Result): Result {
    try {
      return this.#store.transaction(() => work(this.#clock.now()))
    } catch (fault) {
      this.#known = undefined
      throw fault
    }
  }
}

function fresh(head: PoolHead, rows: readonly OriginRow[], now: number): Known {
  const origins = head.pool.origins.map(({ name }): Watched => {
    const row = rows.find((one) => one.name === name) ?? { name, verdict: 'unknown', restsUntil: 0, rests: 0 }
    return { ...row, lately: nothingLately(now), checkup: { ...NEVER_CHECKED, verdict: row.verdict } }
  })
  return {
    head,
    origins: new Map(origins.map((origin) => [origin.name, origin])),
    toldAt: head.toldAt,
    nextCheckupAt: now,
    canary: { mine: NONE, others: NONE },
  }
}

const rowOf = ({ name, verdict, restsUntil, rests }: Watched): OriginRow => ({ name, verdict, restsUntil, rests })

const isInUse = ({ toldAt }: Known, now: number): boolean => Math.abs(now - toldAt) < IN_USE_MS

const newsOf = ({ head, origins }: Known, now: number): PoolNews => {
  const all = [...origins.values()]
  const resting = all.filter(({ restsUntil }) => now < restsUntil)
  return {
    version: head.version,
    ill: all.filter(({ verdict }) => verdict === 'ill').map(({ name }) => name),
    resting: Object.fromEntries(resting.map(({ name, restsUntil }) => [name, restsUntil - now])),
    isCanaryWithdrawn: head.canary !== 'goes on',
  }
}

/**
 * The keeper of the pace at one provider account: says who may call the provider when, so that all together stay within
 * its limits, slow down when it pushes back, and repeat hardly more than a tenth of their calls.
 *
 * A row an endpoint is kept, written a second ahead of the permits: after a crash no instant is given out twice, and at
 * most that second is lost. The line of those who wait, and who has had a permit before, are in memory: whoever comes
 * back joins anew.
 */
import type { Clock } from '../basics/clock.ts'
import type { CallReport, Endpoint, PermitAnswer, PermitAsk, Pressure } from '../message/pacer-desk.ts'
import { Account } from './account.ts'
import { Line } from './line.ts'
import {
  answered,
  HORIZON_MS,
  newPace,
  nextPermitAt,
  rateAt,
  refused,
  withoutFuture,
  withPermit,
  WRITE_AHEAD_MS,
  type Limits,
  type Pace,
} from './pace.ts'
import { budgetAt, earned, newBudget, repeatInMs, returned, spent, type RetryBudget } from './retry-budget.ts'

/** What must not be forgotten of an endpoint. */
export interface PaceRow {
  endpoint: Endpoint
  /** No permit has been given for later than this. */
  permitsUntil: number
  rate: number
  rateSince: number
  pausedUntil: number
  repeats: number
  repeatsSince: number
}

export interface PacerStore {
  transaction<Result>(work: () => Result): Result
  rows(): PaceRow[]
  save(row: PaceRow): void
}

/** Whoever is told to come back comes a little early and is told the instant; being late would waste the permit. */
const COME_EARLY_MS = 1_000
const COME_BACK_LEAST_MS = 500
/** A permit is used and its call answered by then, as a rule. Until then nobody else is given one for the same call. */
const UNDER_WAY_MS = 2_000
/** When no permit was taken for so long, those who are ahead in the line have gone. */
const NOBODY_CAME_MS = 1_000
/** Names are remembered to know a repeat; the oldest go first. */
const NAMES_MOST = 20_000
/** Asking again how something is, or looking for it, is paced but no repeat: it has its own growing pauses. */
const CHANGES_NOTHING: ReadonlySet<Endpoint> = new Set([
  'payment_intents.retrieve',
  'payment_intents.list',
  'refunds.retrieve',
  'refunds.list',
])

/** The permits that one call has had. */
interface Had {
  permits: number
  /** For when the last of them was; 0: that came to nothing. */
  lastAt: number
}

interface Lane {
  endpoint: Endpoint
  pace: Pace
  budget: RetryBudget
  line: Line
  /** Who has had a permit here, in the order of the first. */
  had: Map<string, Had>
  /** As on disk; 0: not there. */
  permitsUntil: number
}

export class PacerKeeper {
  readonly #store: PacerStore
  readonly #clock: Clock
  readonly #limits: Limits
  readonly #account: Account
  #lanes: Map<Endpoint, Lane> | undefined

  constructor(store: PacerStore, clock: Clock, limits: Limits) {
    this.#store = store
    this.#clock = clock
    this.#limits = limits
    this.#account = new Account(limits)
  }

  /** One answer an ask, in their order. Asking again under the same name keeps the place. */
  ask(asks: readonly PermitAsk[], reports: readonly CallReport[]): PermitAnswer[] {
    return this.#turn((now) => {
      for (const report of reports) this.#hear(report, now)
      return asks.map((ask) => this.#answer(ask, now))
    })
  }

  report(reports: readonly CallReport[]): void {
    this.#turn((now) => {
      for (const report of reports) this.#hear(report, now)
    })
  }

  /** New payments a second, and all who wait. Writes nothing. */
  pressure(): Pressure {
    const now = this.#clock.now()
    const lanes = [...this.#known(now).values()]
    for (const { line, pace } of lanes) line.moveUp(rateAt(pace, this.#limits, now), pace.pausedUntil, now)
    const payments = this.#known(now).get('payment_intents.create')?.pace ?? newPace(this.#limits, now)
    const lines = lanes.map(({ line }) => line.waiting(now))
    const since = lines.flatMap(({ oldestSince }) => oldestSince ?? [])
    return {
      ratePerSecond: now < payments.pausedUntil ? 0 : rateAt(payments, this.#limits, now),
      waiting: lines.reduce((all, { count }) => all + count, 0),
      oldestWaitMs: since.length === 0 ? 0 : Math.max(0, now - Math.min(...since)),
    }
  }

  #answer({ endpoint, name }: PermitAsk, now: number): PermitAnswer {
    const lane = this.#lane(endpoint, now)
    const underWayMs = underWayForMs(lane.had.get(name), now)
    if (underWayMs > 0) return { kind: 'come_back', inMs: underWayMs }
    const rate = rateAt(lane.pace, this.#limits, now)
    const silence = lane.pace.pausedUntil
    lane.line.moveUp(rate, silence, now)
    lane.line.join(name, now)
    if (Math.max(lane.pace.nextAt, silence) + NOBODY_CAME_MS <= now) lane.line.skipTo(name)
    const at = this.#account.roomFrom(nextPermitAt(lane.pace, now))
    const turnInMs = lane.line.turnInMs(name, rate) + Math.max(0, silence - now)
    const tooEarlyMs = [turnInMs, at - now].find((ms) => ms > HORIZON_MS) ?? 0
    const waitMs = tooEarlyMs || (lane.had.has(name) ? repeatInMs(lane.budget) : 0)
    if (waitMs > 0) {
      const inMs = Math.max(COME_BACK_LEAST_MS, waitMs - COME_EARLY_MS)
      lane.line.toldToComeBack(name, now + inMs)
      return { kind: 'come_back', inMs }
    }
    this.#grant(lane, name, at, now)
    return { kind: 'go', inMs: at - now }
  }

  #grant(lane: Lane, name: string, at: number, now: number): void {
    this.#account.take(at, now)
    lane.pace = withPermit(lane.pace, this.#limits, at, now)
    if (!CHANGES_NOTHING.has(lane.endpoint)) {
      const permits = lane.had.get(name)?.permits ?? 0
      lane.budget = permits > 0 ? spent(lane.budget) : earned(lane.budget)
      remember(lane.had, name, { permits: permits + 1, lastAt: at })
    }
    lane.line.leave(name)
    if (lane.pace.nextAt > lane.permitsUntil) this.#save(lane, lane.pace.nextAt + WRITE_AHEAD_MS)
  }

  #hear(
    { endpoint, calls, tookMs, refused: times, notMade, retryAfterMs, wholeAccount }: CallReport,
    now: number,
  ): void {
    for (const name of notMade) takeBack(this.#lane(endpoint, now), name)
    if (times > 0) {
      const pushedBack = wholeAccount ? [...this.#known(now).keys()] : [endpoint]
      for (const lane of pushedBack.map((one) => this.#lane(one, now)))
        this.#setPace(lane, refused(lane.pace, this.#limits, retryAfterMs, now))
    } else if (calls > 0) {
      const lane = this.#lane(endpoint, now)
      this.#setPace(lane, answered(lane.pace, this.#limits, calls, tookMs / calls, now))
    }
  }

  #setPace(lane: Lane, pace: Pace): void {
    const eased = pace.rate !== lane.pace.rate || pace.pausedUntil !== lane.pace.pausedUntil
    // The line has moved at the old rate until now.
    const now = this.#clock.now()
    if (eased) lane.line.moveUp(rateAt(lane.pace, this.#limits, now), lane.pace.pausedUntil, now)
    lane.pace = pace
    if (eased) this.#save(lane, Math.max(lane.permitsUntil, pace.nextAt))
  }

  #save(lane: Lane, permitsUntil: number): void {
    lane.permitsUntil = permitsUntil
    const { endpoint, pace, budget } = lane
    this.#store.save({
      endpoint,
      permitsUntil,
      rate: pace.rate,
      rateSince: pace.rateSince,
      pausedUntil: pace.pausedUntil,
      repeats: budget.repeats,
      repeatsSince: budget.since,
    })
  }

  #lane(endpoint: Endpoint, now: number): Lane {
    const lanes = this.#known(now)
    let lane = lanes.get(endpoint)
    if (!lane) {
      const pace = newPace(this.#limits, now)
      lane = { endpoint, pace, budget: newBudget(now), line: new Line(now), had: new Map(), permitsUntil: 0 }
      lanes.set(endpoint, lane)
    }
    lane.pace = withoutFuture(lane.pace, this.#limits, now)
    lane.budget = budgetAt(lane.budget, now)
    return lane
  }

  #known(now: number): Map<Endpoint, Lane> {
    this.#lanes ??= new Map(this.#store.rows().map((row) => [row.endpoint, laneFrom(row, now)]))
    return this.#lanes
  }

  /** A turn that fails has happened in no row; what memory made of it is dropped with it. */
  #turn<Result>(work: (now: number) => Result): Result {
    try {
      return this.#store.transaction(() => work(this.#clock.now()))
    } catch (fault) {
      this.#lanes = undefined
      throw fault
    }
  }
}

/** After an eviction: nothing earlier than what was written down ahead. */
function laneFrom(row: PaceRow, now: number): Lane {
  const { endpoint, permitsUntil, rate, rateSince, pausedUntil, repeats, repeatsSince } = row
  const pace: Pace = { rate, rateSince, nextAt: permitsUntil, pausedUntil, usualMs: null }
  const budget = { repeats, since: repeatsSince }
  return { endpoint, pace, budget, line: new Line(now), had: new Map(), permitsUntil }
}

/** How long a call that was permitted may still be under way; 0: it is not. After a clock went back nobody knows. */
function underWayForMs(had: Had | undefined, now: number): number {
  if (!had || had.lastAt > now + HORIZON_MS) return 0
  return Math.max(0, had.lastAt + UNDER_WAY_MS - now)
}

/** The last permit of this name came to nothing. */
function takeBack(lane: Lane, name: string): void {
  const had = lane.had.get(name)
  if (!had) return
  if (had.permits === 1) return void lane.had.delete(name)
  lane.budget = returned(lane.budget)
  lane.had.set(name, { permits: had.permits - 1, lastAt: 0 })
}

function remember(names: Map<string, Had>, name: string, had: Had): void {
  names.set(name, had)
  if (names.size > NAMES_MOST) for (const oldest of names.keys()) return void names.delete(oldest)
}

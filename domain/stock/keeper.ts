/**
 * The keeper of one SKU's stock: looks, decides and records, in one transaction with no await in between. What is
 * decided, and why, is in stock.ts; how rows are kept is the store's.
 *
 * The numbers of the account are kept in step with the rows rather than added up from them, because a hold must cost
 * the same on the last unit as on the first. `proof()` adds the rows up and lays both side by side.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { FOR_A_DAY, forgetAt, FORGOTTEN_AT_ONCE, type Keeping } from '../basics/keeping.ts'
import type {
  Adjustment,
  AdjustmentRefusal,
  Offer,
  StockAnswer,
  StockCount,
  StockHold,
  StockMove,
  StockProof,
  StockRefusal,
} from '../message/stock-desk.ts'
import { NOTHING_TO_REPORT, reportAfter, reportConfirmed, reportSent, type StockReport } from './report.ts'
import {
  assertConserved,
  countAfter,
  countAfterExpiry,
  decideAdjust,
  decideClaim,
  decideCommit,
  decideHold,
  decideRelease,
  decideTakeBack,
  emptyCount,
  isNewer,
  type HoldView,
  type MoveOf,
  type StockDecision,
  type TakeBack,
} from './stock.ts'
import type { TakenBefore } from './taken-before.ts'

export interface StockAccount {
  offer: Offer
  count: StockCount
  report: StockReport
  /** Of the free units, those that leaves have leased (lease.ts): free for buyers, not for us. 0 where there are none. */
  leavesFree: number
}

/** The few things the keeper asks of its storage: Maps in memory-store.ts, SQLite in the Durable Object. */
export interface StockStore {
  /** All of the work, or, when it throws, none of it. */
  transaction<Result>(work: () => Result): Result
  account(): StockAccount | undefined
  saveAccount(account: StockAccount): void
  hold(id: string): StockHold | undefined
  insertHold(hold: StockHold): void
  updateHold(hold: StockHold): void
  /** Units of this visitor that are held, or sold and not taken back. */
  unitsTakenBy(visitorId: string): number
  takeBack(id: string): TakeBack | undefined
  insertTakeBack(takeBack: TakeBack): void
  adjustment(id: string): Adjustment | undefined
  insertAdjustment(adjustment: Adjustment, at: number): void
  /** When the first living hold ends; null: there is none. */
  nextHoldEnd(): number | null
  /** Marks every living hold whose end has come as expired. Answers how many there were, and their units. */
  endHoldsExpiredBy(now: number): { holds: number; units: number }
  /** The earliest `expiresAt` among holds that were released or have expired; null: there are none. */
  oldestEndedHold(): number | null
  /** Removes at most `most` of the holds that `mayBeForgotten`, the oldest first. Answers how many. */
  removeHoldsEndedBy(endedBy: number, most: number): number
  /** Everything added up from the rows, and how many living holds should have ended by now. */
  recount(now: number): StockProof['recounted'] & { holdsOverdue: number }
}

/** What one transaction knows of the account; written once, at its end, however many moves it took. */
export interface Turn {
  now: number
  account: StockAccount | undefined
}

export class StockKeeper {
  readonly #store: StockStore
  readonly #clock: Clock
  readonly #isLeaf: boolean
  readonly #takenBefore: TakenBefore | undefined
  readonly #keeping: Keeping
  #open: Turn | undefined

  /** `leaf`: these are units that were leased from the owner (leaf.ts). `keeping`: of holds that have ended. */
  constructor(store: StockStore, clock: Clock, leaf?: { takenBefore: TakenBefore }, keeping = FOR_A_DAY) {
    this.#store = store
    this.#clock = clock
    this.#keeping = keeping
    this.#isLeaf = leaf !== undefined
    this.#takenBefore = leaf?.takenBefore
  }

  /** One answer a move, in order, all in one transaction: each is decided on what those before it left. */
  ask(moves: readonly StockMove[]): Decision<StockAnswer, StockRefusal>[] {
    return this.turn((turn) => moves.map((move) => this.#answer(turn, move, this.#store.hold(move.holdId))))
  }

  /** As `ask`, for one hold whose id was made a moment ago: there is nothing to look for. */
  holdAnew(move: MoveOf<'hold'>): Decision<StockAnswer, StockRefusal> {
    return this.turn((turn) => this.#answer(turn, move, undefined))
  }

  /** Refuses as the contract says. The same id again answers the count as it is now. */
  adjust(adjustment: Adjustment): Decision<StockCount, AdjustmentRefusal> {
    return this.turn((turn) => {
      const earlier = this.#store.adjustment(adjustment.adjustmentId)
      const decision = decideAdjust(turn.account?.count, freeHere(turn), earlier, adjustment)
      if (decision.ok && !earlier) {
        this.#store.insertAdjustment(adjustment, turn.now)
        this.#recount(turn, decision.value)
      }
      return decision
    })
  }

  /** Takes over newer terms, and opens the account of a SKU that had none. */
  describe(offer: Offer): void {
    this.turn((turn) => {
      if (!isNewer(offer, turn.account?.offer)) return
      turn.account = turn.account
        ? { ...turn.account, offer }
        : { offer, count: emptyCount(offer.sku), report: NOTHING_TO_REPORT, leavesFree: 0 }
    })
  }

  /** The numbers of this instant: what is over by now is free. Null: this SKU was never described. */
  count(): StockCount | null {
    return this.turn((turn) => turn.account?.count ?? null)
  }

  /** The rows, added up anew, beside the numbers. Changes nothing, so that what is overdue can be seen. */
  proof(): StockProof | null {
    return this.#store.transaction(() => {
      const account = this.#store.account()
      if (!account) return null
      const { holdsOverdue, ...recounted } = this.#store.recount(this.#clock.now())
      return { count: account.count, recounted, holdsOverdue }
    })
  }

  /** Ends what is over by now. Every other turn does so too; this is for when nobody asks. Safe at any time. */
  expireDue(): { ended: number; nextDueAt: number | null } {
    let ended = 0
    this.turn((_turn, endedBefore) => {
      ended = endedBefore
    })
    return { ended, nextDueAt: this.#store.nextHoldEnd() }
  }

  nextHoldEnd(): number | null {
    return this.#store.nextHoldEnd()
  }

  /** Forgets holds that ended long ago, a turn's worth. Answers how many; more may be due. Safe at any time. */
  forgetEnded(): number {
    const endedBy = this.#clock.now() - this.#keeping.keptMs
    return this.#store.transaction(() => this.#store.removeHoldsEndedBy(endedBy, FORGOTTEN_AT_ONCE))
  }

  nextForgetDue(): number | null {
    return forgetAt(this.#store.oldestEndedHold(), this.#keeping)
  }

  /** Whether there is, or was within a day, a hold of this id. */
  knows(holdId: string): boolean {
    return this.#store.hold(holdId) !== undefined
  }

  /** Units of this visitor that are held, or sold and not taken back. */
  unitsTakenBy(visitorId: string): number {
    return this.turn(() => this.#store.unitsTakenBy(visitorId))
  }

  /** When the recorder must be told that the numbers changed; null: it knows. */
  nextReportDue(): number | null {
    return this.#store.account()?.report.dueAt ?? null
  }

  /**
   * Whom to tell that the numbers changed, if that is due; null if it is not. It counts as told, and will be due again
   * until `reported`, whether or not the telling succeeds.
   */
  takeReport(): { storeId: string; sku: string } | null {
    return this.turn((turn) => {
      const { account, now } = turn
      if (!account || account.report.dueAt === null || account.report.dueAt > now) return null
      turn.account = { ...account, report: reportSent(account.report, now) }
      return { storeId: account.offer.storeId, sku: account.offer.sku }
    })
  }

  /** The recorder has kept the numbers of this version. */
  reported(version: number): void {
    this.turn((turn) => {
      const { account, now } = turn
      if (!account) return
      const report = reportConfirmed(account.report, account.count, version, now)
      if (report !== account.report) turn.account = { ...account, report }
    })
  }

  #answer(turn: Turn, move: StockMove, before: StockHold | undefined): Decision<StockAnswer, StockRefusal> {
    const decision = this.#decide(turn, before, move)
    if (!decision.ok) return decision
    this.#record(turn, before, decision.value)
    return accept({ hold: decision.value, offer: turn.account!.offer })
  }

  #decide(turn: Turn, before: StockHold | undefined, move: StockMove): StockDecision {
    switch (move.kind) {
      case 'hold':
        if (!before && this.#sellsByLeaves(turn)) return refuse({ code: 'sold_by_leaves' })
        return decideHold(this.#look(turn, before, move), move, turn.now)
      case 'claim':
        return decideClaim(before, move)
      case 'commit':
        return decideCommit(before, move)
      case 'release':
        return decideRelease(before, move)
      default: // 'take_back': a kind that is added would not compile here
        return this.#takeBack(before, move)
    }
  }

  /** Then holds of a visitor must not be counted here and there. */
  #sellsByLeaves({ account }: Turn): boolean {
    return !this.#isLeaf && (account?.offer.drop?.leaves ?? 0) > 0
  }

  #look(turn: Turn, existing: StockHold | undefined, { visitorId }: MoveOf<'hold'>): HoldView {
    const { account } = turn
    const decidedAlready = existing || !account
    return {
      existing,
      offer: account?.offer,
      free: freeHere(turn),
      unitsTakenByVisitor: decidedAlready
        ? 0
        : this.#store.unitsTakenBy(visitorId) + (this.#takenBefore?.unitsOf(visitorId) ?? 0),
    }
  }

  #takeBack(before: StockHold | undefined, move: MoveOf<'take_back'>): StockDecision {
    const earlier = this.#store.takeBack(move.takeBackId)
    const decision = decideTakeBack(before, earlier, move)
    if (decision.ok && !earlier) {
      this.#store.insertTakeBack({ id: move.takeBackId, holdId: move.holdId, units: move.units })
    }
    return decision
  }

  #record(turn: Turn, before: StockHold | undefined, after: StockHold): void {
    if (before === after) return // a repeat
    if (before) this.#store.updateHold(after)
    else this.#store.insertHold(after)
    this.#recount(turn, countAfter(turn.account!.count, before, after))
  }

  #recount(turn: Turn, count: StockCount): void {
    turn.account = { ...turn.account!, count }
  }

  /**
   * Opens the account, ends what is over, does the work, and writes the account back if it has changed. Whatever is asked
   * of this keeper within the work joins the turn: so many questions share one look at the account and one write of it.
   */
  turn<Result>(work: (turn: Turn, ended: number) => Result): Result {
    if (this.#open) return work(this.#open, 0)
    const now = this.#clock.now()
    return this.#store.transaction(() => {
      const before = this.#store.account()
      const turn: Turn = { now, account: before }
      this.#open = turn
      try {
        const ended = this.#expire(turn)
        const result = work(turn, ended)
        this.#close(turn, before)
        return result
      } finally {
        this.#open = undefined
      }
    })
  }

  #expire(turn: Turn): number {
    const nextEnd = turn.account ? this.#store.nextHoldEnd() : null
    if (nextEnd === null || nextEnd > turn.now) return 0
    const { holds, units } = this.#store.endHoldsExpiredBy(turn.now)
    this.#recount(turn, countAfterExpiry(turn.account!.count, units))
    return holds
  }

  #close({ account, now }: Turn, before: StockAccount | undefined): void {
    if (!account || account === before) return
    assertConserved(account.count)
    assert(
      account.leavesFree >= 0 && account.leavesFree <= account.count.free,
      `${account.leavesFree} units free at leaves, of ${account.count.free}`,
    )
    const report = before ? reportAfter(account.report, before.count, account.count, now) : account.report
    this.#store.saveAccount({ ...account, report })
  }
}

/** Free units that may be held or lost here: those that leaves have leased may not. */
const freeHere = ({ account }: Turn): number => (account ? account.count.free - account.leavesFree : 0)

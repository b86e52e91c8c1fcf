/**
 * A leaf: the part of a SKU's units that one order book has leased and sells by itself, without asking anybody. It keeps
 * an ordinary account (keeper.ts) whose stock is what it has received, less what it gave back; every hold of its
 * visitors is decided there, by the same rules as at the owner, so a visitor's limit has one judge.
 *
 * Memory here holds nothing that is needed for anything to be true. After a restart a leaf does not know how much it may
 * keep, so it keeps what it has and tells the owner how it stands.
 */
import type { Clock } from '../basics/clock.ts'
import type { Decision } from '../basics/decision.ts'
import { FOR_A_DAY } from '../basics/keeping.ts'
import type { LeafStatement, OwnerStatement } from '../message/lease-desk.ts'
import type { StockAnswer, StockCount, StockMove, StockProof, StockRefusal } from '../message/stock-desk.ts'
import { emptyCount, isNewer, type MoveOf } from './stock.ts'
import { StockKeeper, type StockStore } from './keeper.ts'
import { giveBack, receive, receivedBy, returnedBy } from './lease.ts'
import { NOTHING_TO_REPORT } from './report.ts'
import { TakenBefore } from './taken-before.ts'

/** For how long "there are no more anywhere" is believed without asking again: units may come back in the meantime. */
export const DRY_FOR_MS = 1_000
/** The least that it is believed, however long the answer took: those who waited for it are told in a moment. */
const DRY_LEAST_MS = 250
/** How often the owner hears how a busy leaf stands. */
export const TELL_EVERY_MS = 1_000
/** How often units are given back, when others wait for them, and how often the owner then hears what we sold. */
const GIVE_BACK_EVERY_MS = 200
/** Free units that nobody has asked for this long go back to the owner. */
export const REST_MS = 5_000
/** The least that a leaf asks for at a time. */
const WISH_LEAST = 4
/** After an owner could not be told. */
const TELL_AGAIN_MS = 2_000

/** What buyers wait for, beyond what is free. */
export interface Needed {
  units: number
  /** With less than that, not one of them could be served. */
  least: number
}

/** Nobody waits; it is for those who come next. */
export const NOTHING_NEEDED: Needed = { units: 0, least: 0 }

export class Leaf {
  readonly #name: string
  readonly #keeper: StockKeeper
  readonly #clock: Clock
  readonly #takenBefore: TakenBefore
  /** Free units the owner lets us sit on; undefined: it has not said since we woke. */
  #keep: number | undefined
  /** By what the owner last said, more than so many cannot be had anywhere; and until when that is believed. */
  #freeAnywhere = 0
  #dryUntil = 0
  /** The version of our figures that the owner knows. */
  #told: number | undefined
  /** When the owner was last told, or could not be. */
  #toldAt = 0
  #restsUntil = 0
  #askedAt: number
  /** When the owner was last asked for what buyers wait for: what it answers was true at some instant after that. */
  #neededAt = 0
  /** Units that our own buyers wait for while the owner is asked: of our own accord we do not give those back. */
  #awaited = 0
  /** Units that went out since we last asked for more: about as much will be wanted until the next time. */
  #taken = 0
  /** A copy of the row's figures, for looking at due times without reading. */
  #count: StockCount | null = null
  /** Likewise: when its first living hold ends. */
  #holdEnd: number | null = null
  #inTurn = false

  constructor(name: string, store: StockStore, clock: Clock, keeping = FOR_A_DAY) {
    this.#name = name
    this.#takenBefore = new TakenBefore(clock)
    this.#keeper = new StockKeeper(store, clock, { takenBefore: this.#takenBefore }, keeping)
    this.#clock = clock
    this.#askedAt = clock.now()
  }

  /** As the owner's `ask`: one answer a move, in order, in one turn. */
  ask(moves: readonly StockMove[]): Decision<StockAnswer, StockRefusal>[] {
    return this.#turn(() => {
      const answers = this.#keeper.ask(moves)
      moves.forEach((move, i) => move.kind === 'hold' && this.#wasAsked(move.units, answers[i]!.ok))
      return answers
    })
  }

  /** As `ask`, for one hold whose id was made a moment ago. */
  holdAnew(move: MoveOf<'hold'>): Decision<StockAnswer, StockRefusal> {
    return this.#turn(() => {
      const answer = this.#keeper.holdAnew(move)
      this.#wasAsked(move.units, answer.ok)
      return answer
    })
  }

  #wasAsked(units: number, isHeld: boolean): void {
    this.#askedAt = this.#clock.now()
    if (isHeld) this.#taken += units
  }

  /** Several questions as one turn: the account is read and written once. */
  together<Result>(work: () => Result): Result {
    return this.#turn(() => this.#keeper.turn(work))
  }

  knows(holdId: string): boolean {
    return this.#keeper.knows(holdId)
  }

  /** Whether the owner said, a moment ago, that so many units cannot be had anywhere. */
  isDryOf(units: number): boolean {
    return units > this.#freeAnywhere && this.#clock.now() < this.#dryUntil
  }

  /** Whether the owner has to be asked, before this visitor may hold, what they took from it. */
  mustAskAbout(visitorId: string): boolean {
    return this.#takenBefore.mustAsk(visitorId)
  }

  /** The owner has said how many units these visitors took from it. */
  heardTaken(visitorIds: readonly string[], units: readonly number[]): void {
    visitorIds.forEach((visitorId, i) => this.#takenBefore.hear(visitorId, units[i]!))
  }

  /** How we stand, and what we ask for; null: nothing, it is only told. */
  statement(needed: Needed | null): LeafStatement {
    return this.#keeper.turn(({ account }) => {
      const count = account?.count ?? emptyCount('')
      const wish = needed ? this.#wish(count) : 0
      if (needed) this.#taken = 0
      const { units: need, least } = needed ?? NOTHING_NEEDED
      return {
        leaf: this.#name,
        received: receivedBy(count),
        returned: returnedBy(count),
        free: count.free,
        held: count.held,
        sold: count.sold,
        version: count.version,
        nextHoldEnd: this.#keeper.nextHoldEnd(),
        offerVersion: account?.offer.version ?? 0,
        need,
        least,
        wish,
      }
    })
  }

  /** Takes over what the owner says. What arrives may be sold at once. */
  hear(said: OwnerStatement): void {
    this.#turn(() =>
      this.#keeper.turn((turn) => {
        const { account, now } = turn
        const offer = isNewer(said.offer, account?.offer) ? said.offer : account!.offer
        const before = account?.count ?? emptyCount(said.offer.sku)
        const count = receive(before, said.granted)
        if (count !== before || offer !== account?.offer) {
          turn.account = { report: NOTHING_TO_REPORT, leavesFree: 0, ...account, offer, count }
        }
        this.#keep = said.keep
        this.#takenBefore.ownerSays(said.soldByOwner)
        // An answer that took its time is old news: it is good for those who waited for it, and for nobody who comes later.
        if (said.freeAnywhere !== null) {
          this.#freeAnywhere = said.freeAnywhere
          this.#dryUntil = Math.max(this.#neededAt + DRY_FOR_MS, now + DRY_LEAST_MS)
        } else if (count !== before) this.#dryUntil = 0
      }),
    )
  }

  /**
   * Buyers wait for so many units more than are free, while the owner is asked; 0: they do not any more. Until then we
   * keep what they wait with, unless the owner asks for it: it works for one leaf at a time, and knows for whom.
   */
  awaits(need: number): void {
    if (need > 0) this.#neededAt = this.#clock.now()
    this.#awaited = need > 0 ? (this.count()?.free ?? 0) + need : 0
  }

  /** The owner has heard how we stood at this version. */
  told(version: number): void {
    this.#told = version
    this.#toldAt = this.#clock.now()
    this.#restsUntil = 0
  }

  /** Whether the owner may not know how we stand. */
  isUntold(): boolean {
    return this.count()?.version !== this.#told
  }

  /** The owner could not be told. */
  notTold(): void {
    this.#restsUntil = this.#clock.now() + TELL_AGAIN_MS
  }

  /** Gives back what we may not keep, and what has rested; answers how many units. The owner has yet to be told. */
  giveBack(): number {
    return this.#giveBack(this.#awaited)
  }

  /** The owner asks: gives back what we may not keep, what our own buyers wait with included. */
  handOver(): number {
    return this.#giveBack(0)
  }

  #giveBack(awaited: number): number {
    return this.#turn(() =>
      this.#keeper.turn((turn) => {
        const { account, now } = turn
        const surplus = account ? this.#surplus(account.count, now, awaited) : 0
        if (account && surplus > 0) {
          turn.account = { ...account, count: giveBack(account.count, surplus) }
          this.#dryUntil = 0 // too few for whoever needed them, but there are some now
        }
        return surplus
      }),
    )
  }

  /** Does what is due, and says whether the owner has to be told of it now. */
  settle(): boolean {
    const now = this.#clock.now()
    this.expireDue()
    if (now < this.#restsUntil) return false
    const gaveBack = now >= this.#toldAt + GIVE_BACK_EVERY_MS && this.giveBack() > 0
    const count = this.count()
    const isUntold = count !== null && count.version !== this.#told && now >= this.#toldAt + this.#tellEvery()
    // Nothing is due while the owner is being told, or the alarm would ring for as long as that takes.
    if (gaveBack || isUntold) this.#restsUntil = now + TELL_AGAIN_MS
    return gaveBack || isUntold
  }

  /** Whether the owner should be asked for more before somebody has to wait. */
  runsLow(): boolean {
    const count = this.#count
    return count !== null && this.#keep !== undefined && this.#keep > 0 && count.free < this.#taken
  }

  /** When something is to be done that nobody asks for: end holds, tell the owner, give back; null: nothing. */
  nextDueAt(): number | null {
    const count = this.#count ?? this.count() // after a restart: looks once
    if (!count) return null
    const dues: number[] = []
    if (this.#surplus(count, this.#clock.now(), this.#awaited) > 0) dues.push(this.#toldAt + GIVE_BACK_EVERY_MS)
    else if (count.free > this.#awaited) dues.push(this.#askedAt + REST_MS)
    if (count.version !== this.#told) dues.push(this.#toldAt + this.#tellEvery())
    const ours = dues.length === 0 ? null : Math.max(this.#restsUntil, Math.min(...dues))
    const hold = this.#holdEnd
    return hold === null || ours === null ? (hold ?? ours) : Math.min(hold, ours)
  }

  /** Forgets holds that ended long ago, a turn's worth. Answers how many; more may be due. */
  forgetEnded(): number {
    return this.#keeper.forgetEnded()
  }

  nextForgetDue(): number | null {
    return this.#keeper.nextForgetDue()
  }

  /** Ends what is over by now. */
  expireDue(): void {
    this.#turn(() => this.#keeper.expireDue())
  }

  count(): StockCount | null {
    return this.#turn(() => this.#keeper.count())
  }

  proof(): StockProof | null {
    return this.#keeper.proof()
  }

  /** Units of a visitor that are held here, or sold. */
  unitsTakenBy(visitorId: string): number {
    return this.#keeper.unitsTakenBy(visitorId)
  }

  #surplus(count: StockCount, now: number, awaited: number): number {
    const free = count.free - awaited
    if (free <= 0) return 0
    if (now >= this.#askedAt + REST_MS || this.#keep === 0) return free
    // Not to the last unit over it: units would travel back and forth.
    return this.#keep !== undefined && free > 2 * this.#keep ? free - this.#keep : 0
  }

  /** Of the last units, whoever looks at the owner's figures must not take for free what we have just held. */
  #tellEvery(): number {
    return this.#keep === 0 ? GIVE_BACK_EVERY_MS : TELL_EVERY_MS
  }

  #wish({ free }: StockCount): number {
    return Math.max(0, Math.max(WISH_LEAST, 2 * this.#taken) - free)
  }

  /** Remembers the figures as they are after the work; once a turn, however many questions share it. */
  #turn<Result>(work: () => Result): Result {
    if (this.#inTurn) return work()
    this.#inTurn = true
    try {
      return this.#keeper.turn((turn) => {
        const result = work()
        this.#count = turn.account?.count ?? null
        this.#holdEnd = this.#keeper.nextHoldEnd()
        return result
      })
    } finally {
      this.#inTurn = false
    }
  }
}

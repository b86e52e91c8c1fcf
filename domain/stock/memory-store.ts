/** Stock in Maps: a real store, for tests and for the simulation. */
import { assert } from '../basics/assert.ts'
import { UndoLog } from '../basics/undo-log.ts'
import type { Adjustment, StockHold, StockProof } from '../message/stock-desk.ts'
import type { StockAccount, StockStore } from './keeper.ts'
import type { Lease } from './lease.ts'
import type { LeaseStore } from './owner.ts'
import { isLiving, mayBeForgotten, unitsHeld, unitsSold, type TakeBack } from './stock.ts'

export class MemoryStockStore implements StockStore, LeaseStore {
  readonly #holds = new Map<string, StockHold>()
  readonly #holdsOf = new Map<string, Set<string>>()
  /** The ids of holds that have not ended: few, however long a simulation runs. */
  readonly #living = new Set<string>()
  /** Those that were released or have expired. */
  readonly #ended = new Set<string>()
  /** When the first of them ended; undefined: not known. */
  #oldestEnded: number | null | undefined
  readonly #takeBacks = new Map<string, TakeBack>()
  readonly #adjustments = new Map<string, Adjustment>()
  readonly #leases = new Map<string, Lease>()
  #account: StockAccount | undefined
  readonly #undo: UndoLog

  /** `undo` is somebody else's where several stores share their transactions. */
  constructor(undo = new UndoLog()) {
    this.#undo = undo
  }

  transaction<Result>(work: () => Result): Result {
    return this.#undo.transaction(work)
  }

  account(): StockAccount | undefined {
    return this.#account
  }

  saveAccount(account: StockAccount): void {
    const earlier = this.#account
    this.#undo.note(() => (this.#account = earlier))
    this.#account = account
  }

  hold(id: string): StockHold | undefined {
    return this.#holds.get(id)
  }

  insertHold(hold: StockHold): void {
    assert(!this.#holds.has(hold.id), `hold ${hold.id} is there already`)
    const ofVisitor = this.#holdsOf.get(hold.visitorId) ?? new Set()
    this.#holdsOf.set(hold.visitorId, ofVisitor)
    ofVisitor.add(hold.id)
    this.#undo.note(() => ofVisitor.delete(hold.id))
    this.#putHold(hold)
  }

  updateHold(hold: StockHold): void {
    assert(this.#holds.has(hold.id), `hold ${hold.id} is not there`)
    this.#putHold(hold)
  }

  unitsTakenBy(visitorId: string): number {
    let units = 0
    for (const id of this.#holdsOf.get(visitorId) ?? []) {
      const hold = this.#holds.get(id)
      units += unitsHeld(hold) + unitsSold(hold)
    }
    return units
  }

  takeBack(id: string): TakeBack | undefined {
    return this.#takeBacks.get(id)
  }

  insertTakeBack(takeBack: TakeBack): void {
    assert(!this.#takeBacks.has(takeBack.id), `take-back ${takeBack.id} is there already`)
    this.#put(this.#takeBacks, takeBack.id, takeBack)
  }

  adjustment(id: string): Adjustment | undefined {
    return this.#adjustments.get(id)
  }

  insertAdjustment(adjustment: Adjustment): void {
    assert(!this.#adjustments.has(adjustment.adjustmentId), `adjustment ${adjustment.adjustmentId} is there already`)
    this.#put(this.#adjustments, adjustment.adjustmentId, adjustment)
  }

  nextHoldEnd(): number | null {
    let next: number | null = null
    for (const { expiresAt } of this.#livingHolds()) next = next === null ? expiresAt : Math.min(next, expiresAt)
    return next
  }

  endHoldsExpiredBy(now: number): { holds: number; units: number } {
    const over = this.#livingHolds().filter(({ expiresAt }) => expiresAt <= now)
    for (const hold of over) this.#putHold({ ...hold, state: 'expired' })
    return { holds: over.length, units: over.reduce((sum, { units }) => sum + units, 0) }
  }

  oldestEndedHold(): number | null {
    this.#oldestEnded ??= this.#endedHolds()[0]?.expiresAt ?? null
    return this.#oldestEnded
  }

  removeHoldsEndedBy(endedBy: number, most: number): number {
    const over = this.#endedHolds()
      .filter((hold) => mayBeForgotten(hold, endedBy))
      .slice(0, most)
    for (const hold of over) this.removeHold(hold)
    return over.length
  }

  protected removeHold(hold: StockHold): void {
    const ofVisitor = this.#holdsOf.get(hold.visitorId)
    this.#undo.note(() => {
      this.#holds.set(hold.id, hold)
      ofVisitor?.add(hold.id)
      this.#mark(hold.id, hold)
    })
    this.#holds.delete(hold.id)
    ofVisitor?.delete(hold.id)
    this.#mark(hold.id, undefined)
  }

  recount(now: number): StockProof['recounted'] & { holdsOverdue: number } {
    const counted = { initial: 0, adjusted: 0, held: 0, sold: 0, holdsOverdue: 0 }
    for (const { kind, delta } of this.#adjustments.values()) {
      if (kind === 'initial') counted.initial += delta
      else counted.adjusted += delta
    }
    for (const hold of this.#holds.values()) {
      counted.held += unitsHeld(hold)
      counted.sold += unitsSold(hold)
      if (isLiving(hold) && hold.expiresAt <= now) counted.holdsOverdue += 1
    }
    for (const { held, sold } of this.#leases.values()) {
      counted.held += held
      counted.sold += sold
    }
    return counted
  }

  lease(leaf: string): Lease | undefined {
    return this.#leases.get(leaf)
  }

  leases(): Lease[] {
    return [...this.#leases.values()]
  }

  saveLease(lease: Lease): void {
    this.#put(this.#leases, lease.leaf, lease)
  }

  #livingHolds(): StockHold[] {
    return [...this.#living].map((id) => this.#holds.get(id)!)
  }

  /** The oldest first. */
  #endedHolds(): StockHold[] {
    return [...this.#ended].map((id) => this.#holds.get(id)!).sort((a, b) => a.expiresAt - b.expiresAt)
  }

  #putHold(hold: StockHold): void {
    const before = this.#holds.get(hold.id)
    this.#undo.note(() => this.#mark(hold.id, before))
    this.#mark(hold.id, hold)
    this.#put(this.#holds, hold.id, hold)
  }

  #mark(id: string, hold: StockHold | undefined): void {
    const lives = hold !== undefined && isLiving(hold)
    const isOver = hold !== undefined && mayBeForgotten(hold, Infinity)
    if (lives) this.#living.add(id)
    else this.#living.delete(id)
    if (isOver) this.#ended.add(id)
    else this.#ended.delete(id)
    this.#oldestEnded = undefined
  }

  #put<Value>(map: Map<string, Value>, id: string, value: Value): void {
    const earlier = map.get(id)
    this.#undo.note(() => (earlier === undefined ? map.delete(id) : map.set(id, earlier)))
    map.set(id, value)
  }
}

/** A leaf's: what came and went is known from the account alone, where an owner has adjustments. */
export class MemoryLeafStore extends MemoryStockStore {
  override recount(now: number): StockProof['recounted'] & { holdsOverdue: number } {
    const { initial, adjusted } = this.account()?.count ?? { initial: 0, adjusted: 0 }
    return { ...super.recount(now), initial, adjusted }
  }
}

/**
 * Stock in an object's SQLite. Only rows and columns are known here; what they mean is domain/stock's.
 *
 * A hold writes four rows: itself, its two index entries, and the account, which all moves of a turn share.
 */
import type { Adjustment, Offer, StockHold, StockProof } from '../../domain/message/stock-desk.ts'
import type { StockAccount, StockStore } from '../../domain/stock/keeper.ts'
import type { Lease } from '../../domain/stock/lease.ts'
import type { LeaseStore } from '../../domain/stock/owner.ts'
import type { TakeBack } from '../../domain/stock/stock.ts'
import { assert } from '../../domain/basics/assert.ts'
import { Earliest } from '../basics/earliest.ts'
import type { Sql } from '../basics/sql.ts'

type AccountRow = {
  initial: number
  adjusted: number
  free: number
  held: number
  sold: number
  version: number
  report_due_at: number | null
  report_sent_at: number
  report_attempts: number
  leaves_free: number
  offer: string
}

export type HoldRow = {
  visitor_id: string
  units: number
  expires_at: number
  state: StockHold['state']
  order_id: string | null
  units_taken_back: number
}

/** Far beyond any real offer; below it, reading one with every turn is cheap. */
const OFFER_LETTERS_MAX = 50_000

type LeaseRow = {
  leaf: string
  granted: number
  taken_back: number
  free: number
  held: number
  sold: number
  version: number
  next_hold_end: number | null
  offer_version: number
}

export class SqliteStockStore implements StockStore, LeaseStore {
  readonly #sql: Sql
  readonly #oldestEnded: Earliest
  /** The offer as it was last read, so that it is not parsed for every hold. Checked against the row each time. */
  #read: { body: string; offer: Offer } | undefined
  readonly #nextHoldEnd: Earliest

  constructor(sql: Sql) {
    this.#sql = sql
    this.#nextHoldEnd = new Earliest(
      () => this.#firstHoldEnd(),
      () => sql.undone,
    )
    this.#oldestEnded = new Earliest(
      () =>
        sql.first<{ oldest: number | null }>(
          "SELECT min(expires_at) AS oldest FROM holds WHERE state IN ('released', 'expired')",
        )!.oldest,
      () => sql.undone,
    )
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  account(): StockAccount | undefined {
    const row = this.#sql.first<AccountRow>(
      `SELECT initial, adjusted, free, held, sold, version, report_due_at, report_sent_at, report_attempts,
         leaves_free, body AS offer FROM account JOIN offer USING (id)`,
    )
    if (!row) return undefined
    const { initial, adjusted, free, held, sold, version } = row
    const offer = this.#parse(row.offer)
    return {
      offer,
      count: { sku: offer.sku, initial, adjusted, total: initial + adjusted, free, held, sold, version },
      report: { dueAt: row.report_due_at, sentAt: row.report_sent_at, attempts: row.report_attempts },
      leavesFree: row.leaves_free,
    }
  }

  saveAccount({ offer, count, report, leavesFree }: StockAccount): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO account (id, initial, adjusted, free, held, sold, version, report_due_at, report_sent_at,
         report_attempts, leaves_free) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      count.initial,
      count.adjusted,
      count.free,
      count.held,
      count.sold,
      count.version,
      report.dueAt,
      report.sentAt,
      report.attempts,
      leavesFree,
    )
    if (offer !== this.#read?.offer) this.#saveOffer(offer)
  }

  hold(id: string): StockHold | undefined {
    const row = this.#sql.first<HoldRow>(
      'SELECT visitor_id, units, expires_at, state, order_id, units_taken_back FROM holds WHERE id = ?',
      id,
    )
    return row && holdFrom(id, row)
  }

  insertHold({ id, visitorId, units, expiresAt, state, orderId, unitsTakenBack }: StockHold): void {
    this.#sql.run(
      `INSERT INTO holds (id, visitor_id, units, expires_at, state, order_id, units_taken_back)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      id,
      visitorId,
      units,
      expiresAt,
      state,
      orderId,
      unitsTakenBack,
    )
    if (state === 'held' || state === 'claimed') this.#nextHoldEnd.isAtMost(expiresAt)
  }

  updateHold({ id, expiresAt, state, orderId, unitsTakenBack }: StockHold): void {
    this.#sql.run(
      'UPDATE holds SET expires_at = ?, state = ?, order_id = ?, units_taken_back = ? WHERE id = ?',
      expiresAt,
      state,
      orderId,
      unitsTakenBack,
      id,
    )
    this.#nextHoldEnd.forget()
    if (state === 'released') this.#oldestEnded.isAtMost(expiresAt)
  }

  unitsTakenBy(visitorId: string): number {
    return this.#sql.first<{ units: number }>(
      `SELECT coalesce(sum(units - units_taken_back), 0) AS units
       FROM holds WHERE visitor_id = ? AND state IN ('held', 'claimed', 'sold')`,
      visitorId,
    )!.units
  }

  takeBack(id: string): TakeBack | undefined {
    return this.#sql.first<TakeBack & Record<string, string | number>>(
      'SELECT id, hold_id AS holdId, units FROM take_backs WHERE id = ?',
      id,
    )
  }

  insertTakeBack({ id, holdId, units }: TakeBack): void {
    this.#sql.run('INSERT INTO take_backs (id, hold_id, units) VALUES (?, ?, ?)', id, holdId, units)
  }

  adjustment(id: string): Adjustment | undefined {
    return this.#sql.first<{ adjustmentId: string; kind: Adjustment['kind']; delta: number; reason: string }>(
      'SELECT id AS adjustmentId, kind, delta, reason FROM adjustments WHERE id = ?',
      id,
    )
  }

  insertAdjustment({ adjustmentId, kind, delta, reason }: Adjustment, at: number): void {
    this.#sql.run(
      'INSERT INTO adjustments (id, kind, delta, reason, at) VALUES (?, ?, ?, ?, ?)',
      adjustmentId,
      kind,
      delta,
      reason,
      at,
    )
  }

  nextHoldEnd(): number | null {
    return this.#nextHoldEnd.at()
  }

  #firstHoldEnd(): number | null {
    return this.#sql.first<{ next: number | null }>(
      "SELECT min(expires_at) AS next FROM holds WHERE state IN ('held', 'claimed')",
    )!.next
  }

  endHoldsExpiredBy(now: number): { holds: number; units: number } {
    const over = this.#sql.first<{ holds: number; units: number }>(
      `SELECT count(*) AS holds, coalesce(sum(units), 0) AS units
       FROM holds WHERE state IN ('held', 'claimed') AND expires_at <= ?`,
      now,
    )!
    this.#sql.run("UPDATE holds SET state = 'expired' WHERE state IN ('held', 'claimed') AND expires_at <= ?", now)
    this.#nextHoldEnd.forget()
    this.#oldestEnded.forget()
    return over
  }

  oldestEndedHold(): number | null {
    return this.#oldestEnded.at()
  }

  removeHoldsEndedBy(endedBy: number, most: number): number {
    this.#oldestEnded.forget()
    return this.#sql.all(
      `DELETE FROM holds WHERE id IN (
         SELECT id FROM holds WHERE state IN ('released', 'expired') AND expires_at <= ? ORDER BY expires_at LIMIT ?)
       RETURNING id`,
      endedBy,
      most,
    ).length
  }

  recount(now: number): StockProof['recounted'] & { holdsOverdue: number } {
    return this.#sql.first<StockProof['recounted'] & { holdsOverdue: number } & Record<string, number>>(
      `SELECT
         (SELECT coalesce(sum(delta), 0) FROM adjustments WHERE kind = 'initial') AS initial,
         (SELECT coalesce(sum(delta), 0) FROM adjustments WHERE kind = 'adjustment') AS adjusted,
         (SELECT coalesce(sum(units), 0) FROM holds WHERE state IN ('held', 'claimed'))
           + (SELECT coalesce(sum(held), 0) FROM leases) AS held,
         (SELECT coalesce(sum(units - units_taken_back), 0) FROM holds WHERE state = 'sold')
           + (SELECT coalesce(sum(sold), 0) FROM leases) AS sold,
         (SELECT count(*) FROM holds WHERE state IN ('held', 'claimed') AND expires_at <= ?) AS holdsOverdue`,
      now,
    )!
  }

  lease(leaf: string): Lease | undefined {
    const row = this.#sql.first<LeaseRow>('SELECT * FROM leases WHERE leaf = ?', leaf)
    return row && leaseFrom(row)
  }

  leases(): Lease[] {
    return this.#sql.all<LeaseRow>('SELECT * FROM leases ORDER BY leaf').map(leaseFrom)
  }

  saveLease({ leaf, granted, takenBack, free, held, sold, version, nextHoldEnd, offerVersion }: Lease): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO leases (leaf, granted, taken_back, free, held, sold, version, next_hold_end, offer_version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      leaf,
      granted,
      takenBack,
      free,
      held,
      sold,
      version,
      nextHoldEnd,
      offerVersion,
    )
  }

  #saveOffer(offer: Offer): void {
    const body = JSON.stringify(offer)
    assert(body.length <= OFFER_LETTERS_MAX, `an offer of ${body.length} letters is no offer`)
    this.#sql.run('INSERT OR REPLACE INTO offer (id, body) VALUES (1, ?)', body)
    this.#read = { body, offer }
  }

  #parse(body: string): Offer {
    if (this.#read?.body === body) return this.#read.offer
    const offer: Offer = JSON.parse(body)
    this.#read = { body, offer }
    return offer
  }
}

export const holdFrom = (id: string, row: HoldRow): StockHold => ({
  id,
  visitorId: row.visitor_id,
  units: row.units,
  expiresAt: row.expires_at,
  state: row.state,
  orderId: row.order_id,
  unitsTakenBack: row.units_taken_back,
})

const leaseFrom = ({ taken_back, next_hold_end, offer_version, ...row }: LeaseRow): Lease => ({
  ...row,
  takenBack: taken_back,
  nextHoldEnd: next_hold_end,
  offerVersion: offer_version,
})

/**
 * The units of one SKU that a book has leased, in the book's SQLite. The same as an owner's store
 * (../stock/sqlite-store.ts), but for two things: the tables are shared by all leaves of the book, and what stands in an
 * owner's adjustments are here the two counters of the lease.
 *
 * A hold writes three rows: itself and its two index entries; all holds of a turn share the account's.
 */
import { assert } from '../../domain/basics/assert.ts'
import type { Adjustment, Offer, StockHold, StockProof } from '../../domain/message/stock-desk.ts'
import type { StockAccount, StockStore } from '../../domain/stock/keeper.ts'
import { receivedBy, returnedBy } from '../../domain/stock/lease.ts'
import { NOTHING_TO_REPORT } from '../../domain/stock/report.ts'
import type { TakeBack } from '../../domain/stock/stock.ts'
import { Earliest } from '../basics/earliest.ts'
import type { Sql, SqlRow } from '../basics/sql.ts'
import { holdFrom, type HoldRow } from '../stock/sqlite-store.ts'

type AccountRow = {
  received: number
  returned: number
  free: number
  held: number
  sold: number
  version: number
  offer: string
}

/** The SKUs of which this book has ever leased units. */
export const leasedSkus = (sql: Sql): string[] =>
  sql.all<{ sku: string }>('SELECT sku FROM leaf_accounts ORDER BY sku').map(({ sku }) => sku)

export class SqliteLeafStore implements StockStore {
  readonly #sql: Sql
  readonly #sku: string
  readonly #oldestEnded: Earliest
  /** The offer as it was last read, so that it is not parsed for every hold. Checked against the row each time. */
  #read: { body: string; offer: Offer } | undefined
  readonly #nextHoldEnd: Earliest

  constructor(sql: Sql, sku: string) {
    this.#sql = sql
    this.#sku = sku
    this.#nextHoldEnd = new Earliest(
      () => this.#firstHoldEnd(),
      () => sql.undone,
    )
    this.#oldestEnded = new Earliest(
      () =>
        sql.first<{ oldest: number | null }>(
          "SELECT min(expires_at) AS oldest FROM leaf_holds WHERE sku = ? AND state IN ('released', 'expired')",
          sku,
        )!.oldest,
      () => sql.undone,
    )
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  account(): StockAccount | undefined {
    const row = this.#sql.first<AccountRow>(
      `SELECT received, returned, free, held, sold, version, body AS offer
       FROM leaf_accounts JOIN leaf_offers USING (sku) WHERE sku = ?`,
      this.#sku,
    )
    if (!row) return undefined
    const { received, returned, free, held, sold, version } = row
    const total = received - returned
    const count = { sku: this.#sku, initial: received, adjusted: 0 - returned, total, free, held, sold, version }
    return { offer: this.#parse(row.offer), count, report: NOTHING_TO_REPORT, leavesFree: 0 }
  }

  saveAccount({ offer, count }: StockAccount): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO leaf_accounts (sku, received, returned, free, held, sold, version)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      this.#sku,
      receivedBy(count),
      returnedBy(count),
      count.free,
      count.held,
      count.sold,
      count.version,
    )
    if (offer === this.#read?.offer) return
    const body = JSON.stringify(offer)
    this.#sql.run('INSERT OR REPLACE INTO leaf_offers (sku, body) VALUES (?, ?)', this.#sku, body)
    this.#read = { body, offer }
  }

  hold(id: string): StockHold | undefined {
    const row = this.#sql.first<HoldRow>(
      `SELECT visitor_id, units, expires_at, state, order_id, units_taken_back
       FROM leaf_holds WHERE sku = ? AND id = ?`,
      this.#sku,
      id,
    )
    return row && holdFrom(id, row)
  }

  insertHold({ id, visitorId, units, expiresAt, state, orderId, unitsTakenBack }: StockHold): void {
    this.#sql.run(
      `INSERT INTO leaf_holds (sku, id, visitor_id, units, expires_at, state, order_id, units_taken_back)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#sku,
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
      `UPDATE leaf_holds SET expires_at = ?, state = ?, order_id = ?, units_taken_back = ? WHERE sku = ? AND id = ?`,
      expiresAt,
      state,
      orderId,
      unitsTakenBack,
      this.#sku,
      id,
    )
    this.#nextHoldEnd.forget()
    if (state === 'released') this.#oldestEnded.isAtMost(expiresAt)
  }

  unitsTakenBy(visitorId: string): number {
    return this.#sql.first<{ units: number }>(
      `SELECT coalesce(sum(units - units_taken_back), 0) AS units
       FROM leaf_holds WHERE sku = ? AND visitor_id = ? AND state IN ('held', 'claimed', 'sold')`,
      this.#sku,
      visitorId,
    )!.units
  }

  takeBack(id: string): TakeBack | undefined {
    return this.#sql.first<TakeBack & SqlRow>(
      'SELECT id, hold_id AS holdId, units FROM leaf_take_backs WHERE sku = ? AND id = ?',
      this.#sku,
      id,
    )
  }

  insertTakeBack({ id, holdId, units }: TakeBack): void {
    this.#sql.run(
      'INSERT INTO leaf_take_backs (sku, id, hold_id, units) VALUES (?, ?, ?, ?)',
      this.#sku,
      id,
      holdId,
      units,
    )
  }

  adjustment(): Adjustment | undefined {
    return undefined
  }

  insertAdjustment(): void {
    assert(false, 'stock is adjusted at its owner, not at a leaf')
  }

  nextHoldEnd(): number | null {
    return this.#nextHoldEnd.at()
  }

  #firstHoldEnd(): number | null {
    return this.#sql.first<{ next: number | null }>(
      "SELECT min(expires_at) AS next FROM leaf_holds WHERE sku = ? AND state IN ('held', 'claimed')",
      this.#sku,
    )!.next
  }

  endHoldsExpiredBy(now: number): { holds: number; units: number } {
    const due = "sku = ? AND state IN ('held', 'claimed') AND expires_at <= ?"
    const over = this.#sql.first<{ holds: number; units: number }>(
      `SELECT count(*) AS holds, coalesce(sum(units), 0) AS units FROM leaf_holds WHERE ${due}`,
      this.#sku,
      now,
    )!
    this.#sql.run(`UPDATE leaf_holds SET state = 'expired' WHERE ${due}`, this.#sku, now)
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
      `DELETE FROM leaf_holds WHERE sku = ? AND id IN (
         SELECT id FROM leaf_holds WHERE sku = ? AND state IN ('released', 'expired') AND expires_at <= ?
         ORDER BY expires_at LIMIT ?)
       RETURNING id`,
      this.#sku,
      this.#sku,
      endedBy,
      most,
    ).length
  }

  /** What came and went is known from the account alone; what is held and sold is added up from the rows. */
  recount(now: number): StockProof['recounted'] & { holdsOverdue: number } {
    const units = this.#sql.first<{ held: number; sold: number; holdsOverdue: number }>(
      `SELECT coalesce(sum(units) FILTER (WHERE state IN ('held', 'claimed')), 0) AS held,
         coalesce(sum(units - units_taken_back) FILTER (WHERE state = 'sold'), 0) AS sold,
         count(*) FILTER (WHERE state IN ('held', 'claimed') AND expires_at <= ?) AS holdsOverdue
       FROM leaf_holds WHERE sku = ?`,
      now,
      this.#sku,
    )!
    const { initial, adjusted } = this.account()?.count ?? { initial: 0, adjusted: 0 }
    return { initial, adjusted, ...units }
  }

  #parse(body: string): Offer {
    if (this.#read?.body === body) return this.#read.offer
    const offer: Offer = JSON.parse(body)
    this.#read = { body, offer }
    return offer
  }
}

/** The store of the pace, in the object's SQLite. */
import type { PaceRow, PacerStore } from '../../domain/pacing/keeper.ts'
import type { Endpoint } from '../../domain/message/pacer-desk.ts'
import type { Sql } from '../basics/sql.ts'

type Row = {
  endpoint: string
  permits_until: number
  rate: number
  rate_since: number
  paused_until: number
  repeats: number
  repeats_since: number
}

export class SqlitePacerStore implements PacerStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  rows(): PaceRow[] {
    return this.#sql.all<Row>('SELECT * FROM paces').map(paceRow)
  }

  save({ endpoint, permitsUntil, rate, rateSince, pausedUntil, repeats, repeatsSince }: PaceRow): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO paces
         (endpoint, permits_until, rate, rate_since, paused_until, repeats, repeats_since) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[endpoint, permitsUntil, rate, rateSince, pausedUntil, repeats, repeatsSince],
    )
  }
}

const paceRow = (row: Row): PaceRow => ({
  endpoint: row.endpoint as Endpoint,
  permitsUntil: row.permits_until,
  rate: row.rate,
  rateSince: row.rate_since,
  pausedUntil: row.paused_until,
  repeats: row.repeats,
  repeatsSince: row.repeats_since,
})

/** The store of a pool, in the object's SQLite. */
import type { Verdict } from '../../domain/origin/canary.ts'
import type { Checkup } from '../../domain/origin/checkup.ts'
import type { OriginRow, PoolHead, PoolStore } from '../../domain/origin/keeper.ts'
import type { Pool } from '../../domain/origin/rule-file.ts'
import type { Sql } from '../basics/sql.ts'

type HeadRow = { version: number; settings: string; told_at: number; canary: string; withdrawn_at: number | null }
type Row = { name: string; verdict: string; rests_until: number; rests: number }

export class SqlitePoolStore implements PoolStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  head(): PoolHead | undefined {
    const row = this.#sql.first<HeadRow>('SELECT version, settings, told_at, canary, withdrawn_at FROM pool')
    return (
      row && {
        version: row.version,
        pool: JSON.parse(row.settings) as Pool,
        toldAt: row.told_at,
        canary: row.canary as Verdict,
        withdrawnAt: row.withdrawn_at,
      }
    )
  }

  putHead({ version, pool, toldAt, canary, withdrawnAt }: PoolHead): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO pool (id, version, settings, told_at, canary, withdrawn_at) VALUES (1, ?, ?, ?, ?, ?)`,
      ...[version, JSON.stringify(pool), toldAt, canary, withdrawnAt],
    )
  }

  origins(): OriginRow[] {
    return this.#sql.all<Row>('SELECT name, verdict, rests_until, rests FROM origins').map((row) => ({
      name: row.name,
      verdict: row.verdict as Checkup['verdict'],
      restsUntil: row.rests_until,
      rests: row.rests,
    }))
  }

  putOrigin({ name, verdict, restsUntil, rests }: OriginRow): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO origins (name, verdict, rests_until, rests) VALUES (?, ?, ?, ?)',
      ...[name, verdict, restsUntil, rests],
    )
  }

  forgetOrigins(): void {
    this.#sql.run('DELETE FROM origins')
  }
}

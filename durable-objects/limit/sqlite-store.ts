/** The store of limits, in the object's SQLite. Tats are whole microseconds, which a double holds exactly until 2255. */
import type { LimitStore } from '../../domain/limit/keeper.ts'
import type { Sql } from '../basics/sql.ts'

export class SqliteLimitStore implements LimitStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  find(key: string): number | undefined {
    return this.#sql.first<{ tat: number }>('SELECT tat FROM limits WHERE key = ?', key)?.tat
  }

  put(key: string, tat: number): void {
    this.#sql.run('INSERT OR REPLACE INTO limits (key, tat) VALUES (?, ?)', key, tat)
  }

  removeRestedBy(instant: number): void {
    this.#sql.run('DELETE FROM limits WHERE tat <= ?', instant * 1000)
  }

  lastRestsAt(): number | undefined {
    const { last } = this.#sql.first<{ last: number | null }>('SELECT MAX(tat) AS last FROM limits')!
    return last === null ? undefined : Math.ceil(last / 1000)
  }
}

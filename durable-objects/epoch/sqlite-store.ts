/** The store of epochs, in the object's SQLite. */
import type { ChangedTag, EpochHead, EpochStore } from '../../domain/freshness/keeper.ts'
import type { Sql } from '../basics/sql.ts'

type TagRow = { tag: string; version: number; changed_at: number }

export class SqliteEpochStore implements EpochStore {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  head(): EpochHead | undefined {
    return this.#sql.first<EpochHead & Record<string, string | number>>(
      'SELECT line, version, floor, position FROM head',
    )
  }

  putHead({ line, version, floor, position }: EpochHead): void {
    this.#sql.run(
      'INSERT OR REPLACE INTO head (id, line, version, floor, position) VALUES (1, ?, ?, ?, ?)',
      ...[line, version, floor, position],
    )
  }

  put({ tag, version, at }: ChangedTag): void {
    this.#sql.run('INSERT OR REPLACE INTO tags (tag, version, changed_at) VALUES (?, ?, ?)', tag, version, at)
  }

  changedSince(version: number): ChangedTag[] {
    return this.#sql
      .all<TagRow>('SELECT tag, version, changed_at FROM tags WHERE version > ? ORDER BY version', version)
      .map(({ tag, version: counted, changed_at }) => ({ tag, version: counted, at: changed_at }))
  }

  count(): number {
    return this.#sql.first<{ count: number }>('SELECT count(*) AS count FROM tags')!.count
  }

  forgetFirst(count: number): number {
    const last = this.#sql.first<{ version: number }>(
      'SELECT version FROM tags ORDER BY version LIMIT 1 OFFSET ?',
      count - 1,
    )
    if (!last) return 0
    this.#sql.run('DELETE FROM tags WHERE version <= ?', last.version)
    return last.version
  }

  forgetAll(): void {
    this.#sql.run('DELETE FROM tags')
  }
}

/** The least that an object can do and still keep something: one RPC, one row. */
import { DurableObject } from 'cloudflare:workers'

export class RowObject extends DurableObject {
  readonly #sql: SqlStorage

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    this.#sql = ctx.storage.sql
    this.#sql.exec('CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID')
  }

  write(id: string, body: string): number {
    return this.#sql.exec('INSERT INTO row (id, body) VALUES (?, ?)', id, body).rowsWritten
  }
}

/**
 * What our figures are laid beside: the least that the same runtime can do. A Hono route that says hello, and one RPC
 * to one object that writes one row. The distance from here to our routes is what we cost.
 */
import { DurableObject } from 'cloudflare:workers'
import { Hono } from 'hono'

interface Bindings {
  ROW: DurableObjectNamespace<RowObject>
}

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

const app = new Hono<{ Bindings: Bindings }>()
app.get('/hello', (c) => c.json({ hello: 'world' }))
app.post('/row', async (c) => {
  const body = await c.req.text()
  const written = await c.env.ROW.getByName('the-one').write(crypto.randomUUID(), body)
  return c.json({ written }, 201)
})

export default app

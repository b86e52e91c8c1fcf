/**
 * What our figures are laid beside: the least that the same runtime can do. A Hono route that says hello, and one RPC
 * to one object that writes one row. The distance from here to our routes is what we cost.
 */
import { Hono } from 'hono'
import type { RowObject } from './row-object.ts'

export { RowObject } from './row-object.ts'

interface Bindings {
  ROW: DurableObjectNamespace<RowObject>
}

const app = new Hono<{ Bindings: Bindings }>()
app.get('/hello', (c) => c.json({ hello: 'world' }))
app.post('/row', async (c) => {
  const body = await c.req.text()
  const written = await c.env.ROW.getByName('the-one').write(crypto.randomUUID(), body)
  return c.json({ written }, 201)
})

export default app

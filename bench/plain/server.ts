/**
 * A process of its own that ours is laid beside: the same catalog route on plain Hono in Node, which asks Postgres each time;
 * and a shop that stands behind the gateway. Is told where the database is, and says where it listens.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Hono } from 'hono'
import { Pool } from 'pg'
import { productBySlug } from '../../platform/postgres/products.ts'

/** As many as a small Postgres likes. */
const CONNECTIONS = 10

let pool: Pool | null = null
let storeId = ''

const app = new Hono()
app.get('/api/v1/products/:slug', async (c) => {
  const { sql, params } = productBySlug(storeId, c.req.param('slug')).getQuery()
  const { rows } = await pool!.query<{ product: object }>(sql, params)
  const [found] = rows
  if (!found) return c.json({ code: 'not_found' }, 404)
  return c.json(found.product, 200, { 'cache-control': 'public, max-age=60' })
})
app.get('/origin/hello', (c) => c.json({ hello: 'world' }, 200, { 'cache-control': 'public, max-age=3600' }))

const server = createServer((request, response) => void answer(request, response))

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const said = await app.fetch(new Request(`http://plain${request.url}`))
  response.writeHead(said.status, Object.fromEntries(said.headers))
  response.end(Buffer.from(await said.arrayBuffer()))
}

process.on('message', (told: { databaseUrl: string; storeId: string }) => {
  pool = new Pool({ connectionString: told.databaseUrl, max: CONNECTIONS })
  storeId = told.storeId
  process.send?.({ ready: true })
})

server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.send?.({ port: (server.address() as AddressInfo).port })

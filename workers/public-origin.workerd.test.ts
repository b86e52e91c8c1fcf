import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { bookOf, newId } from '../domain/basics/ids.ts'
import { newOperatorKey } from '../domain/store/operator-key.ts'
import { DEFAULT_SETTINGS } from '../domain/store/store.ts'
import { systemRandom } from '../platform/dice.ts'
import { keepApiKey } from '../platform/postgres/api-keys.ts'
import { openDatabase } from '../platform/postgres/database.ts'
import { putStore } from '../platform/postgres/stores.ts'
import { orderBook } from './desks.ts'
import { openShop, Operator, Visitor, type TestShop } from './testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  const nameless = {
    id: env.DEFAULT_STORE,
    name: 'Default',
    currency: 'EUR',
    hostnames: [],
    settings: DEFAULT_SETTINGS,
  }
  await putStore(openDatabase(env).write(), nameless)
})

it('[SEC11] lets no host that a stranger made up into a page', async () => {
  const said = await new Visitor('http://evil.example').asks('/search')
  expect(said.status).toBe(200)
  expect(said.text).toContain('rel="canonical"')
  expect(said.text).not.toContain('evil.example')
})

it('[SEC11] writes to no buyer with a link to a host that was made up', async () => {
  const key = newOperatorKey('test', systemRandom)
  const id = newId('key', Date.now(), systemRandom)
  await keepApiKey(openDatabase(env).write(), env.DEFAULT_STORE, { id, key, name: 'test', scopes: ['*'] })
  const evil = 'http://evil.example'
  const sku = crypto.randomUUID()
  expect((await new Operator(evil, key).offers(sku, 1)).status).toBe(201)
  const ana = new Visitor(evil)
  const ordered = await ana.orders((await ana.holds(sku)).body.id)
  expect(ordered.status, ordered.text).toBe(202)
  const order = await orderBook(env, env.DEFAULT_STORE, bookOf('ord', ordered.body.id)!).findOrder(ordered.body.id)
  expect(order?.orderUrl).toBe(`http://localhost/orders/${ordered.body.id}`)
})

it('[SEC11] leads to the host that was asked when the store has registered it', async () => {
  const said = await shop.visitor().asks('/search')
  expect(said.text).toContain(`rel="canonical" href="${shop.origin}/`)
})

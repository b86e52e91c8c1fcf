import { env } from 'cloudflare:workers'
import { beforeAll, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../domain/store/store.ts'
import { openDatabase } from '../platform/postgres/database.ts'
import { putStore } from '../platform/postgres/stores.ts'
import { openShop, Visitor, type TestShop } from './testing/shop.ts'

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

it('[SEC11] leads to the host that was asked when the store has registered it', async () => {
  const said = await shop.visitor().asks('/search')
  expect(said.text).toContain(`rel="canonical" href="${shop.origin}/`)
})

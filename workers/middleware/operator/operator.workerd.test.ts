import { env } from 'cloudflare:workers'
import { listDurableObjectIds, runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { databaseOf } from '../../../platform/postgres/database.ts'
import { Client, openShop, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => {
  vi.restoreAllMocks()
})

const asks = (bearer: string | null, path = '/api/v1/admin/products') => new Client(shop.origin, bearer).asks(path)

describe('an operator’s key', () => {
  it('[SEC1] is asked for', async () => {
    const said = await asks(null)
    expect(said.status).toBe(401)
    expect(said.body.code).toBe('operator_key_missing')
    expect(said.headers.get('www-authenticate')).toMatch(/^Bearer/)
  })

  it('[SEC1] is refused when a letter is wrong, before anybody is asked', async () => {
    const read = vi.spyOn(databaseOf(env), 'read')
    const last = shop.operatorKey.at(-7)!
    for (const wrong of [
      'onr_test_',
      'nonsense',
      shop.operatorKey.slice(0, -7) + (last === 'A' ? 'B' : 'A') + shop.operatorKey.slice(-6),
    ]) {
      const said = await asks(wrong)
      expect(said.status).toBe(401)
      expect(said.body.code).toBe('operator_key_not_valid')
    }
    expect(read).not.toHaveBeenCalledWith('primary')
  })

  it('[SEC1] opens what it is for', async () => {
    expect((await asks(shop.operatorKey)).status).toBe(200)
  })

  it('[SEC4] of another store is told what an unknown one is told', async () => {
    const other = await openShop()
    const said = await asks(other.operatorKey)
    expect(said.status).toBe(401)
    expect(said.body.code).toBe('operator_key_not_valid')
  })

  it.each([
    ['GET', '/products', 'catalog:write', 'catalog:read'],
    ['POST', '/products', 'catalog:read', 'catalog:write'],
    ['DELETE', '/products/x', 'catalog:read', 'catalog:write'],
    ['POST', '/drops', 'catalog:read', 'catalog:write'],
    ['GET', '/stock/X', 'orders:read', 'stock:read'],
    ['POST', '/stock/X/adjustments', 'stock:read', 'stock:write'],
    ['GET', '/orders', 'catalog:read', 'orders:read'],
    ['POST', '/orders/ord_1/refunds', 'orders:read', 'orders:write'],
    ['POST', '/orders/ord_1/cancellation', 'orders:read', 'orders:write'],
    ['GET', '/proof', 'orders:read', 'proof:read'],
    ['GET', '/keys', 'catalog:write', 'keys:write'],
    ['POST', '/keys', 'catalog:write', 'keys:write'],
    ['GET', '/audit', 'keys:write', '*'],
  ])('[SEC2] may not %s %s with %s', async (method, path, scope, required) => {
    const who = await shop.operatorWith(scope)
    const said = await who.asks(`/api/v1/admin${path}`, { method, ...(method === 'GET' ? {} : { body: {} }) })
    expect(said.status, said.text).toBe(403)
    expect(said.body).toMatchObject({ code: 'scope_missing', required })
  })

  it('[SEC2] issues no key that may do more than itself', async () => {
    const who = await shop.operatorWith('keys:write')
    const said = await who.posts('/api/v1/admin/keys', { name: 'more', scopes: ['orders:write'] })
    expect(said.body).toMatchObject({ code: 'scope_missing', required: 'orders:write' })
    expect((await who.posts('/api/v1/admin/keys', { name: 'same', scopes: ['keys:write'] })).status).toBe(201)
  })

  it('[SEC3] opens nothing five seconds after it was revoked', async () => {
    const made = await shop.operator.posts('/api/v1/admin/keys', { name: 'short', scopes: ['catalog:read'] })
    expect((await asks(made.body.key)).status).toBe(200)
    expect((await shop.operator.asks(`/api/v1/admin/keys/${made.body.id}`, { method: 'DELETE' })).status).toBe(204)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 })
    expect((await asks(made.body.key)).status).toBe(401)
    vi.useRealTimers()
  })

  it('[SEC9] is shown once, the same when asked again, and kept nowhere in plain', async () => {
    const key = crypto.randomUUID()
    const body = { name: 'once', scopes: ['catalog:read'] }
    const first = await shop.operator.posts('/api/v1/admin/keys', body, key)
    expect(first.status, first.text).toBe(201)
    const again = await shop.operator.posts('/api/v1/admin/keys', body, key)
    expect(again.text).toBe(first.text)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect((await shop.operator.posts('/api/v1/admin/keys', { ...body, name: 'other' }, key)).status).toBe(422)
    const listed = await shop.operator.asks('/api/v1/admin/keys')
    expect(listed.text).toContain(first.body.id)
    expect(listed.text).not.toContain(first.body.key)
    expect(await everythingRemembered()).not.toContain(first.body.key)
  })

  it('[SEC10] leaves a row that says what it did', async () => {
    await shop.operator.offers('AUDITED', 3)
    await shop.operator.posts('/api/v1/admin/stock/AUDITED/adjustments', { delta: -1, reason: 'broken' })
    const { body } = await shop.operator.asks('/api/v1/admin/audit')
    expect(body.data.slice(0, 2)).toMatchObject([
      { actor: shop.operatorKeyId, action: 'stock.adjusted', subject: 'AUDITED', facts: { delta: -1 } },
      { actor: shop.operatorKeyId, action: 'product.created', facts: { slug: 'audited' } },
    ])
  })
})

/** Every row of every object that remembers answers, as text. */
async function everythingRemembered(): Promise<string> {
  const parts: string[] = []
  for (const id of await listDurableObjectIds(env.ANSWERS)) {
    await runInDurableObject(env.ANSWERS.get(id), (_, state) => {
      const rows = state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name = 'answers'")
        .toArray()
        .flatMap(() => state.storage.sql.exec('SELECT key, headers, CAST(body AS TEXT) AS body FROM answers').toArray())
      parts.push(JSON.stringify(rows))
    })
  }
  return parts.join('\n')
}

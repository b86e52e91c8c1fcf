import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { bookOf } from '../../domain/basics/ids.ts'
import { homeOf } from '../../domain/sharding/books.ts'
import { bucketFor, ORDER_BOOKS_AT_FIRST } from '../../domain/sharding/bucket.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

const DAY_MS = 24 * 60 * 60_000

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  expect((await shop.operator.offers('LAMP', 1000)).status).toBe(201)
})
afterEach(() => {
  vi.useRealTimers()
})

const expectSame = (first: Said, again: Said): void => {
  expect(again.status).toBe(first.status)
  expect(again.text).toBe(first.text)
  expect(again.headers.get('location')).toBe(first.headers.get('location'))
  expect(first.headers.get('idempotent-replayed')).toBeNull()
  expect(again.headers.get('idempotent-replayed')).toBe('true')
}

const send = (who: { asks: TestShop['operator']['asks'] }, path: string, body: unknown, key?: string): Promise<Said> =>
  who.asks(path, { method: 'POST', body, headers: key === undefined ? {} : { 'idempotency-key': key } })

describe.each([
  [
    'a hold',
    '/api/v1/holds',
    { lines: [{ sku: 'LAMP', quantity: 1 }] },
    { lines: [{ sku: 'LAMP', quantity: 2 }] },
    201,
  ],
  [
    'an adjustment',
    '/api/v1/admin/stock/LAMP/adjustments',
    { delta: 1, reason: 'found' },
    { delta: 2, reason: 'found' },
    201,
  ],
  ['a collection', '/api/v1/admin/collections', { title: 'Lamps' }, { title: 'Lights' }, 201],
  [
    'a refusal',
    '/api/v1/holds',
    { lines: [{ sku: 'LAMP', quantity: 11 }] },
    { lines: [{ sku: 'LAMP', quantity: 12 }] },
    409,
  ],
])('asking twice for %s', (_, path, body, other, status) => {
  const somebody = () => (path.includes('/admin/') ? shop.operator : shop.visitor())

  it('[IDM1] is refused without a key', async () => {
    const said = await send(somebody(), path, body)
    expect(said.status).toBe(400)
    expect(said.body.code).toBe('idempotency_key_missing')
  })

  it.each(['', 'a, b', 'x'.repeat(256)])('[IDM2] is refused with the key %j', async (key) => {
    const said = await send(somebody(), path, body, key)
    expect(said.status).toBe(400)
    expect(said.body.code).toBe('idempotency_key_malformed')
  })

  it('[IDM3] [IDM4] is told the same to the byte, and another body is refused', async () => {
    const who = somebody()
    const key = crypto.randomUUID()
    const first = await send(who, path, body, key)
    expect(first.status, first.text).toBe(status)
    expectSame(first, await send(who, path, body, key))
    const reused = await send(who, path, other, key)
    expect(reused.status).toBe(422)
    expect(reused.body.code).toBe('idempotency_key_reused')
    expect(reused.body.request_id).toBe(reused.headers.get('x-request-id'))
    expectSame(first, await send(who, path, body, key))
  })
})

describe('asking an operator’s question a hundred times at once', () => {
  it('[IDM5] [IDM9] has one effect; the others are told to come back, or the same', async () => {
    const before = (await shop.operator.stock('LAMP')).body
    const key = crypto.randomUUID()
    const ask = () => send(shop.operator, '/api/v1/admin/stock/LAMP/adjustments', { delta: 7, reason: 'found' }, key)
    const all = await Promise.all(Array.from({ length: 100 }, ask))
    const statuses = new Set(all.map(({ status }) => status))
    expect([...statuses].every((status) => status === 201 || status === 409)).toBe(true)
    for (const said of all.filter(({ status }) => status === 409)) {
      expect(said.body.code).toBe('idempotency_request_in_flight')
      expect(Number(said.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    const told = new Set(all.filter(({ status }) => status === 201).map(({ text }) => text))
    expect(told.size).toBe(1)
    expect((await ask()).text).toBe([...told][0])
    expect((await shop.operator.stock('LAMP')).body.total).toBe(before.total + 7)
  })
})

describe('asking for a hold a hundred times at once', () => {
  it('[IDM9] has one effect', async () => {
    const ana = shop.visitor()
    await ana.holds('LAMP') // so that all of them carry the cookie
    const before = (await shop.operator.stock('LAMP')).body
    const key = crypto.randomUUID()
    const all = await Promise.all(Array.from({ length: 100 }, () => ana.holds('LAMP', 3, key)))
    const told = new Set(all.filter(({ status }) => status === 201).map(({ text }) => text))
    expect(told.size).toBe(1)
    expect(all.every(({ status }) => status === 201 || status === 409)).toBe(true)
    expect((await shop.operator.stock('LAMP')).body.held).toBe(before.held + 3)
  })
})

describe('what is remembered', () => {
  it('[IDM8] is remembered for a day and no longer', async () => {
    const key = crypto.randomUUID()
    const one = await shop.operatorWith('*') // whose limits live in this test's days as well
    const ask = () => send(one, '/api/v1/admin/stock/LAMP/adjustments', { delta: 1, reason: 'found' }, key)
    const start = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: start })
    const first = await ask()
    vi.setSystemTime(start + DAY_MS - 1)
    expectSame(first, await ask())
    vi.setSystemTime(start + DAY_MS + 1000)
    const later = await ask()
    // A key that is free again is a new request; the stock knows its adjustment's id for ever and does nothing twice.
    expect(later.headers.get('idempotent-replayed')).toBeNull()
  })

  it('[IDM8] survives the eviction of whoever remembers it', async () => {
    const key = crypto.randomUUID()
    const path = '/api/v1/admin/collections'
    const first = await send(shop.operator, path, { title: 'Evening' }, key)
    for (const name of answerObjectsOf(path, key)) await evictDurableObject(env.ANSWERS.getByName(name))
    expectSame(first, await send(shop.operator, path, { title: 'Evening' }, key))
  })

  it('[IDM10] is somebody’s own: the same key of another asker, or for another route, is another key', async () => {
    const key = crypto.randomUUID()
    const [ana, ben] = await twoOfOneBook()
    const [forAna, forBen] = [await ana.holds('LAMP', 1, key), await ben.holds('LAMP', 2, key)]
    expect([forAna.status, forBen.status]).toEqual([201, 201])
    expect(forAna.body.id).not.toBe(forBen.body.id)
    const ordered = await ana.orders(forAna.body.id, { key })
    expect(ordered.status, ordered.text).toBe(202)
  })

  it('[IDM11] finds the basket of a buyer who lost the answer and the cookie with it', async () => {
    const key = crypto.randomUUID()
    const first = await shop.visitor().holds('LAMP', 1, key)
    const again = await shop.visitor().holds('LAMP', 1, key)
    expectSame(first, again)
  })

  it('[IDM3] [IDM4] holds for orders, with the basket’s cookie', async () => {
    const ana = shop.visitor()
    const [one, two] = [(await ana.holds('LAMP')).body.id, (await ana.holds('LAMP')).body.id]
    const key = crypto.randomUUID()
    const first = await ana.orders(one, { key })
    expect(first.status, first.text).toBe(202)
    expectSame(first, await ana.orders(one, { key }))
    expect((await ana.orders(two, { key })).body.code).toBe('idempotency_key_reused')
  })

  it('[IDM12] tells a buyer without a cookie the same over another network, the secret too', async () => {
    const { id } = (await shop.visitor().holds('LAMP')).body
    const order = { hold_id: id, email: 'ana@example.com', payment_method: 'pm_card_visa' }
    const key = crypto.randomUUID()
    const from = (ip: string, body: object) =>
      shop.visitor().asks('/api/v1/orders', {
        method: 'POST',
        body,
        headers: { 'idempotency-key': key, 'cf-connecting-ip': ip },
      })
    const first = await from('192.0.2.1', order)
    expect(first.status, first.text).toBe(202)
    expect(first.body.secret).toBeTruthy()
    expectSame(first, await from('198.51.100.2', order))
    expectSame(first, await from('198.51.100.2', order))
    expect((await from('203.0.113.3', { ...order, email: 'ben@example.com' })).body.code).toBe('idempotency_key_reused')
  })

  it('[IDM3] [IDM4] holds for orders without a cookie, also when the holds lie in two books', async () => {
    const [one, two] = await holdsOfTwoBooks()
    const stranger = shop.visitor()
    const key = crypto.randomUUID()
    const first = await stranger.orders(one, { key })
    expect(first.status, first.text).toBe(202)
    expectSame(first, await stranger.orders(one, { key }))
    expect((await stranger.orders(two, { key })).body.code).toBe('idempotency_key_reused')
  })
})

/** Two visitors whose baskets lie in the same book, and could be taken for one another there. */
async function twoOfOneBook(): Promise<[Visitor, Visitor]> {
  const met = new Map<number, Visitor>()
  for (let i = 0; i < 17; i++) {
    const somebody = shop.visitor()
    await somebody.holds('LAMP')
    const visitorId = somebody.cookies.get('onrush_visitor')!.split('.')[0]!
    const { book } = homeOf(shop.storeId, visitorId, [ORDER_BOOKS_AT_FIRST])
    const other = met.get(book)
    if (other) return [other, somebody]
    met.set(book, somebody)
  }
  throw new Error('of seventeen visitors two share a book')
}

async function holdsOfTwoBooks(): Promise<[string, string]> {
  const { id: one } = (await shop.visitor().holds('LAMP')).body
  for (let i = 0; i < 50; i++) {
    const { id: two } = (await shop.visitor().holds('LAMP')).body
    const [here, there] = [one, two].map((id) => bookOf('hld', id)!)
    if (here !== there) return [one, two]
  }
  throw new Error('fifty-one baskets do not all lie in one book')
}

/** Where the answer of this key may be: named as the door names it. */
function answerObjectsOf(path: string, key: string): string[] {
  const scope = `key:${shop.operatorKeyId} POST ${path} ${key}`
  return [`${shop.storeId}/answers-${bucketFor(scope)}`]
}

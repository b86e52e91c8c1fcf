import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openShop, type TestShop, type Visitor } from '../testing/shop.ts'

let shop: TestShop
let ana: Visitor
beforeAll(async () => {
  shop = await openShop()
  ana = shop.visitor()
  for (const [sku, amount] of [
    ['ALPHA', 1000],
    ['BETA', 3000],
    ['GAMMA', 2000],
  ] as const) {
    expect((await shop.operator.offers(sku, 20, amount)).status).toBe(201)
  }
  const dropped = await shop.operator.posts('/api/v1/admin/drops', {
    slug: 'night',
    title: 'The night drop',
    opens_at: new Date(Date.now() - 1000).toISOString(),
    skus: ['ALPHA'],
  })
  expect(dropped.status, dropped.text).toBe(201)
  expect((await shop.operator.posts('/api/v1/admin/collections', { title: 'Prints' })).status).toBe(201)
  await shop.operator.asks('/api/v1/admin/products/alpha', { method: 'PATCH', body: { collections: ['prints'] } })
})

const PUBLIC = [
  '/api/v1/products',
  '/api/v1/products/alpha',
  '/api/v1/products/popular',
  '/api/v1/collections',
  '/api/v1/collections/prints',
  '/api/v1/drops',
  '/api/v1/drops/night',
  '/api/v1/drops/night/now',
  '/api/v1/openapi.json',
]

describe('public reads', () => {
  it.each(PUBLIC)('[HTT10] answer %s with a validator, and 304 to whoever has it', async (path) => {
    await vi.waitFor(async () => {
      const first = await ana.asks(path)
      expect(first.status, first.text).toBe(200)
      const etag = first.headers.get('etag')!
      expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
      expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+/)
      for (const tag of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const again = await ana.asks(path, { headers: { 'if-none-match': tag } })
        expect([tag, again.status, again.text]).toEqual([tag, 304, ''])
        expect(again.headers.get('etag')).toBe(etag)
        expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'))
      }
      expect((await ana.asks(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    }, 20_000) // the second of a drop's answer may end between two questions
  })

  it('[HTT10] say that what everybody polls may be kept for one second', async () => {
    const { headers, body } = await ana.asks('/api/v1/drops/night/now')
    expect(headers.get('cache-control')).toBe('public, max-age=1')
    expect(body).toMatchObject({ slug: 'night', status: 'open', availability: 'few', units_left: 20, room: null })
    expect(Math.abs(Date.parse(body.server_time) - Date.now())).toBeLessThan(60_000)
  })

  it('[HTT12] name the tier they came from', async () => {
    await ana.asks('/api/v1/products/beta')
    const { headers } = await ana.asks('/api/v1/products/beta')
    expect(headers.get('cache-status')).toMatch(/^onrush-mem; hit; ttl=\d+/)
  })

  it('[HTT19] show an operator’s write at once', async () => {
    expect((await ana.asks('/api/v1/products/gamma')).body.title).toBe('Signed print GAMMA')
    const changed = await shop.operator.asks('/api/v1/admin/products/gamma', {
      method: 'PATCH',
      body: { title: 'Gamma' },
    })
    expect(changed.status, changed.text).toBe(200)
    expect((await ana.asks('/api/v1/products/gamma')).body.title).toBe('Gamma')
    expect((await shop.operator.asks('/api/v1/admin/products/gamma', { method: 'DELETE' })).status).toBe(204)
    expect((await ana.asks('/api/v1/products/gamma')).body.code).toBe('product_not_found')
  })

  it('[HTT23] page, filter and sort', async () => {
    const slugs = async (query: string): Promise<string[]> =>
      (await ana.asks(`/api/v1/products?${query}`)).body.data.map(({ slug }: { slug: string }) => slug)
    expect(await slugs('sort=price&max_price=2500')).toEqual(['alpha'])
    expect(await slugs('sort=-price')).toEqual(['beta', 'alpha'])
    expect(await slugs('q=bet')).toEqual(['beta'])
    expect(await slugs('collection=prints')).toEqual(['alpha'])
    const first = (await ana.asks('/api/v1/products?limit=1&sort=title')).body
    const second = (await ana.asks(`/api/v1/products?limit=1&sort=title&cursor=${first.next_cursor}`)).body
    expect([first.data[0].slug, second.data[0].slug, second.next_cursor]).toEqual(['alpha', 'beta', null])
  })

  it.each([
    ['/api/v1/products?limit=0', 'invalid_request'],
    ['/api/v1/products?limit=101', 'invalid_request'],
    ['/api/v1/products?limit=1&limit=2', 'invalid_request'],
    ['/api/v1/products?sort=colour', 'invalid_request'],
    ['/api/v1/products?cursor=nonsense', 'cursor_not_valid'],
    ['/api/v1/products?min_price=-1', 'invalid_request'],
  ])('[HTT6] refuse %s', async (path, code) => {
    const said = await ana.asks(path)
    expect([said.status, said.body.code]).toEqual([400, code])
  })

  it.each([
    '/api/v1/products/none',
    '/api/v1/products/NOT%20A%20SLUG',
    '/api/v1/collections/none',
    '/api/v1/drops/none',
    '/api/v1/drops/none/now',
    '/api/v1/products/%00',
    "/api/v1/products/';drop table products--",
  ])('[HTT1] have nothing at %s', async (path) => {
    const said = await ana.asks(path)
    expect(said.status).toBe(404)
    expect(said.headers.get('content-type')).toBe('application/problem+json')
    expect(said.body.request_id).toBe(said.headers.get('x-request-id'))
  })
})

describe('an operator who has just written', () => {
  it('[HTT26] reads it back with the bookmark of the write, from whichever database', async () => {
    for (let i = 0; i < 20; i++) {
      const made = await shop.operator.offers(`FRESH-${i}`, 1)
      const bookmark = made.headers.get('onrush-bookmark')!
      expect(bookmark).toMatch(/^v1\./)
      const headers = { 'onrush-bookmark': bookmark }
      const seen = await shop.operator.asks(`/api/v1/admin/products/${made.body.id}`, { headers })
      expect([i, seen.status]).toEqual([i, 200])
    }
  })
})

describe('a drop that is paused', () => {
  it('[HTT24] holds nothing until it goes on', async () => {
    const pause = await shop.operator.asks('/api/v1/admin/drops/night/pause', { method: 'POST' })
    expect(pause.status, pause.text).toBe(200)
    expect((await ana.holds('ALPHA')).body.code).toBe('drop_paused')
    expect((await ana.asks('/api/v1/drops/night/now')).body.status).toBe('paused')
    await shop.operator.asks('/api/v1/admin/drops/night/resume', { method: 'POST' })
    expect((await ana.holds('ALPHA')).status).toBe(201)
  })
})

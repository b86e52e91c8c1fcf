/**
 * An existing shop of static pages, served by Node, is put behind Onrush with one rule file: its pages go on as they
 * were, its drop runs on Onrush, and one of its two servers may die.
 */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { Buyer } from './buyer.ts'
import { Operator } from './operator.ts'

const STYLE = new Headers({ 'cache-control': 'max-age=600', 'cache-tag': 'look', 'cache-groups': '"styles"' })

/** One of the shop's servers: counts what it is asked. */
class Server {
  asked = 0
  #server = http.createServer((request, answer) => {
    this.asked += 1
    if (request.url === '/style.css') answer.setHeaders(STYLE)
    if (request.method === 'POST') answer.statusCode = 303
    if (request.url === '/tested') {
      answer.setHeader('cache-control', 'max-age=600')
      return void answer.end(String(request.headers['onrush-variation'] ?? 'no experiment'))
    }
    if (request.url === '/publish') answer.setHeader('cache-group-invalidation', '"styles"')
    const { method, url, headers } = request
    if (url?.startsWith('/slow/')) return // never
    answer.end(`${this.name}: ${method} ${url} for ${String(headers['x-forwarded-host'])}`)
  })
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

const [main, spare] = [new Server('main'), new Server('spare')]
let shop: Shop
let operator: Operator

beforeAll(async () => {
  const [mainUrl, spareUrl] = [await main.start(), await spare.start()]
  shop = await startShop({ empty: true })
  operator = new Operator(shop.url, shop.operatorKey)
  const variations = [{ key: 'plain' }, { key: 'warm' }]
  await operator.asks('POST', '/experiments', { key: 'look', name: 'Look', surface: 'client', variations })
  await operator.asks('POST', '/experiments/look/start')
  await operator.asks('PUT', '/origins', {
    pools: [
      {
        name: 'old-shop',
        origins: [
          { name: 'main', url: mainUrl },
          { name: 'spare', url: spareUrl, backup: true },
        ],
        breaker: { bad_in_row: 2, rest_ms: 60_000 },
      },
      { name: 'slow', origins: [{ name: 'main', url: mainUrl }], timeout_ms: 100 },
      {
        name: 'looked-after',
        origins: [
          { name: 'main', url: mainUrl },
          { name: 'spare', url: spareUrl },
        ],
        health_check: { path: '/up', interval_ms: 1000, timeout_ms: 500, unhealthy_after: 1 },
      },
    ],
    rules: [
      {
        name: 'drops',
        when: { paths: ['/drops', '/drops/**', '/basket/**', '/checkout/**'] },
        then: { action: 'onrush' },
      },
      { name: 'moved', when: { paths: ['/old/**'] }, then: { action: 'redirect', to: '/new/$1', status: 301 } },
      { name: 'slow', when: { paths: ['/slow/**'] }, then: { action: 'origin', pool: 'slow', cache: 'none' } },
      {
        name: 'tested',
        when: { paths: ['/tested'] },
        then: { action: 'origin', pool: 'old-shop', experiment: 'look' },
      },
      { name: 'looked-after', when: { paths: ['/up/**'] }, then: { action: 'origin', pool: 'looked-after' } },
      { name: 'the-rest', then: { action: 'origin', pool: 'old-shop' } },
    ],
  })
  // What is fetched before the first word of what has changed is fetched once more after it.
  await vi.waitFor(
    async () => {
      await (await get('/about')).text()
      const { epochs } = await operator.asks('GET', '/cache/stats')
      expect((epochs as { shards: { version: number | null }[] }).shards.every(({ version }) => version !== null)).toBe(
        true,
      )
    },
    { timeout: 60_000, interval: 100 },
  )
}, 240_000)
afterAll(async () => {
  await Promise.all([shop?.stop(), spare.stop()])
}, 30_000)

const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' }

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${shop.url}${path}`, { redirect: 'manual', ...init })

describe('an existing shop behind Onrush', () => {
  it('[ORG16] goes on as it was, with its own pages, forms and lifetimes', async () => {
    const host = new URL(shop.url).host
    const page = await get('/about?x=1')
    expect(await page.text()).toBe(`main: GET /about?x=1 for ${host}`)
    expect([page.headers.get('content-security-policy'), page.headers.get('set-cookie')]).toEqual([null, null])
    expect((await get('/contact', { method: 'POST', body: 'x'.repeat(200_000) })).status).toBe(303)
    await (await get('/style.css')).text()
    expect((await get('/style.css')).headers.get('cache-status')).toMatch(/^onrush-mem; hit; ttl=/)
    expect((await get('/old/a/b')).headers.get('location')).toBe('/new/a/b')
  })

  it.each([
    ['a tag', () => operator.asks('POST', '/cache/purge', { tags: ['look'] })],
    ['its path', () => operator.asks('POST', '/cache/purge', { keys: ['/style.css'] })],
    ['everything', () => operator.asks('POST', '/cache/purge', { everything: true })],
    ['a group, by the shop itself', async () => (await get('/publish', { method: 'POST' })).arrayBuffer()],
  ])('[HCA42] is asked anew for what was purged by %s', async (_, purges) => {
    await (await get('/style.css')).text()
    const before = main.asked
    await (await get('/style.css')).text()
    expect(main.asked).toBe(before)
    await purges()
    const after = main.asked
    expect((await get('/style.css')).headers.get('cache-status')).toContain('fwd=uri-miss')
    expect(main.asked).toBe(after + 1)
  })

  it('[ORG22] shows each visitor the same variation of its own page, and is asked once for each', async () => {
    const before = main.asked
    const seen = new Map<string, string>()
    for (let n = 0; n < 30; n++) {
      const page = await get('/tested', { headers: { ...BROWSER, 'onrush-variation': 'look=made-up' } })
      expect([page.headers.get('vary'), page.headers.get('cache-control')]).toEqual(['Cookie', 'private, no-cache'])
      seen.set(page.headers.get('set-cookie')!.split(';')[0]!, await page.text())
    }
    expect(new Set(seen.values())).toEqual(new Set(['look=plain', 'look=warm']))
    expect(main.asked - before).toBe(2)
    for (const [cookie, body] of seen) {
      const again = await get('/tested', { headers: { ...BROWSER, cookie } })
      expect([await again.text(), again.headers.get('set-cookie')]).toEqual([body, null])
      expect(again.headers.get('cache-control')).toBe('max-age=600')
    }
    const robot = await get('/tested', { headers: { 'user-agent': 'Googlebot/2.1' } })
    expect([await robot.text(), robot.headers.get('set-cookie')]).toEqual(['no experiment', null])
    expect(main.asked - before).toBe(3)
    await vi.waitFor(
      async () => {
        const { counted } = await operator.asks('GET', '/experiments/look/results')
        const all = (counted as { visitors: number }[]).reduce((sum, { visitors }) => sum + visitors, 0)
        expect(all).toBe(30)
      },
      { timeout: 50_000, interval: 200 },
    )
  })

  it('[ORG16] leaves its drops, its API and its desk to Onrush', async () => {
    await operator.offers('ADOPTED', 3)
    expect((await get('/api/v1/products/adopted')).status).toBe(200)
    expect((await get('/console')).headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await get('/drops/none')).status).toBe(404)
    expect(await (await get('/api/v1/nothing')).json<object>()).toMatchObject({ code: 'not_found' })
  })

  it('[ORG16] sells its drop on Onrush, while its own pages go on', async () => {
    await operator.offers('PRINT', 2)
    const drop = { slug: 'prints', title: 'Prints', opens_at: new Date(Date.now() - 60_000).toISOString() }
    await operator.asks('POST', '/drops', { ...drop, skus: ['PRINT'] })
    expect(await (await get('/drops/prints')).text()).toContain('Signed print PRINT')
    const order = await new Buyer(shop.url).buys('PRINT')
    await vi.waitFor(async () => expect((await operator.stock('PRINT'))['sold']).toBe(1), {
      timeout: 30_000,
      interval: 200,
    })
    expect(order.id).toMatch(/^ord_/)
    expect(await (await get('/about')).text()).toMatch(/^main: GET \/about/)
  })

  it('[ORG10] says which rule an address hits, and what is wrong with a file, without saving it', async () => {
    expect(await operator.asks('POST', '/origins/try', { url: `${shop.url}/drops/x` })).toMatchObject({
      answered_by: 'onrush',
      rule: 'drops',
    })
    expect(await operator.asks('POST', '/origins/try', { url: `${shop.url}/old/x` })).toMatchObject({
      answered_by: 'redirect',
      target: '/new/x',
    })
    const tested = { name: 'one', then: { action: 'origin', pool: 'p', experiment: 'none' } }
    const file = { pools: [{ name: 'p', origins: [{ name: 'o', url: 'https://o.example' }] }], rules: [tested] }
    await expect(operator.asks('PUT', '/origins', file)).rejects.toThrow('/rules/0/then/experiment')
    const rule = { name: 'one', then: { action: 'origin', pool: 'nowhere' } }
    await expect(
      operator.asks('POST', '/origins/try', { url: shop.url, rule_file: { pools: [], rules: [rule] } }),
    ).rejects.toThrow('There is no pool of this name')
    expect(await operator.asks('GET', '/origins')).toMatchObject({ version: 1, rules: { length: 6 } })
  })

  it('[ORG7] waits for an origin as long as its pool says, and no longer', async () => {
    const late = await get('/slow/page')
    expect([late.status, late.headers.get('proxy-status')]).toEqual([504, 'onrush; error=http_response_timeout'])
  })

  it('[ORG15] is answered by its other server when one dies, and the dead one is left alone', async () => {
    await main.stop()
    const answers = []
    for (let n = 0; n < 20; n++) answers.push(await (await get(`/page/${n}`)).text())
    expect(answers.every((answer) => answer.startsWith('spare: GET'))).toBe(true)
    const { seen_here: seen } = await operator.asks('GET', '/origins')
    expect(seen).toMatchObject([
      {
        origins: [
          { name: 'main', resting_until: expect.any(String) },
          { name: 'spare', resting_until: null },
        ],
      },
      { pool: 'slow' },
      { pool: 'looked-after' },
    ])
  })

  it('[ORG19] is asked by Onrush how its servers do, one of which is dead', async () => {
    await vi.waitFor(
      async () => {
        await (await get(`/up/${Math.random()}`)).text()
        const { seen } = await operator.asks('GET', '/origins')
        expect(seen).toMatchObject([
          { pool: 'old-shop', checking: false },
          { pool: 'slow', checking: false },
          {
            checking: true,
            origins: [
              { name: 'main', checked: 'ill', last_check: { status: null } },
              { name: 'spare', checked: 'well', last_check: { status: 200 } },
            ],
          },
        ])
      },
      { timeout: 50_000, interval: 200 },
    )
  })
})

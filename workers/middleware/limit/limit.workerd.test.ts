import { env, exports } from 'cloudflare:workers'
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { app } from '../../app.ts'
import { openShop, type TestShop } from '../../testing/shop.ts'
import { settingsIn } from './settings.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  await shop.operator.offers('LAMP', 500)
})

/** Few enough to be reached, slow enough that nothing grows back while a test runs. */
const SCARCE = { per_minute: 1, burst: 3 }
const limits = (...classes: string[]): Partial<Env> => ({
  RATE_LIMITS: JSON.stringify({ classes: Object.fromEntries(classes.map((name) => [name, SCARCE])) }),
})

interface Asking {
  method?: string
  headers?: Record<string, string>
  body?: object
}

/** Through the front door, under other limits, from an address of its own. */
async function ask(path: string, bindings: Partial<Env>, { method = 'GET', headers = {}, body }: Asking = {}) {
  const ctx = createExecutionContext()
  const request = new Request(new URL(path, shop.origin), {
    method,
    redirect: 'manual',
    headers: { 'cf-connecting-ip': '203.0.113.1', ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  const response = await app.fetch(request, { ...env, ...bindings }, ctx)
  const text = await response.text()
  await waitOnExecutionContext(ctx)
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : {}, text }
}

const times = async <Said>(count: number, once: (i: number) => Promise<Said>): Promise<Said[]> => {
  const said: Said[] = []
  for (let i = 0; i < count; i += 1) said.push(await once(i))
  return said
}
const statuses = (said: { status: number }[]): number[] => said.map(({ status }) => status)
const holding = (cookie = '', ip = '203.0.113.1'): Asking => ({
  method: 'POST',
  headers: { 'idempotency-key': crypto.randomUUID(), 'cf-connecting-ip': ip, ...(cookie && { cookie }) },
  body: { lines: [{ sku: 'LAMP', quantity: 1 }] },
})

describe('limits at the door', () => {
  it('[LIM8] [LIM9] tell an operator where the key stands, and who has reached the limit which one and until when', async () => {
    const bindings = limits('operator-write')
    const other = await openShop()
    const authorization = `Bearer ${other.operatorKey}`
    const write = (i: number) =>
      ask(`${other.origin}/api/v1/admin/collections`, bindings, {
        method: 'POST',
        headers: { authorization, 'idempotency-key': crypto.randomUUID() },
        body: { slug: `shelf-${i}`, title: 'Shelf' },
      })
    const said = await times(4, write)
    expect(statuses(said)).toEqual([201, 201, 201, 429])
    expect(said[0]!.headers.get('ratelimit-policy')).toBe('"operator-write";q=1;w=60;onrush-burst=3')
    expect(said.slice(0, 3).map(({ headers }) => headers.get('ratelimit'))).toEqual([
      ...[expect.stringMatching(/;r=2;t=\d+$/), expect.stringMatching(/;r=1;/), expect.stringMatching(/;r=0;/)],
    ])
    const { headers, body } = said[3]!
    expect(body).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      ...{ title: 'Quota Exceeded', status: 429, code: 'too_many_requests' },
      'violated-policies': ['operator-write'],
    })
    const t = Number(/;t=(\d+)/.exec(headers.get('ratelimit')!)![1])
    expect(t).toBeGreaterThan(0)
    expect(t).toBeLessThanOrEqual(60)
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(t)
    expect(headers.get('content-type')).toBe('application/problem+json')
  })

  it('[LIM10] count a key’s reading apart from its writing', async () => {
    const headers = { authorization: `Bearer ${shop.operatorKey}` }
    const said = await times(4, () => ask('/api/v1/admin/stock/LAMP', limits('operator-read'), { headers }))
    expect(statuses(said)).toEqual([200, 200, 200, 429])
  })

  it('[LIM14] let a visitor’s own order book count holds and orders, whatever the address', async () => {
    const first = await ask('/api/v1/holds', limits('buying'), holding())
    const cookie = first.headers.get('set-cookie')!.split(';', 1)[0]!
    const said = await times(3, (i) => ask('/api/v1/holds', limits('buying'), holding(cookie, `203.0.113.${100 + i}`)))
    expect(statuses([first, ...said])).toEqual([201, 201, 201, 429])
    expect(said[2]!.body['violated-policies']).toEqual(['buying'])
    expect(said[2]!.headers.get('ratelimit-policy')).toContain('"buying"')
    expect((await ask('/api/v1/holds', limits('buying'), holding())).status).toBe(201)
  })

  it('[LIM14] count those without a cookie by their network, of IPv6 the /64, and nobody where there is none', async () => {
    const bindings = limits('newcomers')
    const from = (ip: string) => ask('/api/v1/holds', bindings, holding('', ip))
    // Five are let in without a question; then the judge hears of them, and has none left.
    const said = await times(6, (i) => from(`2001:db8:1:2::${i}`))
    expect(statuses(said)).toEqual([201, 201, 201, 201, 201, 429])
    expect((await from('2001:db8:1:3::1')).status).toBe(201)
    expect(statuses(await times(7, () => from('127.0.0.1')))).toEqual([201, 201, 201, 201, 201, 201, 201])
    // A cookie that is not ours is none.
    const forged = { cookie: 'onrush_visitor=vis_01KAHZ0000000000000000000A.AAAA' }
    const again = holding('', '2001:db8:1:2::9')
    expect((await ask('/api/v1/holds', bindings, { ...again, headers: { ...again.headers, ...forged } })).status).toBe(
      429,
    )
  })

  it('[LIM14] count what else a visitor changes by the visitor', async () => {
    const first = await ask('/api/v1/holds', {}, holding())
    const cookie = first.headers.get('set-cookie')!.split(';', 1)[0]!
    const joins = () => ask('/api/v1/drops/none/places', limits('visiting'), { method: 'POST', headers: { cookie } })
    expect(statuses(await times(11, joins))).toEqual([...Array.from({ length: 10 }, () => 404), 429])
  })

  it('[LIM14] count reads by network, never on an answer that others may share, and not at all where memory answers', async () => {
    const reads = () =>
      ask('/api/v1/products/lamp', limits('reading'), { headers: { 'cf-connecting-ip': '198.51.100.7' } })
    const said = await times(4, reads)
    expect(statuses(said)).toEqual([200, 200, 200, 429])
    for (const { headers } of said.slice(0, 3)) {
      expect(headers.get('cache-control')).toContain('public')
      expect(headers.has('ratelimit')).toBe(false)
    }
    const page = await ask('/', limits('reading'), { headers: { 'cf-connecting-ip': '198.51.100.7' } })
    expect(page.status).toBe(429)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(page.headers.get('retry-after')).toBeTruthy()
    const fromMemory = new Request(`${shop.origin}/api/v1/products/lamp`, {
      headers: { 'cf-connecting-ip': '198.51.100.7' },
    })
    expect((await exports.default.fetch(fromMemory)).status).toBe(200)
  })

  it('[LIM14] count questions about flags as reads', async () => {
    const asks = (path: string) =>
      ask(`/ofrep/v1/evaluate/flags${path}`, limits('reading'), {
        method: 'POST',
        headers: { 'cf-connecting-ip': '198.51.100.9' },
        body: { context: { targetingKey: 'anybody' } },
      })
    const said = [await asks(''), await asks('/a'), await asks('/b'), await asks(''), await asks('/c')]
    expect(statuses(said)).toEqual([200, 404, 404, 429, 429])
    expect(said[3]!.headers.get('retry-after')).toBeTruthy()
  })

  it('[CON14] shows on the console’s page what was let in and refused by each limit, and how full the gates are', async () => {
    const browser = shop.visitor()
    const raw = new URLSearchParams({ key: shop.operatorKey })
    expect((await browser.asks('/console/sign-in', { method: 'POST', raw })).status).toBe(303)
    const reads = () =>
      ask('/api/v1/products/lamp', limits('reading'), { headers: { 'cf-connecting-ip': '192.0.2.77' } })
    expect(statuses(await times(4, reads))).toContain(429)
    const page = await browser.asks('/console/limits')
    expect([page.status, page.headers.get('refresh')]).toEqual([200, '5; url=/console/limits'])
    const row = (text: string, name: string) =>
      new RegExp(`<code>${name}<.*?</tr>`, 's').exec(text)![0].match(/(?<=<td>)[^<]*/g)!
    const operator = await shop.operatorWith('stock:read')
    expect((await operator.asks('/api/v1/admin/stock/LAMP')).status).toBe(200)
    const [, , letIn, refused] = row(page.text, 'reading')
    expect([letIn, refused]).not.toContain('0')
    const [, , , , asked] = row((await browser.asks('/console/limits')).text, 'operator-read')
    expect(asked).not.toBe('0')
    expect(page.text).toContain('Shedding is switched off')
    expect(page.text).toContain('Orders, and what has been begun')
    expect((await shop.visitor().asks('/console/limits')).status).toBe(303)
  })

  it('[LIM11] while the judge is away let people join and refuse operators’ writes, and newcomers beyond the slack', async () => {
    const away = { getByName: () => ({ permits: () => Promise.reject(new Error('away')) }) }
    const bindings = { LIMITS: away as unknown as Env['LIMITS'] }
    const first = await ask('/api/v1/holds', {}, holding())
    const cookie = first.headers.get('set-cookie')!.split(';', 1)[0]!
    const joins = () => ask('/api/v1/drops/none/places', bindings, { method: 'POST', headers: { cookie } })
    expect(statuses(await times(12, joins))).toEqual(Array.from({ length: 12 }, () => 404))
    const headers = { authorization: `Bearer ${shop.operatorKey}`, 'idempotency-key': crypto.randomUUID() }
    const body = { slug: 'away', title: 'Away' }
    const write = await ask('/api/v1/admin/collections', bindings, { method: 'POST', headers, body })
    expect(write).toMatchObject({ status: 503, body: { code: 'temporarily_unavailable' } })
    expect((await ask('/api/v1/admin/stock/LAMP', bindings, { headers })).status).toBe(200)
    const holds = await times(6, () => ask('/api/v1/holds', bindings, holding('', '192.0.2.9')))
    expect(statuses(holds)).toEqual([201, 201, 201, 201, 201, 503])
  })

  it('[LIM15] ask the platform’s own limiter first, where there is one', async () => {
    const asked: string[] = []
    const wall = { limit: async ({ key }: { key: string }) => (asked.push(key), { success: asked.length < 2 }) }
    const bindings = { FIRST_WALL: wall } as Partial<Env>
    const said = await times(2, () => ask('/api/v1/holds', bindings, holding('', '192.0.2.77')))
    expect(statuses(said)).toEqual([201, 429])
    expect(asked).toEqual([`${shop.storeId} 192.0.2.77`, `${shop.storeId} 192.0.2.77`])
  })

  it('[LIM14] stop neither health nor webhooks', async () => {
    const bindings = limits('reading', 'newcomers')
    const health = await times(5, () => ask('/health', bindings, { headers: { 'cf-connecting-ip': '198.51.100.8' } }))
    expect(statuses(health)).toEqual([200, 200, 200, 200, 200])
    const hook = () =>
      ask('/api/v1/webhooks/stripe', bindings, {
        method: 'POST',
        headers: { 'cf-connecting-ip': '198.51.100.8' },
        body: {},
      })
    expect(statuses(await times(8, hook))).toEqual(Array.from({ length: 8 }, () => 400))
  })

  it.each([
    '{',
    '[]',
    '{"classes":{"nobody":{"per_minute":1,"burst":1}}}',
    '{"keys":{"k":{"per_minute":0,"burst":1}}}',
  ])('[LIM10] keep to the usual limits, and say so, when the setting means nothing: %s', (text) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    expect(settingsIn(text)).toEqual({})
    expect(log).toHaveBeenCalledOnce()
    log.mockRestore()
  })
})

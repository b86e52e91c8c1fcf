import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { Fault } from '../platform/fault.ts'
import { failed } from './failures.ts'
import { seals } from './middleware/seals/index.ts'
import { visit } from './middleware/visit/index.ts'
import { router } from './routes/endpoint.ts'
import { openShop, type Said, type TestShop, type Visitor } from './testing/shop.ts'

let shop: TestShop
let ana: Visitor
beforeAll(async () => {
  shop = await openShop()
  ana = shop.visitor()
})

const expectProblem = (said: Said, status: number, code: string): void => {
  expect(said.status, said.text).toBe(status)
  expect(said.headers.get('content-type')).toBe('application/problem+json')
  expect(said.body).toMatchObject({ status, code, type: `/docs/problems#${code}` })
  expect(said.body.request_id).toBe(said.headers.get('x-request-id'))
  expect(said.headers.get('cache-control')).toBe('no-store')
}

const post = (raw: BodyInit, headers: Record<string, string> = {}): Promise<Said> =>
  ana.asks('/api/v1/holds', {
    method: 'POST',
    raw,
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID(), ...headers },
  })

/** A holds request that is well formed in all but what is tried, padded to a size. */
const sized = (bytes: number): string => {
  const bare = JSON.stringify({ lines: [{ sku: 'NOTHING', quantity: 1 }] })
  return bare + ' '.repeat(bytes - bare.length)
}

describe('addresses and methods', () => {
  it('[HTT1] answers 404 as a problem for an unknown address of the API', async () => {
    expectProblem(await ana.asks('/api/v1/nothing'), 404, 'not_found')
    expectProblem(await ana.asks('/api/v1/holds/x/y', { method: 'POST', body: {} }), 404, 'not_found')
  })

  it('[HTT1] answers 404 as a page for an unknown address of the shop', async () => {
    const said = await ana.asks('/nothing')
    expect(said.status).toBe(404)
    expect(said.headers.get('content-type')).toMatch(/^text\/html/)
    expect(said.headers.get('content-security-policy')).toContain("script-src 'self'")
  })

  it.each([
    ['DELETE', '/api/v1/products', 'GET, HEAD, OPTIONS'],
    ['PUT', '/api/v1/holds', 'POST, OPTIONS'],
    ['POST', '/api/v1/holds/hld_1', 'GET, DELETE, HEAD, OPTIONS'],
    ['PATCH', '/api/v1/orders/ord_1', 'GET, HEAD, OPTIONS'],
    ['POST', '/health/live', 'GET, HEAD, OPTIONS'],
  ])('[HTT2] answers 405 to %s %s and names the methods that work', async (method, path, allow) => {
    const said = await ana.asks(path, { method, raw: 'whatever', headers: { 'content-type': 'text/plain' } })
    expectProblem(said, 405, 'method_not_allowed')
    expect(said.headers.get('allow')).toBe(allow)
    expect(said.body.allowed).toEqual(allow.split(', '))
  })

  it('[HTT2] tells OPTIONS what an address answers to, and other sites what they may send', async () => {
    const said = await ana.asks('/api/v1/holds', { method: 'OPTIONS', headers: { origin: 'https://elsewhere.test' } })
    expect(said.status).toBe(204)
    expect(said.headers.get('allow')).toBe('POST, OPTIONS')
    expect(said.headers.get('access-control-allow-origin')).toBe('*')
    expect(said.headers.get('access-control-allow-headers')).toContain('Idempotency-Key')
    expect(said.headers.has('access-control-allow-credentials')).toBe(false)
  })

  it('[HTT14] answers HEAD as GET without the body, and lets other sites read the public API', async () => {
    const got = await ana.asks('/api/v1/products')
    const head = await ana.asks('/api/v1/products', { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.headers.get('etag')).toBe(got.headers.get('etag'))
    expect(got.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('bodies', () => {
  it.each(['{', '', 'nonsense', '{"a":1}}'])('[HTT3] refuses %j', async (raw) => {
    expectProblem(await post(raw), 400, 'malformed_json')
  })

  it.each([
    ['DELETE', '/api/v1/holds/hld_1', 'hold_not_found'],
    ['POST', '/api/v1/drops/nowhere/places', 'drop_not_found'],
    ['POST', '/api/v1/places/plc_1/pass', 'place_not_found'],
  ])('[HTT31] takes %s %s without a body, whatever its content type says of it', async (method, path, code) => {
    const headers = (): Record<string, string> => ({ 'idempotency-key': crypto.randomUUID() })
    expectProblem(await ana.asks(path, { method, headers: headers() }), 404, code)
    const typed = { ...headers(), 'content-type': 'application/json' }
    expectProblem(await ana.asks(path, { method, raw: '', headers: typed }), 404, code)
  })

  it('[HTT31] still asks for the body where one is needed', async () => {
    expectProblem(await post(''), 400, 'malformed_json')
  })

  it('[HTT3] refuses bytes that are not UTF-8', async () => {
    expectProblem(await post(new Uint8Array([0x7b, 0xff, 0x7d])), 400, 'malformed_json')
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=x'])(
    '[HTT4] does not understand %s',
    async (type) => {
      const said = await post('{}', { 'content-type': type })
      expectProblem(said, 415, 'unsupported_media_type')
      expect(said.body.accepted).toEqual(['application/json'])
    },
  )

  it('[HTT4] understands JSON however its type is spelt', async () => {
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/json;charset=UTF-8']) {
      expectProblem(await post(sized(100), { 'content-type': type }), 404, 'unknown_sku')
    }
  })

  it('[HTT5] takes 65,536 bytes and not one more', async () => {
    expectProblem(await post(sized(65_536)), 404, 'unknown_sku')
    const said = await post(sized(65_537))
    expectProblem(said, 413, 'body_too_large')
    expect(said.body.limit_bytes).toBe(65_536)
  })

  it('[HTT5] counts what really comes when the length is not said', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 66; i++) controller.enqueue(new Uint8Array(1000).fill(0x20))
        controller.close()
      },
    })
    expectProblem(await post(chunks), 413, 'body_too_large')
  })

  it('[HTT5] takes 16 kB of headers and 4 kB of address, and not one byte more', async () => {
    const own = 'x-long'.length + 4
    const rest = 2000 // what the client and the runtime add is far below this
    expect(
      (await ana.asks('/api/v1/products', { headers: { 'x-long': 'x'.repeat(16_384 - own - rest) } })).status,
    ).toBe(200)
    const headers = { 'x-long': 'x'.repeat(16_384) }
    expectProblem(await ana.asks('/api/v1/holds/h', { headers }), 431, 'headers_too_large')
    const path = (bytes: number): string => `/api/v1/holds/h?${'x'.repeat(bytes - '/api/v1/holds/h?'.length)}`
    expectProblem(await ana.asks(path(4096)), 404, 'hold_not_found')
    expectProblem(await ana.asks(path(4097)), 414, 'uri_too_long')
  })

  it('[HTT6] names the field it does not know, and each that is wrong', async () => {
    const said = await post(JSON.stringify({ lines: [{ sku: 'A', quantity: 0, price: 1 }], is_admin: true }))
    expectProblem(said, 400, 'invalid_request')
    const pointers = said.body.errors.map(({ pointer }: { pointer: string }) => pointer)
    expect(pointers).toEqual(expect.arrayContaining(['/is_admin', '/lines/0/price', '/lines/0/quantity']))
  })

  it.each([
    '/products/%00',
    '/api/v1/products/%00',
    '/api/v1/products?q=a%00',
    '/search?q=%00',
    '/api/v1/holds/hld_%00',
    '/api/v1/orders/ord_%00?secret=%00',
    '/api/v1/products?cursor=WyJ0aXRsZSIsIlx1ZDgwMCIsIngiXQ&sort=title',
  ])('[HTT28] answers %s with 400, or 404', async (path) => {
    const said = await ana.asks(path)
    expect([400, 404], said.text).toContain(said.status)
    expect((await shop.operator.asks(path.replace('/v1/', '/v1/admin/'))).status).toBeLessThan(500)
  })

  it('[HTT28] answers text that nobody can keep with 400', async () => {
    for (const sku of ['a\u0000', '\ud800']) {
      expectProblem(await ana.holds(sku), 400, 'invalid_request')
      expectProblem(await shop.operator.offers(sku, 1), 400, 'invalid_request')
    }
  })

  it('[HTT6] refuses __proto__', async () => {
    const said = await post('{"lines":[{"sku":"A","quantity":1}],"__proto__":{"drop":"x"}}')
    expectProblem(said, 400, 'invalid_request')
  })
})

describe('ids and headers', () => {
  it('[HTT8] gives back the ids it was given', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const headers = { 'x-request-id': 'mine-1', traceparent }
    for (const path of ['/api/v1/nothing', '/api/v1/products', '/api/v1/products', '/nothing', '/health/live']) {
      const said = await ana.asks(path, { headers })
      expect([path, said.headers.get('x-request-id'), said.headers.get('traceparent')]).toEqual([
        path,
        'mine-1',
        traceparent,
      ])
    }
  })

  it('[SEC7] puts a strict policy on every answer', async () => {
    for (const path of [
      '/',
      '/api/v1/products',
      '/api/v1/products',
      '/api/v1/nothing',
      '/nothing',
      '/docs',
      '/health/live',
    ]) {
      const { headers } = await ana.asks(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy, path).toContain("default-src 'none'")
      expect(policy, path).not.toMatch(/unsafe|\*/)
      expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    }
  })

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://elsewhere.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 404],
    [{ 'sec-fetch-site': 'none' }, 404],
    [{}, 404],
  ])('[SEC6] answers a request with a cookie and %j with %i', async (headers, status) => {
    const said = await post(sized(100), { cookie: 'onrush_visitor=x', ...headers })
    expectProblem(said, status, status === 403 ? 'cross_site_request' : 'unknown_sku')
  })

  it('[SEC6] refuses forms from another site, cookie or not', async () => {
    const said = await shop.visitor().asks('/basket', {
      method: 'POST',
      raw: 'sku=A',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
    })
    expect(said.status).toBe(403)
  })
})

describe('faults and bugs', () => {
  const app = router()
  app.use(visit, seals)
  app.get('/api/fault', () => {
    throw new Fault('postgres at db.internal is away', { retryAfterMs: 4200, cause: new Error('secret') })
  })
  app.get('/api/overloaded', () => {
    throw Object.assign(new Error('too many requests for this object'), { overloaded: true })
  })
  app.get('/api/bug', () => {
    throw new TypeError('select * from secrets')
  })
  app.onError(failed)

  const ask = async (path: string): Promise<Response> => {
    const ctx = createExecutionContext()
    const response = await app.request(`https://shop.test${path}`, {}, env, ctx)
    await waitOnExecutionContext(ctx)
    return response
  }

  it.each([
    ['/api/fault', 503, 'temporarily_unavailable', '5'],
    ['/api/overloaded', 503, 'temporarily_unavailable', '5'],
    ['/api/bug', 500, 'internal_error', null],
  ])('[HTT9] answers %s with %i, tells nothing, and logs one line', async (path, status, code, retryAfter) => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const response = await ask(path)
    const text = await response.text()
    expect(response.status).toBe(status)
    expect(response.headers.get('retry-after')).toBe(retryAfter)
    expect(JSON.parse(text)).toMatchObject({ code, request_id: response.headers.get('x-request-id') })
    expect(text).not.toMatch(/secret|internal\.|stack|at /)
    expect(log).toHaveBeenCalledTimes(1)
    expect(JSON.parse(log.mock.calls[0]![0] as string)).toMatchObject({
      path,
      request_id: response.headers.get('x-request-id'),
    })
    log.mockRestore()
  })
})

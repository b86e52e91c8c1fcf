/** What HTTP promises of whatever can be read, asked of every route there is, and of those that have something to read. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { R2Documents } from '../platform/documents/documents.ts'
import { app } from './app.ts'
import { httpDate } from './conditional.ts'
import { sign } from './signing.ts'
import { openShop, type Said, type TestShop, type Visitor } from './testing/shop.ts'

let shop: TestShop
let ana: Visitor
/** Buys in another shop: an order that settles changes what is popular, and this one is to stay as it is. */
let bea: Visitor
/** Addresses with something behind them. */
let order: string
let document: string

const DOCUMENT = `doc_${'0'.repeat(26)}`
const TEXT = '%PDF-1.7 of ten tens'

beforeAll(async () => {
  shop = await openShop()
  ana = shop.visitor()
  expect((await shop.operator.offers('LAMP', 500)).status).toBe(201)
  expect((await shop.operator.posts('/api/v1/admin/collections', { title: 'Prints' })).status).toBe(201)
  const drop = { slug: 'night', title: 'Night', skus: ['LAMP'], opens_at: new Date(Date.now() - 1000).toISOString() }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
  const other = await openShop()
  bea = other.visitor()
  expect((await other.operator.offers('LAMP', 500)).status).toBe(201)
  order = (await bea.orders((await bea.holds('LAMP')).body.id)).headers.get('location')!
  await new R2Documents(env.DOCUMENTS).keep(DOCUMENT, new TextEncoder().encode(TEXT), 'application/pdf')
  const signature = await sign(env.SIGNING_KEY, 'document', `${shop.storeId} ord_x ${DOCUMENT}`)
  document = `/api/v1/documents/${DOCUMENT}?order=ord_x&signature=${signature}`
})

const TAGGED = [
  '/',
  '/collections',
  '/collections/prints',
  '/search?q=lamp',
  '/docs',
  '/docs/problems',
  '/docs/style.css',
  '/api/v1/openapi.json',
  '/api/v1/products',
  '/api/v1/products/lamp',
  '/api/v1/products/popular',
  '/api/v1/collections',
  '/api/v1/collections/prints',
]
const UNTAGGED = ['/products/lamp', '/drops/night', '/basket', '/clock', '/health/live', '/console']
const every = (): string[] => [...TAGGED, ...UNTAGGED, '/api/v1/drops/night', order, document]
/** How well the machine does may be another thing a moment later. */
const TELLS_OF_NOW = new Set(['/health', '/health/ready'])
const reading = [...new Set(app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path))]
  .filter((path) => !TELLS_OF_NOW.has(path))
  .map((path) => path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x').replaceAll('*', 'x'))
const who = (path: string): Visitor | TestShop['operator'] =>
  path.startsWith('/api/v1/admin/') ? shop.operator : path.startsWith(order) ? bea : ana
/** What is of this one answer, and not of the thing. */
const OWN = /^(x-request-id|cache-status|set-cookie|date|content-length|ratelimit.*|onrush-bookmark|etag)$/
const shapeOf = ({ status, headers }: Said): unknown => [status, [...headers].filter(([name]) => !OWN.test(name))]

/** In portions: a busy machine takes its time, and a test has only so much. */
const PORTIONS = 5
const portion = (paths: string[], at: number): string[] => paths.filter((_, i) => i % PORTIONS === at)

describe('HEAD', () => {
  it.each(Array.from({ length: PORTIONS }, (_, at) => at))(
    '[HTT14] is answered like GET, without the body, on every route that can be read, in portions: %i',
    async (at) => {
      expect(reading.length).toBeGreaterThan(40)
      for (const path of portion([...reading, ...every()], at)) {
        const head = await who(path).asks(path, { method: 'HEAD' })
        expect([path, head.text]).toEqual([path, ''])
        expect([path, shapeOf(head)]).toEqual([path, shapeOf(await who(path).asks(path))])
      }
    },
  )
})

it('[HTT14] opens no stream for HEAD', async () => {
  const head = await bea.asks(`${order}/events`, { method: 'HEAD' })
  expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', 'text/event-stream'])
})

describe('a condition', () => {
  it.each([...TAGGED, 'a document'])(
    '[HTT10] is met by whoever has it already: a 304 with what steers caches, for GET and for HEAD: %s',
    async (named) => {
      const path = named === 'a document' ? document : named
      const first = await ana.asks(path)
      const etag = first.headers.get('etag') ?? 'none'
      expect([path, first.status, etag]).toEqual([path, 200, expect.stringMatching(/^"[0-9a-f]+"$/)])
      for (const field of [etag, `W/${etag}`, `"x", ${etag} ,"y"`, '*']) {
        const headers = { 'if-none-match': field, 'if-modified-since': httpDate(0), range: 'bytes=0-1' }
        const again = await ana.asks(path, { headers })
        expect([path, field, again.status, again.text]).toEqual([path, field, 304, ''])
        for (const name of ['etag', 'cache-control', 'vary', 'cache-groups', 'last-modified']) {
          expect([path, name, again.headers.get(name)]).toEqual([path, name, first.headers.get(name)])
        }
        // Whatever else it says replaces what was kept with the page: a policy for data would leave it bare.
        const others = [...again.headers].filter(([name]) => !OWN.test(name))
        expect([path, others]).toEqual([path, others.map(([name]) => [name, first.headers.get(name)])])
        expect([path, again.headers.has('cache-status')]).toEqual([path, first.headers.has('cache-status')])
        expect([path, again.headers.get('content-type')]).toEqual([path, null])
      }
      const head = await ana.asks(path, { method: 'HEAD', headers: { 'if-none-match': etag } })
      expect([path, head.status]).toEqual([path, 304])
      const other = { 'if-none-match': '"x"', 'if-modified-since': httpDate(Date.now() + 60_000) }
      expect([path, (await ana.asks(path, { headers: other })).status]).toEqual([path, 200])
    },
  )

  it('[HTT10] is met by whoever has an order as it is', async () => {
    await vi.waitFor(async () => {
      const first = await bea.asks(order)
      const etag = first.headers.get('etag')!
      const again = await bea.asks(order, { headers: { 'if-none-match': `W/${etag}` } })
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', etag])
      expect(again.headers.get('cache-control')).toBe(first.headers.get('cache-control'))
      expect((await bea.asks(order, { headers: { 'if-none-match': '"x"' } })).status).toBe(200)
    }, 20_000) // it may settle between two questions
  })

  it('[HTT29] by date counts for documents alone: nothing else has one', async () => {
    for (const path of every()) {
      const first = await who(path).asks(path)
      const again = await who(path).asks(path, { headers: { 'if-modified-since': httpDate(Date.now() + 60_000) } })
      const isDated = path === document
      expect([path, first.headers.has('last-modified'), again.status]).toEqual([path, isDated, isDated ? 304 : 200])
    }
  })

  it('[HTT10] turns nothing that is no success into a 304', async () => {
    for (const path of [
      '/api/v1/products/none',
      '/products/none',
      '/none',
      '/api/v1/orders/ord_x',
      '/assets/none.js',
    ]) {
      const said = await ana.asks(path, {
        headers: { 'if-none-match': '*', 'if-modified-since': httpDate(Date.now()) },
      })
      expect([path, said.status]).toEqual([path, 404])
    }
  })
})

describe('Range', () => {
  const ask = (range: string, headers: Record<string, string> = {}): Promise<Said> =>
    ana.asks(document, { headers: { range, ...headers } })

  it('[HTT30] gives a part of a document, and says which', async () => {
    const whole = await ana.asks(document)
    expect([whole.status, whole.text, whole.headers.get('accept-ranges')]).toEqual([200, TEXT, 'bytes'])
    const part = await ask('bytes=2-4')
    expect([part.status, part.text, part.headers.get('content-range')]).toEqual([206, 'DF-', 'bytes 2-4/20'])
    for (const name of ['etag', 'last-modified', 'cache-control', 'content-type']) {
      expect([name, part.headers.get(name)]).toEqual([name, whole.headers.get(name)])
    }
    expect((await ask('bytes=-4')).text).toBe('tens')
    const none = await ask('bytes=20-')
    expect([none.status, none.body.code, none.headers.get('content-range')]).toEqual([
      416,
      'range_not_satisfiable',
      'bytes */20',
    ])
    expect((await ask('bytes=0-1', { 'if-range': whole.headers.get('etag')! })).status).toBe(206)
    expect((await ask('bytes=0-1', { 'if-range': '"x"' })).status).toBe(200)
    expect((await ana.asks(document, { method: 'HEAD', headers: { range: 'bytes=0-1' } })).status).toBe(200)
  })

  it('[HTT30] gives no part of anything that is drawn as it is asked for', async () => {
    for (const path of every().filter((one) => one !== document)) {
      expect([path, (await who(path).asks(path, { headers: { range: 'bytes=0-1' } })).status]).toEqual([path, 200])
    }
  })
})

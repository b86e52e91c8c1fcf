import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../app.ts'
import { openShop, type TestShop } from '../../testing/shop.ts'
import { shedding } from './index.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  await shop.operator.offers('LAMP', 5)
  const drop = { slug: 'lamp-drop', title: 'Lamps', opens_at: '2026-01-01T00:00:00Z', skus: ['LAMP'] }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
})

const told = Promise.withResolvers<void>()

/** A book that does not answer before it is told to; then it has nothing for sale. */
const book = {
  hold: () => told.promise.then(() => NOT_FOR_SALE),
  holdAll: (commands: readonly unknown[]) => told.promise.then(() => commands.map(() => ({ answered: NOT_FOR_SALE }))),
}
const NOT_FOR_SALE = {
  decision: { ok: false, refusal: { code: 'not_for_sale', sku: 'LAMP' } },
  replayed: false,
  requestId: 'req_x',
}
/** Bindings of its own bring gates of their own, which no other test has been through. */
const ours: Env = { ...env, SHEDDING: '', ORDER_BOOK: { getByName: () => book } as unknown as Env['ORDER_BOOK'] }

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const ctx = createExecutionContext()
  const request = new Request(`${shop.origin}${path}`, init)
  const response = await shedding(request, ours, ctx, () => app.fetch(request, ours, ctx))
  await waitOnExecutionContext(ctx)
  return response
}

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

/** Asks for what a crowd is waiting for. */
async function renews(path: string): Promise<number> {
  const ctx = createExecutionContext()
  const request = new Request(`${shop.origin}${path}`)
  const response = await shedding(request, ours, ctx, () => app.fetch(request, ours, ctx), true)
  await response.arrayBuffer()
  await waitOnExecutionContext(ctx)
  return response.status
}

const holding = (): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
  body: JSON.stringify({ lines: [{ sku: 'LAMP', quantity: 1 }] }),
})

/** Does something while so many holds wait for the book; answers what was said to each of them. */
async function whileFull(holds: number, then: () => Promise<void>): Promise<Response[]> {
  const waiting = Array.from({ length: holds }, () => ask('/api/v1/holds', holding()))
  try {
    await then()
  } finally {
    told.resolve()
  }
  return Promise.all(waiting)
}

describe('shedding at the door', () => {
  it('[LOD5] [LOD8] [LOD10] [ROM27] turns buyers and lookers away when too much is under way, and nobody who has begun, operates or watches', async () => {
    const answers = await whileFull(750, async () => {
      const page = await ask('/')
      expect(page.status).toBe(503)
      expect(page.headers.get('retry-after')).toBeTruthy()
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
      expect(page.headers.get('x-request-id')).toMatch(/^req_/)
      expect(await page.text()).toContain('We are busy')
      expect((await ask('/api/v1/orders/ord_x')).status).toBe(404)
      const shed = await ask('/api/v1/products', { headers: { 'x-request-id': 'mine', traceparent: TRACE } })
      expect(shed.headers.get('traceparent')).toBe(TRACE)
      expect(await shed.json()).toMatchObject({ code: 'reduced_capacity', request_id: 'mine' })
      expect(await renews('/api/v1/products')).toBe(200)
      expect((await ask('/health')).status).toBe(200)
      // Whoever waits can ask as well: no new streams, and those that are open stay so.
      expect((await ask('/api/v1/drops/lamp-drop/now/events')).status).toBe(503)
      const authorization = `Bearer ${shop.operatorKey}`
      expect((await ask('/api/v1/admin/stock/LAMP', { headers: { authorization } })).status).toBe(200)
    })
    const letIn = answers.filter(({ status }) => status === 409)
    const refused = answers.filter(({ status }) => status === 503)
    expect(letIn.length).toBeGreaterThan(300)
    expect(letIn.length).toBeLessThanOrEqual(500)
    expect(refused.length).toBe(750 - letIn.length)
    expect(new Set(refused.map(({ headers }) => headers.get('x-request-id'))).size).toBe(refused.length)
    for (const answer of refused) {
      const wait = Number(answer.headers.get('retry-after'))
      expect(wait).toBeGreaterThanOrEqual(4)
      expect(wait).toBeLessThanOrEqual(10)
      expect(await answer.json()).toMatchObject({
        type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
        ...{ title: 'Temporary Reduced Capacity', status: 503, code: 'reduced_capacity' },
        'violated-policies': ['capacity'],
        request_id: answer.headers.get('x-request-id'),
      })
    }
    for (const answer of letIn) await answer.body?.cancel()
    expect((await ask('/')).status).toBe(200)
  })
})

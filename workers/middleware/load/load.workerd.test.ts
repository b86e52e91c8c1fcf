import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { app } from '../../app.ts'
import { openShop, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  await shop.operator.offers('LAMP', 5)
})

async function ask(path: string, init: RequestInit = {}, bindings: Partial<Env> = {}): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await app.fetch(new Request(`${shop.origin}${path}`, init), { ...env, ...bindings }, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

const holding = (): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
  body: JSON.stringify({ lines: [{ sku: 'LAMP', quantity: 1 }] }),
})

/** So many holds at a book that does not answer before it is told to; then it has nothing for sale. */
async function whileFull(holds: number, then: () => Promise<void>): Promise<number[]> {
  const { promise: told, resolve: tell } = Promise.withResolvers<void>()
  const decision = { ok: false, refusal: { code: 'not_for_sale', sku: 'LAMP' } }
  const answered = { decision, replayed: false, requestId: 'req_x' }
  const hold = () => told.then(() => answered)
  const holdAll = (commands: readonly unknown[]) => told.then(() => commands.map(() => ({ answered })))
  const bindings = { ORDER_BOOK: { getByName: () => ({ hold, holdAll }) } as unknown as Env['ORDER_BOOK'] }
  const waiting = Array.from({ length: holds }, () => ask('/api/v1/holds', holding(), bindings))
  try {
    await then()
  } finally {
    tell()
  }
  const answers = await Promise.all(waiting)
  for (const answer of answers) await answer.body?.cancel()
  return answers.map(({ status }) => status)
}

describe('shedding at the door', () => {
  it('[LOD5] [LOD8] turns buyers and lookers away when too much is under way, and nobody who has begun, operates or watches', async () => {
    const statuses = await whileFull(500, async () => {
      const refused = await ask('/api/v1/holds', holding())
      expect(refused.status).toBe(503)
      const wait = Number(refused.headers.get('retry-after'))
      expect(wait).toBeGreaterThanOrEqual(4)
      expect(wait).toBeLessThanOrEqual(10)
      expect(await refused.json()).toMatchObject({
        type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
        ...{ title: 'Temporary Reduced Capacity', status: 503, code: 'reduced_capacity' },
        'violated-policies': ['capacity'],
      })
      const page = await ask('/')
      expect(page.status).toBe(503)
      expect(page.headers.get('retry-after')).toBeTruthy()
      expect(await page.text()).toContain('We are busy')
      expect((await ask('/api/v1/orders/ord_x')).status).toBe(404)
      expect((await ask('/health')).status).toBe(200)
      const authorization = `Bearer ${shop.operatorKey}`
      expect((await ask('/api/v1/admin/stock/LAMP', { headers: { authorization } })).status).toBe(200)
    })
    const letIn = statuses.filter((status) => status === 409).length
    expect(letIn).toBeGreaterThan(240)
    expect(letIn).toBeLessThanOrEqual(400)
    expect(statuses.filter((status) => status === 503).length).toBe(500 - letIn)
    expect((await ask('/')).status).toBe(200)
  })
})

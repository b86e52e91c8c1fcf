/** The live board of a drop over HTTP. */
import { env, exports } from 'cloudflare:workers'
import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stockNameFor } from '../../../domain/sharding/bucket.ts'
import { boardOf } from '../../../platform/desks.ts'
import { openShop, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
let sku: string
let other: string
let board: string
beforeEach(async () => {
  shop = await openShop()
  ;[sku, other] = [crypto.randomUUID(), crypto.randomUUID()]
  await Promise.all([shop.operator.offers(sku, 5), shop.operator.offers(other, 3)])
  board = `/api/v1/admin/drops/d-${sku}/board`
})
afterEach(() => {
  vi.useRealTimers()
})

async function plans(terms: object = {}): Promise<void> {
  const opens_at = new Date(Date.now() - 1000).toISOString()
  const drop = { title: 'The Drop', slug: `d-${sku}`, opens_at, skus: [sku, other], ...terms }
  const said = await shop.operator.posts('/api/v1/admin/drops', drop)
  expect(said.status, said.text).toBe(201)
}

describe('the board of a drop', () => {
  it('[CON3] says where the units are, who was refused and what was sold', async () => {
    await plans()
    const ana = shop.visitor()
    const held = await ana.holds(sku, 2)
    await shop.visitor().holds(other, 1)
    expect((await shop.visitor().holds(sku, 4)).body.code).toBe('not_enough_stock')
    expect((await ana.orders(held.body.id)).status).toBe(202)
    const units = async (): Promise<object> => (await shop.operator.asks(board)).body.units
    await expect.poll(units, { timeout: 20_000 }).toMatchObject({ sold: 2 })
    const { status, body } = await shop.operator.asks(board)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      drop: { slug: `d-${sku}`, status: 'open', title: 'The Drop' },
      room: null,
      units: { total: 8, free: 5, held: 1, sold: 2 },
      skus: [
        { sku, title: `Signed print ${sku}`, units: { total: 5, free: 3, held: 0, sold: 2 }, leaves: [] },
        { sku: other, units: { total: 3, free: 2, held: 1, sold: 0 } },
      ],
      holds: { granted: 2, units_held: 1 },
      orders: { accepted: 1, failed: 0 },
      payments: { waiting: 0 },
      refusals: [{ code: 'not_enough_stock', count: 1 }],
      faults: 0,
      silent: [],
    })
    expect(body.seconds.holds).toHaveLength(300)
  })

  it('[CON3] shows a waiting room with its limit', async () => {
    await plans({ room: { inside_max: 40, admissions_per_minute: 600 } })
    const { body: place } = await shop.visitor().asks(`/api/v1/drops/d-${sku}/places`, { method: 'POST' })
    expect(place.id).toMatch(/^plc_/)
    await expect
      .poll(async () => (await shop.operator.asks(board)).body.room, { timeout: 10_000 })
      .toMatchObject({ phase: 'line', inside_max: 40, admissions_per_minute_max: 600, waiting: 0 })
  })

  it('[CON3] shows each leaf with what it has', async () => {
    await plans({ leaves: 4 })
    expect((await shop.visitor().holds(sku)).status).toBe(201)
    const leaves = async (): Promise<{ leaf: string; free: number; held: number; sold: number }[]> =>
      (await shop.operator.asks(board)).body.skus[0].leaves
    await expect.poll(leaves, { timeout: 10_000 }).toContainEqual(expect.objectContaining({ held: 1, sold: 0 }))
    const [owner, ...others] = await leaves()
    expect(owner).toMatchObject({ leaf: 'owner', held: 0, sold: 0 })
    expect(others.map(({ leaf }) => leaf)).toContainEqual(expect.stringMatching(/^book-\d$/))
    expect([owner!, ...others].reduce((sum, { free }) => sum + free, 0)).toBe(4)
  })

  it('[CON4] names who does not answer, and shows the others', async () => {
    await plans()
    const stub = env.STOCK.getByName(stockNameFor(shop.storeId, sku))
    await runInDurableObject(stub, (_, state) => void state.storage.sql.exec('DROP TABLE leases'))
    const { status, body } = await shop.operator.asks(board)
    expect(status).toBe(200)
    expect(body.silent).toContain(`stock/${sku}`)
    expect(body.skus).toMatchObject([
      { sku, units: null },
      { sku: other, units: { total: 3 } },
    ])
  })

  it('[CON5] is gathered once for all who look, and anew after a command', async () => {
    await plans()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const granted = async (): Promise<number> => (await shop.operator.asks(board)).body.holds.granted
    expect(await granted()).toBe(0)
    await shop.visitor().holds(sku)
    expect(await granted()).toBe(0)
    await boardOf(env, shop.storeId, (await shop.operator.asks(board)).body.drop.id).lookAnew()
    expect(await granted()).toBe(1)
  })

  it('[SEC2] is seen by who may read the catalog', async () => {
    await plans()
    expect((await (await shop.operatorWith('orders:read')).asks(board)).body).toMatchObject({
      code: 'scope_missing',
      required: 'catalog:read',
    })
    expect((await (await shop.operatorWith('catalog:read')).asks(board)).status).toBe(200)
    const neighbour = await openShop()
    expect((await neighbour.operator.asks(board)).body.code).toBe('drop_not_found')
  })

  it('[CON6] tells who watches once a second, and no longer than their key lives', async () => {
    await plans()
    const made = await shop.operator.posts('/api/v1/admin/keys', { name: 'watcher', scopes: ['catalog:read'] })
    const response = await exports.default.fetch(
      new Request(`${shop.origin}${board}/events`, { headers: { authorization: `Bearer ${made.body.key}` } }),
    )
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    const hears = async (enough: () => boolean): Promise<void> => {
      while (!enough()) {
        const part = await reader.read()
        if (part.done) return
        heard += part.value
      }
    }
    const events = () => [...heard.matchAll(/^event: board\ndata: (.*)$/gm)].map(([, data]) => JSON.parse(data!))
    await hears(() => events().length === 2)
    const [first, second] = events()
    expect(first.seconds.holds).toHaveLength(300)
    expect(second.seconds.holds).toHaveLength(15)
    expect((await shop.operator.asks(`/api/v1/admin/keys/${made.body.id}`, { method: 'DELETE' })).status).toBe(204)
    await hears(() => false)
    expect(Date.parse(events().at(-1).server_time) - Date.parse(second.server_time)).toBeLessThan(6000)
  })
})

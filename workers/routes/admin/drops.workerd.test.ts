/** Planning and steering a drop over HTTP, and what the next buyer hears. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openShop, type Said, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
let sku: string
beforeEach(async () => {
  shop = await openShop()
  sku = crypto.randomUUID()
  expect((await shop.operator.offers(sku, 5)).status).toBe(201)
})

afterEach(() => void vi.useRealTimers())

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

async function plans(terms: object = {}): Promise<Said> {
  const drop = { title: `Drop ${sku}`, slug: `d-${sku}`, opens_at: soon(-1000), skus: [sku], ...terms }
  const said = await shop.operator.posts('/api/v1/admin/drops', drop)
  expect(said.status, said.text).toBe(201)
  return said
}
const steers = (verb: string, body?: object): Promise<Said> =>
  shop.operator.asks(`/api/v1/admin/drops/d-${sku}/${verb}`, { method: 'POST', ...(body && { body }) })
const codeOfHold = async (): Promise<string> => {
  const { status, body } = await shop.visitor().holds(sku)
  return status === 201 ? 'held' : (body.code as string)
}
const ROOM = { inside_max: 40, admissions_per_minute: 600 }

describe('steering a drop', () => {
  it('[DRP14] holds for the very next hold, and says who has heard', async () => {
    await plans()
    expect(await codeOfHold()).toBe('held')
    const paused = await steers('pause')
    expect(await codeOfHold()).toBe('drop_paused')
    expect(paused.body).toMatchObject({
      status: 'paused',
      heard: { stock_objects: 1, stock_objects_of: 1, drop: true },
    })
    expect((await steers('resume')).body.status).toBe('open')
    expect(await codeOfHold()).toBe('held')
    const stopped = await steers('stop')
    expect(await codeOfHold()).toBe('drop_ended')
    expect(stopped.body).toMatchObject({ status: 'ended', ends_at: stopped.body.stopped_at, planned_ends_at: null })
  })

  it('[DRP14] holds for the very next hold also where leaves sell', async () => {
    const skus = Array.from({ length: 3 }, (_, i) => `${sku}-${i}`)
    for (const one of skus) await shop.operator.offers(one, 400)
    await plans({ skus, expected_buyers: 30_000 })
    const buyers = Array.from({ length: 12 }, () => shop.visitor())
    const all = async (): Promise<Set<string>> => {
      const said = await Promise.all(
        buyers.flatMap((buyer) => skus.map(async (one) => (await buyer.holds(one)).body.code ?? 'held')),
      )
      return new Set(said)
    }
    expect(await all()).toEqual(new Set(['held']))
    expect((await steers('pause')).body).toMatchObject({ leaves: 6, heard: { stock_objects: 3, stock_objects_of: 3 } })
    expect(await all()).toEqual(new Set(['drop_paused']))
    await steers('resume')
    expect(await all()).toEqual(new Set(['held']))
    await steers('stop')
    expect(await all()).toEqual(new Set(['drop_ended']))
  })

  it('[DRP13] does not wake a drop that was stopped, and says when it ended', async () => {
    await plans()
    const { stopped_at } = (await steers('stop')).body
    expect((await steers('stop')).body.stopped_at).toBe(stopped_at)
    expect(await steers('resume')).toMatchObject({ status: 409, body: { code: 'drop_ended', ended_at: stopped_at } })
  })

  it('[DRP13] paces a waiting room, and nothing else', async () => {
    await plans()
    expect((await steers('pace', { admissions_per_minute: 5 })).body.code).toBe('drop_has_no_room')
    await shop.operator.asks(`/api/v1/admin/drops/d-${sku}`, { method: 'PATCH', body: { room: ROOM } })
    const paced = await steers('pace', { admissions_per_minute: 5 })
    expect(paced.body.room).toEqual({
      ...{ inside_max: 40, admissions_per_minute: 5, pass_duration_ms: 480_000 },
      ...{ challenge: false, one_lot_per_email: false },
    })
    expect((await steers('pace', { admissions_per_minute: 0 })).status).toBe(400)
  })

  it('[SEC10] is written down', async () => {
    await plans()
    await steers('pause')
    await steers('stop')
    const { body } = await shop.operator.asks('/api/v1/admin/audit')
    const actions = body.data.map(({ action }: { action: string }) => action)
    expect(actions).toEqual(expect.arrayContaining(['drop.created', 'drop.paused', 'drop.stopped']))
  })
})

describe('the terms of a drop', () => {
  it('[DRP9] that has a room refuse whoever shows no pass', async () => {
    const { body } = await plans({ room: ROOM })
    expect(body.room).toMatchObject(ROOM)
    expect(await codeOfHold()).toBe('pass_required')
  })

  it('[DRP8] that name countries refuse a buyer whom the network cannot place', async () => {
    const { body } = await plans({ countries: ['AT', 'DE'] })
    expect(body.countries).toEqual(['AT', 'DE'])
    const { body: refusal } = await shop.visitor().holds(sku)
    expect(refusal).toMatchObject({ code: 'not_in_market', country: null, countries: ['AT', 'DE'] })
  })

  it('[DRP10] that limit an order count all of its SKUs, and hold nothing of what is too much', async () => {
    const other = crypto.randomUUID()
    await shop.operator.offers(other, 5)
    await plans({ skus: [sku, other], units_per_order_max: 3 })
    const ana = shop.visitor()
    const asks = (units: number) =>
      ana.posts('/api/v1/holds', {
        lines: [
          { sku, quantity: 2 },
          { sku: other, quantity: units },
        ],
      })
    const tooMany = { code: 'order_limit_reached', limit: 3, requested: 4, drop: `d-${sku}` }
    expect((await asks(2)).body).toMatchObject(tooMany)
    expect((await asks(1)).status).toBe(201)
    await expect.poll(async () => (await shop.operator.stock(sku)).body.held).toBe(2)
  })

  it('[DRP7] open a drop by the clock of its stock, however late a page was made', async () => {
    const opensAt = soon(60_000)
    await plans({ opens_at: opensAt })
    expect((await shop.visitor().asks(`/api/v1/drops/d-${sku}`)).body.status).toBe('scheduled')
    const early = await shop.visitor().holds(sku)
    expect(early.body).toMatchObject({ code: 'drop_not_open_yet', opens_at: opensAt })
    const left = early.body.opens_in_ms as number
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(60_000)
    expect(Number(early.headers.get('retry-after'))).toBe(Math.ceil(left / 1000))
    // Opened sooner: the pages may still say otherwise, the units are for sale.
    await shop.operator.asks(`/api/v1/admin/drops/d-${sku}`, { method: 'PATCH', body: { opens_at: soon(-1) } })
    expect(await codeOfHold()).toBe('held')
  })

  it('[DRP7] tell who comes a millisecond early that it is one, and let in whoever comes at the instant', async () => {
    const opensAt = Date.now() + 86_400_000
    await plans({ opens_at: new Date(opensAt).toISOString() })
    const ana = shop.visitor()
    vi.useFakeTimers({ toFake: ['Date'], now: opensAt - 1 })
    expect((await ana.asks(`/api/v1/drops/d-${sku}`)).body.status).toBe('scheduled')
    expect((await ana.holds(sku)).body).toMatchObject({ code: 'drop_not_open_yet', opens_in_ms: 1 })
    vi.setSystemTime(opensAt)
    expect((await ana.holds(sku)).status).toBe(201)
  })

  it('[DRP11] plan its leaves, and keep them while it runs', async () => {
    const { body } = await plans({ expected_buyers: 30_000 })
    expect(body).toMatchObject({ expected_buyers: 30_000, leaves: 6, leaves_wanted: null })
    const fewer = await shop.operator.asks(`/api/v1/admin/drops/d-${sku}`, { method: 'PATCH', body: { leaves: 2 } })
    expect(fewer).toMatchObject({ status: 409, body: { code: 'leaves_may_only_grow', leaves: 6, requested: 2 } })
  })
})

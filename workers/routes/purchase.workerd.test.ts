import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type TestShop } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  const made = await shop.operator.offers('LAMP', 100)
  expect(made.status, made.text).toBe(201)
})

describe('buying over HTTP', () => {
  it('[HTT20] holds, and tells where the hold is', async () => {
    const ana = shop.visitor()
    const held = await ana.holds('LAMP', 2)
    expect(held.status, held.text).toBe(201)
    expect(held.headers.get('location')).toBe(`/api/v1/holds/${held.body.id}`)
    expect(held.body).toMatchObject({ state: 'held', total: { amount: 9000, currency: 'EUR' } })
    const seen = await ana.asks(held.headers.get('location')!)
    expect(seen.body).toEqual(held.body)
  })

  it('[HTT20] orders with a 202 and hands out a secret that opens the order', async () => {
    const ana = shop.visitor()
    const held = await ana.holds('LAMP')
    const ordered = await ana.orders(held.body.id)
    expect(ordered.status, ordered.text).toBe(202)
    const path = ordered.headers.get('location')!
    const stranger = shop.visitor()
    expect((await stranger.asks(path)).status).toBe(404)
    expect((await stranger.asks(`${path}?secret=${ordered.body.secret}`)).status).toBe(200)
    expect((await ana.asks(path)).status).toBe(200)
  })
})

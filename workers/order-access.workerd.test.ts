import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Said, type TestShop, type Visitor } from './testing/shop.ts'

let shop: TestShop
let other: TestShop
beforeAll(async () => {
  ;[shop, other] = [await openShop(), await openShop()]
  expect((await shop.operator.offers('LAMP', 50)).status).toBe(201)
  expect((await other.operator.offers('LAMP', 50)).status).toBe(201)
})

const withoutId = ({ status, body }: Said, id: string): string =>
  JSON.stringify({ status, ...body, request_id: '' }).replaceAll(id, 'ID')

async function ordered(who: Visitor): Promise<{ id: string; secret: string; holdId: string }> {
  const held = await who.holds('LAMP')
  const said = await who.orders(held.body.id)
  expect(said.status, said.text).toBe(202)
  return { id: said.body.id, secret: said.body.secret, holdId: held.body.id }
}

describe('a hold', () => {
  it('[SEC13] is not there for another visitor with a cookie, in the words for one that never was', async () => {
    const ana = shop.visitor()
    const { id } = (await ana.holds('LAMP')).body
    const ben = shop.visitor()
    await ben.holds('LAMP')
    const never = `${id.slice(0, -4)}0000`
    for (const method of ['GET', 'DELETE']) {
      const asked = await ben.asks(`/api/v1/holds/${id}`, { method })
      expect(asked.status).toBe(404)
      expect(withoutId(asked, id)).toBe(withoutId(await ben.asks(`/api/v1/holds/${never}`, { method }), never))
    }
    expect((await ana.asks(`/api/v1/holds/${id}`)).body.state).toBe('held')
  })

  it('[SEC13] is there for a client that keeps no cookies and knows its id', async () => {
    const { id } = (await shop.visitor().holds('LAMP')).body
    expect((await shop.visitor().asks(`/api/v1/holds/${id}`)).status).toBe(200)
    expect((await shop.visitor().asks(`/api/v1/holds/${id}`, { method: 'DELETE' })).body.state).toBe('released')
  })
})

describe('a way to pay', () => {
  it.each(['4242424242424242', '4242 4242 4242 4242', 'pm_', 'pi_1', 'pm_1 ', 'card_é'])(
    '[SEC12] is refused when it is no token, and never repeated: %j',
    async (paymentMethod) => {
      const ana = shop.visitor()
      const held = await ana.holds('LAMP')
      const said = await ana.orders(held.body.id, { paymentMethod })
      expect(said.status).toBe(400)
      expect(said.body.errors).toMatchObject([{ pointer: '/payment_method' }])
      expect(said.text).toContain('card data must never be sent here')
      expect(said.text).not.toContain('4242')
    },
  )
})

describe('an order', () => {
  it('[SEC5] is seen by whoever placed it and by whoever shows its secret', async () => {
    const ana = shop.visitor()
    const { id, secret } = await ordered(ana)
    const path = `/api/v1/orders/${id}`
    const stranger = shop.visitor()
    expect((await ana.asks(path)).status).toBe(200)
    expect((await stranger.asks(path, { headers: { authorization: `Bearer ${secret}` } })).status).toBe(200)
    expect((await stranger.asks(`${path}?secret=${secret}`)).status).toBe(200)
  })

  it('[SEC5] is not there for anybody else, in the same words as an order that never was', async () => {
    const { id, secret } = await ordered(shop.visitor())
    const ben = shop.visitor()
    await ben.holds('LAMP')
    const never = `${id.slice(0, -4)}0000`
    const asked = await ben.asks(`/api/v1/orders/${id}`)
    expect(asked.status).toBe(404)
    expect(withoutId(asked, id)).toBe(withoutId(await ben.asks(`/api/v1/orders/${never}`), never))
    for (const wrong of [secret.slice(0, -1), `${secret}A`, '', 'null', secret.toLowerCase()]) {
      expect((await ben.asks(`/api/v1/orders/${id}?secret=${wrong}`)).status).toBe(404)
    }
    expect((await ben.asks(`/api/v1/orders/${id}/events`)).status).toBe(404)
  })

  it('[SEC4] of one store is not there in another, whoever asks and whatever they show', async () => {
    const ana = shop.visitor()
    const { id, secret, holdId } = await ordered(ana)
    const [elsewhere, operator] = [other.visitor(), other.operator]
    for (const [name, value] of ana.cookies) elsewhere.cookies.set(name, value)
    expect((await elsewhere.asks(`/api/v1/orders/${id}?secret=${secret}`)).status).toBe(404)
    expect((await elsewhere.asks(`/api/v1/holds/${holdId}`)).status).toBe(404)
    expect((await elsewhere.asks(`/api/v1/holds/${holdId}`, { method: 'DELETE' })).status).toBe(404)
    expect((await elsewhere.orders(holdId)).status).toBe(404)
    expect((await operator.asks(`/api/v1/admin/orders/${id}`)).status).toBe(404)
    expect((await operator.posts(`/api/v1/admin/orders/${id}/refunds`, {})).status).toBe(404)
    expect((await operator.posts(`/api/v1/admin/orders/${id}/cancellation`, {})).status).toBe(404)
    expect((await ana.asks(`/api/v1/orders/${id}`)).status).toBe(200)
  })

  it('[SEC4] and its stock are apart: the same SKU of two stores is two', async () => {
    const before = (await other.operator.stock('LAMP')).body
    await shop.visitor().holds('LAMP', 5)
    expect((await other.operator.stock('LAMP')).body).toEqual(before)
    const list = await other.operator.asks('/api/v1/admin/products')
    expect(list.body.data).toHaveLength(1)
    const theirs = (await shop.operator.asks('/api/v1/admin/products')).body.data[0]
    expect((await other.operator.asks(`/api/v1/admin/products/${theirs.id}`)).status).toBe(404)
    expect((await other.operator.asks(`/api/v1/admin/products/${theirs.id}`, { method: 'DELETE' })).status).toBe(404)
  })

  it('[HTT11] is for nobody to keep', async () => {
    const ana = shop.visitor()
    const { id, holdId } = await ordered(ana)
    for (const path of [`/api/v1/orders/${id}`, `/api/v1/holds/${holdId}`]) {
      expect((await ana.asks(path)).headers.get('cache-control')).toContain('no-store')
    }
    const listed = await shop.operator.asks('/api/v1/admin/orders')
    expect(listed.headers.get('cache-control')).toContain('no-store')
  })
})

describe('a visitor’s cookie', () => {
  it('[SEC8] that we did not sign is no cookie', async () => {
    const ana = shop.visitor()
    const { id } = await ordered(ana)
    const [name, value] = [...ana.cookies].find(([cookie]) => cookie === 'onrush_visitor')!
    for (const forged of [value.split('.')[0]!, `${value.split('.')[0]}.`, `${value.slice(0, -1)}~`, `${value}x`]) {
      const thief = shop.visitor()
      thief.cookies.set(name, forged)
      expect((await thief.asks(`/api/v1/orders/${id}`)).status, forged).toBe(404)
    }
    const copy = shop.visitor()
    copy.cookies.set(name, value)
    expect((await copy.asks(`/api/v1/orders/${id}`)).status).toBe(200)
  })

  it('[SEC8] is out of reach of scripts and of other sites', async () => {
    const held = await shop.visitor().holds('LAMP')
    expect(held.headers.getSetCookie()[0]).toMatch(
      /^onrush_visitor=vis_\w{26}\.[\w-]{22}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax/,
    )
    expect(held.headers.get('cache-control')).toContain('no-store')
  })
})

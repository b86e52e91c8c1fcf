/** A buyer's way before the opening, by plain forms: a link, a code, a choice, and one press. */
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

async function plans(sku: string, terms: object = {}): Promise<string> {
  expect((await shop.operator.offers(sku, 5)).status).toBe(201)
  const slug = `drop-${sku.toLowerCase()}`
  const drop = { title: `Drop of ${sku}`, slug, opens_at: soon(3_600_000), skus: [sku], ...terms }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
  return slug
}
const sends = (who: Visitor, path: string, fields: Record<string, string>): Promise<Said> =>
  who.asks(path, { method: 'POST', raw: new URLSearchParams(fields) })
const patches = (slug: string, body: object): Promise<Said> =>
  shop.operator.asks(`/api/v1/admin/drops/${slug}`, { method: 'PATCH', body })

describe('before a drop opens', () => {
  it('[INV10] a link fills in its code, and redeems nothing before it is sent', async () => {
    const slug = await plans('LINK')
    const batch = { emails: ['ana@example.com'], opens_at: soon(-1_000) }
    const made = await shop.operator.posts(`/api/v1/admin/drops/${slug}/invitations`, batch)
    const { code, url } = made.body.invitations[0]
    const ana = shop.visitor()
    await ana.asks('/')
    const link = new URL(url)
    const looked = await ana.asks(`${link.pathname}${link.search}`)
    expect(looked.text).toContain(`value="${code}"`)
    expect(looked.text).toContain(`action="/drops/${slug}/code"`)
    const seen = () => shop.operator.asks(`/api/v1/admin/drops/${slug}/invitations/${made.body.id}`)
    expect((await seen()).body.redeemed).toBe(0)
    expect(await sends(ana, `/drops/${slug}/code`, { code: 'wrong-one' })).toMatchObject({ status: 409 })
    const sent = await sends(ana, `/drops/${slug}/code`, { code })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/drops/${slug}`])
    expect((await ana.asks(`/drops/${slug}`)).text).toContain('You are invited')
    expect((await seen()).body.redeemed).toBe(1)
  })

  it('[DRP15] what was chosen is reserved with one press when the drop lets its buyer in', async () => {
    const slug = await plans('CHOSEN', { units_per_visitor_max: 2 })
    const ana = shop.visitor()
    const product = await ana.asks('/products/chosen')
    expect(product.text).toContain(`formaction="/drops/${slug}/basket"`)
    expect((await sends(ana, `/drops/${slug}/basket`, { sku: 'CHOSEN', quantity: '3' })).status).toBe(409)
    await sends(ana, `/drops/${slug}/basket`, { sku: 'CHOSEN', quantity: '2' })
    const waiting = await ana.asks(`/drops/${slug}`)
    expect(waiting.text).toContain('Your choice')
    expect(waiting.text).not.toContain(`action="/drops/${slug}/reserve"`)
    expect(await sends(ana, `/drops/${slug}/reserve`, { key: 'early' })).toMatchObject({ status: 409 })

    await patches(slug, { opens_at: soon(-1) })
    const sent = await sends(ana, `/drops/${slug}/reserve`, { key: 'one' })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/basket'])
    expect((await shop.operator.stock('CHOSEN')).body).toMatchObject({ free: 3, held: 2 })
    expect((await ana.asks(`/drops/${slug}`)).text).not.toContain('Your choice')
  })

  it('[DRP15] what was chosen is reserved with the press that takes one in from the waiting room', async () => {
    const slug = await plans('ROOMY', { opens_at: soon(-1_000), room: { inside_max: 5, admissions_per_minute: 600 } })
    const ana = shop.visitor()
    await sends(ana, `/drops/${slug}/basket`, { sku: 'ROOMY', quantity: '2' })
    await sends(ana, `/drops/${slug}/waiting`, {})
    const goesIn = () => sends(ana, `/drops/${slug}/waiting/pass`, {})
    await expect.poll(async () => (await goesIn()).headers.get('location'), { timeout: 15_000 }).toBe('/basket')
    expect((await shop.operator.stock('ROOMY')).body.held).toBe(2)
    // Pressed again it reserves nothing more.
    await goesIn()
    expect((await shop.operator.stock('ROOMY')).body.held).toBe(2)
  })

  it('[DRP15] can be taken out again', async () => {
    const slug = await plans('REMOVED')
    const ana = shop.visitor()
    await sends(ana, `/drops/${slug}/basket`, { sku: 'REMOVED', quantity: '1' })
    await sends(ana, `/drops/${slug}/basket`, { sku: 'REMOVED', quantity: '0' })
    expect((await ana.asks(`/drops/${slug}`)).text).not.toContain('Your choice')
  })

  it('[INV1] the invited choose and reserve while everybody else waits', async () => {
    const slug = await plans('PRESALE', { room: { inside_max: 5, admissions_per_minute: 60 } })
    const batch = { codes: ['MEMBERS-1'], opens_at: soon(-1_000) }
    await shop.operator.posts(`/api/v1/admin/drops/${slug}/invitations`, batch)
    const ana = shop.visitor()
    await sends(ana, `/drops/${slug}/basket`, { sku: 'PRESALE', quantity: '1' })
    await sends(ana, `/drops/${slug}/code`, { code: 'members 1' })
    expect((await ana.asks(`/drops/${slug}`)).text).toContain(`action="/drops/${slug}/reserve"`)
    const sent = await sends(ana, `/drops/${slug}/reserve`, { key: 'mine' })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/basket'])
  })
})

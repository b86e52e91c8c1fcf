/** What an operator may put into the shop, and what the proof is asked for. */
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type Said, type TestShop } from '../../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

const PRICE = { amount: 100, currency: 'EUR' }
const puts = (product: object, variant: object = {}): Promise<Said> =>
  shop.operator.posts('/api/v1/admin/products', {
    title: 'Lamp',
    slug: `lamp-${crypto.randomUUID()}`,
    variants: [{ sku: crypto.randomUUID(), price: PRICE, ...variant }],
    ...product,
  })
const pointersOf = ({ body }: Said): string[] => (body.errors as { pointer: string }[]).map(({ pointer }) => pointer)

describe('a product', () => {
  const expectRefusedAt = async (pointer: string, product: object, variant: object = {}): Promise<void> => {
    const said = await puts(product, variant)
    expect(said.status, said.text).toBe(400)
    expect(pointersOf(said)).toEqual([pointer])
  }

  it.each([{ slug: 'popular' }, { title: 'Popular', slug: undefined }])(
    '[CAT17] is refused with 400 when its slug is an address of our own: %j',
    (product) => expectRefusedAt('/slug', product),
  )

  it.each(['javascript:alert(1)', ' JavaScript:alert(1)', '//evil.example/x.png', 'data:image/svg+xml,x', ''])(
    '[CAT18] is refused with 400 when a picture is at %j',
    (url) => expectRefusedAt('/images/0/url', { images: [{ url }] }),
  )

  it('[CAT19] is refused with 400 when it costs nothing, or has more units than can be counted', async () => {
    await expectRefusedAt('/variants/0/stock', {}, { stock: 1_000_001 })
    await expectRefusedAt('/variants/0/price/amount', {}, { price: { ...PRICE, amount: 0 } })
  })

  it('[CAT21] is not said to have cost less than it costs', async () => {
    const sku = crypto.randomUUID()
    const before = (amount: number) => ({ sku, compare_at: { ...PRICE, amount } })
    const told = async (said: Said) => {
      expect(said.status, said.text).toBe(201)
      const shown = await shop.visitor().asks(`/api/v1/products/${said.body.slug}`)
      return [said.body.variants[0].compare_at, shown.body.variants[0].compare_at]
    }
    expect(await told(await puts({}, before(99)))).toEqual([null, null])
    const reduced = { ...PRICE, amount: 150 }
    expect(await told(await puts({}, { ...before(150), sku: crypto.randomUUID() }))).toEqual([reduced, reduced])
  })

  it('[CAT18] has pictures of the web and of this shop', async () => {
    const said = await puts({
      images: [{ url: 'https://a.example/1.png' }, { url: 'http://a.example/1.png' }, { url: '/art/a.svg' }],
    })
    expect(said.status, said.text).toBe(201)
  })

  it('[CAT19] may cost one cent, and start with a million units that are all for sale', async () => {
    const sku = crypto.randomUUID()
    const said = await puts({}, { sku, stock: 1_000_000, price: { ...PRICE, amount: 1 } })
    expect(said.status, said.text).toBe(201)
    expect((await shop.visitor().holds(sku)).status).toBe(201)
    expect((await shop.operator.stock(sku)).body.initial).toBe(1_000_000)
  })

  it('[CAT18] stands on shelves and in drops whose pictures are held to the same', async () => {
    const script = { title: 'Shelf', image_url: 'javascript:alert(1)' }
    expect((await shop.operator.posts('/api/v1/admin/collections', script)).status).toBe(400)
    const drop = { ...script, opens_at: '2026-11-20T10:00:00Z', skus: [] }
    expect(pointersOf(await shop.operator.posts('/api/v1/admin/drops', drop))).toContain('/image_url')
    expect((await shop.operator.posts('/api/v1/admin/collections', { title: 'Shelf', image_url: '' })).status).toBe(201)
  })
})

describe('stock', () => {
  const adjusts = (sku: string, delta: number, kind?: string): Promise<Said> =>
    shop.operator.posts(`/api/v1/admin/stock/${sku}/adjustments`, { delta, kind, reason: 'shelf 3' })

  it('[STK12] is found, broken, reserved for a manual sale and returned from it, at once', async () => {
    const sku = crypto.randomUUID()
    await shop.operator.offers(sku, 5)
    for (const [kind, delta, free] of [
      ['found', 2, 7],
      ['broken', -1, 6],
      ['reserved_for_manual_sale', -4, 2],
      ['returned_from_manual_sale', 1, 3],
    ] as const) {
      const said = await adjusts(sku, delta, kind)
      expect(said, said.text).toMatchObject({ status: 201, body: { kind, delta, reason: 'shelf 3', stock: { free } } })
    }
    expect((await adjusts(sku, 1, 'broken')).status).toBe(400)
    expect((await adjusts(sku, -1)).body.kind).toBe('broken')
    const { body } = await shop.operator.asks('/api/v1/admin/audit')
    expect(body.data[0]).toMatchObject({ action: 'stock.adjusted', subject: sku, facts: { kind: 'broken', delta: -1 } })
  })

  it('[STK12] of a SKU that nobody has described is not there to be adjusted', async () => {
    expect(await adjusts(crypto.randomUUID(), 1)).toMatchObject({ status: 404, body: { code: 'unknown_sku' } })
    expect(await adjusts(crypto.randomUUID(), -1, 'broken')).toMatchObject({ status: 404 })
  })

  it('[STK12] that buyers hold is not taken from them, and the operator is told how many there are', async () => {
    const sku = crypto.randomUUID()
    await shop.operator.offers(sku, 5)
    await shop.visitor().holds(sku, 3)
    const said = await adjusts(sku, -3, 'reserved_for_manual_sale')
    expect(said).toMatchObject({ status: 409, body: { code: 'adjustment_exceeds_free', delta: -3, free: 2, held: 3 } })
    expect((await adjusts(sku, -2, 'reserved_for_manual_sale')).body.stock).toMatchObject({
      free: 0,
      held: 3,
      total: 3,
    })
  })
})

describe('the proof', () => {
  const asks = (query: string): Promise<Said> => shop.operator.asks(`/api/v1/admin/proof?${query}`)

  it('[PRF5] is not given for a SKU that is nowhere, nor for a cursor that is not ours', async () => {
    expect(await asks('sku=nope')).toMatchObject({ status: 404, body: { code: 'unknown_sku' } })
    expect(await asks('cursor=nope')).toMatchObject({ status: 400, body: { code: 'cursor_not_valid' } })
  })

  it('[PRF4] goes on where its cursor says', async () => {
    for (const sku of ['P1', 'P2']) expect((await shop.operator.offers(sku, 1)).status).toBe(201)
    const seen: string[] = []
    let cursor = ''
    do {
      const { body } = await asks(`limit=1${cursor}`)
      seen.push(...body.stock.map(({ sku }: { sku: string }) => sku))
      cursor = body.next_cursor === null ? '' : `&cursor=${encodeURIComponent(body.next_cursor)}`
    } while (cursor !== '')
    expect(seen).toEqual(expect.arrayContaining(['P1', 'P2']))
    expect(new Set(seen).size).toBe(seen.length)
    expect((await asks('sku=P1')).status).toBe(200)
  })
})

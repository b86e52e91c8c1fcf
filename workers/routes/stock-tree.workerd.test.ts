/** The stock tree through the front door: a drop that grows while it runs, a purchase of leased units, and the proof. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { bookOf } from '../../domain/basics/ids.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

let shop: TestShop
const MAP_KEPT_MS = 31_000
const STANDS_IN_MS = 2_000

const openDrop = async (slug: string, sku: string, over: object): Promise<Said> => {
  await shop.operator.offers(sku, 200)
  const drop = { slug, title: slug, opens_at: '2020-01-01T00:00:00Z', units_per_visitor_max: 3, skus: [sku], ...over }
  return shop.operator.posts('/api/v1/admin/drops', drop)
}
const bookOfHold = ({ body }: Said): number => bookOf('hld', body.id)!
const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

describe('the stock tree through the door', () => {
  // A shop each: its operator's limits know the clock that the other test has moved.
  beforeEach(async () => {
    shop = await openShop()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it(
    '[LEA9] grows while a drop runs: newcomers go to the new books, and a limit stays one limit',
    { timeout: 60_000 },
    async () => {
      const opened = await openDrop('growing', 'GROW', { leaves: 4 })
      expect(opened.status, opened.text).toBe(201)
      const early = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const visitor: Visitor = shop.visitor()
          const held = await visitor.holds('GROW', 2)
          expect(held.status, held.text).toBe(201)
          return { visitor, held }
        }),
      )
      expect(early.every(({ held }) => bookOfHold(held) < 4)).toBe(true)
      const grown = await shop.operator.asks(`/api/v1/admin/drops/${opened.body.id}`, {
        method: 'PATCH',
        body: { leaves: 6 },
      })
      expect(grown.body).toMatchObject({ leaves: 6 })
      later(MAP_KEPT_MS)
      const late: number[] = []
      // A third of the newcomers is at home in the new books.
      while (late.length < 60 && !late.some((book) => book >= 4)) {
        later(STANDS_IN_MS) // a database that took its time had the old map stand in
        const held = await shop.visitor().holds('GROW', 1)
        expect(held.status, held.text).toBe(201)
        late.push(bookOfHold(held))
      }
      expect(Math.max(...late)).toBeGreaterThanOrEqual(4)
      for (const { visitor, held } of early) {
        const [one, two] = [await visitor.holds('GROW', 1), await visitor.holds('GROW', 1)]
        expect([one.status, two.body.code]).toEqual([201, 'purchase_limit_reached'])
        expect(bookOfHold(one)).toBe(bookOfHold(held))
      }
      // Whoever asks for the proof has every leaf say how it stands.
      const proof = await shop.operator.asks('/api/v1/admin/proof?sku=GROW')
      const units = 12 + late.length
      expect(proof.body).toMatchObject({ ok: true, stock: [{ total: 200, held: units, free: 200 - units }] })
    },
  )

  it('[LEA7] sells leased units for money, and the proof adds up over owner and leaves', async () => {
    await openDrop('bought', 'BUY', { leaves: 4 })
    const ana = shop.visitor()
    const { body: hold } = await ana.holds('BUY', 2)
    const ordered = await ana.orders(hold.id)
    expect(ordered.status, ordered.text).toBe(202)
    await vi.waitFor(
      async () => expect((await ana.asks(`/api/v1/orders/${ordered.body.id}`)).body.status).toBe('paid'),
      { timeout: 20_000, interval: 100 },
    )
    const proof = await shop.operator.asks('/api/v1/admin/proof?sku=BUY')
    expect(proof.body).toMatchObject({ ok: true, differences: [], stock: [{ sku: 'BUY', sold: 2, free: 198 }] })
  })
})

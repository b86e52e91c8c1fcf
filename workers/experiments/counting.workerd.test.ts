import { beforeAll, describe, expect, it, vi } from 'vitest'
import { placeOnLine, rangeAt, rangesOf } from '../../domain/experiment/hash.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

const AT = '/api/v1/admin/experiments'
const PHONE = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148 Safari/604.1' }
const ROBOT = { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' }
const PAGE = '/products/lamp'
const WARM = 'Keep it for me'

describe('experiments on a page', () => {
  let shop: TestShop
  let previews: string[]

  beforeAll(async () => {
    shop = await openShop()
    await shop.operator.offers('LAMP', 50)
    const variations = [{ key: 'control' }, { key: 'warm', parameters: { button: WARM, note: 'We hold it.' } }]
    const draft = { key: 'button', name: 'Words on the button', surface: 'product', variations }
    const defined = await shop.operator.posts(AT, draft)
    previews = defined.body.variations.map(({ preview }: { preview: string }) => preview)
    expect((await looks(shop.visitor(), `${PAGE}?${previews[1]}`)).text).toContain(WARM) // a draft, by its link
    expect((await shop.operator.posts(`${AT}/button/start`, undefined)).status).toBe(200)
  })

  const looks = (who: Visitor, path = PAGE, headers: Record<string, string> = PHONE): Promise<Said> =>
    who.asks(path, { headers })
  const idOf = (who: Visitor): string => who.cookies.get('onrush_visitor')!.split('.')[0]!
  const sideOf = (who: Visitor): number => rangeAt(placeOnLine('button', idOf(who)), rangesOf([0.5, 0.5], 1))
  const results = async () => {
    const said = await shop.operator.asks(`${AT}/button/results`)
    expect(said.status, said.text).toBe(200)
    return said.body
  }
  /** Exposures are told after the answer, orders after they have settled. */
  const counted = (isSo: (sides: Record<string, number>[]) => boolean) =>
    vi.waitUntil(
      async () => {
        const { status, body } = await shop.operator.asks(`${AT}/button/results`)
        return status === 200 && isSo(body.counted)
      },
      { timeout: 20_000, interval: 100 },
    )
  const visitorsIn = (sides: Record<string, number>[]): number =>
    sides.reduce((sum, side) => sum + side['visitors']!, 0)
  const people: Visitor[] = []

  it('[EXP3] shows a visitor what the hash says, from the first page on and for good', async () => {
    for (let i = 0; i < 8; i++) people.push(shop.visitor())
    for (const who of people) {
      const first = await looks(who)
      expect(first.text.includes(WARM)).toBe(sideOf(who) === 1)
      expect((await looks(who)).text.includes(WARM)).toBe(sideOf(who) === 1)
    }
    await counted((sides) => visitorsIn(sides) === people.length)
    const { counted: sides, crossed } = await results()
    const expected = [0, 1].map((side) => people.filter((who) => sideOf(who) === side).length)
    expect(sides.map(({ visitors }: { visitors: number }) => visitors)).toEqual(expected)
    expect(crossed).toBe(0)
  })

  it('[EXP5] shows robots the shop as it is, without a cookie, and counts no page that is fetched ahead', async () => {
    const robot = shop.visitor()
    const said = await looks(robot, PAGE, ROBOT)
    expect([said.status, said.text.includes(WARM), robot.cookies.has('onrush_visitor')]).toEqual([200, false, false])
    const ahead = shop.visitor()
    const fetched = await looks(ahead, PAGE, { ...PHONE, 'sec-purpose': 'prefetch' })
    expect(fetched.text.includes(WARM)).toBe(sideOf(ahead) === 1)
    // Whoever comes now is counted after the one that was fetched ahead would have been.
    people.push(shop.visitor())
    await looks(people.at(-1)!)
    await counted((sides) => visitorsIn(sides) >= people.length)
    expect(visitorsIn((await results()).counted)).toBe(people.length)
  })

  it('[EXP14] shows by a signed link what was asked for, and by any other what it would have shown', async () => {
    const who = people.find((one) => sideOf(one) === 0)!
    expect((await looks(who, `${PAGE}?${previews[1]}`)).text).toContain(WARM)
    expect((await looks(who, `${PAGE}?onrush_variation=button:warm`)).text).not.toContain(WARM)
    const other = await openShop()
    await other.operator.offers('LAMP', 5)
    expect((await looks(other.visitor(), `${PAGE}?${previews[1]}`)).text).not.toContain(WARM)
    expect((await results()).crossed).toBe(0)
  })

  it('[EXP16] counts an order when it is paid, once, and takes it back when it is refunded', async () => {
    const buyer = people[0]!
    const side = sideOf(buyer)
    const held = await buyer.holds('LAMP')
    const order = await buyer.orders(held.body.id)
    expect(order.status).toBe(202)
    await counted((sides) => sides[side]!['converted'] === 1)
    expect((await results()).counted[side]).toMatchObject({ orders: 1, revenue: 4500, refunds: 0 })
    const refund = await shop.operator.posts(`/api/v1/admin/orders/${order.body.id}/refunds`, {})
    expect(refund.status).toBeLessThan(300)
    await counted((sides) => sides[side]!['converted'] === 0 && sides[side]!['refunds'] === 4500)
  })

  it('[EXP6] shows nobody anything once it is stopped', async () => {
    await shop.operator.posts(`${AT}/button/stop`, undefined)
    const warm = people.find((one) => sideOf(one) === 1)!
    expect((await looks(warm)).text).not.toContain(WARM)
    const newcomer = shop.visitor()
    await looks(newcomer)
    expect(newcomer.cookies.has('onrush_visitor')).toBe(false)
  })
})

/** Experiments in the console: what is certain in one line, each interval drawn, and the two commands. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { experimentShardOf } from '../../domain/experiment/keeper.ts'
import { experimentsOf } from '../../platform/desks.ts'
import { Client, openShop, type Said, type TestShop } from '../testing/shop.ts'

const API = '/api/v1/admin/experiments'
const AT = '/console/experiments'

describe('experiments in the console', () => {
  let shop: TestShop

  beforeAll(async () => {
    shop = await openShop()
    const variations = [{ key: 'control' }, { key: 'warm', name: '<b>Warm</b>', parameters: { button: 'Keep it' } }]
    const draft = {
      key: 'button',
      name: 'Words on the button',
      hypothesis: 'Warmer sells.',
      surface: 'product',
      variations,
    }
    expect((await shop.operator.posts(API, draft)).status).toBe(201)
  })

  const fills = (who: Client, path: string, fields: Record<string, string> = {}): Promise<Said> =>
    who.asks(path, { method: 'POST', raw: new URLSearchParams(fields) })
  const signedIn = async (key = shop.operatorKey): Promise<Client> => {
    const browser = new Client(shop.origin)
    await fills(browser, '/console/sign-in', { key })
    return browser
  }

  it('[EXP22] is started and stopped there, by whoever may, and a stop wants to be meant', async () => {
    const outside = await new Client(shop.origin).asks(`${AT}/button`)
    expect([outside.status, outside.headers.get('location')]).toEqual([
      303,
      `/console?next=${encodeURIComponent(`${AT}/button`)}`,
    ])
    const { key } = (await shop.operator.posts('/api/v1/admin/keys', { name: 'r', scopes: ['experiments:read'] })).body
    const reader = await signedIn(key)
    expect((await reader.asks(`${AT}/button`)).text).not.toContain('>Start<')
    expect((await fills(reader, `${AT}/button/start`)).status).toBe(403)

    const browser = await signedIn()
    expect((await browser.asks(`${AT}/button`)).text).toContain('>Start<')
    expect((await fills(browser, `${AT}/button/start`)).headers.get('location')).toBe(`${AT}/button?done=start`)
    expect((await fills(browser, `${AT}/button/stop`)).status).toBe(422)
    expect((await shop.operator.asks(`${API}/button`)).body.state).toBe('running')
    expect((await browser.asks(`${AT}/no-such`)).status).toBe(404)
  })

  it('[EXP22] says in one line what is certain, draws each interval, and runs nothing', async () => {
    const browser = await signedIn()
    expect((await browser.asks(`${AT}/button`)).text).toContain('Too early to say.')
    const { id } = (await shop.operator.asks(`${API}/button`)).body
    const crowd = Array.from({ length: 600 }, (_, i) => ({ visitorId: `vis_console_${i}`, variation: i % 2 }))
    const at = Date.now()
    const worth = { version: 1, orderedAt: at + 1, isKept: true, refunded: 0, currency: 'EUR' }
    for (const some of Map.groupBy(crowd, ({ visitorId }) => experimentShardOf(visitorId)).values()) {
      const desk = experimentsOf(env, shop.storeId, some[0]!.visitorId)
      await desk.exposed(some.map((one) => ({ ...one, experimentId: id, at })))
      const buyers = some.filter((one, i) => i % (one.variation === 1 ? 2 : 6) === 0)
      await desk.ordered(
        buyers.map(({ visitorId }, i) => ({ ...worth, orderId: visitorId, visitorId, revenue: 4500 + i })),
      )
    }
    const { text } = await browser.asks(`${AT}/button`)
    expect(text).toContain('&lt;b&gt;Warm&lt;/b&gt; is better.')
    expect(text).not.toContain('<b>Warm')
    expect(text.match(/<svg class="interval interval-better"/g)?.length).toBeGreaterThanOrEqual(1)
    expect(text).toMatch(/aria-label="\+[\d.,]+% \(\+[\d.,]+% to \+[\d.,]+%\)"/)
    expect(text).toContain('onrush_variation=button%3Awarm%3A')
    expect(text).not.toMatch(/<script|style=/)
    expect((await browser.asks(AT)).text).toContain('Words on the button')
    expect((await fills(browser, `${AT}/button/stop`, { sure: 'yes' })).status).toBe(303)
    expect((await browser.asks(`${AT}/button`)).text).toContain('Over')
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { asset } from '../pages/assets.ts'
import { Client, openShop, type TestShop } from '../testing/shop.ts'

const API = '/api/v1/admin/origins'

describe('origins', () => {
  let shop: TestShop

  beforeAll(async () => {
    shop = await openShop()
  })

  const saves = (file: unknown) => shop.operator.asks(API, { method: 'PUT', body: file })
  const pool = { name: 'old-shop', origins: [{ name: 'main', url: 'https://old.example/' }] }
  const rules = [
    { name: 'moved', when: { paths: ['/old/**'] }, then: { action: 'redirect', to: '/new/$1' } },
    { name: 'the-blog', when: { paths: ['/blog/**'] }, then: { action: 'origin', pool: 'old-shop' } },
  ]

  it('[ORG10] are saved by version, the same file once, and never with a mistake', async () => {
    expect((await shop.operator.asks(API)).body).toMatchObject({ version: 0, rules: [], saved_at: null })
    const first = await saves({ pools: [pool], rules })
    expect([first.status, first.body.version, first.body.pools[0].origins[0].url]).toEqual([
      200,
      1,
      'https://old.example',
    ])
    expect((await saves({ pools: [pool], rules })).body.version).toBe(1)
    const wrong = await saves({ pools: [], rules })
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/rules/1/then/pool'])
    expect((await saves({ pools: [{ ...pool, origins: [{ name: 'x', url: 'file:///etc' }] }], rules })).status).toBe(
      400,
    )
    expect((await saves({ pools: [pool], rules: 'none' })).status).toBe(400)
    expect((await saves({ pools: [pool], rules: [] })).body.version).toBe(2)
    expect((await saves({ pools: [pool], rules })).body.version).toBe(3)
  })

  it('[ORG10] are in force at once, for this store’s host alone', async () => {
    const moved = await shop.visitor().asks('/old/lamp?x=1')
    expect([moved.status, moved.headers.get('location'), moved.headers.get('content-security-policy')]).toEqual([
      302,
      '/new/lamp',
      null,
    ])
    expect((await (await openShop()).visitor().asks('/old/lamp')).status).toBe(404)
  })

  it('[ORG21] hold a limit of their own, for each network or for all together', async () => {
    const other = await openShop()
    const redirect = { action: 'redirect', to: '/new' }
    const limit = { per_minute: 1, burst: 2 }
    await other.operator.asks(API, {
      method: 'PUT',
      body: {
        pools: [],
        rules: [
          { name: 'all', when: { paths: ['/all'] }, then: redirect, limit: { ...limit, by: 'everybody' } },
          { name: 'each', when: { paths: ['/each'] }, then: redirect, limit },
          { name: 'ours', when: { paths: ['/ours'] }, then: { action: 'onrush' }, limit },
        ],
      },
    })
    const hits = async (path: string, from: string) => {
      const said = []
      for (let n = 0; n < 3; n++) {
        said.push(await other.visitor().asks(path, { headers: { 'cf-connecting-ip': from } }))
      }
      return said
    }
    const statuses = async (path: string, from: string) => (await hits(path, from)).map(({ status }) => status)
    const [, , refused] = await hits('/all', '192.0.2.1')
    expect(refused!.status).toBe(429)
    expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThanOrEqual(30)
    expect(refused!.headers.get('ratelimit-policy')).toBe('"all";q=1;w=60;onrush-burst=2')
    expect(refused!.headers.get('proxy-status')).toBe('onrush; error=http_request_denied')
    expect((await other.visitor().asks('/all', { headers: { 'cf-connecting-ip': '198.51.100.7' } })).status).toBe(429)
    expect(await statuses('/each', '192.0.2.1')).toEqual([302, 302, 429])
    expect(await statuses('/each', '198.51.100.7')).toEqual([302, 302, 429])
    expect(await statuses('/ours', '192.0.2.1')).toEqual([404, 404, 429])
    const trial = await other.operator.asks(`${API}/try`, { method: 'POST', body: { url: `${other.origin}/all` } })
    expect(trial.body).toMatchObject({ rule: 'all', limit: { per_minute: 1, burst: 2, by: 'everybody' } })
  })

  it('[ORG10] are seen and saved by those only who may', async () => {
    const { key } = (await shop.operator.posts('/api/v1/admin/keys', { name: 'r', scopes: ['origins:read'] })).body
    const reader = new Client(shop.origin, key)
    expect((await reader.asks(API)).status).toBe(200)
    expect((await reader.asks(API, { method: 'PUT', body: { pools: [], rules: [] } })).status).toBe(403)
  })

  it('[ORG17] [CON20] are shown in the console, with the rule that an address hits', async () => {
    const browser = new Client(shop.origin)
    await browser.asks('/console/sign-in', { method: 'POST', raw: new URLSearchParams({ key: shop.operatorKey }) })
    const asked = `/console/origins?url=${encodeURIComponent(`${shop.origin}/blog/<b>`)}`
    const { status, text } = await browser.asks(asked)
    expect(status).toBe(200)
    for (const words of ['version 3', 'old-shop (transparent)', 'nobody has come yet', 'by the rule “the-blog”']) {
      expect(text).toContain(words)
    }
    expect(text).not.toContain('<b>"')
    // Its figures are kept new, and the form between them is left alone.
    expect(text.match(/data-figures="\w+"/g)).toEqual(['data-figures="health"', 'data-figures="answers"'])
    expect(text).toContain(`src="${asset('console-figures.js')}"`)
    expect(/<section[^>]*data-figures[^]*?<\/section>/.exec(text)?.[0]).not.toContain('<form')
    expect((await new Client(shop.origin).asks('/console/origins')).status).toBe(303)
  })

  it('[ORG17] are explained in the console where there are none, by a file to begin with', async () => {
    const other = await openShop()
    const browser = new Client(other.origin)
    await browser.asks('/console/sign-in', { method: 'POST', raw: new URLSearchParams({ key: other.operatorKey }) })
    const { text } = await browser.asks('/console/origins')
    const [, shown = ''] = /<code>(\{ &quot;pools[^]*?)<\/code>/.exec(text) ?? []
    const file: unknown = JSON.parse(shown.replaceAll('&quot;', '"'))
    const saved = await other.operator.asks(API, { method: 'PUT', body: file })
    expect([saved.status, saved.body.seen[0].known]).toEqual([200, false])
  })
})

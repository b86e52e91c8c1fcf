/** The cache over HTTP: never wrong, whatever is sent; and looked after by operators. */
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type TestShop, type Visitor } from './testing/shop.ts'

let shop: TestShop
let ana: Visitor
let productId: string

beforeAll(async () => {
  shop = await openShop()
  ana = shop.visitor()
  productId = (await shop.operator.offers('LAMP', 500)).body.id
  const drop = { slug: 'night', title: 'Night', skus: ['LAMP'], opens_at: new Date(Date.now() - 1000).toISOString() }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
})

const PUBLIC = [
  '/api/v1/products',
  '/api/v1/products/lamp',
  '/api/v1/collections',
  '/api/v1/drops',
  '/api/v1/drops/night',
]
const stats = async () => (await shop.operator.asks('/api/v1/admin/cache/stats')).body

describe('a public answer', () => {
  it('[CCH14] is the same whoever asks, with whatever cookie or key, and carries nobody’s cookie', async () => {
    for (const path of PUBLIC) {
      const plain = await ana.asks(path)
      for (const headers of [
        { cookie: 'onrush_visitor=v1.somebody; onrush_order_x=secret' },
        { authorization: `Bearer ${shop.operatorKey}` },
        { authorization: 'Basic c29tZWJvZHk6' },
      ]) {
        const other = await shop.visitor().asks(path, { headers })
        expect([path, other.text], JSON.stringify(headers)).toEqual([path, plain.text])
        expect(other.headers.getSetCookie()).toEqual([])
      }
    }
  })

  it('[CCH15] has nothing in it of a header that is not part of the question', async () => {
    const evil = 'evil.example'
    const headers = {
      ...{ 'x-forwarded-host': evil, 'x-forwarded-proto': 'http', 'x-host': evil, forwarded: `host=${evil}` },
      ...{ 'x-original-url': '/admin', 'x-rewrite-url': '/admin', 'x-http-method-override': 'DELETE' },
      ...{ 'x-forwarded-for': evil, 'accept-language': evil, origin: `https://${evil}`, referer: `https://${evil}/` },
      ...{ 'x-original-host': evil, 'x-forwarded-prefix': `/${evil}`, 'x-forwarded-port': '1', 'user-agent': evil },
      ...{ accept: `text/${evil}`, cookie: `lang=${evil}; onrush_market=${evil}`, pragma: evil, 'cf-ipcountry': 'XX' },
    }
    for (const path of [
      ...PUBLIC.map((one) => `${one}?cb=${crypto.randomUUID()}`),
      ...['/', '/products/lamp', '/drops/night', '/collections', '/search?q=lamp', '/products/none', '/docs'],
      ...['/art/lamp.svg', '/assets/none.css', '/api/v1/openapi.json', '/api/v1/products/none'],
    ]) {
      const first = await shop.visitor().asks(path, { headers })
      const next = await shop.visitor().asks(path)
      expect(`${first.text} ${JSON.stringify([...first.headers])}`, path).not.toContain(evil)
      expect(next.text, path).not.toContain(evil)
      expect(next.status, path).toBe(first.status)
    }
  })

  it('[CCH15] is kept under what it answers: parameters it does not know change neither the copy nor the answer', async () => {
    const plain = (await ana.asks('/api/v1/products/lamp')).text
    for (const query of ['?utm_source=x', '?x=1;y=2', '?x=1&x=2', '?__proto__=1', '?fresh=%3Cscript%3E', '?']) {
      const said = await ana.asks(`/api/v1/products/lamp${query}`)
      expect([said.text, said.headers.get('cache-status')]).toEqual([plain, expect.stringMatching(/^onrush-mem; hit/)])
    }
  })

  it('[CCH15] is not to be had by saying a parameter twice', async () => {
    for (const query of ['limit=1&limit=2', 'sort=price&sort=-price', 'q=a&q=b']) {
      expect((await ana.asks(`/api/v1/products?${query}`)).status, query).toBe(400)
    }
  })

  it('[CCH16] is another one for each filter and language that it differs by', async () => {
    const texts = async (paths: string[]) => Promise.all(paths.map(async (path) => (await ana.asks(path)).text))
    const [all, few] = await texts(['/api/v1/products?limit=1', '/api/v1/products?q=nothing'])
    expect(all).not.toBe(few)
    const de = await shop.visitor().asks('/drops/night', { headers: { 'accept-language': 'de' } })
    const en = await shop.visitor().asks('/drops/night', { headers: { 'accept-language': 'en' } })
    expect([de.text.includes('lang="de"'), en.text.includes('lang="en"')]).toEqual([true, true])
  })

  it('[CCH17] names what it is made of in Cache-Groups, and a write names what it has changed', async () => {
    const { headers } = await ana.asks('/api/v1/products/lamp')
    expect(headers.get('cache-groups')).toBe(`"${productId}", "collections", "all"`)
    expect(headers.get('cache-group-invalidation')).toBeNull()
    const changed = await shop.operator.asks('/api/v1/admin/products/lamp', {
      method: 'PATCH',
      body: { title: 'Lamp' },
    })
    expect(changed.headers.get('cache-group-invalidation')).toContain(`"${productId}"`)
  })
})

describe('a private answer', () => {
  it('[CCH14] may be stored by nobody, and is never said to the next who asks', async () => {
    const { text } = await ana.asks('/products/lamp')
    const hidden = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
    const fields = { ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), sku: 'LAMP', quantity: '1' }
    await ana.asks('/basket', { method: 'POST', raw: new URLSearchParams(fields) })
    for (const path of [
      '/basket',
      '/api/v1/orders/ord_nobody',
      '/api/v1/admin/products',
      '/console',
      '/checkout/hld_x',
    ]) {
      const said = await ana.asks(path)
      expect(said.headers.get('cache-control') ?? 'no-store', path).toMatch(/private|no-store/)
    }
    const mine = await ana.asks('/basket')
    const theirs = await shop.visitor().asks('/basket')
    expect(mine.text).toMatch(/\/checkout\/hld_/)
    expect(theirs.text).not.toMatch(/\/checkout\/hld_/)
  })

  it.each([
    '/basket/account.css',
    '/basket;.css',
    '/basket%2f.css',
    '/basket%2faccount.css',
    '/basket/..%2fassets/x.css',
    '/assets/..%2fbasket',
    '/basket.css',
    '/basket.',
    '/basket%00.css',
    '/basket%0a.css',
    '/basket%23.css',
    '/basket%3f.css',
    '/basket/',
    '//basket',
    '/basket//x.css',
    '/basket;.js',
    '/basket%3b.js',
    '/basket%5cx.css',
    '/basket/%252e%252e/assets/x.css',
    '/basket/..;/assets/x.css',
    '/BASKET/x.css',
    '/api/v1/orders/ord_x/style.css',
    '/api/v1/orders/ord_x%2fstyle.css',
    '/api/v1/orders/ord_x/.css',
    '/api/v1/orders/ord_x;a.css',
    '/api/v1/orders/ord_x.js',
    '/api/v1/admin/products.css',
    '/api/v1/admin/products%2fx.css',
    '/console/style.css',
    '/console;.js',
    '/.onrush-cache/epochs',
  ])('[CCH18] is not had as a file by a trick with its path: %s', async (path) => {
    const said = await ana.asks(path)
    expect(said.text).not.toMatch(/\/checkout\/hld_/)
    expect(said.headers.get('cache-control') ?? 'no-store').not.toMatch(/public|immutable|max-age=[1-9]/)
    expect(said.status).toBeGreaterThanOrEqual(400)
  })
})

describe('Cache-Status', () => {
  it('[CCH21] names each tier that was asked, from the database’s side to the reader’s, on a 404 and a 304 too', async () => {
    const paths = [...PUBLIC, '/api/v1/products/none', '/api/v1/collections/none'].map((path) => `${path}?never=before`)
    for (const path of paths) {
      const first = await ana.asks(path)
      const etag = first.headers.get('etag') ?? '"none"'
      const again = await ana.asks(path, { headers: { 'if-none-match': etag } })
      // A count of units may have changed between the two.
      expect(path.includes('none') ? [404] : [200, 304], path).toContain(again.status)
      for (const { headers } of [first, again]) {
        const members = (headers.get('cache-status') ?? '').split(', ')
        expect([path, members.at(-1)]).toEqual([path, expect.stringMatching(/^onrush-mem; /)])
        const tiers = members.map((member) => member.slice('onrush-'.length, member.indexOf(';')))
        expect(['shelf', 'colo', 'mem'].filter((tier) => tiers.includes(tier))).toEqual(tiers)
        for (const member of members) {
          expect(member).toMatch(
            /^onrush-\w+; (hit; ttl=-?\d+|fwd=(miss|stale|bypass)(; stored|; collapsed)?)(; detail=[a-z-]+)?$/,
          )
        }
      }
    }
  })
})

describe('a page', () => {
  it('[CCH21] says of what it is drawn from which tiers were asked, of the question that had to go farthest', async () => {
    for (const path of ['/', '/products/lamp', '/drops/night', '/collections', '/search?q=lamp', '/products/none']) {
      await ana.asks(path)
      const { headers } = await shop.visitor().asks(path)
      expect(headers.get('cache-status'), path).toMatch(/onrush-mem; (hit; ttl=-?\d+|fwd=\w+)[^,]*$/)
    }
  })
})

describe('the cache’s desk', () => {
  it('[CCH19] tells what was hit and missed, what is known of changes, and what lies in memory', async () => {
    await ana.asks('/api/v1/products/lamp')
    await ana.asks('/products/lamp')
    const said = await stats()
    expect(said.tiers.memory.misses).toBeGreaterThan(0)
    expect(Math.abs(Date.parse(said.counted_since) - Date.now())).toBeLessThan(600_000)
    expect(said.epochs.shards).toHaveLength(4)
    expect(said.epochs.shards.every(({ age_ms }: { age_ms: number | null }) => age_ms !== null)).toBe(true)
    expect(said.latest.map(({ key }: { key: string }) => key)).toContain('product lamp')
    expect(said.propagation.at(-1).up_to_ms).toBeNull()
    const again = await stats()
    expect(again.of).toEqual({ isolate: expect.stringMatching(/^[a-z0-9]{4,8}$/), data_centre: said.of.data_centre })
    expect(again.of.isolate).toBe(said.of.isolate)
  })

  it.each([{ tags: ['products'] }, { keys: ['products {"collection":null}'] }, { everything: true }])(
    '[CCH12] drops copies on command: %j',
    async (what) => {
      const said = await shop.operator.asks('/api/v1/admin/cache/purge', { method: 'POST', body: what })
      expect([said.status, said.body]).toEqual([200, { purged: true }])
      const told = 'everything' in what ? '"all"' : 'tags' in what ? '"products", "many"' : null
      expect(said.headers.get('cache-group-invalidation')).toBe(told)
    },
  )

  it('[CCH12] has the next reader read anew, and tells caches in front of the shop', async () => {
    await ana.asks('/api/v1/products/lamp')
    const what = { tags: [productId] } // as Cache-Groups names it
    const purged = await shop.operator.asks('/api/v1/admin/cache/purge', { method: 'POST', body: what })
    expect(purged.headers.get('cache-group-invalidation')).toBe(`"${productId}", "many"`)
    const { headers } = await ana.asks('/api/v1/products/lamp')
    expect(headers.get('cache-status')).toMatch(/onrush-mem; fwd=stale; stored$/)
  })

  it.each([{}, { tags: [] }, { everything: false }, { tags: [''] }, { paths: ['/'] }])(
    '[CCH12] takes no command that says nothing: %j',
    async (what) => {
      const said = await shop.operator.asks('/api/v1/admin/cache/purge', { method: 'POST', body: what })
      expect(said.status).toBe(400)
    },
  )

  it('[CCH20] warms what a drop’s crowd will ask for, here and for the world', async () => {
    const warmed = await shop.operator.asks('/api/v1/admin/cache/warm', { method: 'POST', body: { drop: 'night' } })
    expect(warmed.status, warmed.text).toBe(200)
    expect(warmed.body.answers.every(({ status }: { status: number }) => status === 200)).toBe(true)
    expect(warmed.body.answers.map(({ path }: { path: string }) => path)).toContain('/products/lamp')
    expect(await env.SHELF.get(`${shop.storeId} product lamp`)).not.toBeNull()
    const { headers } = await ana.asks('/api/v1/products/lamp')
    expect(headers.get('cache-status')).toMatch(/^onrush-mem; hit/)
  })

  it.each([
    [{ paths: ['/api/v1/products/lamp', '/'] }, 200],
    [{ paths: ['https://evil.example/'] }, 400],
    [{ paths: ['/basket'] }, 400],
    [{ paths: ['/api/v1/admin/keys'] }, 400],
    [{ paths: ['//evil.example/products'] }, 400],
    [{ paths: [] }, 400],
    [{}, 400],
    [{ drop: 'none' }, 404],
    [{ drop: 'NO SLUG' }, 404],
  ])('[CCH20] warms only what anybody may ask for: %j is %i', async (what, status) => {
    const said = await shop.operator.asks('/api/v1/admin/cache/warm', { method: 'POST', body: what })
    expect(said.status, said.text).toBe(status)
  })

  it('[CCH19] is for operators with the scope', async () => {
    expect((await ana.asks('/api/v1/admin/cache/stats')).status).toBe(401)
    const reader = await shop.operatorWith('catalog:read')
    expect((await reader.asks('/api/v1/admin/cache/stats')).status).toBe(200)
    expect(
      (await reader.asks('/api/v1/admin/cache/purge', { method: 'POST', body: { everything: true } })).status,
    ).toBe(403)
  })

  it('[CCH19] has a page in the console that keeps itself new, with a lever', async () => {
    const form = (path: string, fields: Record<string, string>) =>
      ana.asks(path, { method: 'POST', raw: new URLSearchParams(fields) })
    expect((await form('/console/sign-in', { key: shop.operatorKey })).status).toBe(303)
    const page = await ana.asks('/console/cache')
    expect([page.status, page.headers.get('refresh')]).toEqual([200, '5; url=/console/cache'])
    expect(page.text).toContain('What is known of changes')
    const dropped = await form('/console/cache/purge', { tag: '' })
    expect(dropped.headers.get('location')).toBe('/console/cache?done=dropped')
    expect((await ana.asks('/console/cache?done=dropped')).text).toContain('Everybody knows within two seconds')
    expect((await shop.visitor().asks('/console/cache')).status).toBe(303)
  })
})

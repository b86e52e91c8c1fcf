import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type TestShop } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  await shop.operator.offers('LAMP', 50, 4500)
  await shop.operator.offers('PLAIN', 50, 1000)
  for (const market of [EU, US]) expect((await shop.operator.posts('/api/v1/admin/markets', market)).status).toBe(201)
  const priced = await shop.operator.asks('/api/v1/admin/markets/us/prices', {
    method: 'PUT',
    body: { version: 1, prices: [{ sku: 'LAMP', amount: 6000, compare_at_amount: 9000 }] },
  })
  expect(priced).toMatchObject({
    status: 200,
    body: { data: [{ sku: 'LAMP', price: { amount: 6000, currency: 'USD' } }] },
  })
})

const EU = {
  ...{ key: 'eu', name: 'Europe', countries: ['DE', 'AT'], currency: 'EUR', languages: ['de', 'en'] },
  ...{ tax_display: 'included', default: true, restricted_countries: [{ country: 'CH', reason: 'choice' }] },
}
const US = {
  ...{ key: 'us', name: 'United States', countries: ['US'], currency: 'USD', languages: ['en-US', 'es'] },
  ...{ tax_display: 'excluded', restricted_countries: [{ country: 'CU', reason: 'law' }] },
}

const eur = (amount: number) => ({ amount, currency: 'EUR' })
const usd = (amount: number) => ({ amount, currency: 'USD' })
const priceIn = async (sending: Parameters<ReturnType<TestShop['visitor']>['asks']>[1] = {}, query = '') =>
  (await shop.visitor().asks(`/api/v1/products/lamp${query}`, sending)).body.price_from

describe('markets', () => {
  it('[GEO1] are found by country, else by default, and changed by whoever looks', async () => {
    const where = async (path: string, sending: object) => (await shop.visitor().asks(path, sending)).body
    expect(await where('/api/v1/market', { country: 'US' })).toMatchObject({
      ...{
        market: 'us',
        found_by: 'country',
        language: 'en-US',
        currency: 'USD',
        tax_display: 'excluded',
        may_buy: true,
      },
    })
    for (const country of ['T1', 'XX', 'FR', undefined]) {
      expect(await where('/api/v1/market', country === undefined ? {} : { country })).toMatchObject({
        ...{ market: 'eu', found_by: 'default', language: 'de' },
      })
    }
    const chosen = { country: 'US', headers: { cookie: 'onrush_market=eu.en' } }
    expect(await where('/api/v1/market', chosen)).toMatchObject({ market: 'eu', found_by: 'choice', language: 'en' })
    expect(await where('/api/v1/market?market=us', chosen)).toMatchObject({ market: 'us', found_by: 'choice' })
    expect(await where('/api/v1/market?market=nowhere', { country: 'US' })).toMatchObject({ market: 'us' })
  })

  it('[GEO4] [GEO5] show their prices to theirs, whoever asked before', async () => {
    for (let round = 0; round < 2; round++) {
      expect(await priceIn({ country: 'US' })).toEqual(usd(6000))
      expect(await priceIn({ country: 'DE' })).toEqual(eur(4500))
      expect(await priceIn()).toEqual(eur(4500))
      expect(await priceIn({ country: 'DE', headers: { cookie: 'onrush_market=us' } })).toEqual(usd(6000))
      expect(await priceIn({ country: 'US' }, '?market=eu')).toEqual(eur(4500))
    }
    const listed = await shop.visitor().asks('/api/v1/products?sort=title', { country: 'US' })
    expect(listed.body.data).toMatchObject([
      { price_from: usd(6000), compare_at: usd(9000) },
      { price_from: eur(1000) },
    ])
  })

  it('[GEO6] let nobody in front keep what was guessed, and anybody what the address says', async () => {
    const says = async (path: string, headers: Record<string, string> = {}) => {
      const told = await shop.visitor().asks(path, { country: 'US', headers })
      return [told.headers.get('cache-control')?.split(',')[0], told.headers.get('vary')]
    }
    for (let round = 0; round < 2; round++) {
      expect(await says('/api/v1/products/lamp')).toEqual(['private', 'Cookie'])
      expect(await says('/api/v1/products/lamp', { cookie: 'onrush_market=eu' })).toEqual(['private', 'Cookie'])
      expect(await says('/api/v1/products/lamp?market=nowhere')).toEqual(['private', 'Cookie'])
      expect(await says('/api/v1/products/lamp?market=us')).toEqual(['public', null])
      // What no market changes is kept once, for all.
      expect(await says('/api/v1/collections')).toEqual(['public', null])
    }
    // What a client writes itself into fields that the network writes elsewhere changes nothing.
    const forged = { 'cf-ipcountry': 'DE', 'x-country': 'DE', 'x-forwarded-for': '1.2.3.4' }
    expect(await priceIn({ country: 'US', headers: forged })).toEqual(usd(6000))
  })

  it('[GEO5] [GEO9] are drawn as pages, in the reader’s, with what to press in it', async () => {
    const looks = async (sending: object, path = '/products/lamp') => shop.visitor().asks(path, sending)
    const american = await looks({ country: 'US' })
    expect(american.text).toMatch(/<s>.*\$90\.00.*<\/s>.*\$60\.00/s)
    expect(american.text).toContain('action="/basket?market=us"')
    expect([american.headers.get('content-language'), american.headers.get('vary')]).toEqual([
      ...['en-US', 'Accept-Language, Cookie'],
    ])
    expect((await looks({ country: 'DE' })).text).toContain('€45.00')
    const canonical = (page: string) => /rel="canonical" href="[^"]*?(\/products[^"]*)"/.exec(page)?.[1]
    expect(canonical(american.text)).toBe('/products/lamp')
    expect(canonical((await looks({ country: 'DE' }, '/products/lamp?market=us')).text)).toBe(
      '/products/lamp?market=us',
    )
    expect((await looks({ country: 'US' }, '/')).text).toContain('$60.00')
  })

  it('[GEO1] [GEO7] are chosen by a form, and bought in as they were shown', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const presses = (
      who: ReturnType<TestShop['visitor']>,
      path: string,
      fields: Record<string, string>,
      country = 'DE',
    ) => who.asks(path, { method: 'POST', headers: form, raw: new URLSearchParams(fields).toString(), country })
    const ana = shop.visitor()
    const chosen = await presses(ana, '/market', { market: 'us', language: 'es', back: '/products/lamp' })
    expect([chosen.status, chosen.headers.get('location')]).toEqual([303, '/products/lamp'])
    expect(ana.cookies.get('onrush_market')).toBe('us.es')
    expect((await ana.asks('/products/lamp', { country: 'DE' })).text).toContain('$60.00')
    const bob = shop.visitor()
    expect((await presses(bob, '/basket?market=us', { sku: 'LAMP', quantity: '1', product: 'lamp' })).status).toBe(303)
    expect((await bob.asks('/basket', { country: 'DE' })).text).toContain('$60.00')
    const eve = await presses(shop.visitor(), '/basket', { sku: 'LAMP', quantity: '1', product: 'lamp' }, 'CU')
    expect([eve.status, eve.text]).toEqual([451, expect.stringContaining('We may not sell to this country')])
    await presses(ana, '/market', { market: 'nowhere' })
    expect(ana.cookies.get('onrush_market')).toBe('')
  })

  it('[GEO7] keep a basket and its order at the price that was shown', async () => {
    const ana = shop.visitor()
    const wish = { lines: [{ sku: 'LAMP', quantity: 2 }] }
    const post = { method: 'POST', headers: { 'idempotency-key': crypto.randomUUID() }, country: 'US' }
    const held = await ana.asks('/api/v1/holds', { ...post, body: wish })
    expect(held.body).toMatchObject({ total: usd(12_000), lines: [{ unit_price: usd(6000) }] })
    // Shown somewhere else than where the request is from, and said so.
    const shown = { ...post, headers: { 'idempotency-key': crypto.randomUUID() }, body: { ...wish, market: 'eu' } }
    expect((await shop.visitor().asks('/api/v1/holds', shown)).body.total).toEqual(eur(9000))
    await shop.operator.asks('/api/v1/admin/markets/us/prices', {
      ...{ method: 'PUT', body: { version: 1, prices: [{ sku: 'LAMP', amount: 7000 }] } },
    })
    expect(await priceIn({ country: 'US' })).toEqual(usd(7000))
    const ordered = await ana.orders(held.body.id)
    expect(ordered).toMatchObject({ status: 202, body: { total: usd(12_000) } })
    const both = await shop.visitor().asks('/api/v1/holds', {
      ...{ ...post, headers: { 'idempotency-key': crypto.randomUUID() } },
      body: { lines: [...wish.lines, { sku: 'PLAIN', quantity: 1 }] },
    })
    expect(both.body).toMatchObject({ code: 'mixed_currencies', currencies: ['EUR', 'USD'] })
  })

  it('[GEO14] are not taken for one another: a hold at the prices of one that is gone is refused', async () => {
    const at = (market: string) => ({
      ...{ method: 'POST', country: 'US', headers: { 'idempotency-key': crypto.randomUUID() } },
      body: { lines: [{ sku: 'LAMP', quantity: 1 }], market },
    })
    const held = await shop.visitor().asks('/api/v1/holds', at('gone'))
    expect([held.status, held.body.code, held.body.market]).toEqual([404, 'market_not_found', 'gone'])
    expect((await shop.visitor().asks('/api/v1/holds', at('us'))).status).toBe(201)
  })

  it('[CCH20] [GEO5] are warmed one by one for a drop', async () => {
    const priced = { version: 1, prices: [{ sku: 'PLAIN', amount: 2000 }] }
    await shop.operator.asks('/api/v1/admin/markets/us/prices', { method: 'PUT', body: priced })
    const opens_at = new Date(Date.now() + 3_600_000).toISOString()
    const drop = { slug: 'night', title: 'Night', opens_at, skus: ['PLAIN'] }
    expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
    const { body } = await shop.operator.asks('/api/v1/admin/cache/warm', { method: 'POST', body: { drop: 'night' } })
    const warmed = body.answers.map(({ path, status }: { path: string; status: number }) => `${status} ${path}`)
    for (const path of ['/api/v1/products/plain', '/api/v1/drops/night']) {
      expect(warmed).toEqual(expect.arrayContaining([`200 ${path}`, `200 ${path}?market=eu`, `200 ${path}?market=us`]))
    }
    expect(await env.SHELF.get(`${shop.storeId} product plain in us`)).not.toBeNull()
    const american = await shop.visitor().asks('/api/v1/drops/night', { country: 'US' })
    expect(american.body.products).toMatchObject([{ slug: 'plain', price_from: usd(2000) }])
  })

  it('[GEO12] have a page in the console, which says what somebody from somewhere sees', async () => {
    const desk = shop.visitor()
    expect((await desk.asks('/console/markets')).status).toBe(303)
    await desk.asks('/console/sign-in', { method: 'POST', raw: new URLSearchParams({ key: shop.operatorKey }) })
    const page = (await desk.asks('/console/markets')).text
    expect(page).toMatch(/United States <code>us<\/code>.*US.*CU.*USD, tax excluded.*en-US, es.*<td>[12]<\/td>/s)
    const tried = async (query: string) =>
      /role="status">([^<]*)</.exec((await desk.asks(`/console/markets?${query}`)).text)?.[1]
    expect(await tried('country=at&language=fr,en;q=0.5')).toBe(
      'AT: Europe, in EUR; pages that are translated speak en.',
    )
    expect(await tried('country=CU')).toContain('Nothing is sold there: a law forbids it.')
    expect(await tried('country=XX')).toContain('XX is no country; from an unknown one: Europe, the default')
  })

  it('[EXP4] are an audience of experiments', async () => {
    const experiment = {
      ...{ key: 'americans', name: 'Americans', audience: { markets: ['us'] } },
      variations: [{ key: 'control' }, { key: 'other', parameters: { layout: 'grid' } }],
    }
    expect((await shop.operator.posts('/api/v1/admin/experiments', experiment)).status).toBe(201)
    await shop.operator.posts('/api/v1/admin/experiments/americans/start', undefined)
    const told = async (country: string, cookie = '') => {
      const headers = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0', cookie }
      const { body } = await shop.visitor().asks('/api/v1/experiments/assignments', { country, headers })
      return body.data.length
    }
    expect([await told('US'), await told('DE'), await told('DE', 'onrush_market=us')]).toEqual([1, 0, 1])
  })

  it('[GEO8] [GEO13] sell nothing new to a restricted country, and show it everything', async () => {
    const holds = (country: string, market?: string) =>
      shop.visitor().asks('/api/v1/holds', {
        ...{ method: 'POST', country, headers: { 'idempotency-key': crypto.randomUUID() } },
        body: { lines: [{ sku: 'LAMP', quantity: 1 }], ...(market && { market }) },
      })
    const forbidden = { status: 451, body: { code: 'country_forbidden_by_law', country: 'CU', by: 'network' } }
    expect(await holds('CU')).toMatchObject(forbidden)
    expect(await holds('CU', 'eu')).toMatchObject(forbidden)
    expect(await holds('CH')).toMatchObject({ status: 403, body: { code: 'country_not_served', by: 'network' } })
    expect(await priceIn({ country: 'CU' })).toMatchObject({ currency: 'USD' })
    const ana = shop.visitor()
    const held = await ana.holds('LAMP')
    const order = { hold_id: held.body.id, email: 'ana@example.com', payment_method: 'pm_card_visa' }
    const address = { line1: 'Calle 1', city: 'La Habana', postal_code: '10100', country: 'CU' }
    const said = await ana.posts('/api/v1/orders', { ...order, shipping_address: address })
    expect(said).toMatchObject({ status: 451, body: { country: 'CU', by: 'address' } })
    const sends = (path: string, body: unknown, country: string) =>
      ana.asks(path, { method: 'POST', body, country, headers: { 'idempotency-key': 'travels' } })
    const ordered = await sends('/api/v1/orders', order, 'DE')
    expect(ordered.status).toBe(202)
    expect(await sends('/api/v1/orders', order, 'CU')).toMatchObject({ status: 202, body: ordered.body })
    const wish = { lines: [{ sku: 'LAMP', quantity: 1 }] }
    expect((await sends('/api/v1/holds', wish, 'CU')).status).toBe(451)
    const first = await sends('/api/v1/holds', wish, 'DE')
    expect(first.status).toBe(201)
    expect(await sends('/api/v1/holds', wish, 'CU')).toMatchObject({ status: 201, body: first.body })
  })

  it('[GEO3] [CAT19] are changed as their operator saw them, and refused with what is wrong', async () => {
    const asks = (path: string, body: unknown, method = 'PUT') =>
      shop.operator.asks(`/api/v1/admin/markets${path}`, {
        ...{ method, body, headers: { 'idempotency-key': crypto.randomUUID() } },
      })
    const gb = { ...US, key: 'gb', countries: ['GB'], currency: 'GBP', languages: ['EN-gb'], restricted_countries: [] }
    expect(await asks('', { ...gb, countries: ['UK'] }, 'POST')).toMatchObject({ status: 400 })
    // Its pages could not say what it is called.
    expect(await asks('', { ...gb, languages: ['en-GB-u-co-search'] }, 'POST')).toMatchObject({
      ...{ status: 400, body: { errors: [{ pointer: '/languages/0' }] } },
    })
    expect(await asks('', { ...gb, currency: 'ISK' }, 'POST')).toMatchObject({
      ...{ status: 400, body: { code: 'invalid_request', errors: [{ pointer: '/currency' }] } },
    })
    expect(await asks('', { ...gb, countries: ['GB', 'CH'] }, 'POST')).toMatchObject({
      ...{ status: 409, body: { countries: [{ country: 'CH', market: 'eu' }] } },
    })
    expect(await asks('', gb, 'POST')).toMatchObject({ status: 201, body: { languages: ['en-GB'], version: 1 } })
    const one = { sku: 'LAMP', amount: 1 }
    expect(await asks('/gb/prices', { version: 1, prices: [one, one] })).toMatchObject({
      ...{ status: 400, body: { errors: [{ pointer: '/prices/1/sku' }] } },
    })
    expect(await asks('/gb/prices', { version: 1, prices: [{ ...one, amount: 0 }] })).toMatchObject({
      ...{ status: 400, body: { errors: [{ pointer: '/prices/0/amount' }] } },
    })
    const { key: _, ...terms } = gb
    expect(await asks('/gb', { ...terms, name: 'Britain', version: 1 })).toMatchObject({ body: { version: 2 } })
    expect(await asks('/gb', { ...terms, version: 1 })).toMatchObject({
      ...{ status: 409, body: { code: 'version_is_older', found: 2 } },
    })
    expect(await asks('/gb/prices', { version: 1, prices: [{ sku: 'LAMP', amount: 1 }] })).toMatchObject({
      status: 409,
    })
    expect((await shop.visitor().asks('/api/v1/market', { country: 'GB' })).body.market).toBe('gb')
    for (let twice = 0; twice < 2; twice++) expect((await asks('/gb', undefined, 'DELETE')).status).toBe(204)
    expect((await shop.visitor().asks('/api/v1/market', { country: 'GB' })).body.market).toBe('eu')
    expect(await asks('/gb/prices', { version: 2, prices: [{ sku: 'LAMP', amount: 1 }] })).toMatchObject({
      status: 404,
    })
  })
})

describe('a shop without markets', () => {
  it('[GEO10] is as it is without any, wherever it is asked from', async () => {
    const plain = await openShop()
    await plain.operator.offers('LAMP', 5)
    const told = await plain
      .visitor()
      .asks('/api/v1/products/lamp', { country: 'CU', headers: { cookie: 'onrush_market=us' } })
    expect(told.body.price_from).toEqual(eur(4500))
    expect([told.headers.get('cache-control')?.split(',')[0], told.headers.get('vary')]).toEqual(['public', null])
    const held = await plain.visitor().asks('/api/v1/holds', {
      ...{ method: 'POST', country: 'CU', headers: { 'idempotency-key': crypto.randomUUID() } },
      body: { lines: [{ sku: 'LAMP', quantity: 1 }], market: 'us' },
    })
    expect(held.body.total).toEqual(eur(4500))
    expect((await plain.visitor().asks('/api/v1/market', { country: 'US' })).body).toMatchObject({
      ...{ market: null, found_by: 'none', currency: 'EUR', may_buy: true, markets: [] },
    })
  })
})

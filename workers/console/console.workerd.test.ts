/** The console over HTTP: who gets in, for how long, and what they may do there. */
import { exports } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openShop, Client, type Said, type TestShop } from '../testing/shop.ts'

const COOKIE = '__Host-onrush_console'
const MINUTE = 60_000

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => {
  vi.useRealTimers()
})

const fills = (who: Client, path: string, fields: Record<string, string> = {}, headers = {}): Promise<Said> =>
  who.asks(path, { method: 'POST', raw: new URLSearchParams(fields), headers })

/** A browser that has shown this key. */
async function signedIn(key: string = shop.operatorKey): Promise<Client> {
  const browser = new Client(shop.origin)
  const said = await fills(browser, '/console/sign-in', { key })
  expect(said.status, said.text).toBe(303)
  return browser
}

const issues = async (...scopes: string[]): Promise<{ id: string; key: string }> =>
  (await shop.operator.posts('/api/v1/admin/keys', { name: 'console', scopes })).body

async function plansDrop(terms: object = {}): Promise<{ sku: string; page: string; slug: string }> {
  const sku = crypto.randomUUID()
  const slug = `d-${sku}`
  await shop.operator.offers(sku, 5)
  const drop = { slug, title: 'The Drop', opens_at: new Date(Date.now() - 1000).toISOString(), skus: [sku], ...terms }
  expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
  return { sku, slug, page: `/console/drops/${slug}` }
}

const statusOf = async (slug: string): Promise<string> =>
  (await shop.operator.asks(`/api/v1/admin/drops/${slug}`)).body.status

/** The same cookie in another browser, so that its renewal changes nothing here. */
function copyOf(browser: Client): Client {
  const copy = new Client(shop.origin)
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
  return copy
}

const isIn = async (browser: Client): Promise<boolean> => (await browser.asks('/console')).text.includes('Sign out')

describe('signing in', () => {
  it('[CON8] exchanges a key for a cookie that is not the key and that scripts and other sites cannot reach', async () => {
    const browser = new Client(shop.origin)
    const said = await fills(browser, '/console/sign-in', { key: shop.operatorKey })
    const [cookie = ''] = said.headers.getSetCookie()
    expect(cookie).toMatch(new RegExp(`^${COOKIE}=v1\\.`))
    for (const part of ['; Path=/', '; HttpOnly', '; SameSite=Strict', '; Secure']) expect(cookie).toContain(part)
    expect(cookie).not.toContain('Domain')
    expect(cookie).not.toContain(shop.operatorKey.slice(9))
    expect(said.headers.get('location')).toBe('/console')
    expect((await browser.asks('/console')).text).toContain('Drops')
  })

  it.each(['', 'nonsense', 'onr_test_0000000000000000000000000000000000'])(
    '[CON8] lets nobody in who shows %j',
    async (key) => {
      const browser = new Client(shop.origin)
      const said = await fills(browser, '/console/sign-in', { key })
      expect(said.status).toBe(403)
      expect(said.text).toContain('This key opens nothing here')
      expect(browser.cookies.has(COOKIE)).toBe(false)
    },
  )

  it('[CON8] lets nobody in who shows another store’s key', async () => {
    const other = await openShop()
    expect((await fills(new Client(shop.origin), '/console/sign-in', { key: other.operatorKey })).status).toBe(403)
  })

  it('[CON8] ends after an hour of rest, is renewed by work, and is over after half a day', async () => {
    const [resting, working] = [await signedIn(), await signedIn()]
    const began = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: began + 59 * MINUTE })
    expect(await isIn(copyOf(resting))).toBe(true)
    vi.useFakeTimers({ toFake: ['Date'], now: began + 61 * MINUTE })
    expect(await isIn(resting)).toBe(false)
    for (let at = 20 * MINUTE; at <= 12 * 60 * MINUTE; at += 20 * MINUTE) {
      vi.useFakeTimers({ toFake: ['Date'], now: began + at - MINUTE })
      expect(await isIn(working), `after ${at / MINUTE} minutes`).toBe(true)
    }
    vi.useFakeTimers({ toFake: ['Date'], now: began + 12 * 60 * MINUTE + MINUTE })
    expect(await isIn(working)).toBe(false)
  })

  it('[CON8] leads back to where one wanted to go, and to no other site', async () => {
    const { page } = await plansDrop()
    const browser = new Client(shop.origin)
    const sent = await browser.asks(page)
    expect(sent.headers.get('location')).toBe(`/console?next=${encodeURIComponent(page)}`)
    const fields = { key: shop.operatorKey, next: page }
    expect((await fills(browser, '/console/sign-in', fields)).headers.get('location')).toBe(page)
    for (const next of [
      'https://evil.example',
      '//evil.example',
      '/console//evil.example/..',
      '/console@evil.example',
    ]) {
      const location = (await fills(browser, '/console/sign-in', { ...fields, next })).headers.get('location')!
      expect(new URL(location, shop.origin).origin).toBe(shop.origin)
      expect(location).toMatch(/^\/console/)
    }
  })

  it('[CON8] is undone by signing out', async () => {
    const browser = await signedIn()
    await fills(browser, '/console/sign-out')
    expect(await isIn(browser)).toBe(false)
  })

  it('[CON9] closes with the key, five seconds after it was revoked', async () => {
    const { id, key } = await issues('catalog:read')
    const browser = await signedIn(key)
    expect(await isIn(browser)).toBe(true)
    expect((await shop.operator.asks(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(204)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 })
    expect(await isIn(browser)).toBe(false)
  })

  it('[CON9] opens nothing to a cookie that was changed, or that another store signed', async () => {
    const { id } = await issues('*')
    const browser = await signedIn()
    const slip = browser.cookies.get(COOKIE)!
    const [version, , signedInAt, until, signature] = slip.split('.')
    const other = await openShop()
    const elsewhere = new Client(other.origin)
    await fills(elsewhere, '/console/sign-in', { key: other.operatorKey })
    const forged = [
      [version, id, signedInAt, until, signature].join('.'),
      slip.replace(`.${until}.`, `.${(Date.now() + 99 * MINUTE).toString(36)}.`),
      slip.slice(0, -1) + (slip.endsWith('A') ? 'B' : 'A'),
      `${slip}.more`,
      elsewhere.cookies.get(COOKIE)!,
      '',
    ]
    for (const value of forged) {
      browser.cookies.set(COOKIE, value)
      expect(await isIn(browser), value).toBe(false)
    }
  })
})

describe('a drop in the console', () => {
  it('[CON12] says how it stands, with nothing inline that could run', async () => {
    const { page, sku } = await plansDrop({ room: { inside_max: 40, admissions_per_minute: 600 } })
    const said = await (await signedIn()).asks(page)
    expect(said.status, said.text).toBe(200)
    expect(said.text).toContain('data-status="open"')
    expect(said.text).toContain('of 40')
    expect(said.text).toContain(`Signed print ${sku}`)
    expect(said.headers.get('content-security-policy')).toContain("script-src 'self'; style-src 'self'")
    expect(said.headers.get('cache-control')).toContain('no-store')
    expect(said.text).not.toMatch(/ style=| on[a-z]+=|<style|javascript:/)
    for (const [, attributes = ''] of said.text.matchAll(/<script([^>]*)>/g)) {
      expect(attributes).toMatch(/ src="\/assets\/|type="application\/json"/)
    }
  })

  it('[CON6] is told as it is drawn, once a second', async () => {
    const { page } = await plansDrop()
    const browser = await signedIn()
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const response = await exports.default.fetch(new Request(`${shop.origin}${page}/events`, { headers: { cookie } }))
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    while (heard.split('event: board').length < 3) heard += (await reader.read()).value
    await reader.cancel()
    const [, data = ''] = /^data: (.*)$/m.exec(heard)!
    const told = JSON.parse(data)
    expect(told.title).toContain('Open, 5 free')
    for (const part of ['state', 'numbers', 'figures', 'skus', 'refusals', 'wrong', 'switch']) {
      expect(told.html).toContain(`data-part="${part}"`)
    }
    expect(JSON.parse(told.seconds).holds).toHaveLength(300)
  })

  it('[CON10] is for looking at with a key that may only look', async () => {
    const { page, slug } = await plansDrop()
    const browser = await signedIn((await issues('catalog:read')).key)
    const said = await browser.asks(page)
    expect(said.status).toBe(200)
    expect(said.text).not.toContain('data-command')
    for (const verb of ['pause', 'resume', 'stop', 'pace', 'units']) {
      expect((await fills(browser, `${page}/${verb}`, { sure: 'yes', pace: '5', units: '1' })).status).toBe(403)
    }
    expect(await statusOf(slug)).toBe('open')
    expect((await (await signedIn((await issues('orders:read')).key)).asks(page)).status).toBe(403)
  })

  it('[CON10] takes units only from a key that may change the stock', async () => {
    const { page, sku } = await plansDrop()
    const browser = await signedIn((await issues('catalog:read', 'catalog:write')).key)
    expect((await browser.asks(page)).text).not.toContain('Add units')
    expect((await fills(browser, `${page}/units`, { sku, units: '1' })).status).toBe(403)
    expect((await shop.operator.stock(sku)).body.total).toBe(5)
  })

  it('[CON11] is paused, resumed and stopped, the last when it is meant', async () => {
    const { page, slug } = await plansDrop()
    const browser = await signedIn()
    const paused = await fills(browser, `${page}/pause`)
    expect(paused.headers.get('location')).toBe(`${page}?done=pause&heard=1.1`)
    const after = (await browser.asks(paused.headers.get('location')!)).text
    expect(after).toContain('data-status="paused"')
    expect(after).toContain('Everybody who sells has heard.')
    await fills(browser, `${page}/resume`)
    expect(await statusOf(slug)).toBe('open')
    expect((await fills(browser, `${page}/stop`)).status).toBe(422)
    expect(await statusOf(slug)).toBe('open')
    expect((await fills(browser, `${page}/stop`, { sure: 'yes' })).status).toBe(303)
    expect(await statusOf(slug)).toBe('ended')
    const late = await fills(browser, `${page}/resume`)
    expect([late.status, late.text.includes('The drop has ended.')]).toEqual([409, true])
  })

  it('[CON11] is slowed by half, or to a number', async () => {
    const { page, slug } = await plansDrop({ room: { inside_max: 40, admissions_per_minute: 601 } })
    const browser = await signedIn()
    const paceOf = async (): Promise<number> =>
      (await shop.operator.asks(`/api/v1/admin/drops/${slug}`)).body.room.admissions_per_minute
    await fills(browser, `${page}/pace`, { slow: 'half', pace: '601' })
    expect(await paceOf()).toBe(300)
    await fills(browser, `${page}/pace`, { pace: '90' })
    expect(await paceOf()).toBe(90)
    for (const pace of ['', '0', '-1', '1.5', 'x', '1e9']) {
      expect((await fills(browser, `${page}/pace`, { pace })).status).toBe(422)
    }
    expect(await paceOf()).toBe(90)
  })

  it('[CON11] is given units once, however often the form is sent', async () => {
    const { page, sku } = await plansDrop()
    const browser = await signedIn()
    const key = /name="key" value="([^"]+)"/.exec((await browser.asks(page)).text)![1]!
    for (let i = 0; i < 3; i++)
      expect((await fills(browser, `${page}/units`, { key, sku, units: '4' })).status).toBe(303)
    expect((await shop.operator.stock(sku)).body).toMatchObject({ total: 9, free: 9 })
    expect((await fills(browser, `${page}/units`, { key, sku, units: '5' })).status).toBe(409)
    expect((await fills(browser, `${page}/units`, { key: 'new', sku: 'ANOTHER', units: '5' })).status).toBe(422)
    const { body } = await shop.operator.asks('/api/v1/admin/audit')
    expect(body.data[0]).toMatchObject({ action: 'stock.adjusted', subject: sku, actor: shop.operatorKeyId })
  })

  it.each(['cross-site', 'same-site'])('[CON11] takes no command from another site (%s)', async (site) => {
    const { page, slug } = await plansDrop()
    const browser = await signedIn()
    const from = { 'sec-fetch-site': site }
    expect((await fills(browser, `${page}/stop`, { sure: 'yes' }, from)).status).toBe(403)
    expect(await statusOf(slug)).toBe('open')
    const stranger = new Client(shop.origin)
    expect((await fills(stranger, '/console/sign-in', { key: shop.operatorKey }, from)).status).toBe(403)
    expect(stranger.cookies.has(COOKIE)).toBe(false)
  })

  it('[SEC4] of another store is not there', async () => {
    const { page } = await plansDrop()
    const other = await openShop()
    const browser = new Client(other.origin)
    await fills(browser, '/console/sign-in', { key: other.operatorKey })
    expect((await browser.asks(page)).status).toBe(404)
  })
})

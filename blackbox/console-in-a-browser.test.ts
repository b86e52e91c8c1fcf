/**
 * The console in a real browser, beside a drop with a room, leaves and some dozens of buyers: an operator signs in, watches,
 * slows, pauses, resumes, adds units and stops. `npm run screenshots` leaves pictures in test-output/console.
 */
import { randomUUID } from 'node:crypto'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { openBrowser, photographs } from './browser.ts'
import { eventually } from './eventually.ts'
import { Operator } from './operator.ts'

const SCREENSHOTS = 'test-output/console'
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 900 }
const SKUS = ['TIDE-S', 'TIDE-M', 'TIDE-L']
const UNITS = [30, 24, 8]
const BUYERS = 36

/** A busy machine is not what is asked about: nobody is sent away from it. */
const UNHINDERED = { SHEDDING: 'off' }

let shop: Shop
let browser: Browser
let operator: Operator

beforeAll(async () => {
  ;[shop, browser] = await Promise.all([startShop({ vars: UNHINDERED }), openBrowser()])
  operator = new Operator(shop.url, shop.operatorKey)
}, 90_000)
afterAll(async () => {
  await browser?.close()
  await shop?.stop()
}, 30_000)

describe('the console in a browser', () => {
  it('[CON12] shows a drop as it goes, and steers it', async () => {
    await plansTheDrop()
    const desk = await opens({ viewport: DESK })
    await desk.goto(`${shop.url}/console/drops/tide`)
    await shot(desk, 'desk-0-sign-in')
    await signsIn(desk, 'onr_test_nonsense')
    await desk.getByText('This key opens nothing here').waitFor()
    await signsIn(desk, shop.operatorKey)
    await desk.waitForURL(/\/console\/drops\/tide$/)
    await sees(desk, 'scheduled')
    await shot(desk, 'desk-1-scheduled')

    await operator.asks('PATCH', '/drops/tide', { opens_at: new Date(Date.now() + 500).toISOString() })
    const crowd = new Shoppers()
    const shopping = crowd.come(BUYERS)
    const phone = await opens({ viewport: PHONE, deviceScaleFactor: 2, colorScheme: 'light' })
    await phone.goto(`${shop.url}/console`)
    await signsIn(phone, shop.operatorKey)
    await shot(phone, 'phone-0-drops')
    await phone.getByRole('link', { name: /Tide Pool/ }).click()
    await Promise.all([sees(desk, 'open'), sees(phone, 'open')])
    await eventually(async () => expect(await figure(desk, 'Orders')).toBeGreaterThan(10), 60_000)
    await Promise.all([shot(desk, 'desk-2-open'), shot(phone, 'phone-2-open')])

    await desk.getByRole('button', { name: 'Pause' }).click()
    await Promise.all([sees(desk, 'paused'), sees(phone, 'paused')])
    await desk.getByText('Paused.', { exact: true }).waitFor()
    await shot(desk, 'desk-3-paused')
    await desk.getByRole('button', { name: 'Resume' }).click()
    await sees(desk, 'open')
    await desk.getByRole('button', { name: 'Slow to half' }).click()
    await desk.getByText('At most 300 are let in a minute.').waitFor()
    await desk.getByLabel('Add units').fill('4')
    await desk.getByLabel('Of which').selectOption('TIDE-L')
    await desk.getByRole('button', { name: 'Add', exact: true }).click()
    await desk.getByText('4 units added.').waitFor()
    expect(await operator.stock('TIDE-L')).toMatchObject({ total: UNITS[2]! + 4 })

    await shopping
    await eventually(async () => expect(await figure(desk, 'Orders')).toBe(crowd.ordered), 30_000)
    await desk.locator('details[data-key="TIDE-S"] summary').click()
    const dark = await opens({ viewport: DESK, colorScheme: 'dark' })
    await dark.context().addCookies(await desk.context().cookies())
    await dark.goto(`${shop.url}/console/drops/tide`)
    await dark.locator('[data-link="live"]').waitFor()
    await Promise.all([shot(desk, 'desk-4-leaves'), shot(dark, 'desk-5-dark'), shot(phone, 'phone-4-later')])

    await desk.getByText('Stop…').click()
    await shot(desk, 'desk-6-stop')
    await desk.getByRole('checkbox').check()
    await desk.getByRole('button', { name: 'Stop the drop' }).click()
    await Promise.all([sees(desk, 'ended'), sees(phone, 'ended')])
    await shot(desk, 'desk-7-ended')

    await desk.getByRole('button', { name: 'Sign out' }).click()
    await desk.goto(`${shop.url}/console/drops/tide`)
    expect(new URL(desk.url()).pathname).toBe('/console')
    expect(crowd.surprises).toEqual([])
    expect([...desk.complaints, ...phone.complaints, ...dark.complaints].filter(isNoWrongKey)).toEqual([])
    expect(await phone.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width)
  }, 240_000)

  it('[CON12] works without scripts', async () => {
    const page = await opens({ viewport: DESK, javaScriptEnabled: false })
    const drop = await firstDrop()
    await page.goto(`${shop.url}/console/drops/${drop}`)
    await signsIn(page, shop.operatorKey)
    await page.getByRole('link', { name: 'refresh' }).click()
    await shot(page, 'plain-1')
    await page.getByRole('button', { name: 'Pause' }).click()
    await sees(page, 'paused')
    await page.getByText('Paused.', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.getByText('Selling again.').waitFor()
    expect(page.complaints).toEqual([])
  }, 60_000)
})

/** A key that opens nothing is answered 403, which a browser's log mentions. */
const isNoWrongKey = (complaint: string): boolean => !complaint.includes('403')

async function plansTheDrop(): Promise<void> {
  await operator.asks('POST', '/products', {
    slug: 'tide',
    title: 'Tide Pool',
    variants: SKUS.map((sku, i) => ({
      sku,
      title: ['Small', 'Medium', 'Large'][i],
      price: { amount: 6_500, currency: 'EUR' },
      stock: UNITS[i],
    })),
  })
  await operator.asks('POST', '/drops', {
    slug: 'tide',
    title: 'Tide Pool, first edition',
    opens_at: new Date(Date.now() + 751_000).toISOString(),
    skus: SKUS,
    leaves: 4,
    units_per_visitor_max: 2,
    room: { inside_max: 20, admissions_per_minute: 600, pass_duration_ms: 60_000 },
  })
}

async function firstDrop(): Promise<string> {
  const { data } = (await operator.asks('GET', '/drops')) as { data: { slug: string; status: string }[] }
  return data.find(({ status }) => status === 'scheduled' || status === 'open')!.slug
}

type WatchedPage = Page & { complaints: string[] }

async function opens(settings: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', ...settings })
  const page = Object.assign(await context.newPage(), { complaints: [] as string[] })
  page.on('pageerror', (fault) => page.complaints.push(String(fault)))
  page.on('console', (said) => {
    if (said.type() === 'error') page.complaints.push(said.text())
  })
  return page
}

const shot = photographs(SCREENSHOTS)

async function signsIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('Operator key').fill(key)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Waits until the page says so; with scripts it gets there by itself. */
const sees = (page: Page, status: string): Promise<void> =>
  page.locator(`[data-part="state"][data-status="${status}"]`).waitFor({ timeout: 20_000 })

async function figure(page: Page, label: string): Promise<number> {
  const text = await page
    .locator('.figure', { has: page.locator('dt', { hasText: label }) })
    .locator('b')
    .textContent()
  return Number(text?.replaceAll(',', ''))
}

/** People who join, come in, hold one unit and pay; some ask for what there is no more of, some come without a pass. */
class Shoppers {
  ordered = 0
  readonly surprises: string[] = []

  async come(count: number): Promise<void> {
    const people = Array.from({ length: count }, (_, i) => this.#comes(i).catch((fault: unknown) => this.#notes(fault)))
    await Promise.all(people)
  }

  #notes(fault: unknown): void {
    this.surprises.push(String(fault))
  }

  async #comes(i: number): Promise<void> {
    // They trickle in, so that there is something to watch for a while.
    await new Promise((resolve) => setTimeout(resolve, 1000 + i * 200))
    const joined = await asks('POST', '/drops/tide/places')
    const cookie = joined.headers.getSetCookie()[0]!.split(';', 1)[0]!
    if (i % 5 === 0) await this.#holds(cookie, SKUS[0]!, null)
    const place = String(joined.body['id'])
    const pass = await eventually(async () => {
      const said = await asks('POST', `/places/${place}/pass`, { cookie })
      if (said.status !== 200) throw new Error(`no pass: ${said.status} ${JSON.stringify(said.body)}`)
      return String(said.body['pass'])
    }, 60_000)
    const holdId = await this.#holds(cookie, SKUS[i % 3]!, pass)
    if (holdId === null || i % 8 === 7) return
    const order = await asks('POST', '/orders', {
      cookie,
      body: {
        hold_id: holdId,
        email: 'ana@example.com',
        payment_method: i % 9 === 0 ? 'pm_card_chargeDeclined' : 'pm_card_visa',
      },
    })
    if (order.status !== 202) throw new Error(`no order: ${order.status} ${JSON.stringify(order.body)}`)
    this.ordered++
  }

  async #holds(cookie: string, sku: string, pass: string | null): Promise<string | null> {
    const said = await asks('POST', '/holds', {
      cookie,
      ...(pass === null ? {} : { pass }),
      body: { lines: [{ sku, quantity: 1 }] },
    })
    if (said.status === 409) return null
    if (said.status !== 201) throw new Error(`no hold: ${said.status} ${JSON.stringify(said.body)}`)
    return String(said.body['id'])
  }
}

interface Asking {
  cookie?: string
  pass?: string
  body?: unknown
}

async function asks(method: string, path: string, { cookie, pass, body }: Asking = {}) {
  const response = await fetch(`${shop.url}/api/v1${path}`, {
    method,
    headers: {
      'idempotency-key': randomUUID(),
      ...(cookie === undefined ? {} : { cookie }),
      ...(pass === undefined ? {} : { 'onrush-pass': pass }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const said = await response.json<Record<string, unknown>>()
  return { status: response.status, headers: response.headers, body: said }
}

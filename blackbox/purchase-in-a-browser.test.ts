/**
 * A person buys something, in a real browser, from the home page to the paid order; and then everything that should
 * follow has followed: the receipt opens, the mail is out, the rows are in Postgres and have reached the standby.
 * `npm run screenshots` leaves a picture of every station in test-output/purchase.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { openBrowser, photographs } from './browser.ts'
import { eventually } from './eventually.ts'
import { Operator } from './operator.ts'
import { pays, seesStatus } from './paying.ts'

const SCREENSHOTS = 'test-output/purchase'
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 900 }

let shop: Shop
let browser: Browser

beforeAll(async () => {
  ;[shop, browser] = await Promise.all([startShop(), openBrowser()])
}, 90_000)
afterAll(async () => {
  await browser?.close()
  await shop?.stop()
}, 30_000)

describe('a purchase in a browser', () => {
  it('[BUY1] goes from the home page to a paid order with its receipt, its mail and its rows', async () => {
    const page = await opens(DESK)
    await reserves(page, 'desk')
    const orderId = await pays(page, 'A card that works', () => shot(page, 'desk-5-checkout'))
    await seesStatus(page, 'paid')
    await shot(page, 'desk-6-paid')
    await opensReceipt(page)
    await hasMail(orderId)
    await hasReachedTheStandby(orderId)
    expect(await new Operator(shop.url, shop.operatorKey).proof()).toMatchObject({ ok: true, differences: [] })
    expect(page.complaints).toEqual([])
  }, 90_000)

  it('[BUY2] asks the bank where the bank asks back, on a phone', async () => {
    const page = await opens(PHONE)
    await reserves(page, 'phone')
    await pays(page, 'A card whose bank asks back', () => shot(page, 'phone-5-checkout'))
    await seesStatus(page, 'requires_action')
    await shot(page, 'phone-6-bank')
    await page.getByRole('link', { name: /bank/i }).first().click()
    await page.getByRole('button', { name: /approve|confirm|complete/i }).click()
    await seesStatus(page, 'paid')
    await shot(page, 'phone-7-paid')
    expect(page.complaints).toEqual([])
  }, 90_000)

  it('[BUY3] says what happened when the card is declined, and charges nothing', async () => {
    const page = await opens(PHONE)
    await reserves(page, 'declined')
    await pays(page, 'A card that is declined', () => shot(page, 'declined-5-checkout'))
    await seesStatus(page, 'payment_failed')
    await shot(page, 'declined-6')
  }, 90_000)

  it('[BUY4] works without JavaScript', async () => {
    const page = await opens(DESK, { javaScriptEnabled: false })
    await reserves(page, 'plain')
    await pays(page, 'A card that works', () => shot(page, 'plain-5-checkout'))
    await eventually(async () => {
      await page.reload()
      expect(await page.locator('[data-status]').first().getAttribute('data-status')).toBe('paid')
    }, 30_000)
  }, 90_000)
})

type WatchedPage = Page & { complaints: string[] }

async function opens(viewport: typeof DESK, settings: { javaScriptEnabled?: boolean } = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport, locale: 'en-GB', ...settings })
  const page = Object.assign(await context.newPage(), { complaints: [] as string[] })
  page.on('pageerror', (fault) => page.complaints.push(String(fault)))
  // Of our own pages only: what the bank's page says is the bank's.
  const ours = (url: string): boolean => url.startsWith(shop.url)
  page.on('console', (said) => {
    if (said.type() === 'error' && ours(said.location().url)) page.complaints.push(said.text())
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400 && ours(answer.url())) page.complaints.push(`${answer.status()} ${answer.url()}`)
  })
  return page
}

const shot = photographs(SCREENSHOTS)

/** Home page, a product that is to be had, a hold. */
async function reserves(page: Page, who: string): Promise<void> {
  await page.goto(shop.url)
  await shot(page, `${who}-1-home`)
  await page.locator('a[href^="/collections/"]').first().click()
  await shot(page, `${who}-2-collection`)
  // Not the drop's product, which waits for its opening.
  await page.locator('main a[href^="/products/"]:not([href*="midnight"])').first().click()
  await shot(page, `${who}-3-product`)
  await page.locator('[data-reserve]').click()
  await page.waitForURL(/\/basket/)
  await shot(page, `${who}-4-basket`)
}

async function opensReceipt(page: Page): Promise<void> {
  const link = page.getByRole('link', { name: /receipt/i }).first()
  await link.waitFor({ timeout: 30_000 })
  const receipt = await page.request.get(new URL((await link.getAttribute('href'))!, shop.url).href)
  expect(receipt.headers()['content-type']).toContain('application/pdf')
  expect((await receipt.body()).subarray(0, 5).toString()).toBe('%PDF-')
}

async function hasMail(orderId: string): Promise<void> {
  await eventually(async () => {
    const names = await readdir(shop.mailDir, { recursive: true })
    const texts = await Promise.all(names.map((name) => readFile(join(shop.mailDir, name), 'utf8').catch(() => '')))
    expect(texts.some((text) => text.includes(orderId))).toBe(true)
  }, 20_000)
}

async function hasReachedTheStandby(orderId: string): Promise<void> {
  await eventually(async () => {
    const client = new Client({ connectionString: shop.replicaUrl })
    await client.connect()
    try {
      const { rows } = await client.query(`select status from orders where id = $1`, [orderId])
      expect(rows).toEqual([{ status: 'paid' }])
    } finally {
      await client.end()
    }
  }, 20_000)
}

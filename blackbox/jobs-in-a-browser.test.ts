/**
 * Jobs and schedules in a real browser: an operator watches jobs end, looks at one that was given up on and replays it, and
 * adds a schedule after a look at what the next clock changes do to it. `npm run screenshots` leaves pictures in
 * test-output/jobs.
 */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { openBrowser, photographs } from './browser.ts'
import { eventually } from './eventually.ts'
import { Operator } from './operator.ts'

const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 900 }
const shot = photographs('test-output/jobs')

let shop: Shop
let browser: Browser
let operator: Operator

beforeAll(async () => {
  ;[shop, browser] = await Promise.all([startShop({ empty: true }), openBrowser()])
  operator = new Operator(shop.url, shop.operatorKey)
}, 90_000)
afterAll(async () => {
  await browser?.close()
  await shop?.stop()
}, 30_000)

describe('jobs and schedules in a browser', () => {
  it('[JBD9] are watched, replayed, planned and triggered', async () => {
    const desk = await opens({ viewport: DESK })
    await desk.goto(`${shop.url}/console/jobs`)
    await signsIn(desk)
    await desk.locator('[data-link="live"]').waitFor()
    await someJobs()
    await eventually(async () => expect(await number(desk, 'Given up on')).toBe(2), 30_000)
    await eventually(
      async () => expect(await desk.locator('[data-part="types"]').textContent()).toContain('noop'),
      5_000,
    )
    await shot(desk, 'desk-1-board')

    await desk.getByRole('link', { name: 'dead letters' }).click()
    await desk.getByRole('button', { name: 'Only count' }).click()
    await desk.getByText('2 would be replayed.').waitFor()
    await shot(desk, 'desk-2-dead-letters')
    await desk.locator('tbody a').first().click()
    await desk.getByText('Given up on').first().waitFor()
    await shot(desk, 'desk-3-job')
    await desk.getByRole('button', { name: 'Replay' }).click()
    await desk.getByText('It is tried again.').waitFor()
    await eventually(async () => expect(await desk.locator('.job-facts').textContent()).toContain('once'), 10_000)

    await desk.getByRole('link', { name: 'Schedules' }).click()
    await desk.getByRole('link', { name: 'Add a schedule' }).click()
    await fillsIn(desk)
    await desk.getByRole('button', { name: 'Preview' }).click()
    await desk.locator('tr.moved').first().waitFor()
    expect(await desk.locator('tr.moved').count()).toBeGreaterThanOrEqual(3)
    await shot(desk, 'desk-4-preview')
    await desk.getByRole('button', { name: 'Save' }).click()
    await desk.getByText('It fires by itself from now on.').waitFor()
    for (let i = 0; i < 3; i++) {
      await desk.getByRole('button', { name: 'Trigger now' }).click()
      await desk.getByText('Triggered.').waitFor()
    }
    await desk.getByRole('button', { name: 'Pause' }).click()
    await desk.getByText('Nothing fires until it is resumed.').waitFor()
    await shot(desk, 'desk-5-schedule')
    const at = desk.url().replace(/\?.*/, '')

    const phone = await opens({ viewport: PHONE, deviceScaleFactor: 2 })
    await phone.context().addCookies(await desk.context().cookies())
    const job = await desk.locator('tbody a').first().getAttribute('href')
    const paths = ['/console/jobs', `${job}`, '/console/dead-letters', '/console/schedules', '/console/schedules/new']
    for (const [i, path] of [...paths, new URL(at).pathname].entries()) {
      await phone.goto(shop.url + path)
      await shot(phone, `phone-${i}`)
      expect(await phone.evaluate('document.documentElement.scrollWidth'), path).toBe(PHONE.width)
    }
    expect([...desk.complaints, ...phone.complaints]).toEqual([])
  }, 120_000)

  it('[JBD9] work without scripts', async () => {
    const { id } = await operator.asks('POST', '/jobs', { type: 'noop', payload: {}, delay: 3600 })
    const page = await opens({ viewport: DESK, javaScriptEnabled: false })
    await page.goto(`${shop.url}/console/jobs/${String(id)}`)
    await signsIn(page)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByText('It was cancelled, or asked to stop.').waitFor()
    await page.getByRole('link', { name: 'refresh' }).click()
    await page.locator('.mini-state', { hasText: 'Cancelled' }).waitFor()
    expect(page.complaints).toEqual([])
  }, 60_000)
})

/** Some that succeed, some that try again first, two that are hopeless, one for later. */
async function someJobs(): Promise<void> {
  const plain = Array.from({ length: 12 }, (_, echo) => ({ type: 'noop', payload: { echo } }))
  const stubborn = { type: 'noop', payload: { failures: 1 }, backoff: { first: 0.1 } }
  const hopeless = { type: 'noop', payload: { is_hopeless: true }, tags: ['report'] }
  const later = { type: 'noop', payload: {}, delay: 7200, lane: 'bulk' }
  await operator.asks('POST', '/jobs/batch', { jobs: [...plain, stubborn, hopeless, hopeless, later] })
}

async function fillsIn(page: Page): Promise<void> {
  await page.getByLabel('Name').fill('Nightly report')
  await page.getByLabel('Type of job').selectOption('noop')
  await page.getByLabel('Payload').fill('{ "echo": "report" }')
  await page.getByRole('textbox', { name: 'Cron expression' }).fill('30 2 * * *')
  await page.getByLabel('Time zone').fill('Europe/Berlin')
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

async function signsIn(page: Page): Promise<void> {
  await page.getByLabel('Operator key').fill(shop.operatorKey)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function number(page: Page, label: string): Promise<number> {
  const big = page.locator('.number', { has: page.locator('dt', { hasText: label }) })
  return Number((await big.locator('b').textContent())?.replaceAll(',', ''))
}

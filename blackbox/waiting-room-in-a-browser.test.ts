/**
 * A drop with a waiting room, in a real browser and in front of a crowd: somebody waits, is let in, reserves and pays;
 * somebody else, on a phone, waits through a pause and a dead network and hears at once that it is sold out, stays, and is
 * told when something comes back. Screenshots of every state go to test-output/.
 *
 * The crowd is 200 people; `CROWD=2000` is the long form.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startShop, type Shop } from '../local/runner/shop.ts'
import { openBrowser } from './browser.ts'
import { Crowd } from './crowd.ts'
import { eventually } from './eventually.ts'
import { Operator } from './operator.ts'
import { pays, seesStatus } from './paying.ts'

const SCREENSHOTS = 'test-output/waiting-room'
const PHONE = { width: 390, height: 844 }
const DESK = { width: 1280, height: 900 }

const CROWD = Number(process.env['CROWD'] ?? 200)
/** Enough for those who mean it, so that whoever is last still gets something; and not for those who hesitate as well. */
const UNITS = Math.ceil(0.75 * CROWD)
/**
 * The whole crowd is let in within some ten seconds, so that there is a line to be seen; a large one takes longer, for crowd,
 * shop and browser are on one machine, and whoever is called is waited for some seconds only.
 */
const ADMISSIONS_PER_MINUTE = Math.min(6 * CROWD, 2_400)
/** Long enough for everybody to join and for us to look around, on any machine; then the opening is moved near. */
const OPENS_IN_MS = 600_000
const MOVED_TO_MS = 3_000

/** A long form's crowd asks some ten thousand questions. */
const PATIENCE_MS = 240_000 + 150 * CROWD

/** Nobody's turn ends while the test goes on: those who hesitate take the rest at its end. */
const PASS_MS = PATIENCE_MS

/** A busy machine is not what is asked about: nobody is sent away from it. */
const UNHINDERED = { SHEDDING: 'off' }

let shop: Shop
let browser: Browser
let operator: Operator

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true })
  ;[shop, browser] = await Promise.all([startShop({ vars: UNHINDERED }), openBrowser()])
  operator = new Operator(shop.url, shop.operatorKey)
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await shop?.stop()
}, 30_000)

describe('a waiting room in a browser', () => {
  it(
    '[WTP10] leads from the waiting room over a pass and a hold to a paid order while a crowd competes',
    async () => {
      await plans('dawn', { opensInMs: OPENS_IN_MS, units: UNITS })
      const crowd = new Crowd(shop.url, 'dawn-drop', 'DAWN')
      const [ana, ben] = await Promise.all([opens(DESK), opens(PHONE)])
      await Promise.all([crowd.joins(CROWD), joins(ana, 'desk').then(() => joins(ben, 'phone'))])
      await operator.asks('PATCH', '/drops/dawn-drop', {
        opens_at: new Date(Date.now() + MOVED_TO_MS).toISOString(),
      })
      // Pages find out by themselves; half a minute is their pace so long before an opening.
      await Promise.all([ana.reload(), ben.reload()])
      await using guests = comesIn(crowd)

      await Promise.all([sees(ana, ['line', 'turn']), sees(ben, ['line', 'turn'])])
      await shot(ana, 'desk-3-line')
      // Somebody who is called is waited for some seconds only, so Ana is not kept waiting for Ben's adventures.
      await Promise.all([buys(ana), losesTheNetwork(ben)])
      await waitsThroughAPause(ben)

      await eventually(async () => {
        await crowd.takesTheRest()
        expect((await crowd.now()).status).toBe('sold_out')
      }, PATIENCE_MS / 2)
      await hearsOfSoldOut(ben)
      // Whoever of them is called again would take what comes back before Ben has seen it.
      await guests.goHome()
      await staysUntilSomethingComesBack(ben, crowd)

      await checksTheDraw(ana)
      await operator.asks('POST', '/drops/dawn-drop/stop')
      await sees(ben, ['ended'])
      await shot(ben, 'phone-9-ended')

      expect(crowd.surprises).toEqual([])
      expect(ana.complaints).toEqual([])
      expect(await operator.proof()).toMatchObject({ ok: true, differences: [] })
      expect(await operator.stock('DAWN')).toMatchObject({ total: UNITS, sold: 1 })
    },
    PATIENCE_MS,
  )

  it('[WTP4] takes somebody without scripts from the waiting room to a reservation', async () => {
    await plans('dusk', { opensInMs: -1000, units: 5 })
    const page = await opens(DESK, { javaScriptEnabled: false })
    await page.goto(`${shop.url}/drops/dusk-drop`)
    await page.getByRole('button', { name: 'Join the line' }).click()
    await page.waitForURL(/\/waiting$/)
    // Nobody touches the page: it looks again by itself.
    await page.locator('[data-state="turn"]').waitFor({ timeout: 90_000 })
    await page.getByRole('button', { name: 'Go in' }).click()
    await page.waitForURL(/\/drops\/dusk-drop$/)
    await reserves(page)
    expect(page.complaints).toEqual([])
  }, 180_000)
})

interface Planned {
  opensInMs: number
  units: number
}

/** A product and its drop. */
async function plans(name: string, { opensInMs, units }: Planned): Promise<void> {
  await operator.offers(name.toUpperCase(), units)
  const opensAt = Date.now() + opensInMs
  await operator.asks('POST', '/drops', {
    slug: `${name}-drop`,
    title: 'Signed at Dawn',
    description_html: '<p>One print, signed and numbered. When they are gone they are gone.</p>',
    opens_at: new Date(opensAt).toISOString(),
    skus: [name.toUpperCase()],
    units_per_visitor_max: 1,
    expected_buyers: CROWD,
    room: {
      inside_max: CROWD + 10,
      admissions_per_minute: ADMISSIONS_PER_MINUTE,
      pass_duration_ms: PASS_MS,
    },
  })
}

/** The crowd comes in while the test goes on, and goes home with it, whatever becomes of it. */
function comesIn(crowd: Crowd): AsyncDisposable & { goHome: () => Promise<void> } {
  const coming = crowd.comesIn()
  const goHome = (): Promise<void> => {
    crowd.goesHome()
    return coming
  }
  return { goHome, [Symbol.asyncDispose]: goHome }
}

type WatchedPage = Page & { complaints: string[] }

async function opens(viewport: typeof DESK, settings: { javaScriptEnabled?: boolean } = {}): Promise<WatchedPage> {
  const context: BrowserContext = await browser.newContext({ viewport, locale: 'en-GB', ...settings })
  const page = Object.assign(await context.newPage(), { complaints: [] as string[] })
  page.setDefaultTimeout(PATIENCE_MS / 2) // the crowd and the browser share one machine
  page.on('pageerror', (fault) => page.complaints.push(String(fault)))
  page.on('console', (said) => {
    if (said.type() === 'error') page.complaints.push(said.text())
  })
  page.on('response', (answer) => {
    if (answer.status() >= 400) page.complaints.push(`${answer.status()} ${answer.url()}`)
  })
  return page
}

const shot = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })

/** Waits until the waiting page is in one of these states; it gets there by itself. */
async function sees(page: Page, states: readonly string[]): Promise<void> {
  const any = states.map((state) => `[data-room][data-state="${state}"]`).join(', ')
  await page.locator(any).waitFor({ timeout: PATIENCE_MS / 2 })
}

/** The drop's page before the opening, and a place in the draw. */
async function joins(page: Page, who: string): Promise<void> {
  await page.goto(`${shop.url}/drops/dawn-drop`)
  await shot(page, `${who}-1-drop`)
  await page.getByRole('button', { name: 'Join the waiting room' }).click()
  await page.waitForURL(/\/waiting$/)
  await sees(page, ['draw'])
  await shot(page, `${who}-2-draw`)
}

/** From being called to a paid order. */
async function buys(page: WatchedPage): Promise<void> {
  await sees(page, ['turn'])
  expect(await page.title()).toContain('Your turn!')
  expect(await page.locator('link[rel=icon]').getAttribute('href')).toContain('favicon-turn')
  await shot(page, 'desk-4-turn')
  await page.getByRole('button', { name: 'Go in' }).click()
  await page.waitForURL(/\/drops\/dawn-drop$/)
  await shot(page, 'desk-5-inside')
  await reserves(page)
  await pays(page, 'A card that works', () => shot(page, 'desk-6-checkout'))
  await seesStatus(page, 'paid')
  await shot(page, 'desk-7-paid')
}

/** A dead network, and a reload afterwards: the place is the same, and nothing had to be pressed. */
async function losesTheNetwork(page: WatchedPage): Promise<void> {
  const position = await page.locator('[data-room]').getAttribute('data-position')
  await shot(page, 'phone-3-line')
  await page.context().setOffline(true)
  await page.locator('[data-offline].said').waitFor({ timeout: 20_000 })
  await shot(page, 'phone-4-offline')
  await page.context().setOffline(false)
  await page.locator('[data-offline].said').waitFor({ state: 'detached', timeout: 20_000 })
  await page.reload()
  expect(await page.locator('[data-room]').getAttribute('data-position')).toBe(position)
}

/** The operator pauses and resumes; the page says both by itself. */
async function waitsThroughAPause(page: Page): Promise<void> {
  await operator.asks('POST', '/drops/dawn-drop/pause')
  await sees(page, ['paused'])
  await shot(page, 'phone-5-paused')
  await operator.asks('POST', '/drops/dawn-drop/resume')
  await sees(page, ['line', 'turn', 'late'])
}

/** From the drop's page, with a pass, to the basket. */
async function reserves(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Choose yours' }).click()
  await page.locator('[data-reserve]').click()
  await page.waitForURL(/\/basket/)
}

async function hearsOfSoldOut(page: Page): Promise<void> {
  await sees(page, ['sold_out'])
  await shot(page, 'phone-6-sold-out')
  await page.goto(`${shop.url}/drops/dawn-drop`)
  await shot(page, 'phone-6-drop-sold-out')
}

/** Whoever stays is told by the page when units have truly come back. */
async function staysUntilSomethingComesBack(page: Page, crowd: Crowd): Promise<void> {
  await page.goto(`${shop.url}/drops/dawn-drop/waiting`)
  await page.getByRole('button', { name: 'Stay for returned units' }).click()
  await page.waitForURL(/stay=1/)
  await shot(page, 'phone-7-staying')
  await crowd.givesBack(3)
  await sees(page, ['line', 'turn', 'late'])
  await page.goto(`${shop.url}/drops/dawn-drop`)
  await page.locator('[data-live="state"][data-version="again"]').waitFor()
  await shot(page, 'phone-8-again')
  await page.goto(`${shop.url}/drops/dawn-drop/waiting`)
}

/** The page of the draw finds, in the browser, the position that was told. */
async function checksTheDraw(page: Page): Promise<void> {
  await page.goto(`${shop.url}/drops/dawn-drop/draw`)
  await page.getByRole('button', { name: 'Check' }).click()
  await page.locator('[data-result][data-tone="good"]').waitFor({ timeout: 30_000 })
  await shot(page, 'desk-8-draw')
}

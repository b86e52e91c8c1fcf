/** Schedules in the console: the form with its preview, a schedule with its runs, and what can be done with it. */
import { beforeAll, describe, expect, it } from 'vitest'
import { BOOKMARK_COOKIE } from '../cookies.ts'
import { Client, openShop, type Said, type TestShop } from '../testing/shop.ts'

let shop: TestShop
let browser: Client
beforeAll(async () => {
  shop = await openShop()
  browser = await signedIn(shop.operatorKey)
})

async function signedIn(key: string): Promise<Client> {
  const client = new Client(shop.origin)
  const raw = new URLSearchParams({ key })
  expect((await client.asks('/console/sign-in', { method: 'POST', raw })).status).toBe(303)
  return client
}

const fills = (path: string, fields: Record<string, string> = {}, who = browser): Promise<Said> =>
  who.asks(path, { method: 'POST', raw: new URLSearchParams(fields) })

const NIGHTLY = { kind: 'cron', expression: '30 2 * * *', zone: 'Europe/Berlin' }
const terms = (more: Record<string, string> = {}): Record<string, string> => ({
  ...{ name: `Nightly ${crypto.randomUUID()}`, type: 'noop', payload: '{"echo":"report"}', ...NIGHTLY, ...more },
})

/** The address of a new schedule. */
async function added(more: Record<string, string> = {}): Promise<string> {
  const said = await fills('/console/schedules', terms(more))
  expect(said.status, said.text).toBe(303)
  return said.headers.get('location')!.replace('?done=added', '')
}

const preview = (fields: Record<string, string>): Promise<Said> =>
  browser.asks(`/console/schedules/new?${new URLSearchParams(fields).toString()}`)

describe('schedules in the console', () => {
  it('[JBD6] are previewed before they are saved, with what the next clock changes do to them', async () => {
    const { status, text } = await preview(NIGHTLY)
    expect(status, text).toBe(200)
    expect(text).toContain('At 02:30')
    expect(text).toContain('<tr class="moved">')
    expect(text).toContain('the clock leaves this time out: fires right after')
    expect(text).toContain('comes twice: fires the first time')
    const skipping = await preview({ ...NIGHTLY, gap: 'skip', overlap: 'both' })
    expect(skipping.text).toContain('the clock leaves this time out: does not fire')
    expect(skipping.text).toContain('comes twice: fires the second time')
    expect((await preview({ ...NIGHTLY, zone: 'UTC' })).text).not.toContain('class="moved"')
    expect((await preview({ kind: 'interval', every: '90' })).text).toContain('Every 1 hour 30 minutes')
  })

  it('[JBD6] are refused by the field, with what was filled in', async () => {
    for (const [fields, mistake] of [
      [{ ...NIGHTLY, expression: '61 * * * *' }, 'minute: 61'],
      [{ ...NIGHTLY, zone: 'Europe/Atlantis' }, 'IANA'],
      [{ kind: 'interval', every: '' }, 'class="mistake"'],
      [{ kind: 'once', at: 'soon' }, 'class="mistake"'],
      [{ kind: 'drop', drop: 'no-such-drop', moment: 'opening' }, 'notice-bad'],
    ] as const) {
      const { status, text } = await preview(fields)
      expect([status, text.includes(mistake)], JSON.stringify(fields)).toEqual([200, true])
    }
    const nameless = await fills('/console/schedules', terms({ name: '', payload: '{"wait_ms":-1}' }))
    expect(nameless.status).toBe(422)
    expect(nameless.text.match(/class="mistake"/g)).toHaveLength(2)
    expect(nameless.text).toContain('30 2 * * *')
    expect((await fills('/console/schedules', terms({ payload: 'no json' }))).text).toContain('This is no JSON.')
  })

  it('[JBD7] are listed with what comes next, once however often the form is sent', async () => {
    const form = terms({ key: crypto.randomUUID() })
    const [one, two] = [await fills('/console/schedules', form), await fills('/console/schedules', form)]
    expect(two.headers.get('location')).toBe(one.headers.get('location'))
    const { text } = await browser.asks('/console/schedules')
    expect(text.split(form['name']!)).toHaveLength(2)
    expect(text).toContain('At 02:30')
    expect(text).toMatch(/<time datetime="\d{4}-\d\d-\d\dT0[01]:30:00.000Z">/)
  })

  it('[JBD7] show their runs and the jobs that these have made, and are triggered once however often it is asked', async () => {
    const at = await added({ zone: 'UTC' })
    const key = crypto.randomUUID()
    for (let i = 0; i < 2; i++) expect((await fills(`${at}/trigger`, { key })).status).toBe(303)
    const now = Date.now()
    const day = (ago: number): string => new Date(now - ago * 86_400_000).toISOString().slice(0, 16)
    expect((await fills(`${at}/backfill`, { from: day(3), until: day(0) })).status).toBe(303)
    const { text } = await browser.asks(at)
    expect(text.match(/by hand/g)).toHaveLength(1)
    expect(text.match(/filled in later/g)).toHaveLength(3)
    const [, jobAt] = /href="(\/console\/jobs\/job_\w+)"/.exec(text)!
    const job = await browser.asks(jobAt!)
    expect(job.text).toContain(`href="${at}"`)
    expect((await fills(`${at}/backfill`, { from: day(0), until: day(3) })).status).toBe(422)
  })

  it('[JBD8] are paused, resumed and removed, by whoever may', async () => {
    const at = await added()
    expect((await fills(`${at}/pause`)).status).toBe(303)
    expect((await browser.asks(at)).text).toContain('Paused')
    expect((await fills(`${at}/resume`)).status).toBe(303)
    expect((await browser.asks(at)).text).toContain('Active')
    expect((await fills(`${at}/remove`)).status).toBe(422)
    const { key } = (await shop.operator.posts('/api/v1/admin/keys', { name: 'r', scopes: ['jobs:read'] })).body
    const reader = await signedIn(key)
    expect((await reader.asks(at)).text).toContain('This key may look, and nothing else.')
    for (const path of [`${at}/pause`, `${at}/trigger`, `${at}/remove`, '/console/schedules']) {
      expect((await fills(path, { sure: 'yes' }, reader)).status, path).toBe(403)
    }
    expect((await reader.asks('/console/schedules/new')).status).toBe(403)
    expect((await fills(`${at}/remove`, { sure: 'yes' })).headers.get('location')).toBe(
      '/console/schedules?done=remove',
    )
    expect((await browser.asks(at)).status).toBe(404)
    expect((await fills(`${at}/pause`)).status).toBe(404)
    // The standby may not have heard yet; whoever shows how far it was written is not told less.
    const headers = { 'onrush-bookmark': browser.cookies.get(BOOKMARK_COOKIE)! }
    const audit = await shop.operator.asks('/api/v1/admin/audit', { headers })
    const written = audit.body.data.filter(({ subject }: { subject: string }) => at.endsWith(subject))
    expect(written.map(({ action }: { action: string }) => action)).toEqual([
      ...['schedule.removed', 'schedule.resumed', 'schedule.paused', 'schedule.created'],
    ])
  })
})

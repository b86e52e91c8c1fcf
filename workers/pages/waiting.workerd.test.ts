/** The waiting room as a browser without scripts walks through it: real objects, real forms. */
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { BindingMailer } from '../../platform/mail/mailer.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

const ROOM = { inside_max: 50, admissions_per_minute: 6000, pass_duration_ms: 60_000 }
const PAST = '2026-01-01T00:00:00Z'
const FUTURE = '2099-01-01T00:00:00Z'

let shop: TestShop

async function opensDrop(slug: string, more: Record<string, unknown> = {}, stock = 20): Promise<void> {
  const sku = slug.toUpperCase()
  const offered = await shop.operator.offers(sku, stock)
  expect(offered.status).toBe(201)
  const drop = { slug: `${slug}-drop`, title: `Drop ${slug}`, opens_at: PAST, skus: [sku], room: ROOM, ...more }
  const planned = await shop.operator.posts('/api/v1/admin/drops', drop)
  if (planned.status !== 201) throw new Error(planned.text)
}

const post = (visitor: Visitor, path: string, fields: Record<string, string> = {}): Promise<Said> =>
  visitor.asks(path, {
    method: 'POST',
    raw: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })

const stateOf = ({ text }: Said): string | undefined => /data-state="(\w+)"/.exec(text)?.[1]

/** Looks until the page tells the state: the room lets people in about twice a second. */
async function waitsFor(visitor: Visitor, path: string, state: string): Promise<Said> {
  for (let looks = 0; ; looks++) {
    const page = await visitor.asks(path)
    if (stateOf(page) === state || looks === 100) return page
    await scheduler.wait(100)
  }
}

beforeAll(async () => {
  shop = await openShop()
  await opensDrop('early', { opens_at: FUTURE })
  await opensDrop('late')
})

afterEach(() => void vi.restoreAllMocks())

describe('a waiting room without scripts', () => {
  it('[WTP4] goes from the drop over the room and a pass to a reservation by forms alone', async () => {
    const ana = shop.visitor()
    expect((await ana.asks('/drops/late-drop')).text).toContain(
      '<form method="post" action="/drops/late-drop/waiting">',
    )
    const joined = await post(ana, '/drops/late-drop/waiting')
    expect([joined.status, joined.headers.get('location')]).toEqual([303, '/drops/late-drop/waiting'])
    const page = await waitsFor(ana, '/drops/late-drop/waiting', 'turn')
    expect(page.text).toContain('<form class="room-go" method="post" action="/drops/late-drop/waiting/pass">')
    const passed = await post(ana, '/drops/late-drop/waiting/pass')
    expect([passed.status, passed.headers.get('location')]).toEqual([303, '/drops/late-drop'])
    expect(ana.cookies.get('onrush_pass')).toMatch(/^v1\./)
    expect((await ana.asks('/drops/late-drop')).text).toContain('You are in.')
    const held = await post(ana, '/basket', { sku: 'LATE', quantity: '1', product: 'late', key: 'one' })
    expect([held.status, held.headers.get('location')]).toEqual([303, '/basket'])
  })

  it('[WTP1] gives a place in the draw before the opening, the same one for every press', async () => {
    const ana = shop.visitor()
    await post(ana, '/drops/early-drop/waiting')
    await post(ana, '/drops/early-drop/waiting')
    const page = await ana.asks('/drops/early-drop/waiting')
    expect(stateOf(page)).toBe('draw')
    expect(page.text).toContain('Your lot is in')
    expect((await ana.asks('/drops/early-drop')).text).toContain('To your place')
  })

  it('[WTP8] shows a place to its visitor alone, and lets no cache keep it', async () => {
    const ana = shop.visitor()
    await post(ana, '/drops/early-drop/waiting')
    expect(stateOf(await shop.visitor().asks('/drops/early-drop/waiting'))).toBe('outside_before')
    const { headers } = await ana.asks('/drops/early-drop/waiting')
    expect(headers.get('cache-control')).toMatch(/^private/)
    expect(headers.get('vary')).toBe('Accept-Language, Cookie')
  })

  it('[WTP8] puts the pass where no script can read it, and nobody else’s pass is one', async () => {
    const ana = shop.visitor()
    await post(ana, '/drops/late-drop/waiting')
    await waitsFor(ana, '/drops/late-drop/waiting', 'turn')
    const passed = await post(ana, '/drops/late-drop/waiting/pass')
    const cookie = passed.headers.getSetCookie().find((each) => each.startsWith('onrush_pass='))
    expect(cookie).toContain('HttpOnly; SameSite=Lax')
    expect(passed.headers.get('cache-control')).toBe('private, no-store')
    const eve = shop.visitor()
    await post(eve, '/drops/early-drop/waiting')
    eve.cookies.set('onrush_pass', ana.cookies.get('onrush_pass') ?? '')
    expect((await eve.asks('/drops/late-drop')).text).not.toContain('You are in.')
    const held = await post(eve, '/basket', { sku: 'LATE', quantity: '1', product: 'late', key: 'two' })
    expect(held.status).toBe(409)
  })

  it('[WTP1] sends whoever presses too soon back to their place, without a pass', async () => {
    const ana = shop.visitor()
    await post(ana, '/drops/early-drop/waiting')
    const passed = await post(ana, '/drops/early-drop/waiting/pass')
    expect(passed.headers.get('location')).toBe('/drops/early-drop/waiting')
    expect(ana.cookies.has('onrush_pass')).toBe(false)
  })

  it('[WTP7] speaks the reader’s language, header and all', async () => {
    const german = await shop.visitor().asks('/drops/early-drop/waiting', {
      headers: { 'accept-language': 'de-AT,de;q=0.9' },
    })
    expect(german.text).toMatch(/^<!doctype html><html lang="de-AT">/i)
    expect(german.headers.get('content-language')).toBe('de-AT')
    expect(german.text).toContain('In den Warteraum')
    expect(german.text).toContain('Zum Inhalt springen')
  })

  it('[WTP9] shows the draw’s promise before the opening, and the rest after it', async () => {
    const before = await shop.visitor().asks('/drops/early-drop/draw')
    expect(before.status).toBe(200)
    expect(before.text).toContain('Shown after the draw')
    expect((await shop.visitor().asks('/drops/nothing/draw')).status).toBe(404)
  })

  it('[WTP11] goes from an address over a letter into the room, on whichever device the letter is read', async () => {
    await opensDrop('mail', { opens_at: FUTURE, room: { ...ROOM, one_lot_per_email: true } })
    const [ana, phone, ben] = [shop.visitor(), shop.visitor(), shop.visitor()]
    const none = await post(ana, '/drops/mail-drop/waiting')
    expect([none.status, none.text.includes('Which address is yours?')]).toEqual([422, true])
    const bad = await post(ana, '/drops/mail-drop/waiting/letter', { email: 'ana,ben@example.com' })
    expect([bad.status, bad.text.includes('Which address is yours?')]).toEqual([422, true])
    const letters = vi.spyOn(BindingMailer.prototype, 'send')
    const asked = await post(ana, '/drops/mail-drop/waiting/letter', { email: 'ana@example.com' })
    expect([asked.status, asked.headers.get('location')]).toEqual([303, '/drops/mail-drop/waiting?letter=sent'])
    expect((await ana.asks('/drops/mail-drop/waiting?letter=sent')).text).toContain('A letter is on its way')
    const link = new URL(/https?:\S+/.exec(letters.mock.lastCall![0].text)![0])
    const read = await phone.asks(`${link.pathname}${link.search}`)
    expect([read.status, stateOf(read), read.text.includes('Your mailbox is confirmed')]).toEqual([
      ...[200, 'outside_before', true],
    ])
    const proof = /name="email_proof" value="([^"]+)"/.exec(read.text)![1]!
    expect((await post(phone, '/drops/mail-drop/waiting', { email_proof: proof })).status).toBe(303)
    expect(stateOf(await phone.asks(`${link.pathname}${link.search}`))).toBe('draw')
    const taken = await post(ben, '/drops/mail-drop/waiting', {
      email_proof: `${link.href.slice(0, 80)}\n${link.href.slice(80)}`,
    })
    expect([taken.status, taken.text.includes('has a place already')]).toEqual([409, true])
    const over = await ben.asks('/drops/mail-drop/waiting?proof=v1.nothing')
    expect([over.status, over.text.includes('opens nothing any more')]).toEqual([403, true])
  })

  it('[WTP1] takes an API client’s join without a body as well, as clients without one send it', async () => {
    const joined = await shop.visitor().asks('/api/v1/drops/early-drop/places', {
      method: 'POST',
      raw: new Uint8Array(0),
    })
    expect(joined.status).toBe(201)
  })

  it('[WTP6] shows the way through the room on the product’s page instead of a button that would refuse', async () => {
    const page = await shop.visitor().asks('/products/late')
    expect(page.text).toContain('<a class="button" href="/drops/late-drop">')
    expect(page.text).toMatch(/data-reserve="true" hidden/)
  })
})

/** The waiting room over HTTP, as a visitor sees it: join, wait, be called, take the pass, hold with it. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { systemRandom } from '../../platform/dice.ts'
import { passToken } from '../../platform/passes.ts'
import { DropObject } from '../../durable-objects/index.ts'
import { openShop, type Said, type TestShop, type Visitor } from '../testing/shop.ts'

let shop: TestShop
let sku: string
let slug: string
beforeEach(async () => {
  shop = await openShop()
  sku = crypto.randomUUID()
  slug = `d-${sku}`
  expect((await shop.operator.offers(sku, 5)).status).toBe(201)
})
afterEach(() => void vi.restoreAllMocks())

const ROOM = { inside_max: 40, admissions_per_minute: 6000 }
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

async function plans(terms: object = {}): Promise<void> {
  const drop = { title: 'Friday', slug, opens_at: inMs(-1000), skus: [sku], room: ROOM, ...terms }
  const said = await shop.operator.posts('/api/v1/admin/drops', drop)
  expect(said.status, said.text).toBe(201)
}
const joins = (visitor: Visitor, body: object = {}): Promise<Said> =>
  visitor.asks(`/api/v1/drops/${slug}/places`, { method: 'POST', body })
const now = (visitor = shop.visitor()): Promise<Said> => visitor.asks(`/api/v1/drops/${slug}/now`)
const asksForPass = (visitor: Visitor, id: string): Promise<Said> =>
  visitor.asks(`/api/v1/places/${id}/pass`, { method: 'POST' })

/** In the room and called. */
async function comesIn(): Promise<{ visitor: Visitor; place: Said; pass: Said }> {
  const visitor = shop.visitor()
  const place = await joins(visitor)
  expect(place.status, place.text).toBe(201)
  let pass!: Said
  await vi.waitFor(
    async () => {
      pass = await asksForPass(visitor, place.body.id as string)
      expect(pass.status, pass.text).toBe(200)
    },
    { timeout: 20_000, interval: 300 },
  )
  return { visitor, place, pass }
}
const holdsWith = (visitor: Visitor, pass: string | null): Promise<Said> =>
  visitor.asks('/api/v1/holds', {
    method: 'POST',
    body: { lines: [{ sku, quantity: 1 }] },
    headers: { 'idempotency-key': crypto.randomUUID(), ...(pass === null ? {} : { 'onrush-pass': pass }) },
  })

describe('a waiting room', () => {
  it('[ROM1] gives a visitor one place, and answers a repeat with the same', async () => {
    await plans({ opens_at: inMs(3_600_000) })
    const ana = shop.visitor()
    const first = await joins(ana)
    expect(first.status, first.text).toBe(201)
    expect(first.body).toMatchObject({ drop: slug, phase: 'draw', position: null, estimate: null, people_before: null })
    expect(first.body.lot).toMatch(/^[0-9a-f]{32}$/)
    expect(first.headers.get('location')).toBe(`/api/v1/places/${first.body.id}`)
    expect(first.headers.get('cache-control')).toBe('private, no-store')
    const again = await joins(ana)
    expect([again.status, again.body.id]).toEqual([200, first.body.id])
    const bodiless = await ana.asks(`/api/v1/drops/${slug}/places`, { method: 'POST' })
    expect([bodiless.status, bodiless.body.id]).toEqual([200, first.body.id])
  })

  it('[ROM2] shows a place to nobody else, in the words for one that never was', async () => {
    await plans({ opens_at: inMs(3_600_000) })
    const ana = shop.visitor()
    const { id } = (await joins(ana)).body as { id: string }
    expect((await ana.asks(`/api/v1/places/${id}`)).body).toMatchObject({ id, phase: 'draw' })
    const ben = shop.visitor()
    await joins(ben)
    for (const [visitor, path] of [
      [ben, id],
      [shop.visitor(), id],
      [ana, newId('plc', Date.now(), systemRandom)],
      [ana, 'nonsense'],
      [(await openShop()).visitor(), id],
    ] as const) {
      const seen = await visitor.asks(`/api/v1/places/${path}`)
      expect([seen.status, seen.body.code]).toEqual([404, 'place_not_found'])
      expect((await asksForPass(visitor, path)).status).toBe(404)
    }
  })

  it('[ROM3] lets nobody in before the opening', async () => {
    await plans({ opens_at: inMs(3_600_000) })
    const ana = shop.visitor()
    const { id } = (await joins(ana)).body as { id: string }
    const early = await asksForPass(ana, id)
    expect([early.status, early.body.code, early.body.position]).toEqual([409, 'not_your_turn_yet', null])
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await now()).body).toMatchObject({ status: 'scheduled', room: { phase: 'before', admitted_through: 0 } })
  })

  it('[PAS1] lets in who was called, and the pass opens the drop for them alone', async () => {
    await plans()
    const { visitor, pass } = await comesIn()
    expect(pass.body).toMatchObject({ drop: slug })
    const token = pass.body.pass as string
    expect((await asksForPass(shop.visitor(), 'plc_x')).status).toBe(404)
    expect((await holdsWith(visitor, null)).body.code).toBe('pass_required')
    const other = shop.visitor()
    await joins(other)
    expect((await holdsWith(other, token)).body.code).toBe('pass_required')
    expect((await holdsWith(visitor, `${token}x`)).body.code).toBe('pass_required')
    const held = await holdsWith(visitor, token)
    expect(held.status, held.text).toBe(201)
  })

  it('[PAS3] hands out one pass to many requests at once, to the letter', async () => {
    await plans()
    const { visitor, place, pass } = await comesIn()
    const again = await Promise.all(Array.from({ length: 50 }, () => asksForPass(visitor, place.body.id as string)))
    expect(new Set(again.map(({ text }) => text))).toEqual(new Set([pass.text]))
  })

  it('[PAS1] takes the pass from the cookie as well, and none of another drop', async () => {
    await plans()
    const { visitor, pass } = await comesIn()
    const visitorId = visitor.cookies.get('onrush_visitor')!.split('.')[0]!
    const dropId = newId('drp', Date.now(), systemRandom)
    const passId = newId('pas', Date.now(), systemRandom)
    const content = { passId, dropId, issuedAt: Date.now(), expiresAt: Date.now() + 60_000 }
    const elsewhere = await passToken(env, { storeId: shop.storeId, visitorId }, content)
    expect((await holdsWith(visitor, elsewhere)).body.code).toBe('pass_required')
    visitor.cookies.set('onrush_pass', pass.body.pass as string)
    expect((await holdsWith(visitor, 'garbage')).status).toBe(201)
  })

  it('[PAS5] takes garbage for no pass', async () => {
    await plans()
    const ana = shop.visitor()
    for (const garbage of ['x', 'v1.a.b.c.d.e.f', '%00', '"', 'a'.repeat(5000)]) {
      ana.cookies.set('onrush_pass', garbage)
      const held = await holdsWith(ana, garbage)
      expect([held.status, held.body.code]).toEqual([409, 'pass_required'])
    }
  })

  it('[ROM10] is closed when nothing is left, and says so to everybody', async () => {
    await plans()
    const { visitor, pass } = await comesIn()
    const ben = shop.visitor()
    const { id } = (await joins(ben)).body as { id: string }
    const all = await visitor.asks('/api/v1/holds', {
      method: 'POST',
      body: { lines: [{ sku, quantity: 5 }] },
      headers: { 'idempotency-key': crypto.randomUUID(), 'onrush-pass': pass.body.pass as string },
    })
    expect(all.status, all.text).toBe(201)
    await vi.waitFor(
      async () =>
        expect((await now()).body).toMatchObject({
          status: 'sold_out',
          ...{ availability: 'none', units_left: 0, room: { phase: 'closed' } },
        }),
      { timeout: 20_000, interval: 200 },
    )
    expect((await asksForPass(ben, id)).body).toMatchObject({ code: 'room_closed', reason: 'sold_out' })
    expect((await joins(shop.visitor())).body).toMatchObject({ code: 'room_closed', reason: 'sold_out' })
    expect((await joins(ben)).status).toBe(200)
    expect((await ben.asks(`/api/v1/places/${id}`)).body).toMatchObject({ phase: 'closed' })
  })

  it('[ROM14] says how it stands in one set of bytes, asked of its object once', async () => {
    await plans()
    const asked = vi.spyOn(DropObject.prototype, 'now')
    const began = Date.now()
    const told = await Promise.all(Array.from({ length: 100 }, () => now()))
    const seconds = 1 + Math.ceil((Date.now() - began) / 1_000) // one, and as many as a busy machine took
    expect(new Set(told.map(({ text }) => text)).size).toBeLessThanOrEqual(seconds)
    expect(asked.mock.calls.length).toBeLessThanOrEqual(seconds)
    expect(told[0]!.headers.get('cache-control')).toBe('public, max-age=1')
    expect(told[0]!.body).toMatchObject({
      ...{ slug, status: 'open', availability: 'last', units_left: 5, again_available: false, ends_at: null },
      room: {
        phase: expect.stringMatching(/line|drawing/) as string,
        waiting: 0,
        inside: 0,
        admissions_per_minute: 6000,
      },
    })
    expect(told[0]!.body.room.poll_after_ms).toBeGreaterThan(0)
  })

  it('[ROM1] is not there for a drop without one', async () => {
    await plans({ room: null })
    expect((await joins(shop.visitor())).body.code).toBe('drop_has_no_room')
    expect((await now()).body).toMatchObject({ status: 'open', room: null })
    expect((await shop.visitor().asks('/api/v1/drops/nowhere/places', { method: 'POST', body: {} })).status).toBe(404)
    expect((await shop.visitor().asks(`/api/v1/drops/${slug}/draw`)).body.code).toBe('drop_has_no_room')
  })

  it('[ROM15] takes the answer to a bot challenge once, and none when it cannot be verified', async () => {
    await plans({ opens_at: inMs(3_600_000), room: { ...ROOM, challenge: true } })
    const control = async (order: object) => {
      const answer = await fetch(`${env.CHALLENGE_API_BASE}/control`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) },
      })
      const { token } = await answer.json<{ token: string }>()
      return token
    }
    expect(await joins(shop.visitor())).toMatchObject({ status: 403, body: { code: 'challenge_required' } })
    const bad = { challenge: await control({ token: 'bad' }) }
    expect(await joins(shop.visitor(), bad)).toMatchObject({ status: 403, body: { code: 'challenge_failed' } })
    const good = { challenge: await control({ token: 'good' }) }
    const ana = shop.visitor()
    expect((await joins(ana, good)).status).toBe(201)
    expect((await joins(shop.visitor(), good)).body.code).toBe('challenge_failed')
    expect((await joins(ana)).status).toBe(200) // who has a place has passed
    await control({ mood: 'down' })
    const away = await joins(shop.visitor(), { challenge: await control({ token: 'good' }) })
    await control({ mood: 'well' })
    expect([away.status, away.body.code]).toEqual([503, 'temporarily_unavailable'])
  })

  it('[ROM16] gives a network about its share of places, and its neighbour its own', async () => {
    await plans({ opens_at: inMs(3_600_000), expected_buyers: 1 })
    const from = (ip: string, count: number) =>
      Promise.all(
        Array.from({ length: count }, () =>
          shop.visitor().asks(`/api/v1/drops/${slug}/places`, {
            method: 'POST',
            headers: { 'cf-connecting-ip': ip },
          }),
        ),
      )
    const codes: Said[] = []
    // Some at a time: three hundred at once are more than a busy isolate lets in.
    for (let wave = 0; wave < 8; wave++) {
      codes.push(...(await from(wave % 2 === 0 ? '2001:db8:1:2::5' : '2001:db8:1:2:ffff::9', 40)))
    }
    expect(codes.filter(({ status }) => status === 201).length).toBe(300)
    expect(codes.filter(({ status, body }) => status === 429 && body.code === 'too_many_places_from_here').length).toBe(
      20,
    )
    expect((await from('2001:db8:1:3::5', 1))[0]!.status).toBe(201)
  })
})

describe('the draw over HTTP', () => {
  it('[DRW1] publishes its commitment, then everything', async () => {
    await plans({ opens_at: inMs(2500) })
    const ana = shop.visitor()
    const { lot } = (await joins(ana)).body as { lot: string }
    const before = (await ana.asks(`/api/v1/drops/${slug}/draw`)).body as Record<string, unknown>
    expect(before).toMatchObject({ seed: null, public_value: null, root: null, drawn_at: null })
    expect((await ana.asks(`/api/v1/drops/${slug}/draw/entries`)).body).toEqual({ data: [], next_cursor: null })
    await vi.waitFor(async () => expect((await ana.asks(`/api/v1/drops/${slug}/draw`)).body.drawn_at).not.toBeNull(), {
      timeout: 20_000,
      interval: 300,
    })
    const after = (await ana.asks(`/api/v1/drops/${slug}/draw`)).body as Record<string, unknown>
    expect(after).toMatchObject({ commitment: before['commitment'], joined: 1 })
    expect((await ana.asks(`/api/v1/drops/${slug}/draw/entries`)).body).toEqual({
      data: [{ position: 1, lot }],
      next_cursor: null,
    })
    expect((await ana.asks(`/api/v1/drops/${slug}/draw/entries?cursor=-1`)).status).toBe(400)
  })
})

/** Invitations and chosen baskets, from the operator who plans them to the buyer who holds. */
import { beforeEach, describe, expect, it, vi } from 'vitest'
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

const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

async function plans(terms: object = {}): Promise<void> {
  const drop = { title: 'Drop', slug, opens_at: soon(3_600_000), skus: [sku], ...terms }
  const said = await shop.operator.posts('/api/v1/admin/drops', drop)
  expect(said.status, said.text).toBe(201)
}
const planPath = (): string => `/api/v1/admin/drops/${slug}/invitations`
const invites = async (batch: object, key?: string): Promise<Said> => shop.operator.posts(planPath(), batch, key)
const presale = () => ({ opens_at: soon(-1_000), ends_at: soon(3_600_000) })
const codesIn = ({ body }: Said): string[] => body.invitations.map(({ code }: { code: string }) => code)
const redeems = (who: Visitor, code: string): Promise<Said> =>
  who.asks(`/api/v1/drops/${slug}/invitations`, { method: 'POST', body: { code } })
const codeOf = ({ status, body }: Said): string => (status < 300 ? 'yes' : (body.code as string))

describe('an invitation', () => {
  it('[INV1] opens the drop before its opening, for whoever redeemed it and nobody else', async () => {
    await plans()
    const [code = ''] = codesIn(await invites({ count: 1, ...presale() }))
    const ana = shop.visitor()
    const redeemed = await redeems(ana, code.toLowerCase().replaceAll('-', ' '))
    expect(redeemed, redeemed.text).toMatchObject({ status: 200, body: { drop: slug } })
    expect(codeOf(await ana.holds(sku))).toBe('yes')
    const bob = shop.visitor()
    expect(codeOf(await redeems(bob, code))).toBe('invitation_used_up')
    bob.cookies.set('onrush_invitation', ana.cookies.get('onrush_invitation')!)
    expect(codeOf(await bob.holds(sku))).toBe('drop_not_open_yet')
  })

  it('[INV1] travels in a header too, and is worth nothing when a letter of it is changed', async () => {
    await plans({ opens_at: soon(-1_000), invite_only: true })
    const [code = ''] = codesIn(await invites({ count: 1, ...presale() }))
    const ana = shop.visitor()
    const { token } = (await redeems(ana, code)).body
    ana.cookies.delete('onrush_invitation')
    const holds = (shown: string) =>
      ana.asks('/api/v1/holds', {
        method: 'POST',
        body: { lines: [{ sku, quantity: 1 }] },
        headers: { 'idempotency-key': crypto.randomUUID(), 'onrush-invitation': shown },
      })
    const letters = [...(token as string).split('').entries()]
    const spoilt = letters
      .filter((_, i) => i % 9 === 0)
      .map(([i, letter]) => `${token.slice(0, i)}${letter === '1' ? '2' : '1'}${token.slice(i + 1)}`)
    for (const forged of spoilt) expect(codeOf(await holds(forged))).toBe('invitation_required')
    expect(codeOf(await holds(token))).toBe('yes')
  })

  it('[INV2] of two hundred visitors at once is one visitor’s', async () => {
    await plans()
    const [code = ''] = codesIn(await invites({ count: 1, ...presale() }))
    const answers = await Promise.all(Array.from({ length: 200 }, () => redeems(shop.visitor(), code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['yes', 'invitation_used_up']))
  })

  it('[INV3] that is taken back is redeemed no more at once, and holds nothing more after a minute', async () => {
    await plans()
    const made = await invites({ count: 2, uses_max: 5, ...presale() })
    const [mine = '', other = ''] = codesIn(made)
    const ana = shop.visitor()
    const bob = shop.visitor()
    await redeems(ana, mine)
    await redeems(bob, other)
    const taken = await shop.operator.asks(`${planPath()}/${made.body.id}/revoke`, {
      method: 'POST',
      body: { codes: [mine] },
    })
    expect(taken.body).toMatchObject({ count: 2, revoked: 1, told: true })
    expect(codeOf(await redeems(shop.visitor(), mine))).toBe('invitation_not_valid')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    try {
      expect(codeOf(await ana.holds(sku))).toBe('drop_not_open_yet')
      expect(codeOf(await bob.holds(sku))).toBe('yes')
    } finally {
      vi.useRealTimers()
    }
  })

  it('[DRP16] is asked for before anybody waits for a place that would be refused', async () => {
    const room = { inside_max: 5, admissions_per_minute: 60 }
    await plans({ opens_at: soon(-1_000), invite_only: true, room })
    const [code = ''] = codesIn(await invites({ count: 1 }))
    const ana = shop.visitor()
    const joins = () => ana.asks(`/api/v1/drops/${slug}/places`, { method: 'POST', body: {} })
    expect(codeOf(await joins())).toBe('invitation_required')
    await redeems(ana, code)
    expect(codeOf(await joins())).toBe('yes')
    await shop.operator.asks(`/api/v1/admin/drops/${slug}`, { method: 'PATCH', body: { countries: ['AT'] } })
    const bob = shop.visitor()
    const said = await bob.asks(`/api/v1/drops/${slug}/places`, { method: 'POST', body: {} })
    expect(said.body).toMatchObject({ code: 'not_in_market', countries: ['AT'] })
  })

  it('[INV5] is not found by guessing', async () => {
    await plans()
    const [code = ''] = codesIn(await invites({ codes: ['FRIENDS-2026'], uses_max: 100, ...presale() }))
    expect(code).toBeNull()
    const bot = shop.visitor()
    const answers: string[] = []
    for (let i = 0; i < 50; i++) answers.push(codeOf(await redeems(bot, 'FRIENDS-2025')))
    expect(answers.filter((one) => one === 'invitation_not_valid')).toHaveLength(5)
    const told = await redeems(bot, 'FRIENDS-2025')
    expect(told).toMatchObject({ status: 429, body: { code: 'too_many_wrong_codes' } })
    expect(Number(told.headers.get('retry-after'))).toBeGreaterThan(590)
    expect(codeOf(await redeems(shop.visitor(), 'friends 2026'))).toBe('yes')
  })
})

describe('a batch of invitations', () => {
  it('[INV7] of ten thousand codes is made in one call, once a key, and can be told again', async () => {
    await plans()
    const made = await invites({ count: 10_000, note: 'newsletter' }, 'k1')
    expect(made.status).toBe(201)
    const codes = codesIn(made)
    expect(new Set(codes).size).toBe(10_000)
    const again = await invites({ count: 10_000, note: 'newsletter' }, 'k1')
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(codesIn(again)).toEqual(codes)
    expect(codeOf(await invites({ count: 9 }, 'k1'))).toBe('idempotency_key_reused')
    const seen = await shop.operator.asks(`${planPath()}/${made.body.id}?cursor=8999`)
    expect(seen.body).toMatchObject({ count: 10_000, redeemed: 0, next_cursor: '9999' })
    expect(seen.body.data.map(({ code }: { code: string }) => code)).toEqual(codes.slice(9_000))
    expect(codeOf(await redeems(shop.visitor(), codes[9_999]!))).toBe('yes')
    expect((await shop.operator.asks(`${planPath()}/${made.body.id}`)).body.redeemed).toBe(1)
  })

  it('[INV7] takes a list of ten thousand codes, and keeps none of them', async () => {
    await plans()
    const list = Array.from({ length: 10_000 }, (_, i) => `fan club ${i + 1_000}`).join('\n')
    const brings = (raw: string, type = 'text/plain', query = '') =>
      shop.operator.asks(`${planPath()}/list${query}`, {
        method: 'POST',
        raw,
        headers: { 'content-type': type, 'idempotency-key': crypto.randomUUID() },
      })
    const brought = await brings(list)
    expect(brought, brought.text.slice(0, 200)).toMatchObject({ status: 201, body: { count: 10_000 } })
    expect(codesIn(brought).every((code) => code === null)).toBe(true)
    expect(codeOf(await redeems(shop.visitor(), 'FANCLUB 5000'))).toBe('yes')
    expect(codeOf(await brings('other\nFan-Club-1000'))).toBe('invitation_code_taken')
    expect((await brings('fine\nx')).body.errors).toEqual([
      { pointer: '/codes/1', problem: 'must be 4 to 64 letters and digits' },
    ])
    expect(codeOf(await brings('{}', 'application/json'))).toBe('unsupported_media_type')
    expect(codeOf(await brings('x'.repeat(1_000_001)))).toBe('body_too_large')
  })

  it('[INV8] for a list of addresses is a personal link for each', async () => {
    await plans({ opens_at: soon(-1_000), invite_only: true })
    const made = await invites({ emails: ['Ana@example.com', 'bob@example.com', 'ana@example.com'] })
    const [ana, bob, ...more] = made.body.invitations
    expect(more).toEqual([])
    expect(ana).toMatchObject({ email: 'ana@example.com' })
    expect(new URL(ana.url).pathname).toBe(`/drops/${slug}`)
    expect(new URL(ana.url).searchParams.get('invitation')).toBe(ana.code)
    const visitor = shop.visitor()
    expect(codeOf(await visitor.holds(sku))).toBe('invitation_required')
    await redeems(visitor, ana.code)
    expect(codeOf(await visitor.holds(sku))).toBe('yes')
    await shop.operator.asks(`${planPath()}/${made.body.id}/revoke`, {
      method: 'POST',
      body: { emails: ['bob@example.com'] },
    })
    expect(codeOf(await redeems(shop.visitor(), bob.code))).toBe('invitation_not_valid')
  })

  it('[INV9] without a window follows the opening of the drop', async () => {
    await plans({ invite_only: true })
    const [code = ''] = codesIn(await invites({ count: 1 }))
    const ana = shop.visitor()
    const { opens_at } = (await redeems(ana, code)).body
    expect((await ana.holds(sku)).body).toMatchObject({ code: 'drop_not_open_yet', opens_at })
    await shop.operator.asks(`/api/v1/admin/drops/${slug}`, { method: 'PATCH', body: { opens_at: soon(-1) } })
    expect(codeOf(await ana.holds(sku))).toBe('yes')
  })

  it('[SEC2] is planned and read by those who may change the catalog', async () => {
    await plans()
    const reader = await shop.operatorWith('catalog:read')
    expect(codeOf(await reader.posts(planPath(), { count: 1 }))).toBe('scope_missing')
    const made = await invites({ count: 1 })
    expect(codeOf(await reader.asks(`${planPath()}/${made.body.id}`))).toBe('scope_missing')
    expect((await reader.asks(planPath())).body.data).toMatchObject([{ id: made.body.id, count: 1 }])
  })
})

describe('a chosen basket', () => {
  const chooses = (who: Visitor, lines: { sku: string; quantity: number }[]): Promise<Said> =>
    who.asks(`/api/v1/drops/${slug}/basket`, { method: 'PUT', body: { lines } })
  const holdsChosen = (who: Visitor): Promise<Said> => who.posts('/api/v1/holds', { drop: slug, basket: 'preselected' })

  it('[DRP15] waits for the opening, reserves nothing, and is held in one call', async () => {
    await plans()
    const ana = shop.visitor()
    expect((await chooses(ana, [{ sku, quantity: 2 }])).body).toEqual({ drop: slug, lines: [{ sku, quantity: 2 }] })
    expect((await shop.operator.stock(sku)).body.held).toBe(0)
    expect(codeOf(await holdsChosen(ana))).toBe('drop_not_open_yet')
    await shop.operator.asks(`/api/v1/admin/drops/${slug}`, { method: 'PATCH', body: { opens_at: soon(-1) } })
    const held = await holdsChosen(ana)
    expect(held, held.text).toMatchObject({ status: 201, body: { lines: [{ sku, quantity: 2 }] } })
  })

  it('[DRP15] is judged by the terms of the drop before anybody waits for a no', async () => {
    const other = crypto.randomUUID()
    await shop.operator.offers(other, 5)
    await plans({ units_per_visitor_max: 2, units_per_order_max: 2 })
    const ana = shop.visitor()
    expect(codeOf(await chooses(ana, [{ sku: other, quantity: 1 }]))).toBe('not_in_drop')
    expect(codeOf(await chooses(ana, [{ sku, quantity: 3 }]))).toBe('purchase_limit_reached')
    expect(codeOf(await chooses(ana, [{ sku, quantity: 0 }]))).toBe('invalid_request')
  })

  it('[DRP15] is its visitor’s alone, and can be given up', async () => {
    await plans({ opens_at: soon(-1_000) })
    const ana = shop.visitor()
    await chooses(ana, [{ sku, quantity: 1 }])
    const bob = shop.visitor()
    await bob.asks('/')
    bob.cookies.set('onrush_chosen', ana.cookies.get('onrush_chosen')!)
    expect((await bob.asks(`/api/v1/drops/${slug}/basket`)).body.lines).toEqual([])
    expect(codeOf(await holdsChosen(bob))).toBe('basket_empty')
    await chooses(ana, [])
    expect(codeOf(await holdsChosen(ana))).toBe('basket_empty')
    expect(codeOf(await ana.posts('/api/v1/holds', { basket: 'preselected' }))).toBe('invalid_request')
  })
})

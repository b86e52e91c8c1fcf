import { exports, env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { openShop, type TestShop, type Visitor } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
  expect((await shop.operator.offers('LAMP', 50)).status).toBe(201)
})

async function ordered(who: Visitor): Promise<{ path: string; id: string; secret: string }> {
  const held = await who.holds('LAMP')
  const said = await who.orders(held.body.id)
  expect(said.status, said.text).toBe(202)
  return { path: said.headers.get('location')!, id: said.body.id, secret: said.body.secret }
}

const settled = (who: Visitor, path: string, status = 'paid') =>
  vi.waitUntil(
    async () => {
      const { body } = await who.asks(path)
      return body.status === status && (status !== 'paid' || body.receipt_url) ? body : null
    },
    { timeout: 20_000, interval: 50 },
  )

describe('the life of an order over HTTP', () => {
  it('[HTT15] is told as it happens, and ends when it has settled', async () => {
    const ana = shop.visitor()
    const { path, secret } = await ordered(ana)
    const response = await exports.default.fetch(`${shop.origin}${path}/events?secret=${secret}`)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toContain('no-store')
    const text = await response.text() // the stream ends by itself
    const messages = text.split('\n\n').filter((part) => part.startsWith('event: order'))
    const orders = messages.map(
      (part) => JSON.parse(/^data: (.*)$/m.exec(part)![1]!) as { status: string; version: number },
    )
    expect(orders.at(-1)!.status).toBe('paid')
    const ids = messages.map((part) => Number(/^id: (\d+)$/m.exec(part)![1]))
    expect(ids).toEqual(orders.map(({ version }) => version))
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
    const { body } = await ana.asks(path)
    const later = await ana.asks(`${path}/events`, { headers: { 'last-event-id': String(body.version) } })
    expect(later.status).toBe(204)
    const missed = await ana.asks(`${path}/events`, { headers: { 'last-event-id': '1' } })
    expect(missed.text).toContain(`id: ${body.version}`)
    expect(missed.text).not.toContain('id: 1\n')
  })

  it('[HTT15] is not told again what the listener has seen', async () => {
    const ana = shop.visitor()
    const held = await ana.holds('LAMP')
    const said = await ana.orders(held.body.id, { paymentMethod: 'pm_card_authenticationRequired' })
    const path = said.headers.get('location')!
    const { version } = await settled(ana, path, 'requires_action') // and stays so until the buyer has confirmed
    const response = await exports.default.fetch(`${shop.origin}${path}/events?secret=${said.body.secret}`, {
      headers: { 'last-event-id': String(version) },
    })
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toMatch(/^retry: \d+\n\n$/)
    expect((await reader.read()).value).toBe(': still here\n\n')
    await reader.cancel()
  })

  it('[HTT20] [SEC5] ends with a receipt that opens to whoever has its link', async () => {
    const ana = shop.visitor()
    const { path, id } = await ordered(ana)
    const order = await settled(ana, path)
    const stranger = shop.visitor()
    const receipt = await stranger.asks(order.receipt_url)
    expect(receipt.status).toBe(200)
    expect(receipt.headers.get('content-type')).toBe('application/pdf')
    expect(receipt.text.slice(0, 5)).toBe('%PDF-')
    expect(receipt.headers.get('cache-control')).toContain('private')
    const documentId = order.receipt_url.split('/').at(-1).split('?')[0]
    expect((await stranger.asks(`/api/v1/documents/${documentId}?order=${id}`)).status).toBe(404)
    expect((await ana.asks(`/api/v1/documents/${documentId}?order=${id}`)).status).toBe(200)
    expect((await stranger.asks(order.receipt_url.slice(0, -1))).status).toBe(404)
    const listed = await shop.operator.asks(`/api/v1/admin/orders/${id}/documents`)
    expect(listed.body.data).toEqual([{ id: documentId, kind: 'receipt', url: order.receipt_url }])
  })

  it('[IDM3] gives money back once, however often it is asked for', async () => {
    const ana = shop.visitor()
    const { path, id } = await ordered(ana)
    await settled(ana, path)
    const key = crypto.randomUUID()
    const ask = () => shop.operator.posts(`/api/v1/admin/orders/${id}/refunds`, { amount: 1000, restock: [] }, key)
    const first = await ask()
    expect(first.status, first.text).toBe(201)
    const again = await ask()
    expect(again.text).toBe(first.text)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    const order = await vi.waitUntil(
      async () => {
        const { body } = await ana.asks(path)
        return body.status === 'partially_refunded' ? body : null
      },
      { timeout: 20_000, interval: 50 },
    )
    expect(order.payment.refunded.amount).toBe(1000)
    const tooMuch = await shop.operator.posts(`/api/v1/admin/orders/${id}/refunds`, { amount: 4000 })
    expect(tooMuch.body).toMatchObject({ code: 'refund_exceeds_captured', already_refunded: 1000 })
  })

  it('[PRF1] [PRF3] adds up afterwards', async () => {
    const { body } = await shop.operator.asks('/api/v1/admin/proof')
    expect(body.differences).toEqual([])
    expect(body.ok).toBe(true)
    expect(body.stock).toMatchObject([{ sku: 'LAMP', total: 50 }])
    expect(body.money[0].captured - body.money[0].refunded).toBe(body.stock[0].sold * 4500 - 1000)
  })
})

describe('a webhook', () => {
  const say = async (payload: string, { secret = env.STRIPE_WEBHOOK_SECRET, offMs = 0 } = {}) => {
    const t = Math.floor((Date.now() + offMs) / 1000)
    const key = await crypto.subtle.importKey(
      'raw',
      new TextEncoder().encode(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`${t}.${payload}`))
    const v1 = [...new Uint8Array(signed)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return shop.visitor().asks('/api/v1/webhooks/stripe', {
      method: 'POST',
      raw: payload,
      headers: { 'stripe-signature': `t=${t},v1=${v1}`, 'content-type': 'application/json' },
    })
  }
  const event = JSON.stringify({ id: 'evt_1', type: 'charge.dispute.created', data: { object: { id: 'dp_1' } } })

  it('[HTT16] that does not concern us is heard and left at that', async () => {
    const said = await say(event)
    expect(said.status, said.text).toBe(200)
  })

  it.each([
    ['with another secret', { secret: 'whsec_wrong' }, 'webhook_signature_mismatch'],
    ['too long ago', { offMs: -302_000 }, 'webhook_too_old_or_new'],
    ['in the future', { offMs: 302_000 }, 'webhook_too_old_or_new'],
  ])('[HTT16] signed %s is not believed', async (_, signing, code) => {
    const said = await say(event, signing)
    expect(said.status).toBe(400)
    expect(said.body.code).toBe(code)
  })

  it('[HTT16] without a signature is not believed', async () => {
    const said = await shop.visitor().asks('/api/v1/webhooks/stripe', { method: 'POST', raw: event })
    expect(said.body.code).toBe('webhook_signature_missing')
  })

  it('[HTT16] about an order nobody knows is heard', async () => {
    const object = {
      id: 'pi_1',
      object: 'payment_intent',
      amount: 1,
      currency: 'eur',
      status: 'canceled',
      metadata: { order_id: 'ord_01KAHZ00000000000000000000', store_id: shop.storeId },
    }
    const said = await say(JSON.stringify({ id: 'evt_2', type: 'payment_intent.canceled', data: { object } }))
    expect(said.status, said.text).toBe(200)
  })
})

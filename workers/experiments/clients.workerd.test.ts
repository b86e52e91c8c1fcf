import { exports } from 'cloudflare:workers'
import { OFREPProvider } from '@openfeature/ofrep-provider'
import { OpenFeature } from '@openfeature/server-sdk'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { placeOnLine, rangeAt, rangesOf } from '../../domain/experiment/hash.ts'
import { openShop, type TestShop } from '../testing/shop.ts'

const AT = '/api/v1/admin/experiments'
const FLAGS = '/ofrep/v1/evaluate/flags'
const BROWSER = { 'user-agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0 Safari/537.36' }
const context = { targetingKey: 'customer-7' }

describe('experiments for clients', () => {
  let shop: TestShop

  beforeAll(async () => {
    shop = await openShop()
    const variations = [
      { key: 'control', parameters: { layout: 'list' } },
      { key: 'grid', parameters: { layout: 'grid', columns: 3 } },
    ]
    await shop.operator.posts(AT, { key: 'layout', name: 'Layout', variations })
    await shop.operator.posts(`${AT}/layout/start`, undefined)
  })

  const visitors = async (): Promise<number> => {
    const { counted } = (await shop.operator.asks(`${AT}/layout/results`)).body
    return counted.reduce((sum: number, side: { visitors: number }) => sum + side.visitors, 0)
  }
  const comes = (count: number) =>
    vi.waitUntil(async () => (await visitors()) === count, { timeout: 20_000, interval: 100 })

  it('[EXP20] tells a visitor what they are to see, and counts it once it has been seen', async () => {
    const ana = shop.visitor()
    const told = await ana.asks('/api/v1/experiments/assignments', { headers: BROWSER })
    expect(told.status).toBe(200)
    const side = rangeAt(placeOnLine('layout', told.body.visitor), rangesOf([0.5, 0.5], 1))
    expect(told.body.data[0]).toMatchObject({ experiment: 'layout', variation: ['control', 'grid'][side] })
    const seen = { method: 'POST', headers: BROWSER }
    for (let i = 0; i < 2; i++) {
      expect((await ana.asks('/api/v1/experiments/layout/exposures', seen)).body).toEqual({ counted: true })
    }
    await comes(1)
    expect((await shop.visitor().asks('/api/v1/experiments/layout/exposures', seen)).body).toEqual({ counted: false })
    expect((await ana.asks('/api/v1/experiments/no-such/exposures', seen)).status).toBe(404)
  })

  it('[EXP20] is a flag to any OpenFeature client, and counts what a server shows', async () => {
    const provider = new OFREPProvider({
      baseUrl: shop.origin,
      headers: [['Authorization', `Bearer ${shop.operatorKey}`]],
      fetchImplementation: (input: RequestInfo | URL, init?: RequestInit) =>
        exports.default.fetch(new Request(input, init)),
    })
    await OpenFeature.setProviderAndWait('ofrep-test', provider)
    const client = OpenFeature.getClient('ofrep-test')
    const side = rangeAt(placeOnLine('layout', 'customer-7'), rangesOf([0.5, 0.5], 1))
    const layout = await client.getStringDetails('layout.layout', 'none', context)
    expect(layout).toMatchObject({ value: ['list', 'grid'][side], reason: 'SPLIT', variant: ['control', 'grid'][side] })
    expect(await client.getObjectValue('layout', {}, context)).toMatchObject({ layout: layout.value })
    const missing = await client.getBooleanDetails('no-such', true, context)
    expect(missing).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' })
    await comes(2)
  })

  it('[EXP20] answers all flags at once, and nothing anew that has not changed', async () => {
    const before = await visitors()
    const all = await shop.visitor().asks(FLAGS, { method: 'POST', body: { context } })
    expect(all.body.flags.map(({ key }: { key: string }) => key)).toEqual(['layout', 'layout.layout', 'layout.columns'])
    const headers = { 'if-none-match': all.headers.get('etag')! }
    const again = await shop.visitor().asks(FLAGS, { method: 'POST', body: { context }, headers })
    expect([again.status, again.text]).toEqual([304, ''])
    expect(await visitors()).toBe(before)
  })

  it.each([
    ['no JSON', { raw: '{', headers: { 'content-type': 'application/json' } }, 400, 'PARSE_ERROR'],
    ['nothing at all', {}, 400, 'PARSE_ERROR'],
    ['no context', { body: {} }, 400, 'INVALID_CONTEXT'],
    ['a context that is a list', { body: { context: [] } }, 400, 'INVALID_CONTEXT'],
    ['nobody in particular', { body: { context: { targetingKey: '' } } }, 400, 'TARGETING_KEY_MISSING'],
    ['a number for a name', { body: { context: { targetingKey: 7 } } }, 400, 'TARGETING_KEY_MISSING'],
    ['a key that opens nothing', { body: { context }, headers: { 'x-api-key': 'wrong' } }, 401, undefined],
  ])('[EXP21] refuses in the protocol’s words: %s', async (_, sending, status, errorCode) => {
    const said = await shop.visitor().asks(`${FLAGS}/layout`, { method: 'POST', ...sending })
    expect([said.status, said.body.errorCode]).toEqual([status, errorCode])
    expect(said.body.errorDetails).toBeTypeOf('string')
  })

  it('[EXP21] wants the scope of whoever shows a key', async () => {
    const reader = await shop.operatorWith('experiments:read')
    expect((await reader.asks(`${FLAGS}/layout`, { method: 'POST', body: { context } })).status).toBe(403)
  })
})

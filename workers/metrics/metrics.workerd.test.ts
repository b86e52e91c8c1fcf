/** `GET /metrics` over HTTP: who may read it, and that what it says can be read. */
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, type TestShop } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

/** As the format wants each line: a comment about a family, or a sample of it. */
const LINE = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z_]+="([^"\\]|\\.)*"(,[a-z_]+="([^"\\]|\\.)*")*\})? -?[0-9.e+]+)$/

describe('metrics', () => {
  it('[MET1] are told to a key with the scope for them, and to nobody else', async () => {
    const nobody = await shop.visitor().asks('/metrics')
    expect([nobody.status, nobody.body.code]).toEqual([401, 'operator_key_missing'])
    expect(nobody.headers.get('content-type')).toContain('application/problem+json')
    const other = await (await shop.operatorWith('catalog:read')).asks('/metrics')
    expect([other.status, other.body.required]).toEqual([403, 'metrics:read'])
    const theirs = await openShop()
    const strangers = { authorization: `Bearer ${theirs.operatorKey}` }
    expect((await shop.visitor().asks('/metrics', { headers: strangers })).status).toBe(401)
    expect((await shop.visitor().asks('/metrics', { method: 'POST', body: {} })).status).toBe(405)
  })

  it('[MET2] are text that Prometheus reads, and that nobody keeps', async () => {
    const said = await (await shop.operatorWith('metrics:read')).asks('/metrics')
    expect(said.status, said.text).toBe(200)
    expect(said.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(said.headers.get('cache-control')).toBe('private, no-store')
    expect(said.text.endsWith('\n')).toBe(true)
    const lines = said.text.trimEnd().split('\n')
    expect(lines.filter((line) => !LINE.test(line))).toEqual([])
    const heads = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])
    expect(heads).toEqual([...new Set(heads)])
  })

  it('[MET5] name the isolate whose memory they were counted in', async () => {
    const { text } = await shop.operator.asks('/metrics')
    expect(text).toMatch(/^cache_lookups_total\{isolate="\w+",tier="memory",outcome="hit"\} \d+$/m)
    expect(text).toMatch(/^limit_decisions_total\{isolate="\w+",limit="operator-read",outcome="let_in"\} \d+$/m)
    expect(text).toMatch(/^load_decisions_total\{isolate="\w+",work="order",outcome="turned_away"\} \d+$/m)
  })

  it('[MET6] say of each drop that has not ended how many units are where', async () => {
    const [sku, over] = [crypto.randomUUID(), crypto.randomUUID()]
    const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
    for (const one of [sku, over]) {
      await shop.operator.offers(one, 5)
      const drop = { slug: `d-${one}`, title: 'The Drop', opens_at: ago(60_000), skus: [one] }
      expect((await shop.operator.posts('/api/v1/admin/drops', drop)).status).toBe(201)
    }
    expect((await shop.operator.posts(`/api/v1/admin/drops/d-${over}/stop`, {})).status).toBe(200)
    expect((await shop.visitor().holds(sku, 2)).status).toBe(201)
    const { text } = await shop.operator.asks('/metrics')
    expect(text).toContain(`drop_units{drop="d-${sku}",state="free"}`)
    expect(text).not.toContain(`d-${over}`)
  })
})

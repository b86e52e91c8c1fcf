/** `GET /metrics` over HTTP: who may read it, and that what it says can be read. */
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Fault } from '../../platform/fault.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { lookAtJobs } from '../job-look.ts'
import { openShop, type TestShop } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})

afterEach(() => {
  vi.restoreAllMocks()
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

  it('[MET3] are told while the database is away, with a gap where it is needed', async () => {
    expect((await shop.operator.asks('/metrics')).text).toContain('\nmetrics_silent 0\n')
    const database = databaseOf(env)
    const read = database.read.bind(database)
    // Keys are asked for at the primary, which is not what this is about.
    vi.spyOn(database, 'read').mockImplementation((from) => {
      if (from === 'primary') return read(from)
      throw new Fault('away')
    })
    const { status, text } = await shop.operator.asks('/metrics')
    expect(status).toBe(200)
    expect(text).toContain('\nmetrics_silent 1\n')
    expect(text).toContain('\nqueue_depth{lane="critical"} 0\n')
  })

  it('[MET4] ask the store’s shards once a second, however many want to know', async () => {
    const { storeId } = await openShop()
    const first = lookAtJobs(env, storeId, { now: () => 1000 })
    expect(lookAtJobs(env, storeId, { now: () => 1899 })).toBe(first)
    expect(lookAtJobs(env, storeId, { now: () => 1900 })).not.toBe(first)
    const taken = await shop.operator.posts('/api/v1/admin/jobs', { type: 'noop', payload: {}, delay: 3600 })
    expect(taken.status, taken.text).toBe(202)
    const { jobs, silent } = await lookAtJobs(env, shop.storeId, { now: () => Date.now() + 60_000 })
    expect([jobs.states.scheduled, jobs.totals.map(({ type }) => type), silent]).toEqual([1, ['noop'], 0])
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

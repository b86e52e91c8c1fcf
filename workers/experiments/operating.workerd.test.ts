import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { experimentShardOf } from '../../domain/experiment/keeper.ts'
import { experimentsOf } from '../../platform/desks.ts'
import { openShop, type TestShop } from '../testing/shop.ts'
import { stopHarmful } from './guardrails.ts'

const AT = '/api/v1/admin/experiments'
const words = (key: string, own = {}) => ({
  ...{ key, name: 'Words on the button', surface: 'product' },
  variations: [{ key: 'control' }, { key: 'warm', parameters: { button: 'Keep it for me' } }],
  ...own,
})

describe('experiments, operated', () => {
  let shop: TestShop
  beforeAll(async () => {
    shop = await openShop()
  })

  it('[EXP6] is defined, started and stopped, each once, and settled in between', async () => {
    const { operator } = shop
    const defined = await operator.posts(AT, words('button'))
    expect(defined.status).toBe(201)
    expect(defined.body).toMatchObject({ state: 'draft', metric: 'conversion', audience: { percentage: 100 } })
    expect(defined.body.variations.map(({ weight }: { weight: number }) => weight)).toEqual([0.5, 0.5])
    const rewritten = await operator.asks(`${AT}/button`, { method: 'PUT', body: words('button', { name: 'Warmer' }) })
    expect([rewritten.status, rewritten.body.name]).toEqual([200, 'Warmer'])
    expect((await operator.posts(`${AT}/button/stop`, undefined)).body.code).toBe('experiment_not_found')

    const started = await operator.posts(`${AT}/button/start`, undefined)
    expect([started.status, started.body.state]).toEqual([200, 'running'])
    expect((await operator.posts(`${AT}/button/start`, undefined)).body).toEqual(started.body)
    const late = await operator.asks(`${AT}/${started.body.id}`, { method: 'PUT', body: words('button') })
    expect([late.status, late.body.code]).toEqual([409, 'experiment_is_settled'])

    const stopped = await operator.posts(`${AT}/button/stop`, undefined)
    expect(stopped.body).toMatchObject({ state: 'stopped', stopped_by: 'operator' })
    expect((await operator.posts(`${AT}/button/stop`, undefined)).body).toEqual(stopped.body)
    expect((await operator.posts(`${AT}/button/start`, undefined)).body.code).toBe('experiment_was_stopped')
    expect((await operator.posts(AT, words('button'))).body.code).toBe('experiment_key_taken')
    const { body } = await operator.asks(AT)
    expect(body.data.map(({ key }: { key: string }) => key)).toEqual(['button'])
  })

  it.each([
    ['no control to hold it against', { variations: [{ key: 'only' }] }],
    ['weights of one side alone', { variations: [{ key: 'a', weight: 0.5 }, { key: 'b' }] }],
    ['something the page does not know', { variations: [{ key: 'a' }, { key: 'b', parameters: { price: 1 } }] }],
    ['a list as a parameter', { variations: [{ key: 'a' }, { key: 'b', parameters: { button: ['x'] } }] }],
    ['a field we do not know', { color: 'red' }],
    ['a key that is no key', { key: 'Words On It' }],
    ['a share of more than all', { audience: { percentage: 101 } }],
  ])('[EXP17] is not accepted with %s', async (_, own) => {
    const said = await shop.operator.posts(AT, words('spoilt', own))
    expect([said.status, said.body.code]).toEqual([400, 'invalid_request'])
  })

  it('[EXP18] says nothing of an experiment that nobody has seen', async () => {
    await shop.operator.posts(AT, words('unseen'))
    const { status, body } = await shop.operator.asks(`${AT}/unseen/results`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ verdict: { kind: 'too_early' }, mismatch: { p: 1, alarm: false }, currency: 'EUR' })
    expect(body.counted.map(({ visitors }: { visitors: number }) => visitors)).toEqual([0, 0])
  })

  it('[EXP19] is stopped by the guardrail that a variation certainly breaks, and by nobody else', async () => {
    const { operator, storeId } = shop
    const guarded = (await operator.posts(AT, words('guarded', { metric: 'revenue', guardrails: ['conversion'] }))).body
    const watched = (await operator.posts(AT, words('watched'))).body
    for (const { id } of [guarded, watched]) await operator.posts(`${AT}/${id}/start`, undefined)
    const at = Date.now()
    const crowd = Array.from({ length: 400 }, (_, i) => ({
      visitorId: `vis_guarded_${i}`,
      variation: i % 2,
      buys: i % 20 < 10 && i % 2 === 0,
    }))
    const worth = { version: 1, orderedAt: at + 1, isKept: true, revenue: 4500, refunded: 0, currency: 'EUR' }
    for (const some of Map.groupBy(crowd, ({ visitorId }) => experimentShardOf(visitorId)).values()) {
      const desk = experimentsOf(env, storeId, some[0]!.visitorId)
      for (const { id } of [guarded, watched]) {
        await desk.exposed(some.map(({ visitorId, variation }) => ({ experimentId: id, visitorId, variation, at })))
      }
      const buyers = some.filter(({ buys }) => buys)
      await desk.ordered(buyers.map(({ visitorId }) => ({ ...worth, orderId: visitorId, visitorId })))
    }
    const results = await operator.asks(`${AT}/guarded/results`)
    expect(results.status, results.text).toBe(200)
    expect(results.body.verdict).toEqual({ kind: 'harm', variation: 'warm', metric: 'conversion' })
    await stopHarmful(env)
    const states = (await operator.asks(AT)).body.data as { key: string; state: string; stopped_by: string | null }[]
    expect(states.find(({ key }) => key === 'guarded')).toMatchObject({ state: 'stopped', stopped_by: 'conversion' })
    expect(states.find(({ key }) => key === 'watched')).toMatchObject({ state: 'running' })
  })

  it('[EXP6] wants the scope that says so', async () => {
    const reader = await shop.operatorWith('experiments:read')
    expect((await reader.asks(AT)).status).toBe(200)
    expect((await reader.posts(AT, words('not-mine'))).body.code).toBe('scope_missing')
    expect((await reader.posts(`${AT}/unseen/start`, undefined)).body.code).toBe('scope_missing')
    expect((await shop.operator.asks(`${AT}/no-such`)).body.code).toBe('experiment_not_found')
  })
})

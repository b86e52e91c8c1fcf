/** Many visitors at once, visitors who mean ill, and the tiers behind an isolate's memory. */
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { STOREFRONT } from '../../domain/http-cache/policy.ts'
import { stored } from '../../domain/http-cache/testing.ts'
import { packed, unpacked } from './envelope.ts'
import { coloTier, kvTier } from './far-tiers.ts'
import { Stage } from './testing.ts'
import type { FarTier } from './tiers.ts'

let stage: Stage
beforeEach(() => {
  stage = new Stage()
})

const minute = { 'cache-control': 'max-age=60' }

describe('together (section 4)', () => {
  it('[HCA37] asks once for a thousand who ask at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    stage.origin({ fields: minute, after: promise })
    const all = Array.from({ length: 1000 }, () => stage.get())
    resolve()
    const answers = await Promise.all(all)
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(['hello']))
    expect(answers.filter(({ cacheStatus }) => cacheStatus === 'onrush-mem; fwd=uri-miss; collapsed')).toHaveLength(999)
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA37] lets everybody go themselves when the answer was for one alone, and waits no more for the next', async () => {
    stage.origin({ fields: { 'cache-control': 'private' } })
    const both = await Promise.all([stage.get(), stage.get()])
    expect(both[1]?.cacheStatus).toBe('onrush-mem; fwd=uri-miss; fwd-status=200; collapsed=?0')
    const never = new Promise<void>(() => undefined)
    stage.origin({ after: never }, { body: 'at once' })
    void stage.get()
    expect((await stage.get()).body).toBe('at once')
  })

  it('[HCA37] lets those go themselves whom the answer does not fit', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const by = { ...minute, vary: 'accept' }
    stage.origin({ body: 'x', fields: by, after: promise }, { body: 'y', fields: by })
    const both = Promise.all([stage.get('/a', { accept: 'x' }), stage.get('/a', { accept: 'y' })])
    resolve()
    expect((await both).map(({ body }) => body)).toEqual(['x', 'y'])
  })

  it('[HCA37] tells everybody once that the origin is away', async () => {
    stage.origin({ isAway: true })
    const all = await Promise.all(Array.from({ length: 50 }, () => stage.get()))
    expect(all.every(({ status }) => status === 502)).toBe(true)
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA37] asks a failing origin once for all whom something stored may be given to', async () => {
    stage.origin({ fields: { 'cache-control': 'max-age=10, stale-if-error=60' } }, { status: 503 })
    await stage.get()
    stage.later(11)
    const all = await Promise.all(Array.from({ length: 50 }, () => stage.get()))
    expect(all.every(({ body }) => body === 'hello')).toBe(true)
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA37] does not wait for ever for somebody who hangs', async () => {
    const impatient = new Stage(5)
    const never = new Promise<void>(() => undefined)
    impatient.origin({ after: never }, { body: 'went alone', fields: minute })
    void impatient.get()
    expect((await impatient.get()).body).toBe('went alone')
  })
})

describe('what attackers try', () => {
  it('[HCA38] never shares what a header outside the key may have coloured, unless the origin says by Vary that it did not', async () => {
    stage.policy = STOREFRONT
    stage.origin({ fields: { 'cache-control': 'public, max-age=60', 'set-cookie': 'visitor=1' } })
    await stage.get()
    await stage.get()
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA38] takes a path that ends like a picture for what the origin says it is', async () => {
    stage.policy = STOREFRONT
    stage.origin({ body: 'your account', fields: { etag: '"a"' } })
    await stage.get('/account/x.css', { cookie: 'visitor=1' })
    await stage.get('/account/x.css')
    expect(stage.asked).toHaveLength(2)
  })

  it('[HCA38] gives no answer of the gateway’s own to anybody else', async () => {
    stage.origin({ isAway: true }, { body: 'back', fields: minute })
    const trouble = await stage.get()
    expect([trouble.headers.get('cache-control'), trouble.headers.get('cache-status')]).toEqual(['no-store', null])
    expect((await stage.get()).body).toBe('back')
  })
})

describe('memory', () => {
  it('[HCA39] keeps to its bytes, and lets go first of what was asked least lately', async () => {
    const body = 'x'.repeat(200_000)
    stage.origin({ body, fields: minute })
    for (const path of ['/1', '/2', '/3', '/4']) await stage.get(path)
    await stage.get('/1')
    for (const path of ['/5', '/6']) await stage.get(path)
    expect(stage.memory.bytes).toBeLessThanOrEqual(1024 * 1024)
    const asked = stage.asked.length
    await stage.get('/1')
    expect(stage.asked.length).toBe(asked)
    await stage.get('/2')
    expect(stage.asked.length).toBe(asked + 1)
  })

  it('[HCA39] keeps no more than a dozen answers of one address', async () => {
    stage.origin({ fields: { ...minute, vary: 'accept' } })
    for (let n = 0; n < 20; n++) await stage.get('/a', { accept: `x/${n}` })
    expect(stage.memory.find('https://shop.example/a')).toHaveLength(12)
  })
})

it('[HCA41] counts how each request was answered', async () => {
  stage.origin({ fields: { ...minute, etag: '"a"' } }, { status: 304, fields: { etag: '"a"' } }, { isAway: true })
  await Promise.all([stage.get(), stage.get()])
  await stage.get()
  stage.later(61)
  await stage.get()
  stage.later(61)
  await stage.get()
  await stage.get('/other')
  await stage.ask('POST')
  const { figures } = stage.cache
  const outcomes = ['fetched', 'collapsed', 'hit mem', 'confirmed', 'stood in', 'failed', 'passed'] as const
  expect(outcomes.map((outcome) => figures.of(outcome))).toEqual([1, 1, 1, 1, 1, 1, 1])
  expect(figures.hitRate).toBe(0.5)
})

describe('tiers', () => {
  let path: string
  const far = (): FarTier[] => [coloTier(caches.default), kvTier(env.SHELF)]

  beforeEach(() => {
    path = `/${crypto.randomUUID()}`
    stage.now = Date.now()
    stage.far = far()
  })

  /** Another isolate of the same data centre, or of another one. */
  const elsewhere = (tiers: FarTier[]): Stage => {
    const other = new Stage()
    other.now = stage.now
    other.far = tiers
    return other
  }

  it('[HCA40] finds in this data centre what another isolate stored, and in the world what another data centre did', async () => {
    stage.origin({ body: 'once', fields: { 'cache-control': 'max-age=600', vary: 'accept' } })
    const first = await stage.get(path, { accept: 'x' })
    expect(first.cacheStatus).toBe(
      'onrush-kv; fwd=uri-miss; fwd-status=200; stored, onrush-colo; fwd=uri-miss; fwd-status=200; stored, onrush-mem; fwd=uri-miss; fwd-status=200; stored',
    )
    await stage.settled()
    const [here, there] = [elsewhere(far()), elsewhere([kvTier(env.SHELF)])]
    here.later(10)
    const near = await here.get(path, { accept: 'x' })
    expect([near.body, near.headers.get('age'), near.cacheStatus]).toEqual([
      'once',
      '10',
      'onrush-colo; hit; ttl=590, onrush-mem; fwd=uri-miss; stored',
    ])
    expect((await here.get(path, { accept: 'x' })).cacheStatus).toBe('onrush-mem; hit; ttl=590')
    there.later(20)
    const world = await there.get(path, { accept: 'x' })
    expect([world.headers.get('age'), world.cacheStatus.split(', ')[0]]).toEqual(['20', 'onrush-kv; hit; ttl=580'])
    expect([stage, here, there].map(({ asked }) => asked.length)).toEqual([1, 0, 0])
  })

  it('[HCA40] forgets in every tier it can reach, and believes no late copy of what it forgot', async () => {
    stage.origin({ body: 'old', fields: { 'cache-control': 'max-age=600' } })
    await stage.get(path)
    await stage.settled()
    const late = await far()[0]!.find(`https://shop.example${path}`)
    await stage.ask('POST', path)
    await stage.settled()
    expect(await far()[0]!.find(`https://shop.example${path}`)).toEqual([])
    await far()[0]!.keep(`https://shop.example${path}`, late, stage.now)
    stage.origin({ body: 'new', fields: minute })
    expect((await stage.get(path)).body).toBe('new')
  })

  it('[HCA40] says where it really was, and where it really went', async () => {
    const fields = { 'cache-control': 'max-age=10, stale-while-revalidate=60' }
    stage.origin({ fields })
    expect((await stage.get(path)).cacheStatus).toBe(
      'onrush-kv; fwd=uri-miss; fwd-status=200, onrush-colo; fwd=uri-miss; fwd-status=200; stored, onrush-mem; fwd=uri-miss; fwd-status=200; stored',
    )
    await stage.settled()
    stage.later(11)
    expect((await stage.get(path)).cacheStatus).toBe('onrush-mem; hit; ttl=-1')
    await stage.settled()
  })

  it('[HCA40] looks nowhere far for what was for one visitor alone a moment ago', async () => {
    stage.origin({ fields: { 'cache-control': 'private' } })
    expect((await stage.get(path)).cacheStatus.split(', ')).toHaveLength(3)
    expect((await stage.get(path)).cacheStatus).toBe('onrush-mem; fwd=uri-miss; fwd-status=200')
    stage.later(10)
    expect((await stage.get(path)).cacheStatus.split(', ')).toHaveLength(3)
  })

  it('[HCA40] does without a tier that fails', async () => {
    const broken: FarTier = {
      name: 'colo',
      ttlMsMin: 0,
      find: () => Promise.reject(new Error('away')),
      keep: () => Promise.reject(new Error('away')),
      forget: () => Promise.reject(new Error('away')),
    }
    stage.far = [broken]
    stage.origin({ fields: minute })
    await stage.get(path)
    await stage.ask('POST', path)
    await stage.get(path)
    await stage.settled()
    expect((await stage.get(path)).cacheStatus).toBe('onrush-mem; hit; ttl=60')
  })

  it('[HCA40] takes the newer of what is near and what is far', async () => {
    stage.origin({ body: 'old', fields: minute }, { body: 'new', fields: minute })
    await stage.get(path)
    await stage.settled()
    const other = elsewhere(far())
    other.origin({ body: 'newer', fields: minute })
    other.later(61)
    await other.get(path)
    await other.settled()
    stage.later(62)
    expect((await stage.get(path)).body).toBe('newer')
    expect(stage.asked).toHaveLength(1)
  })

  it('[HCA40] brings nothing back from afar that was replaced by something too short-lived for there', async () => {
    const brief = { 'cache-control': 'max-age=0', vary: 'accept' }
    stage.origin({ body: 'old', fields: { 'cache-control': 'max-age=600' } }, { body: 'new', fields: brief })
    await stage.get(path)
    await stage.settled()
    await stage.get(path, { accept: 'x', 'cache-control': 'no-cache' })
    await stage.settled()
    expect((await stage.get(path, { accept: 'y' })).body).toBe('new')
  })

  it('[HCA40] packs what it stores as bytes, and takes nothing else for that', () => {
    const all = [
      stored({ etag: '"a"', vary: 'accept', 'cache-control': 'max-age=9' }, { request: { accept: 'x' }, body: 'one' }),
      stored({ 'content-range': 'bytes 0-3/10', age: '5' }, { status: 206, body: '0123' }),
    ]
    expect(unpacked(packed(all).buffer)).toEqual(all)
    expect(unpacked(packed(all).slice(0, 20).buffer)).toEqual([])
    expect(unpacked(packed(all).slice(0, -2).buffer)).toEqual([])
    expect(unpacked(new ArrayBuffer(0))).toEqual([])
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import type { Pool } from '../../domain/origin/rule-file.ts'
import { anOrigin, aPool } from '../../domain/origin/testing.ts'
import { Unreachable } from '../http-cache/asking.ts'
import { Pools, type PoolAsking } from './pools.ts'
import { ours, rewritten } from './rewriting.ts'

let pools: Pools
let now: number
let sent: string[]
/** What each origin answers; 'away': nothing. */
let says: Record<string, number | 'away'>

beforeEach(() => {
  pools = new Pools()
  now = 1_000_000
  sent = []
  says = {}
})

async function ask(of: Pool, rest: Partial<PoolAsking> = {}): Promise<number | string> {
  const asking: PoolAsking = {
    method: 'GET',
    hasBody: false,
    visitorShare: 0,
    country: null,
    telling: null,
    now: () => now,
    send: async ({ name }) => {
      sent.push(name)
      const said = says[name] ?? 200
      if (said === 'away') throw new Unreachable('destination_unavailable')
      return new Response(name, { status: said })
    },
    ...rest,
  }
  const answer = await pools.ask('edition', of, asking).catch((cause: Error) => cause)
  return answer instanceof Response ? answer.status : answer.message
}

describe('a pool', () => {
  const pair = aPool([anOrigin('a'), anOrigin('b', { isBackup: true })])

  it.each([[503], ['away' as const]])('[ORG15] asks another origin when one says %s', async (trouble) => {
    says['a'] = trouble
    expect(await ask(pair)).toBe(200)
    expect(sent).toEqual(['a', 'b'])
  })

  it('[ORG15] passes on what the last one said when none is well', async () => {
    says = { a: 'away', b: 504 }
    expect(await ask(pair)).toBe(504)
    says = { a: 503, b: 'away' }
    expect(await ask(pair)).toContain('destination_unavailable')
  })

  it('[ORG15] takes a 500 for an answer: one page’s mistake is no reason to ask twice', async () => {
    says['a'] = 500
    expect(await ask(pair)).toBe(500)
    expect(sent).toEqual(['a'])
  })

  it('[ORG14] asks nobody a second time for what may not arrive twice', async () => {
    says['a'] = 'away'
    expect(await ask(pair, { method: 'POST' })).toContain('destination_unavailable')
    expect(await ask(pair, { method: 'PUT', hasBody: true })).toContain('destination_unavailable')
    expect(sent).toEqual(['a', 'a'])
  })

  it('[ORG11] leaves an origin alone after five bad answers, and asks its backup at once', async () => {
    says['a'] = 'away'
    for (let n = 0; n < 5; n++) await ask(pair)
    sent.length = 0
    expect(await ask(pair)).toBe(200)
    expect(sent).toEqual(['b'])
    now += 2000
    says['a'] = 200
    for (let n = 0; n < 3; n++) await ask(pair)
    expect(sent).toEqual(['b', 'a', 'a', 'a'])
  })

  it('[ORG11] answers at once that nobody may be asked, and tries with one request alone', async () => {
    const alone = aPool([anOrigin('a')])
    says['a'] = 'away'
    for (let n = 0; n < 5; n++) await ask(alone)
    sent.length = 0
    for (let n = 0; n < 100; n++) await ask(alone)
    expect(sent).toEqual([])
    now += 2000
    await Promise.all(Array.from({ length: 100 }, () => ask(alone)))
    expect(sent).toEqual(['a'])
  })

  it('[ORG11] holds nothing against an origin that a leaving visitor may have caused, and tries it with no body', async () => {
    const alone = aPool([anOrigin('a')])
    says['a'] = 'away'
    const post = { method: 'POST', hasBody: true }
    for (let n = 0; n < 20; n++) await ask(alone, post)
    expect(sent).toHaveLength(20)
    for (let n = 0; n < 5; n++) await ask(alone)
    now += 2000
    sent.length = 0
    await ask(alone, post)
    expect(sent).toEqual([])
    await ask(alone)
    expect(sent).toEqual(['a'])
  })

  it('[ORG11] never gives up on the only origin of a pool without a breaker', async () => {
    const bare = aPool([anOrigin('a')], { breaker: null })
    says['a'] = 503
    for (let n = 0; n < 20; n++) await ask(bare)
    expect(sent).toHaveLength(20)
  })

  it('[ORG14] makes no storm of an outage: at most a tenth more than visitors asked', async () => {
    const two = aPool([anOrigin('a'), anOrigin('b')], { breaker: null })
    says = { a: 503, b: 503 }
    for (let n = 0; n < 2000; n++) await ask(two)
    expect(sent.length).toBeLessThanOrEqual(2210)
    expect(sent.length).toBeGreaterThan(2150)
  })

  it('[ORG13] withdraws a canary that fails, and never asks it again', async () => {
    const split = aPool([anOrigin('a'), anOrigin('new', { weight: 0 })], {
      canary: { origin: 'new', percent: 50 },
      breaker: null,
    })
    says['new'] = 503
    for (let n = 0; n < 400; n++) await ask(split, { visitorShare: n % 2 === 0 ? 0.1 : 0.9 })
    expect(pools.figures('edition', split).canary.isWithdrawn).toBe(true)
    sent.length = 0
    for (let n = 0; n < 20; n++) await ask(split, { visitorShare: 0.1 })
    expect(new Set(sent)).toEqual(new Set(['a']))
  })
})

describe('rewriting', () => {
  it.each([
    ['https://a.example/shop/x?y#z', 'https://mine.example/x?y#z'],
    ['https://a.example/shop', 'https://mine.example/'],
    ['https://a.example/shopping', 'https://a.example/shopping'],
    ['https://other.example/shop/x', 'https://other.example/shop/x'],
    ['/x', '/x'],
  ])('[ORG9] makes %s into %s', (written, outcome) => {
    expect(ours(written, 'https://a.example/shop', 'https://mine.example')).toBe(outcome)
  })

  it('[ORG9] gives cookies for the origin’s host to the host that was asked', () => {
    const headers = new Headers({ location: 'https://www.a.example/in' })
    headers.append('set-cookie', 'a=1; Domain=.a.example; Path=/')
    headers.append('set-cookie', 'b=2; domain=other.example')
    const answer = rewritten(
      new Response(null, { status: 302, headers }),
      'https://www.a.example',
      'https://mine.example',
    )
    expect([answer.headers.get('location'), ...answer.headers.getSetCookie()]).toEqual([
      'https://mine.example/in',
      'a=1; Path=/',
      'b=2; domain=other.example',
    ])
  })
})

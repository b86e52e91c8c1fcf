/** Several isolates and one pool's object, without a network between them that could not be cut. */
import { beforeEach, describe, expect, it } from 'vitest'
import { PoolKeeper } from '../../domain/origin/keeper.ts'
import { MemoryPoolStore } from '../../domain/origin/memory-store.ts'
import { anOrigin, aPool, CHECKUP } from '../../domain/origin/testing.ts'
import { Unreachable } from '../http-cache/asking.ts'
import { Pools } from './pools.ts'

let now: number
let keeper: PoolKeeper
let isCut: boolean
let told: number
let behind: Promise<unknown>[]
/** Who is away. */
let away: Set<string>
let sent: string[]

beforeEach(() => {
  now = 1_000_000_000
  keeper = new PoolKeeper(new MemoryPoolStore(), { now: () => now })
  isCut = false
  told = 0
  behind = []
  away = new Set()
  sent = []
})

const shop = aPool([anOrigin('main'), anOrigin('spare', { isBackup: true })], {
  breaker: { badInRow: 5, restMs: 60_000 },
  checkup: CHECKUP,
})
const canaried = aPool([anOrigin('main'), anOrigin('new', { weight: 0 })], { canary: { origin: 'new', percent: 10 } })

/** One request to one isolate, and what was begun behind it. */
async function ask(isolate: Pools, pool = shop, visitorShare = 0): Promise<string> {
  const answer = isolate.ask('edition', pool, {
    method: 'GET',
    hasBody: false,
    visitorShare,
    country: null,
    now: () => now,
    send: async ({ name }) => {
      sent.push(name)
      if (away.has(name)) throw new Unreachable('destination_unavailable')
      return new Response(name)
    },
    telling: {
      version: 1,
      desk: () => ({
        tell: async (report) => {
          told += 1
          if (isCut) throw new Error('the object is away')
          return keeper.tell(report)
        },
        seen: async () => keeper.seen(),
      }),
      waitUntil: (work) => void behind.push(work),
    },
  })
  const response = await answer
  await Promise.all(behind.splice(0))
  return response.text()
}

function checkUp(times: number): void {
  for (let n = 0; n < times; n++) {
    for (const due of keeper.beginCheckups(now)) {
      keeper.checked(due, { at: now, tookMs: 1, status: away.has(due.origin.name) ? null : 200 })
    }
  }
}

describe('isolates that share what they know', () => {
  it('[ORG18] leave an origin alone that another isolate has found to be away', async () => {
    const [busy, calm] = [new Pools(), new Pools()]
    away.add('main')
    await ask(calm)
    for (let n = 0; n < 12; n++) {
      now += 1000
      await ask(busy)
    }
    expect(keeper.seen()?.origins[0]?.restsMs).toBeGreaterThan(0)
    now += 1000
    await ask(calm)
    sent.length = 0
    for (let n = 0; n < 20; n++) expect(await ask(calm)).toBe('spare')
    expect(sent).not.toContain('main')
  })

  it('[ORG18] tell once a second at most, however many ask, and an outage at once', async () => {
    const isolate = new Pools()
    for (let n = 0; n < 50; n++) await ask(isolate)
    expect(told).toBe(1)
    away.add('main')
    for (let n = 0; n < 5; n++) await ask(isolate)
    expect(told).toBe(2)
    now += 1000
    await ask(isolate)
    expect(told).toBe(3)
    expect(keeper.seen()?.origins.map(({ answers }) => [answers.answers, answers.bad])).toEqual([
      [55, 5],
      [5, 0],
    ])
  })

  it('[ORG19] leave alone who is ill by the pool’s questions, until it is well by them', async () => {
    const isolate = new Pools()
    await ask(isolate)
    away.add('main')
    checkUp(3)
    now += 1000
    await ask(isolate)
    sent.length = 0
    for (let n = 0; n < 3; n++) await ask(isolate)
    expect(sent).toEqual(['spare', 'spare', 'spare'])
    away.clear()
    checkUp(2)
    now += 1000
    await ask(isolate)
    expect(await ask(isolate)).toBe('main')
  })

  it('[ORG20] go by what they see themselves where the object is away, and nobody waits for it', async () => {
    const isolate = new Pools()
    await ask(isolate)
    away.add('main')
    checkUp(3)
    now += 1000
    await ask(isolate)
    isCut = true
    away.clear()
    now += 4_999
    expect(await ask(isolate)).toBe('spare')
    now += 1
    expect(await ask(isolate)).toBe('main')
    isCut = false
    now += 1000
    await ask(isolate)
    expect(keeper.seen()?.origins[1]?.answers.answers).toBeGreaterThan(0) // what could not be told is told later
  })

  it('[ORG20] ask all the same where everybody is ill by the pool’s questions', async () => {
    const isolate = new Pools()
    await ask(isolate)
    away = new Set(['main', 'spare'])
    checkUp(3)
    away.clear()
    now += 1000
    await ask(isolate)
    expect(await ask(isolate)).toBe('main')
  })

  it('[ORG13] withdraw a canary together, none having seen enough of it', async () => {
    const isolates = Array.from({ length: 12 }, () => new Pools())
    away.add('new')
    for (let round = 0; round < 4; round++) {
      now += 1000
      for (const isolate of isolates) {
        await ask(isolate, canaried, 0.05)
        for (let n = 0; n < 9; n++) await ask(isolate, canaried, 0.5)
      }
    }
    now += 1000
    for (const isolate of isolates) await ask(isolate, canaried, 0.5)
    sent.length = 0
    for (const isolate of isolates) await ask(isolate, canaried, 0.05)
    expect(new Set(sent)).toEqual(new Set(['main']))
  })
})

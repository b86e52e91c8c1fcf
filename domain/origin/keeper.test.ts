import { beforeEach, describe, expect, it } from 'vitest'
import type { PoolNews } from '../message/pool-desk.ts'
import { afterCheckup, NEVER_CHECKED, type Checkup } from './checkup.ts'
import { PoolKeeper } from './keeper.ts'
import { MemoryPoolStore } from './memory-store.ts'
import type { Pool } from './rule-file.ts'
import { counted, isOutlier, lately, nothingLately, type Tally } from './tally.ts'
import { anOrigin, aPool, CHECKUP } from './testing.ts'

const MINUTE_MS = 60_000
const tally = (answers: number, bad: number, ms = 50): Tally => ({ answers, bad, tookMs: answers * ms })

let now: number
let store: MemoryPoolStore
let keeper: PoolKeeper

beforeEach(() => {
  now = 1_000_000_000
  store = new MemoryPoolStore()
  evict()
})

/** What was in memory is gone. */
function evict(): void {
  keeper = new PoolKeeper(store, { now: () => now })
}

const pair = aPool([anOrigin('a'), anOrigin('b')])
const tell = (answers: Record<string, Tally>, pool: Pool = pair, version = 1): PoolNews =>
  keeper.tell({ version, pool, answers })

describe('outliers', () => {
  it.each([
    ['fails while another does well', tally(20, 10), tally(20, 1), true],
    ['fails now and then', tally(20, 9), tally(20, 0), false],
    ['fails as they all do', tally(20, 18), tally(20, 15), false],
    ['has hardly been asked', tally(9, 8), tally(20, 0), false],
    ['has hardly been asked, and never answered', tally(5, 5), tally(20, 0), true],
    ['is all there is', tally(50, 50), tally(2, 0), false],
  ])('[ORG18] are told by the others: one that %s', (_, mine, others, outcome) => {
    expect(isOutlier(mine, others)).toBe(outcome)
  })

  it('[ORG18] are judged by the last five to ten seconds', () => {
    let known = counted(nothingLately(0), tally(5, 5), 0)
    known = counted(known, tally(1, 0), 5000)
    expect([lately(known, 9_999).answers, lately(known, 10_000).answers, lately(known, 20_000).answers]).toEqual([
      6, 1, 0,
    ])
    expect(lately(known, -1).answers).toBe(0)
  })

  it('[ORG18] rest by what several isolates have seen together, twice as long each time', () => {
    expect(tell({ a: tally(4, 4), b: tally(20, 0) }).resting).toEqual({})
    expect(tell({ a: tally(4, 4), b: tally(6, 0) }).resting).toEqual({ a: 2000 })
    now += 500
    expect(tell({ a: tally(50, 50) }).resting).toEqual({ a: 1500 })
    now += 12_000
    expect(tell({ a: tally(20, 20), b: tally(20, 0) }).resting).toEqual({ a: 4000 })
    now += 10 * MINUTE_MS
    expect(tell({ a: tally(20, 20), b: tally(20, 0) }).resting).toEqual({ a: 2000 })
  })

  it('[ORG18] rest over an eviction, and no longer than until the rules are saved anew', () => {
    tell({ a: tally(20, 20), b: tally(20, 0) })
    evict()
    expect(tell({}).resting).toEqual({ a: 2000 })
    expect(tell({}, pair, 2).resting).toEqual({})
  })

  it('[ORG18] are not judged by whoever still goes by an older file', () => {
    tell({}, pair, 2)
    const news = tell({ a: tally(20, 20), b: tally(20, 0) }, pair, 1)
    expect(news).toEqual({ version: 2, ill: [], resting: {}, isCanaryWithdrawn: false })
    expect(tell({}, pair, 2).resting).toEqual({})
  })
})

describe('a canary', () => {
  const split = aPool([anOrigin('a'), anOrigin('new', { weight: 0 })], { canary: { origin: 'new', percent: 5 } })

  it.each([
    ['withdrawn: errors', tally(4, 2)],
    ['withdrawn: slow', tally(4, 0, 700)],
  ])('[ORG13] is %s by what ten isolates have seen together, none of them enough', (verdict, seen) => {
    const news = Array.from({ length: 10 }, () => tell({ new: seen, a: tally(40, 0) }, split))
    expect(news.map(({ isCanaryWithdrawn }) => isCanaryWithdrawn)).toEqual([...Array(7).fill(false), true, true, true])
    expect(keeper.seen()?.canary).toMatchObject({ verdict, withdrawnAt: now })
    evict()
    expect(tell({ new: tally(100, 0), a: tally(100, 0) }, split).isCanaryWithdrawn).toBe(true)
    expect(tell({}, split, 2).isCanaryWithdrawn).toBe(false)
  })
})

describe('questions', () => {
  const looked = aPool([anOrigin('a'), anOrigin('b')], { checkup: CHECKUP })
  const verdicts = (statuses: (number | null)[]): Checkup['verdict'][] => {
    let checkup = NEVER_CHECKED
    return statuses.map((status, at) => {
      checkup = afterCheckup(checkup, { at, tookMs: 1, status }, CHECKUP)
      return checkup.verdict
    })
  }

  it('[ORG19] find ill after three bad answers in a row, and well again after two good ones', () => {
    expect(verdicts([200, 500, null, 200, 500, 301, 404])).toEqual([...Array(6).fill('well'), 'ill'])
    expect(verdicts([null, null, null, 200, null, 200, 200])).toEqual([
      ...['unknown', 'unknown', 'ill', 'ill', 'ill', 'ill', 'well'],
    ])
  })

  it('[ORG19] are put at the interval while somebody comes, and no longer than five minutes after', () => {
    expect(keeper.nextCheckupAt()).toBeNull()
    tell({}, looked)
    expect(keeper.nextCheckupAt()).toBe(now)
    expect(keeper.beginCheckups(now).map(({ origin }) => origin.name)).toEqual(['a', 'b'])
    expect(keeper.nextCheckupAt()).toBe(now + 5000)
    now += 5 * MINUTE_MS
    expect(keeper.nextCheckupAt()).toBeNull()
    expect(keeper.seen()?.isLookedAfter).toBe(false)
    tell({}, looked)
    expect(keeper.nextCheckupAt()).toBe(now)
    tell({}, pair, 2)
    expect([keeper.nextCheckupAt(), keeper.beginCheckups(now)]).toEqual([null, []])
  })

  it('[ORG19] make a verdict that outlives an eviction, and is all that is written', () => {
    tell({}, looked)
    const [a, b] = keeper.beginCheckups(now)
    const written = store.written
    for (let i = 0; i < 3; i++) {
      keeper.checked(a!, { at: now, tookMs: 5, status: 503 })
      keeper.checked(b!, { at: now, tookMs: 5, status: 200 })
    }
    expect(store.written - written).toBe(2)
    evict()
    expect(tell({}, looked).ill).toEqual(['a'])
    const later = keeper.beginCheckups(now)[0]!
    tell({}, looked, 2)
    keeper.checked(later, { at: now, tookMs: 5, status: 503 })
    expect(keeper.seen()?.origins[0]?.checkup).toEqual(NEVER_CHECKED)
  })

  it('[ORG19] write once a minute that somebody has come, however many do', () => {
    tell({}, looked)
    const written = store.written
    for (let second = 0; second < 120; second++) {
      now += 1000
      tell({ a: tally(100, 0), b: tally(100, 1) }, looked)
    }
    expect(store.written - written).toBe(2)
  })
})

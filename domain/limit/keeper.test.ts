import { beforeEach, describe, expect, it } from 'vitest'
import type { PermitRequest } from '../message/limit-desk.ts'
import { LimitKeeper, WORTH_A_ROW_MS } from './keeper.ts'
import { MemoryLimitStore } from './memory-store.ts'

const START = Date.UTC(2026, 10, 20, 10)
const asked: PermitRequest = {
  key: 'k',
  rate: { units: 60, windowMs: 60_000, burst: 20 },
  ...{ want: 1, owed: 0, unused: null },
}

describe('the judge of many keys', () => {
  let now = START
  let store: MemoryLimitStore
  let keeper: LimitKeeper
  const wakes = () => (keeper = new LimitKeeper(store, { now: () => now }))
  const takes = (count: number) => Array.from({ length: count }, () => keeper.permits(asked).granted)

  beforeEach(() => {
    now = START
    store = new MemoryLimitStore()
    wakes()
  })

  it('[LIM3] counts each key alone', () => {
    expect(keeper.permits({ ...asked, want: 30 })).toMatchObject({ granted: 20, remaining: 0, retryMs: 1000 })
    expect(keeper.permits({ ...asked, key: 'other' })).toMatchObject({ granted: 1, remaining: 19, retryMs: 0 })
  })

  it('[LIM4] takes back what was not used, and never more than it would have had', () => {
    keeper.permits({ ...asked, want: 5 })
    now += 1500
    const { grantedAt } = keeper.permits({ ...asked, want: 10 })
    now += 100
    // 3.5 s ahead before the grant: as much is certain to be still there.
    expect(keeper.permits({ ...asked, want: 20, unused: { count: 8, grantedAt } }).granted).toBe(10)
    now += 60_000
    expect(keeper.permits({ ...asked, want: 40, unused: { count: 20, grantedAt } }).granted).toBe(20)
  })

  it('[LIM4] takes a permit back whose work failed, and never more than were taken', () => {
    expect(takes(21)).toEqual([...Array.from({ length: 20 }, () => 1), 0])
    keeper.handBack('k', asked.rate)
    expect(takes(2)).toEqual([1, 0])
    for (let i = 0; i < 30; i += 1) keeper.handBack('k', asked.rate)
    expect(takes(21)).toEqual([...Array.from({ length: 20 }, () => 1), 0])
    keeper.handBack('never taken', asked.rate)
    expect(keeper.permits({ ...asked, key: 'never taken', want: 30 }).granted).toBe(20)
  })

  it('[LIM5] sends those whom it refuses together one after another, and nobody far', () => {
    takes(20)
    const turns = Array.from({ length: 8 }, () => keeper.permits(asked).retryMs)
    expect(turns).toEqual([1000, 2000, 3000, 4000, 5000, 5000, 5000, 5000])
  })

  it('[LIM16] keeps nobody out for hours when a clock that was ahead is set back, evicted or not', () => {
    now += 5 * 3_600_000
    takes(30)
    now = START
    expect(takes(1)).toEqual([0])
    now += 60_000
    wakes()
    expect(takes(1)).toEqual([0])
    now += 82_000
    expect(takes(1)).toEqual([1])
    wakes() // from a row that was written anew
    now += 30_000
    expect(takes(1)).toEqual([1])
  })

  it('[LIM6] is never more generous after an eviction, and a quarter of the burst stricter at most', () => {
    expect(takes(12)).toEqual(Array.from({ length: 12 }, () => 1))
    wakes()
    const { granted } = keeper.permits({ ...asked, want: 20 })
    expect(granted).toBeLessThanOrEqual(8)
    expect(granted).toBeGreaterThanOrEqual(3)
  })

  it('[LIM6] writes no row for what is forgiven within seconds, and few for the rest', () => {
    takes(WORTH_A_ROW_MS / 1000 - 1)
    expect(store.written).toBe(0)
    takes(30)
    expect(store.written).toBe(3)
  })

  it('[LIM6] forgets the rows of those who have rested, and says when to look again', () => {
    takes(20)
    expect(keeper.forgetRested()).toBe(START + 22_000)
    now = START + 25_000
    expect(keeper.forgetRested()).toBeUndefined()
    expect(store.rows.size).toBe(0)
  })
})

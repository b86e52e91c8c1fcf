import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICIES, policyFor, rateUnder, type LimitClass } from './policies.ts'

describe('policies', () => {
  it.each<[LimitClass, number, number]>([
    ['operator-write', 60, 20],
    ['buying', 60, 20],
    ['visiting', 60, 20],
  ])('[LIM10] are sixty a minute and twenty at once: %s', (limitClass, units, burst) => {
    expect(DEFAULT_POLICIES[limitClass].rate).toEqual({ units, windowMs: 60_000, burst })
  })

  it('[LIM10] are changed for all, for a store, and for a key: the closest word counts', () => {
    const said = (per_minute: number) => ({ per_minute, burst: 1 })
    const settings = {
      classes: { 'operator-write': said(100) },
      stores: { store_a: { 'operator-write': said(200) } },
      keys: { key_1: said(300) },
    }
    const units = (storeId: string, keyId?: string) => policyFor(settings, 'operator-write', storeId, keyId).rate.units
    expect([units('store_b'), units('store_a'), units('store_a', 'key_2'), units('store_a', 'key_1')]).toEqual([
      100, 200, 200, 300,
    ])
    expect(policyFor(settings, 'buying', 'store_a')).toBe(DEFAULT_POLICIES.buying)
  })

  it.each<[LimitClass, 'open' | 'closed']>([
    ['operator-write', 'closed'],
    ['buying', 'closed'],
    ['newcomers', 'closed'],
    ['letters', 'closed'],
    ['network-letters', 'closed'],
    ['operator-read', 'open'],
    ['visiting', 'open'],
    ['reading', 'open'],
  ])('[LIM11] say what happens while their judge is away: %s %s', (limitClass, whenAway) => {
    expect(DEFAULT_POLICIES[limitClass].whenAway).toBe(whenAway)
  })

  it('[LIM12] give newcomers a quarter under load, and everybody else what they had', () => {
    const { newcomers, buying } = DEFAULT_POLICIES
    expect(rateUnder(newcomers, 'newcomers', true)).toEqual({ units: 750, windowMs: 60_000, burst: 250 })
    expect(rateUnder(newcomers, 'newcomers', false)).toBe(newcomers.rate)
    expect(rateUnder(buying, 'buying', true)).toBe(buying.rate)
  })
})

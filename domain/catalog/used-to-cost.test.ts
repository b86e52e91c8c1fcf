import { describe, expect, it } from 'vitest'
import { reducedFrom, usedToCost } from './used-to-cost.ts'

describe('what something used to cost', () => {
  it.each([
    [2_000, 1_500, 2_000],
    [1_501, 1_500, 1_501],
    [1_500, 1_500, null],
    [1_000, 1_500, null],
    [null, 1_500, null],
    [2_000, null, null],
  ])('[CAT21] %s before and %s now is said as %s', (before, now, said) => {
    expect(usedToCost(before, now)).toBe(said)
  })

  it('[CAT21] is said in no other currency than what it costs', () => {
    const now = { amount: 1_500, currency: 'EUR' }
    expect(reducedFrom({ amount: 2_000, currency: 'EUR' }, now)).toEqual({ amount: 2_000, currency: 'EUR' })
    expect(reducedFrom({ amount: 1_500, currency: 'EUR' }, now)).toBeNull()
    expect(reducedFrom({ amount: 9_000, currency: 'JPY' }, now)).toBeNull()
    expect(reducedFrom(null, now)).toBeNull()
  })
})

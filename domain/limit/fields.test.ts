import { describe, expect, it } from 'vitest'
import { comeBackMs, limitField, policyField } from './fields.ts'

describe('the fields of a limit', () => {
  it('[LIM8] say the policy as a structured list, and the burst under a name of our own', () => {
    const minute = { name: 'operator-write', rate: { units: 60, windowMs: 60_000, burst: 20 } }
    const odd = { name: 'a "b" \\', rate: { units: 5, windowMs: 1500, burst: 1 } }
    expect(policyField([minute])).toBe('"operator-write";q=60;w=60;onrush-burst=20')
    expect(policyField([minute, odd])).toBe(
      '"operator-write";q=60;w=60;onrush-burst=20, "a \\"b\\" \\\\";q=5;w=2;onrush-burst=1',
    )
  })

  it.each([
    [41, 36_001, '"minute";r=41;t=37'],
    [0, 0, '"minute";r=0;t=0'],
    [-3, -1, '"minute";r=0;t=0'],
    [1e18, 1e30, '"minute";r=999999999999999;t=999999999999999'],
  ])('[LIM8] say what is left, and for how many whole seconds: %#', (remaining, resetMs, field) => {
    expect(limitField([{ name: 'minute', remaining, resetMs }])).toBe(field)
  })

  it('[LIM8] refuse a name that is no text of a structured field', () => {
    expect(() => limitField([{ name: 'ö', remaining: 1, resetMs: 1 }])).toThrow('ASCII')
  })

  it.each([
    [1, 0, 1000],
    [1, 0.999, 2998],
    [1000, 0, 1000],
    [1001, 0, 2000],
    [60_000, 0.5, 67_500],
  ])('[LIM9] tell nobody to come back before the field says, nor all at once: %#', (retryMs, chance, expected) => {
    expect(comeBackMs(retryMs, chance)).toBe(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { milliseconds, spreadOf } from './spread.ts'

describe('a spread', () => {
  it('[RPL2] is taken by the nearest rank, from every value there is', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(spreadOf(hundred)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99, most: 100 })
  })

  it.each([
    [[7], { count: 1, p50: 7, p95: 7, p99: 7, most: 7 }],
    [[1, 2], { count: 2, p50: 1, p95: 2, p99: 2, most: 2 }],
    [[10, 9, 100], { count: 3, p50: 10, p95: 100, p99: 100, most: 100 }],
    [[], { count: 0, p50: 0, p95: 0, p99: 0, most: 0 }],
  ])('[RPL2] of %j is no guess', (values, spread) => {
    expect(spreadOf(values)).toEqual(spread)
  })

  it('[RPL2] says nothing of nothing', () => {
    expect(milliseconds(spreadOf([]))).toBe('-')
    expect(milliseconds(spreadOf([1.4, 2.6]))).toBe('1 / 3 / 3')
  })
})

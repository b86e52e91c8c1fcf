import { describe, expect, it } from 'vitest'
import { Earliest } from './earliest.ts'

describe('a copy of the earliest due time', () => {
  it('[HLD4] is never later than the rows, and looks at them only when it may be earlier', () => {
    let rows = [30, 20]
    let looks = 0
    const next = new Earliest(() => {
      looks += 1
      return rows.length === 0 ? null : Math.min(...rows)
    })
    expect([next.at(), next.at(), looks]).toEqual([20, 20, 1])
    rows.push(25)
    next.isAtMost(25)
    expect([next.at(), looks]).toEqual([20, 1])
    rows.push(10)
    next.isAtMost(10)
    expect([next.at(), looks]).toEqual([10, 1])
    rows = []
    next.forget()
    expect([next.at(), looks]).toEqual([null, 2])
    rows = [5]
    next.isAtMost(5)
    expect([next.at(), looks]).toEqual([5, 2])
  })

  it('[HLD4] of which nothing is known yet is not made up from what is written', () => {
    const next = new Earliest(() => 20)
    next.isAtMost(50)
    expect(next.at()).toBe(20)
  })
})

import { describe, expect, it } from 'vitest'
import { Earliest } from './earliest.ts'

const NEVER = (): number => 0

describe('a copy of the earliest due time', () => {
  it('[HLD4] is never later than the rows, and looks at them only when it may be earlier', () => {
    let rows = [30, 20]
    let looks = 0
    const next = new Earliest(() => {
      looks += 1
      return rows.length === 0 ? null : Math.min(...rows)
    }, NEVER)
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
    const next = new Earliest(() => 20, NEVER)
    next.isAtMost(50)
    expect(next.at()).toBe(20)
  })

  it('[HLD4] that was made within a transaction is gone with it', () => {
    let rows: number | null = 20
    let undone = 0
    const next = new Earliest(
      () => rows,
      () => undone,
    )
    rows = null // ended, and looked up, within a transaction that then fails
    expect(next.at()).toBeNull()
    rows = 20
    undone += 1
    next.isAtMost(30)
    expect(next.at()).toBe(20)
  })
})

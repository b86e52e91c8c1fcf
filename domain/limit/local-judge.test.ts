import { describe, expect, it } from 'vitest'
import { LocalJudge } from './local-judge.ts'

const RATE = { units: 60, windowMs: 60_000, burst: 2 }

describe('a judge with nothing but memory', () => {
  it('[LIM3] counts each key alone', () => {
    const judge = new LocalJudge(10)
    const allowed = (key: string, now: number) => judge.judge(key, RATE, now).allowed
    expect([allowed('a', 0), allowed('a', 0), allowed('a', 0), allowed('b', 0), allowed('a', 1000)]).toEqual([
      ...[true, true, false, true, true],
    ])
  })

  it('[LIM16] keeps nobody out for hours when a clock that was ahead is set back', () => {
    const judge = new LocalJudge(4)
    const hours = 5 * 3_600_000
    while (judge.judge('a', RATE, hours).allowed);
    const refused = judge.judge('a', RATE, 0)
    expect(refused.allowed).toBe(false)
    expect(judge.judge('a', RATE, Number('retryMs' in refused && refused.retryMs)).allowed).toBe(true)
  })

  it('[LIM13] remembers so many keys, and forgets those first that have rested', () => {
    const judge = new LocalJudge(4)
    const uses = (key: string, now: number) => judge.judge(key, RATE, now).allowed
    for (const key of ['a', 'b', 'c']) uses(key, 0)
    uses('busy', 1000)
    uses('busy', 1000)
    uses('new', 1001)
    expect(uses('busy', 1001)).toBe(false)
    for (const key of ['d', 'e', 'f', 'g', 'h', 'i', 'j']) uses(key, 1001)
    expect(uses('busy', 1001)).toBe(true)
  })
})

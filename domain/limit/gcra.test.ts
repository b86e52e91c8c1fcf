import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aheadMs, giveBack, judge, owing, restedAt, stepOf, takeUpTo, type Rate, type Tat } from './gcra.ts'

const START = Date.UTC(2026, 10, 20, 10)
const MINUTELY: Rate = { units: 60, windowMs: 60_000, burst: 20 }
const us = (ms: number): number => ms * 1000

describe('a rate', () => {
  it.each([
    // so much used, after so long, at a cost: what is left, when all is back, when to come again
    ['the first', 0, 0, 1, true, 19, 1000, 0],
    ['the twentieth at once', 19, 0, 1, true, 0, 20_000, 0],
    ['the twenty-first at once', 20, 0, 1, false, 0, 20_000, 1000],
    ['a microsecond of a thousand too early', 20, 999, 1, false, 0, 19_001, 1],
    ['when one has grown back', 20, 1000, 1, true, 0, 20_000, 0],
    ['half a permit later', 20, 500, 1, false, 0, 19_500, 500],
    ['three at once', 10, 0, 3, true, 7, 13_000, 0],
    ['more at once than are left', 18, 0, 3, false, 2, 18_000, 1000],
    ['all at once', 0, 0, 20, true, 0, 20_000, 0],
    ['after a rest that gives more than all', 20, 60_000, 1, true, 19, 1000, 0],
    ['a peek', 5, 0, 0, true, 15, 5000, 0],
    ['a peek at nothing left', 20, 0, 0, true, 0, 20_000, 0],
  ])('[LIM1] judges %s', (_, used, afterMs, cost, allowed, remaining, resetMs, retryMs) => {
    const tat = used === 0 ? undefined : us(START + used * 1000)
    const verdict = judge(MINUTELY, tat, START + afterMs, cost)
    expect(verdict).toMatchObject({ allowed, remaining, resetMs, ...(allowed ? {} : { retryMs }) })
  })

  it('[LIM1] [LIM2] changes nothing by a refusal or a peek', () => {
    const full = us(START + 20_000)
    expect(judge(MINUTELY, full, START).tat).toBe(full)
    expect(judge(MINUTELY, full, START + 500, 0).tat).toBe(full)
  })

  it('[LIM2] refuses for good what costs more than a burst, and says no time', () => {
    expect(judge(MINUTELY, undefined, START, 21)).toMatchObject({ allowed: false, retryMs: null, remaining: 20 })
  })

  it.each([
    [{ units: 60, windowMs: 60_000, burst: 1 }, 1_000_000],
    [{ units: 7, windowMs: 1000, burst: 1 }, 142_858],
    [{ units: 100_000, windowMs: 60_000, burst: 1 }, 600],
  ])('[LIM1] counts in whole microseconds, and rounds in nobody’s favour: %#', (rate, step) => {
    expect(stepOf(rate)).toBe(step)
  })

  const rates = fc.record({
    units: fc.integer({ min: 1, max: 10_000 }),
    windowMs: fc.integer({ min: 1000, max: 3_600_000 }),
    burst: fc.integer({ min: 1, max: 500 }),
  })
  const arrivals = fc.array(fc.record({ afterMs: fc.nat(2000), cost: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 80,
  })

  it('[LIM1] never lets more pass in any stretch of time than a burst and what grows back in it', () => {
    fc.assert(
      fc.property(rates, arrivals, (rate, asked) => {
        let now = START
        let tat: Tat
        const passed: { at: number; cost: number }[] = []
        for (const { afterMs, cost } of asked) {
          now += afterMs
          const verdict = judge(rate, tat, now, cost)
          tat = verdict.tat
          if (verdict.allowed) passed.push({ at: now, cost })
        }
        for (const [i, first] of passed.entries()) {
          let sum = 0
          for (const { at, cost } of passed.slice(i)) {
            sum += cost
            expect(sum).toBeLessThanOrEqual(rate.burst + ((at - first.at) * rate.units) / rate.windowMs + 1e-9)
          }
        }
      }),
    )
  })

  it('[LIM1] keeps its word about when to come again, and not a millisecond sooner', () => {
    fc.assert(
      fc.property(rates, fc.nat(400), fc.nat(5000), (rate, used, afterMs) => {
        const { tat } = takeUpTo(rate, undefined, START, used)
        const verdict = judge(rate, tat, START + afterMs)
        if (verdict.allowed) return
        const retryAt = START + afterMs + Math.ceil(verdict.retryMs!)
        expect(judge(rate, tat, retryAt).allowed).toBe(true)
        expect(judge(rate, tat, retryAt - 1).allowed).toBe(false)
      }),
    )
  })
})

describe('a clock that was hours ahead', () => {
  const HOURS_MS = 5 * 3_600_000

  it('[LIM16] keeps nobody out for longer than a window and two bursts', () => {
    const { tat } = takeUpTo(MINUTELY, undefined, START + HOURS_MS, 20)
    const verdict = judge(MINUTELY, tat, START)
    expect(verdict).toMatchObject({ allowed: false, retryMs: 60_000 + 20_000 + 1000 })
    // The same once more, a minute later: it is not put off again.
    expect(judge(MINUTELY, verdict.tat, START + 60_000)).toMatchObject({ allowed: false, retryMs: 21_000 })
    expect(judge(MINUTELY, verdict.tat, START + 81_000).allowed).toBe(true)
  })
})

describe('permits', () => {
  it('[LIM3] are granted as many as there are', () => {
    const first = takeUpTo(MINUTELY, undefined, START, 15)
    expect(first.granted).toBe(15)
    const second = takeUpTo(MINUTELY, first.tat, START, 15)
    expect(second.granted).toBe(5)
    expect(takeUpTo(MINUTELY, second.tat, START, 1)).toEqual({ granted: 0, tat: second.tat })
  })

  it('[LIM3] that were used before anybody was asked count all the same', () => {
    const { tat } = takeUpTo(MINUTELY, owing(MINUTELY, undefined, START, 25), START, 1)
    expect(judge(MINUTELY, tat, START)).toMatchObject({ allowed: false, retryMs: 6000 })
  })

  it('[LIM4] that come back unused leave the key exactly as if they had never been taken', () => {
    const uses = fc.array(fc.record({ afterMs: fc.nat(3000), cost: fc.integer({ min: 1, max: 5 }) }), { maxLength: 30 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), uses, (unused, later) => {
        const rate = { ...MINUTELY, burst: 40 }
        let now = START
        let taken: Tat = owing(rate, undefined, now, unused)
        let never: Tat
        let least = Infinity
        for (const { afterMs, cost } of later) {
          now += afterMs
          least = Math.min(least, aheadMs(taken, now))
          taken = owing(rate, taken, now, cost)
          never = owing(rate, never, now, cost)
        }
        const back = giveBack(rate, taken, unused, Math.min(least, aheadMs(taken, now)))
        expect(Math.max(back!, us(now))).toBe(Math.max(never ?? 0, us(now)))
      }),
    )
  })

  it('[LIM4] come back to a key that nobody has used as nothing', () => {
    expect(giveBack(MINUTELY, undefined, 3, 1000)).toBeUndefined()
    expect(restedAt(undefined)).toBe(0)
  })
})

/** The end of a sale, when few units are left and many of the line have gone home. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Digest } from './bytes.ts'
import { GRACE_MS, HUNGRY_MS, PATIENCE_MS, PROMPT_MS, type Call } from './admission.ts'
import { hopesOf, remember, stillHungry } from './show-up.ts'
import { NOON, TestRoom, dropTerms, roomTerms, units } from './testing.ts'

const sha256: Digest = (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest())

/** A line of so many people, in order, before so many units. */
function lineBefore(people: number, free: number, room: Partial<ReturnType<typeof roomTerms>> = {}) {
  const test = new TestRoom(sha256, {
    terms: dropTerms({ room: roomTerms({ insideMax: 200, admissionsPerMinute: 6000, ...room }) }),
  })
  test.stock = units(free)
  const visitors = Array.from({ length: people }, (_, i) => `vis_${i}`)
  visitors.forEach((visitor) => test.joins(visitor))
  test.now = NOON
  test.opens()
  return { test, line: visitors.toSorted((a, b) => test.position(a)! - test.position(b)!) }
}

const called = (test: TestRoom): number => test.drop.now()!.room!.admittedThrough

const comesIn = (test: TestRoom, visitor: string): string => {
  const answer = test.asksForPass(visitor)
  return answer.ok ? answer.value.passId : answer.refusal.code
}

describe('the last units', () => {
  it('[ROM21] do not wait for those who have gone home: 240 absent people are passed within 90 s, for one unit', () => {
    const { test } = lineBefore(300, 1)
    for (let second = 0; second < 90; second++) {
      test.passes(1000)
      const { inside, called: expected } = test.drop.now()!.room!
      expect(inside + expected).toBeLessThanOrEqual(200)
    }
    expect(called(test)).toBeGreaterThan(240)
  })

  it('[ROM21] do not wait in a small room either, longer than its places are kept for', () => {
    const { test } = lineBefore(100, 1, { insideMax: 5 })
    test.passes(60_000)
    expect(called(test)).toBeGreaterThanOrEqual(20)
  })

  it('[ROM21] are first for those who come: with everybody there, as many are called as there are units', () => {
    const { test, line } = lineBefore(300, 20)
    let sold = 0
    for (let second = 0; second < 10; second++) {
      for (; sold < called(test) && sold < 5 * second; sold++) test.passIs('used', comesIn(test, line[sold]!))
      test.hears(units(20 - sold, sold))
      expect(called(test)).toBe(20)
      test.passes(1000)
    }
  })

  it('[ROM21] are remembered to be scarce of takers: the next unit that returns is offered to more', () => {
    const { test } = lineBefore(1000, 1)
    test.passes(60_000)
    const before = called(test)
    test.hears(units(0, 1))
    test.passes(60_000)
    test.evict()
    test.hears(units(1))
    test.passes(PROMPT_MS)
    expect(called(test) - before).toBeGreaterThanOrEqual(20)
  })

  it('[ROM8] are the next one’s when somebody inside was refused what they wanted', () => {
    const { test, line } = lineBefore(10, 1)
    const passId = comesIn(test, line[0]!)
    test.passes(1000)
    expect(called(test)).toBe(1)
    test.drop.hearOfPasses([{ what: 'refused', passId }])
    test.drop.hearOfPasses([{ what: 'refused', passId }])
    expect(called(test)).toBe(2)
    expect(comesIn(test, line[0]!)).toBe(passId)
    expect(test.drop.now()!.room!.inside).toBe(1)
  })

  it('[ROM7] leave whoever missed their call a way back, and say until when; a used pass has none', () => {
    const { test, line } = lineBefore(10, 2)
    const standing = (visitor: string) => test.drop.standing(test.position(visitor)!)
    const passId = comesIn(test, line[1]!)
    test.passes(PATIENCE_MS)
    expect(standing(line[0]!)).toEqual({ phase: 'missed', until: NOON + PATIENCE_MS + GRACE_MS })
    expect(comesIn(test, line[0]!)).toBe('not_your_turn_yet') // the next was called meanwhile, and may be on the way
    test.passes(PROMPT_MS)
    expect(comesIn(test, line[0]!)).toMatch(/^pas_/)
    test.passIs('over', passId)
    expect(standing(line[1]!)).toEqual({ phase: 'used' })
  })
})

describe('people who are called within a tenth of a second', () => {
  it('[ROM7] are called together: their patience ends with that of the first', () => {
    const { test } = lineBefore(300, 1000)
    const hears = (at: number) => {
      test.now = NOON + at
      test.hears()
    }
    hears(50)
    hears(150)
    expect(called(test)).toBe(115)
    hears(PATIENCE_MS)
    const phases = [100, 101, 105, 106].map((position) => test.drop.standing(position).phase)
    expect(phases).toEqual(['missed', 'missed', 'missed', 'called'])
  })
})

describe('the hope that somebody comes', () => {
  const call = (changes: Partial<Call> = {}): Call => ({
    ...{ from: 1, through: 10, at: NOON, open: 10, lapsed: false },
    ...changes,
  })

  it('[ROM21] is sure of those who always came, until it is given up', () => {
    expect(hopesOf([call()], [], 1, NOON)).toEqual({ showUp: 1, expected: 10 })
    expect(hopesOf([call()], [], 1, NOON + PROMPT_MS - 1).expected).toBeCloseTo(10)
    expect(hopesOf([call()], [], 1, NOON + PROMPT_MS).expected).toBe(0)
  })

  it('[ROM21] halves with the first who does not come, and is never less than one in twenty', () => {
    const one = call({ through: 1, open: 1 })
    expect(hopesOf([one], [], 1, NOON + PROMPT_MS).showUp).toBe(0.5)
    expect(hopesOf([call({ through: 500, open: 500 })], [], 0.1, NOON + PROMPT_MS).showUp).toBe(0.05)
    expect(hopesOf([call({ open: 0 })], [], 0.1, NOON + PROMPT_MS).showUp).toBeGreaterThan(0.9)
  })

  it('[ROM21] of a share shrinks with the time that they have not come', () => {
    const at = (ms: number) => hopesOf([call()], [], 0.5, NOON + ms).expected
    expect([at(0), at(PROMPT_MS / 2), at(PROMPT_MS)]).toEqual([5, expect.closeTo(10 / 3), 0])
  })

  it('[ROM21] is certain of a latecomer who has just asked', () => {
    const late = { position: 3, askedAt: NOON, calledAt: NOON }
    expect(hopesOf([], [late], 0.2, NOON + 1).expected).toBe(1)
    expect(hopesOf([], [late, { ...late, calledAt: null }], 0.2, NOON + PROMPT_MS).expected).toBe(0)
  })

  it('[ROM21] is kept of what was, each person outweighing a tenth', () => {
    expect(remember(1, call({ open: 0 }))).toBe(1)
    expect(remember(1, call({ through: 1, open: 1 }))).toBeCloseTo(0.9)
    expect(remember(1, call({ through: 100, open: 100 }))).toBeLessThan(0.001)
  })

  it('[ROM8] that somebody inside takes something shrinks where few do', () => {
    const half = { people: 4, leftMs: 2 * HUNGRY_MS }
    expect(stillHungry({ people: 4, leftMs: 4 * HUNGRY_MS }, 0.2)).toBe(4)
    expect(stillHungry(half, 1.5)).toBe(4)
    expect(stillHungry(half, 0.5)).toBeCloseTo(4 / 1.5)
    expect(stillHungry({ people: 0, leftMs: 0 }, 1)).toBe(0)
  })
})

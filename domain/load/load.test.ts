import { describe, expect, it } from 'vitest'
import { Gate, type GateSettings } from './gate.ts'
import { gradientAtFirst, look, type Gradient, type Sample } from './gradient.ts'
import { isLetIn, lotOf, reducedCapacity, TURN_MS, type Work } from './priorities.ts'

const BOUNDS = { least: 20, most: 200 }
const after = (samples: Sample[], from: Gradient = gradientAtFirst(20)): Gradient =>
  samples.reduce((state, sample) => look(state, sample, BOUNDS), from)
const busy = (rttMs: number, inFlight = 200): Sample => ({ rttMs, inFlight, dropped: false })
const usual = (limit: number, longRttMs = 100): Gradient => ({ limit, longRttMs, seen: 1000 })

describe('the gradient', () => {
  it.each<[string, Gradient, Sample, number]>([
    ['grows by a share of the queue while all is as usual', usual(100), busy(100), 100.8],
    ['grows while it takes up to half as long again', usual(100), busy(149), 100.8],
    ['shrinks in proportion when it takes twice as long', usual(100), busy(200), 95.8],
    ['shrinks by a tenth at most in one look', usual(100), busy(5000), 90.8],
    ['stays where nobody comes near it', usual(100), busy(5000, 49), 100],
    ['is never below its least', usual(20), busy(5000), 20],
    ['is never above its most', usual(200), busy(100), 200],
    ['goes down by a tenth when something was refused below', usual(100), { ...busy(100), dropped: true }, 90],
    ['goes down by a tenth whoever is there', usual(100), { ...busy(100, 1), dropped: true }, 90],
  ])('[LOD1] %s', (_, state, sample, limit) => {
    expect(after([sample], state).limit).toBeCloseTo(limit, 0)
  })

  it('[LOD1] takes the plain mean of the first ten for the usual, then a long average', () => {
    const ten = after(Array.from({ length: 10 }, (_, i) => busy(10 * (i + 1))))
    expect(ten.longRttMs).toBeCloseTo(55)
    expect(after([busy(656)], ten).longRttMs).toBeCloseTo(57, 0)
  })

  it('[LOD1] forgets what was usual under load within a minute when the load has gone', () => {
    const calm = after(
      Array.from({ length: 60 }, () => busy(10, 1)),
      usual(100, 500),
    )
    expect(calm.longRttMs).toBeLessThan(25)
  })

  it('[LOD1] settles where answers take half as long again as usual, not at its least', () => {
    // A server that does four hundred a second, one after another.
    let state = usual(200, 60)
    for (let i = 0; i < 60; i += 1) state = look(state, busy((state.limit / 400) * 1000, state.limit), BOUNDS)
    expect(state.limit).toBeGreaterThan(35)
    expect(state.limit).toBeLessThan(55)
  })
})

describe('a gate', () => {
  const open = (settings: Partial<GateSettings> = {}) => {
    const clock = { at: 0, now: () => clock.at }
    return { clock, gate: new Gate({ ...BOUNDS, start: 20, waitMs: { good: 0, most: 60_000 }, ...settings }, clock) }
  }

  it('[LOD2] counts who is inside, once, however often they leave', () => {
    const { gate } = open()
    const [first, second] = [gate.enter(), gate.enter()]
    expect(gate.load).toBe(2 / 20)
    gate.leave(first)
    gate.leave(first)
    expect(gate.load).toBe(1 / 20)
    gate.leave(second)
    expect(gate.load).toBe(0)
  })

  it('[LOD2] looks at a second and ten answers as one', () => {
    const { clock, gate } = open()
    const answers = (count: number, tookMs: number, dropped = false) => {
      const inside = Array.from({ length: count }, () => gate.enter())
      clock.at += tookMs
      for (const one of inside) gate.leave(one, dropped)
    }
    answers(9, 1500)
    expect(gate.limit).toBe(20)
    answers(10, 0)
    expect(gate.limit).toBe(20)
    answers(20, 100)
    expect(gate.limit).toBeCloseTo(20.8)
    answers(20, 1000, true)
    expect(gate.limit).toBe(20)
  })

  it('[LOD7] lets in as many as come out in a good wait, however slow, and never more than come out in the longest', () => {
    const served = (start: number, perSecond: number, tookMs = 1000) => {
      const { clock, gate } = open({ start, least: 10, most: 4000, waitMs: { good: 2000, most: 4000 } })
      for (let second = 0; second < 30; second += 1) {
        const inside = Array.from({ length: perSecond }, () => gate.enter())
        clock.at += tookMs
        for (const one of inside) gate.leave(one)
      }
      return gate.limit
    }
    expect(served(100, 300)).toBeGreaterThanOrEqual(599)
    expect(served(4000, 60, 400)).toBe(4000)
    expect(served(100, 60)).toBeLessThanOrEqual(240)
    expect(served(4000, 60, 3000)).toBeLessThanOrEqual(80)
  })

  it('[LOD2] forgets after a minute who will never come back', () => {
    const { clock, gate } = open()
    for (let i = 0; i < 20; i += 1) gate.enter()
    expect(gate.load).toBe(1)
    clock.at += 60_000
    gate.enter()
    expect(gate.load).toBe(1 / 20)
  })
})

describe('priorities', () => {
  const LAST_FIRST: Work[] = ['crawl', 'search', 'page', 'room', 'hold', 'order', 'payment']

  it('[LOD3] turn away crawlers before searchers, lookers, waiters, buyers, orders and payments', () => {
    const lastLoad = (work: Work) =>
      Array.from({ length: 500 }, (_, i) => i / 100).findLast((at) => isLetIn(work, at, 0))!
    const loads = LAST_FIRST.map(lastLoad)
    expect(loads).toEqual(loads.toSorted((a, b) => a - b))
    expect(new Set(loads).size).toBe(loads.length)
    for (const work of LAST_FIRST) expect(isLetIn(work, 0, 0.999)).toBe(true)
  })

  it.each([
    [0.59, 0.999, true],
    [0.8, 0.49, true],
    [0.8, 0.51, false],
    [0.99, 0.02, true],
    [1, 0, false],
  ])('[LOD3] turn away more of a kind the fuller it is: %d, %d', (load, lot, expected) => {
    expect(isLetIn('hold', load, lot)).toBe(expected)
  })

  it('[LOD4] keep the same people out for a while, and then others', () => {
    const people = Array.from({ length: 2000 }, (_, i) => `vis_${i}`)
    const inside = (now: number) => people.filter((who) => isLetIn('hold', 0.9, lotOf(who, now)))
    expect(inside(TURN_MS)).toEqual(inside(2 * TURN_MS - 1))
    expect(inside(TURN_MS).length).toBeGreaterThan(430)
    expect(inside(TURN_MS).length).toBeLessThan(570)
    const later = new Set(inside(2 * TURN_MS))
    const both = inside(TURN_MS).filter((who) => later.has(who))
    expect(both.length).toBeLessThan(200)
  })

  it('[LOD5] send those away who are too many for some seconds, and not all for as long', () => {
    expect([0, 0.5, 0.999].map((chance) => reducedCapacity(chance).retryInMs)).toEqual([4000, 7000, 9994])
  })
})

import { describe, expect, it } from 'vitest'
import type { Exchange } from '../stampede/history.ts'
import type { Promised, Seen, Told } from './seen.ts'
import { allHeldAt, judge, waitsForNo, type Fault } from './verdict.ts'

const HOLDS = 'POST /api/v1/holds'
const PROMISED: Promised = {
  paper: { routes: { [HOLDS]: [201, 409] }, problems: { not_enough_stock: 409 } },
  ...{ units: 3, heldWithinMs: 3_000, toldWithinMs: 1_000 },
}

const clean = (): Seen => ({
  told: [
    { intendedAt: 10, toldAt: 60, status: 201, code: null, units: 2 },
    { intendedAt: 2_000, toldAt: 2_990, status: 201, code: null, units: 1 },
    { intendedAt: 2_100, toldAt: 3_100, status: 409, code: 'not_enough_stock', units: 1 },
  ],
  looks: [{ intendedAt: -500, answeredAt: -480, what: 'page', status: 200, length: 9_000 }],
  exchanges: [
    {
      ...{ buyer: 1, route: HOLDS, key: 'k', pass: false, sentAt: 0, answeredAt: 1, status: 201, code: null },
      ...{ retryAfterS: null, id: 'hld_1', wanted: [], lacking: null },
    },
  ],
  passesAt: [],
  lateness: [],
})

function forged(forge: (seen: Seen) => void): Set<Fault> {
  const seen = clean()
  forge(seen)
  return new Set(judge(seen, PROMISED).map(({ fault }) => fault))
}

const change = (seen: Seen, exchange: Partial<Exchange>): unknown => Object.assign(seen.exchanges[0]!, exchange)

describe('the verdict over a replay', () => {
  it('[RPL3] finds nothing in a clean one', () => {
    expect(judge(clean(), PROMISED)).toEqual([])
  })

  it.each<[Fault, string, (seen: Seen) => void]>([
    ['oversold', 'one more is held than there is', ({ told }) => (told[0]!.units = 3)],
    ['not_all_held', 'one is left', ({ told }) => (told[0]!.units = 1)],
    ['held_late', 'the last one takes too long', ({ told }) => (told[1]!.toldAt = 3_001)],
    ['told_late', 'somebody waits for a no', ({ told }) => (told[2]!.toldAt = 3_991)],
    ['blank_page', 'a page is empty', ({ looks }) => (looks[0]!.length = 0)],
    ['blank_page', 'a page does not come', ({ looks }) => (looks[0]!.status = 503)],
    ['undocumented', 'an answer is not on paper', (seen) => change(seen, { status: 410 })],
    ['failed', 'there is no answer', (seen) => change(seen, { status: 0 })],
  ])('[RPL3] is %s when %s', (fault, _, forge) => {
    expect(forged(forge)).toEqual(new Set([fault]))
  })

  it('[RPL3] counts the wait for a no from when all was held, or from when somebody asked later', () => {
    const seen = clean()
    const no = seen.told[2]!
    const waited = (instants: Partial<Told>) =>
      waitsForNo([...seen.told.slice(0, 2), { ...no, ...instants }], 3).map(({ waitedMs }) => waitedMs)
    expect(waited({ intendedAt: 100, toldAt: 3_100 })).toEqual([110])
    expect(waited({ intendedAt: 5_000, toldAt: 5_100 })).toEqual([100])
  })

  it('[RPL3] counts from when somebody meant to ask, and takes the answers in the order they came', () => {
    const { told } = clean()
    expect(allHeldAt(told.toReversed(), 3)).toBe(2_990)
    expect(allHeldAt(told, 2)).toBe(60)
    expect(allHeldAt(told, 4)).toBeNull()
  })
})

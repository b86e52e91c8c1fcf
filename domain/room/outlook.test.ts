import { describe, expect, it } from 'vitest'
import type { DropNow, RoomNow } from '../message/drop-desk.ts'
import { outlookOf, pollingOf } from './outlook.ts'
import { MINUTE, NOON, roomTerms, units } from './testing.ts'

const room = (changes: Partial<RoomNow> = {}): RoomNow => ({
  phase: 'line',
  drawnAt: NOON - MINUTE,
  terms: roomTerms({ insideMax: 100, admissionsPerMinute: 60, passDurationMs: 5 * MINUTE }),
  shards: 1,
  admittedThrough: 100,
  waiting: 1000,
  inside: 0,
  called: 0,
  admissionsPerMinute: 60,
  unitsPerPass: 1,
  ...changes,
})
const now = (changes: Partial<DropNow> = {}): DropNow => ({
  ...{ id: 'drp_1', slug: 'friday', version: 1, status: 'open', at: NOON, opensAt: NOON, endsAt: null },
  room: room(),
  units: units(10_000),
  unitsAt: 0,
  againAvailable: false,
  ...changes,
})
const at = (position: number | null, state = now()) => outlookOf({ position, kind: 'line' }, state)

describe('the outlook', () => {
  it('[ROM13] counts the people before, from the one number that everybody has', () => {
    expect(at(101).peopleBefore).toBe(0)
    expect(at(161).peopleBefore).toBe(60)
    expect(at(100)).toMatchObject({ peopleBefore: null, estimate: null })
    expect(at(null)).toMatchObject({ peopleBefore: null, estimate: null })
  })

  it('[ROM13] gives a range: as if everybody left at once, and as if everybody stayed', () => {
    expect(at(160).estimate).toEqual({ fromS: 60, toS: 62 })
    // A hundred places inside, five minutes each: twenty a minute at worst.
    expect(at(400).estimate).toEqual({ fromS: 300, toS: 902 })
    expect(at(110, now({ room: room({ inside: 100 }) })).estimate).toEqual({ fromS: 10, toS: 32 })
  })

  it.each(['paused', 'sold_out', 'scheduled', 'ended'] as const)(
    '[ROM13] promises no time while a drop is %s',
    (status) => {
      expect(at(200, now({ status })).estimate).toBeNull()
    },
  )

  it('[ROM13] says how the chance shrinks with the stock: twelve left, three hundred before you', () => {
    const left = (free: number, held = 0) => now({ units: units(free, held) })
    expect(at(401, left(1000)).chance).toBe('good')
    expect(at(401, left(300)).chance).toBe('uncertain')
    expect(at(401, left(12)).chance).toBe('small')
    expect(at(101, left(12)).chance).toBe('good')
    expect(at(101, left(0, 10)).chance).toBe('good') // two of ten baskets come back, and nobody is before them
    expect(at(401, now({ units: null })).chance).toBeNull()
    expect(at(401, now({ room: room({ phase: 'closed' }) })).chance).toBeNull()
  })

  it('[ROM13] before the draw is that of somebody in the middle', () => {
    const before = (waiting: number) =>
      now({ status: 'scheduled', units: units(100), room: room({ phase: 'before', waiting }) })
    expect(at(null, before(50)).chance).toBe('good')
    expect(at(null, before(200)).chance).toBe('uncertain')
    expect(at(null, before(5000)).chance).toBe('small')
  })
})

describe('near the end', () => {
  const polling = (changes: Partial<DropNow>) => pollingOf(now(changes)).pollAfterMs
  const crowd = room({ inside: 50, called: 50, admissionsPerMinute: 600, waiting: 50_000 })

  it('[ROM22] is when those inside, and whoever comes in before one asks again, could take all that is left', () => {
    expect(polling({ room: crowd, units: units(151) })).toBe(2000)
    expect(polling({ room: crowd, units: units(150) })).toBe(300)
    expect(polling({ room: { ...crowd, unitsPerPass: 2 }, units: units(300) })).toBe(300)
    expect(polling({ room: { ...crowd, unitsPerPass: 0.2 }, units: units(150) })).toBe(300)
  })

  it('[ROM22] is when few are left, also without a room, or the drop ends', () => {
    expect(polling({ room: null, units: units(21) })).toBe(1000)
    expect(polling({ room: null, units: units(20) })).toBe(300)
    expect(polling({ endsAt: NOON + 5001 })).toBe(1000)
    expect(polling({ endsAt: NOON + 5000 })).toBe(300)
  })

  it('[ROM22] is not when nothing moves, or nobody knows', () => {
    expect(polling({ status: 'sold_out', units: units(0) })).toBe(1000)
    expect(polling({ status: 'paused', units: units(5) })).toBe(3000)
    expect(polling({ units: null })).toBe(1000)
  })
})

describe('the pace of polling', () => {
  it('[ROM14] is slow for hours, quick at the opening, and never without jitter', () => {
    const before = (ms: number) =>
      pollingOf(now({ status: 'scheduled', opensAt: NOON + ms, room: room({ phase: 'before' }) }))
    expect(before(60 * MINUTE).pollAfterMs).toBe(30_000)
    expect(before(20_000).pollAfterMs).toBe(5000)
    expect(before(500).pollAfterMs).toBe(1000)
    for (const status of ['scheduled', 'open', 'paused', 'sold_out', 'ended'] as const) {
      expect(pollingOf(now({ status })).jitterMs).toBeGreaterThanOrEqual(500)
    }
    expect(pollingOf(now({ room: room({ phase: 'drawing' }) })).pollAfterMs).toBe(500)
    expect(pollingOf(now({ room: room({ waiting: 50_000 }) })).pollAfterMs).toBe(2000)
  })

  it('[ROM14] lets a crowd that was just drawn look up its positions one after the other', () => {
    const drawn = (waiting: number) =>
      pollingOf(now({ room: room({ drawnAt: NOON - 1000, waiting, shards: 13 }) })).jitterMs
    expect([drawn(100), drawn(20_000), drawn(1_000_000)]).toEqual([1000, 3077, 8000])
  })
})

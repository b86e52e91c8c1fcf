/** How late a page may be when a drop is sold out: what may come together on the way, added up. */
import { describe, expect, it } from 'vitest'
import { QUICK_TICK_MS, TICK_MS } from '../domain/room/keeper.ts'
import { LOOK_PATIENCE_MS, lookPatienceMs } from '../domain/room/looks.ts'
import { QUICK } from '../domain/room/outlook.ts'
import { ROOM_NOW, TOLD_NOW, roomNowKeptMs } from './room-freshness.ts'

/** How often the stock of a drop with so many SKUs is looked at; no part of a second, or the phases would never meet. */
const MANY_SKUS_MS = 940

describe('how a drop stands', () => {
  it('[ROM22] near its end is on every page within two seconds: looked at, kept, told and asked for', () => {
    const kept = [ROOM_NOW, TOLD_NOW].map(({ memoryMs, coloSeconds }) => memoryMs + coloSeconds * 1000)
    const parts = [QUICK_TICK_MS, ...kept, QUICK.pollAfterMs + QUICK.jitterMs]
    // What is left over is for the way to the object and back to the browser.
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(1950)
  })

  it.each([0, 100, 299, 301, 450, 600, 749])(
    '[ROM28] is not told by figures of more than two seconds ago when an owner of stock takes %i ms',
    (ownerMs) => {
      expect(oldestTold(ownerMs, TICK_MS)).toBeLessThanOrEqual(1_950)
      expect(oldestTold(ownerMs, MANY_SKUS_MS)).toBeLessThanOrEqual(1_950)
    },
  )

  it('[ROM28] is asked for by nobody who waits longer than for one look, also when an owner hangs', () => {
    expect(lookPatienceMs(10_000, 10_000)).toBe(LOOK_PATIENCE_MS)
    expect(lookPatienceMs(10_500, 10_000)).toBe(LOOK_PATIENCE_MS - 500)
    expect(lookPatienceMs(12_000, 10_000)).toBe(0)
  })

  it('[ROM28] is kept for the whole second while the figures are as old as they ordinarily are', () => {
    expect(roomNowKeptMs({ at: 10_000, unitsAt: 10_000 - TICK_MS, status: 'open' })).toBe(1_000)
    expect(roomNowKeptMs({ at: 10_000, unitsAt: null, status: 'scheduled' })).toBe(1_000)
    expect(roomNowKeptMs(null)).toBe(1_000)
  })

  it('[ROM28] is kept for a moment only while an object that has just woken has not heard of the stock', () => {
    expect(roomNowKeptMs({ at: 10_000, unitsAt: null, status: 'open' })).toBe(250)
  })

  it('[ROM28] is not asked of its object more than four times a second, however old the figures are', () => {
    expect(roomNowKeptMs({ at: 100_000, unitsAt: 0, status: 'open' })).toBe(250)
  })
})

/**
 * The oldest figures that one location tells in a minute, asking as soon as its copy has ended; others ask so often that
 * the next look begins whenever it may. A look is of the instant at which it began; a reader may have the copy from a
 * memory behind a memory.
 */
function oldestTold(ownerMs: number, lookEveryMs: number): number {
  let look = { beganAt: -lookEveryMs, endsAt: 0 }
  let [figuresAt, keptUntil, oldest] = [0, 0, 0]
  let askedAt: number | null = null
  for (let now = 0; now < 60_000; now += 5) {
    if (now >= look.endsAt && now >= look.beganAt + lookEveryMs) look = { beganAt: now, endsAt: now + ownerMs }
    if (now >= look.endsAt) figuresAt = look.beganAt
    if (now >= keptUntil) askedAt ??= now
    if (askedAt === null || (now < look.endsAt && lookPatienceMs(now, look.beganAt) > 0)) continue
    keptUntil = Math.max(now, askedAt + roomNowKeptMs({ at: now, unitsAt: figuresAt, status: 'open' }))
    askedAt = null
    oldest = Math.max(oldest, keptUntil + ROOM_NOW.memoryMs + TOLD_NOW.memoryMs - figuresAt)
  }
  return oldest
}

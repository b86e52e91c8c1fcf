/** How late a page may be when a drop is sold out: what may come together on the way, added up. */
import { describe, expect, it } from 'vitest'
import { QUICK_TICK_MS } from '../domain/room/keeper.ts'
import { QUICK } from '../domain/room/outlook.ts'
import { ROOM_NOW, TOLD_NOW } from './room-freshness.ts'

describe('how a drop stands', () => {
  it('[ROM22] near its end is on every page within two seconds: looked at, kept, told and asked for', () => {
    const kept = [ROOM_NOW, TOLD_NOW].map(({ memoryMs, coloSeconds }) => memoryMs + coloSeconds * 1000)
    const parts = [QUICK_TICK_MS, ...kept, QUICK.pollAfterMs + QUICK.jitterMs]
    // What is left over is for the way to the object and back to the browser.
    expect(parts.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(1950)
  })
})

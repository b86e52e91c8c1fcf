/** How old what is said of a drop's room may be. With what else may come together, room.test.ts adds it up. */
import type { Freshness } from '../domain/freshness/freshness.ts'
import type { DropNow } from '../domain/message/drop-desk.ts'

/**
 * A second in the data centre, a moment in this isolate. While the object is away nothing older is said: a number that
 * stands still would be taken for a line that does.
 */
export const ROOM_NOW: Freshness = { memoryMs: 100, coloSeconds: 1, staleIfErrorSeconds: 0 }
/** The same as ready bytes; made of a copy that may be a second old itself, so it is not kept much longer. */
export const TOLD_NOW: Freshness = { memoryMs: 150, coloSeconds: 0, staleIfErrorSeconds: 0 }

/** Whoever hears how much there is hears of nothing older; what is on the way from here to a page comes on top. */
const FIGURES_GOOD_FOR_MS = 1_500
/** However old they are: an owner of stock that hangs is no reason for a crowd to fall upon the drop's object. */
const KEPT_LEAST_MS = 250

/**
 * For how long what an object has said of its drop is kept, in ms. Its figures are mostly half a second old at most, and
 * then it is the whole second; but an owner of stock that answers late leaves it with those of the look before, and to
 * keep these for a second more would tell for longer than two that something is left.
 */
export function roomNowKeptMs(now: Pick<DropNow, 'at' | 'unitsAt' | 'status'> | null): number {
  const whole = ROOM_NOW.coloSeconds * 1000
  if (!now) return whole
  // An object that has just woken calls a drop open until it has heard of the stock; it may be gone for a while already.
  if (now.unitsAt === null) return now.status === 'open' ? KEPT_LEAST_MS : whole
  return Math.max(KEPT_LEAST_MS, Math.min(whole, FIGURES_GOOD_FOR_MS - (now.at - now.unitsAt)))
}

/** How old what is said of a drop's room may be. With what else may come together, room.test.ts adds it up. */
import type { Freshness } from '../domain/freshness/freshness.ts'

/**
 * A second in the data centre, a moment in this isolate. While the object is away nothing older is said: a number that
 * stands still would be taken for a line that does.
 */
export const ROOM_NOW: Freshness = { memoryMs: 100, coloSeconds: 1, staleIfErrorSeconds: 0 }
/** The same as ready bytes; made of a copy that may be a second old itself, so it is not kept much longer. */
export const TOLD_NOW: Freshness = { memoryMs: 150, coloSeconds: 0, staleIfErrorSeconds: 0 }

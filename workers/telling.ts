/**
 * Telling everybody whom a turn of the cron has to tell. One failure, a database that took too long or an object that was
 * away for a moment, must not leave the rest unheard for ten minutes: the turn waits a little and goes on, a few times.
 * What still could not be told then has been away for half a minute, and the next turn finds it.
 */
import { backoffMs } from '../domain/basics/retry.ts'
import type { Random } from '../domain/basics/random.ts'

/** What one go has come to. */
export interface Gone {
  /** Whether there may be more to tell right now. */
  more: boolean
  /** How many could not be told; they are due again a second later, and later each time. */
  failed: number
}

/** Hundreds of keys a go; a turn that told ten thousand has done enough. */
const GOES_MOST = 20
/** Waits of 1 to 2 s, 2 to 4, 4 to 8 and 8 to 16: never less than what a failed row of the outbox waits itself. */
const AGAIN_MOST = 4
const BETWEEN = { firstMs: 2_000, mostMs: 16_000 }

/**
 * Goes until there is nothing more to tell. `go` must be safe to repeat. Rejects with what `go` rejected with when that
 * has not helped often enough; what could only not be told is left for the next turn.
 */
export async function tellEverybody(
  go: () => Promise<Gone>,
  { pause, random }: { pause: (ms: number) => Promise<void>; random: Random },
): Promise<void> {
  let failures = 0
  for (let goes = 0; goes < GOES_MOST; goes++) {
    try {
      const { more, failed } = await go()
      if (failed === 0 && !more) return
      if (failed === 0) continue
      if (failures === AGAIN_MOST) return
    } catch (fault) {
      if (failures === AGAIN_MOST) throw fault
    }
    failures += 1
    await pause(backoffMs(failures, BETWEEN, random))
  }
}

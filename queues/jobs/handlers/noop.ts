/**
 * Does nothing, or waits, or fails, as it is told: to see that jobs run, to rehearse what happens when they fail, and to
 * measure what a job costs when its work costs nothing. Allowed everywhere, since it can do nothing.
 */
import { z } from 'zod'
import { BRISK, goesOn, jobHandler, noUse, succeeded, tryAgain } from '../handler.ts'

/** Told to whoever waits in a handler that it should go on elsewhere. */
const ROOM_MS = 2000

export const noop = jobHandler({
  type: 'noop',
  summary: 'Does nothing, or waits or fails as it is told: to try things out.',
  payload: z.strictObject({
    /** Given back as the result. */
    echo: z.unknown().optional(),
    wait_ms: z.int().min(0).max(600_000).default(0),
    /** Fails its first attempts, so many. */
    failures: z.int().min(0).max(100).default(0),
    /** Fails once and for all. */
    is_hopeless: z.boolean().default(false),
  }),
  result: z.object({ echo: z.unknown(), input: z.array(z.unknown()), waited_ms: z.number() }),
  takesInput: true,
  policy: { lane: 'default', attemptsMax: 5, backoff: BRISK, timeoutMs: 900_000 },
  run: async ({ echo, wait_ms: waitMs, failures, is_hopeless: isHopeless }, work) => {
    if (isHopeless) return noUse('told_to_fail', 'It was told to fail once and for all.')
    if (work.attempt <= failures) return tryAgain('told_to_fail', `It was told to fail ${failures} times.`)
    let waitedMs = typeof work.checkpoint === 'number' ? work.checkpoint : 0
    while (waitedMs < waitMs) {
      if (work.signal.aborted || work.remainingMs() < ROOM_MS) return goesOn(waitedMs, waitedMs / waitMs, 'waiting')
      const step = Math.min(STEP_MS, waitMs - waitedMs)
      await new Promise((resolve) => setTimeout(resolve, step))
      waitedMs += step
      work.progress(waitedMs / waitMs, 'waiting')
    }
    return succeeded({ echo: echo ?? null, input: [...work.input], waited_ms: waitedMs })
  },
})

const STEP_MS = 500

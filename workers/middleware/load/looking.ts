/**
 * Looks at a turnstile for as long as anybody is worked for or stands there. One request looks for all others; it does so
 * for some seconds only, since a runtime ends what goes on long after its answer, and may be cut off before: whoever comes,
 * and whoever stands, sees to it that somebody looks.
 */
import type { Turn, Turnstile } from '../../../domain/load/turnstile.ts'
import { systemClock } from '../../../platform/dice.ts'

type Context = Pick<ExecutionContext, 'waitUntil'>

const LOOK_EVERY_MS = 20
const LOOKS_FOR_MS = 10_000
/** When nobody has looked for so long, nobody does. */
const NOBODY_LOOKS_MS = 1_000

/** Who looks, and when they did last. */
const looker = new WeakMap<Turnstile, { lookedAt: number }>()

/** Lets this request look, unless another does. */
export function looking(turnstile: Turnstile, ctx: Context): void {
  const now = systemClock.now()
  const before = looker.get(turnstile)
  if (before && Math.abs(now - before.lookedAt) < NOBODY_LOOKS_MS) return
  const self = { lookedAt: now }
  looker.set(turnstile, self)
  ctx.waitUntil(looks(turnstile, self))
}

async function looks(turnstile: Turnstile, self: { lookedAt: number }): Promise<void> {
  const until = self.lookedAt + LOOKS_FOR_MS
  while (turnstile.isInUse && self.lookedAt < until && looker.get(turnstile) === self) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    self.lookedAt = systemClock.now()
    turnstile.look()
  }
  if (looker.get(turnstile) === self) looker.delete(turnstile)
}

/** The turn of somebody who stands, when it comes. */
export async function standing(turn: Promise<Turn>, turnstile: Turnstile, ctx: Context): Promise<Turn> {
  for (;;) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tired = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), NOBODY_LOOKS_MS)
    })
    const mine = await Promise.race([turn, tired])
    clearTimeout(timer)
    if (mine) return mine
    looking(turnstile, ctx)
  }
}

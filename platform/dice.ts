/** The platform's clock and dice, to hand in where domain code asks for them. */
import type { Clock } from '../domain/basics/clock.ts'
import type { Random } from '../domain/basics/random.ts'

export const systemClock: Clock = { now: () => Date.now() }

/** One call for random bytes costs more than drawing two hundred ids from its answer. */
const POOL_BYTES = 4096
let pool = new Uint8Array(0)
let used = 0

function draw(count: number): Uint8Array {
  if (used + count > pool.length) {
    pool = crypto.getRandomValues(new Uint8Array(Math.max(POOL_BYTES, count)))
    used = 0
  }
  const drawn = pool.slice(used, used + count)
  // What was handed out is not kept: a secret drawn earlier cannot be read from the pool later.
  pool.fill(0, used, used + count)
  used += count
  return drawn
}

/** Cryptographic dice. Only inside a request: the runtime has no randomness while a Worker starts. */
export const systemRandom: Random = {
  fraction: () => new DataView(draw(4).buffer).getUint32(0) / 2 ** 32,
  bytes: draw,
}

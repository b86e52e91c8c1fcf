/** When a job is tried again: by its own back-off, unless whoever refused it said when to return. */
import type { Random } from '../basics/random.ts'
import type { Backoff } from '../message/job-desk.ts'

/** Nobody is kept waiting for longer because a server said so. */
const ASKED_MOST_MS = 24 * 3_600_000
/** Those who were told the same instant do not all come in it. */
const ASKED_JITTER = 0.1

/**
 * How long to wait after attempt `attempt` (from 1), in ms. Exponential: anything up to min(mostMs, firstMs *
 * factor^(attempt - 1)), which spreads a crowd that failed together best (aws.amazon.com/blogs/architecture,
 * "Exponential Backoff And Jitter"). Constant: `firstMs`.
 */
export function retryDelayMs(backoff: Backoff, attempt: number, random: Random): number {
  const { kind, firstMs, mostMs, factor } = backoff
  if (kind === 'constant') return Math.min(firstMs, mostMs)
  return Math.round(random.fraction() * Math.min(mostMs, firstMs * factor ** Math.min(attempt - 1, 100)))
}

/** How long to wait when a server asked for `askedMs` (`Retry-After`): never less, and a little more. */
export const askedDelayMs = (askedMs: number, random: Random): number =>
  Math.round(Math.min(ASKED_MOST_MS, Math.max(0, askedMs)) * (1 + random.fraction() * ASKED_JITTER))

/**
 * When to try again: exponential back-off with full jitter, so that a crowd which failed together does not come back
 * together (aws.amazon.com/blogs/architecture, "Exponential Backoff And Jitter").
 */
import type { Random } from './random.ts'

export interface Backoff {
  firstMs: number
  mostMs: number
}

/** How long to wait before attempt `attempt + 1`, in ms; `attempt` counts from 1. Never less than half the step. */
export function backoffMs(attempt: number, { firstMs, mostMs }: Backoff, random: Random): number {
  const step = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(step / 2 + (random.fraction() * step) / 2)
}

/** The totals of a shard: what became of slots, and how late those that fired by the plan were. */
import type { RunOutcome } from '../message/schedule-desk.ts'
import type { ScheduleTally } from './store.ts'
import { LATE_BUCKETS_MS } from './sums.ts'

export const NO_TALLY: ScheduleTally = { runs: {}, lateMs: 0, lateBuckets: [...LATE_BUCKETS_MS, Infinity].map(() => 0) }

/** With one more slot; `lateMs` only of those that fired by the plan. */
export function counted(tally: ScheduleTally, outcome: RunOutcome, lateMs: number | null): ScheduleTally {
  const runs = { ...tally.runs, [outcome]: (tally.runs[outcome] ?? 0) + 1 }
  if (outcome !== 'fired' || lateMs === null) return { ...tally, runs }
  return {
    runs,
    lateMs: tally.lateMs + lateMs,
    lateBuckets: [...LATE_BUCKETS_MS, Infinity].map((most, i) => tally.lateBuckets[i]! + (lateMs <= most ? 1 : 0)),
  }
}

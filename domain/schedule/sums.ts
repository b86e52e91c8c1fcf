/** The figures of a store's schedules, added up over its shards. */
import type { RunOutcome, ScheduleFigures } from '../message/schedule-desk.ts'

/** The ends of the buckets of how late a planned firing was, ms; the last has none. */
export const LATE_BUCKETS_MS = [100, 500, 1_000, 5_000, 30_000, 60_000, 600_000] as const

export function sumOfSchedules(shards: readonly ScheduleFigures[]): ScheduleFigures {
  const runs: Partial<Record<RunOutcome, number>> = {}
  for (const shard of shards) {
    for (const [outcome, count] of Object.entries(shard.runs)) {
      runs[outcome as RunOutcome] = (runs[outcome as RunOutcome] ?? 0) + count
    }
  }
  const due = shards.flatMap(({ overdue }) => overdue.oldestDueAt ?? [])
  const sum = (of: (shard: ScheduleFigures) => number): number => shards.reduce((rest, shard) => rest + of(shard), 0)
  return {
    schedules: sum(({ schedules }) => schedules),
    paused: sum(({ paused }) => paused),
    overdue: { count: sum(({ overdue }) => overdue.count), oldestDueAt: due.length === 0 ? null : Math.min(...due) },
    runs,
    lateMs: sum(({ lateMs }) => lateMs),
    lateBuckets: Array.from({ length: LATE_BUCKETS_MS.length + 1 }, (_, i) =>
      sum(({ lateBuckets }) => lateBuckets[i] ?? 0),
    ),
  }
}

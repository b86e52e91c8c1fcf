/** The figures of a store's shards, added up: what the board shows, Prometheus is told and the alerts judge. */
import type { JobFigures, JobState, Lane } from '../message/job-desk.ts'
import { LANES } from './job.ts'
import { RUN_BUCKETS_MS } from './tallies.ts'

type Totals = JobFigures['totals'][number]
type Second = JobFigures['recent'][number]

/** Types and seconds in their order; of none, all zero. */
export function sumOfJobs(shards: readonly JobFigures[]): JobFigures {
  const lane = (name: Lane): JobFigures['lanes'][Lane] => laneOf(shards.map(({ lanes }) => lanes[name]))
  const states: Partial<Record<JobState, number>> = {}
  for (const shard of shards) {
    for (const [state, count] of Object.entries(shard.states)) {
      states[state as JobState] = (states[state as JobState] ?? 0) + count
    }
  }
  return {
    lanes: Object.fromEntries(LANES.map((name) => [name, lane(name)])) as JobFigures['lanes'],
    states,
    totals: totalsOf(shards.flatMap(({ totals }) => totals)),
    recent: recentOf(shards.flatMap(({ recent }) => recent)),
    counts: {
      leasesExpired: sum(shards, ({ counts }) => counts.leasesExpired),
      messagesResent: sum(shards, ({ counts }) => counts.messagesResent),
      alarmRescues: sum(shards, ({ counts }) => counts.alarmRescues),
      zombiesRefused: sum(shards, ({ counts }) => counts.zombiesRefused),
    },
  }
}

function laneOf(lanes: readonly JobFigures['lanes'][Lane][]): JobFigures['lanes'][Lane] {
  const oldest = lanes.flatMap(({ oldestQueuedAt }) => oldestQueuedAt ?? [])
  return {
    queued: sum(lanes, ({ queued }) => queued),
    running: sum(lanes, ({ running }) => running),
    scheduled: sum(lanes, ({ scheduled }) => scheduled),
    oldestQueuedAt: oldest.length === 0 ? null : Math.min(...oldest),
  }
}

function totalsOf(all: readonly Totals[]): Totals[] {
  const types = [...new Set(all.map(({ type }) => type))].toSorted()
  return types.map((type) => {
    const mine = all.filter((one) => one.type === type)
    const of = (name: Exclude<keyof Totals, 'type' | 'runBuckets'>): number => sum(mine, (one) => one[name])
    return {
      type,
      enqueued: of('enqueued'),
      succeeded: of('succeeded'),
      failedAttempts: of('failedAttempts'),
      dead: of('dead'),
      waitMs: of('waitMs'),
      runMs: of('runMs'),
      runBuckets: Array.from({ length: RUN_BUCKETS_MS.length + 1 }, (_, i) =>
        sum(mine, ({ runBuckets }) => runBuckets[i] ?? 0),
      ),
    }
  })
}

/** Each shard knows only the seconds in which it did something. */
function recentOf(all: readonly Second[]): Second[] {
  const seconds = new Map<number, Second>()
  for (const { at, started, succeeded, failed, waitMs, runMs } of all) {
    const known = seconds.get(at)
    seconds.set(at, {
      at,
      started: started + (known?.started ?? 0),
      succeeded: succeeded + (known?.succeeded ?? 0),
      failed: failed + (known?.failed ?? 0),
      waitMs: waitMs + (known?.waitMs ?? 0),
      runMs: runMs + (known?.runMs ?? 0),
    })
  }
  return [...seconds.values()].toSorted((a, b) => a.at - b.at)
}

const sum = <One>(all: readonly One[], of: (one: One) => number): number => all.reduce((rest, one) => rest + of(one), 0)

/**
 * The counts of one shard, kept in step with its rows in every turn, so that nobody ever has to count them. One row, small
 * enough to be read and written with each turn.
 */
import type { JobFigures, JobState, Lane } from '../message/job-desk.ts'
import type { JobRecord } from './job.ts'

type TypeTotals = Omit<JobFigures['totals'][number], 'type'>
type Second = JobFigures['recent'][number]

interface LaneTally {
  queued: number
  running: number
  scheduled: number
  /** Of the queued: in the lane's line, and told. */
  ready: number
  told: number
}

export interface Tallies {
  /** The last place in line that was given. */
  line: number
  lanes: Record<Lane, LaneTally>
  states: Partial<Record<JobState, number>>
  /** Queued, behind a rate. */
  paced: number
  totals: Record<string, TypeTotals>
  recent: Second[]
  counts: JobFigures['counts']
}

/** The ends of the buckets of how long attempts ran, ms; the last has none. */
export const RUN_BUCKETS_MS = [10, 50, 100, 500, 1_000, 5_000, 10_000, 60_000] as const
const RECENT_SECONDS = 60

const emptyLane = (): LaneTally => ({ queued: 0, running: 0, scheduled: 0, ready: 0, told: 0 })

export const emptyTallies = (): Tallies => ({
  ...{ line: 0, states: {}, paced: 0, totals: {}, recent: [] },
  lanes: { critical: emptyLane(), default: emptyLane(), bulk: emptyLane() },
  counts: { leasesExpired: 0, messagesResent: 0, alarmRescues: 0, zombiesRefused: 0 },
})

/** How many of each lane are told or running. */
export const underWay = ({ lanes: { critical, default: usual, bulk } }: Tallies): Record<Lane, number> => ({
  critical: critical.told + critical.running,
  default: usual.told + usual.running,
  bulk: bulk.told + bulk.running,
})

/** A job was, and is. Null: it was not yet, or is no longer. */
export function countMove(tallies: Tallies, was: JobRecord | null, is: JobRecord | null): void {
  if (was?.state === is?.state && was?.stand === is?.stand) return
  if (was) countOne(tallies, was, -1)
  if (is) countOne(tallies, is, 1)
}

function countOne(tallies: Tallies, { state, stand, lane: name }: JobRecord, by: 1 | -1): void {
  const lane = tallies.lanes[name]
  tallies.states[state] = (tallies.states[state] ?? 0) + by
  if (state === 'queued') lane.queued += by
  if (state === 'running') lane.running += by
  if (state === 'scheduled' || state === 'waiting' || state === 'retrying') lane.scheduled += by
  if (stand === 'ready') lane.ready += by
  if (stand === 'told') lane.told += by
  if (stand === 'paced') tallies.paced += by
}

export const countAccepted = (tallies: Tallies, type: string): void => void (totalsOf(tallies, type).enqueued += 1)

export function countStart(tallies: Tallies, { type, queuedAt }: JobRecord, now: number): void {
  const waitMs = Math.max(0, now - (queuedAt ?? now))
  totalsOf(tallies, type).waitMs += waitMs
  const second = secondOf(tallies, now)
  second.started += 1
  second.waitMs += waitMs
}

/** An attempt ended. */
export function countAttempt(tallies: Tallies, job: JobRecord, isGood: boolean, now: number): void {
  const totals = totalsOf(tallies, job.type)
  const runMs = Math.max(0, now - (job.attempts.at(-1)?.startedAt ?? now))
  totals.runMs += runMs
  for (const [i, most] of RUN_BUCKETS_MS.entries()) if (runMs <= most) totals.runBuckets[i]! += 1
  totals.runBuckets[RUN_BUCKETS_MS.length]! += 1
  const second = secondOf(tallies, now)
  second.runMs += runMs
  if (isGood) second.succeeded += 1
  else second.failed += 1
  if (isGood) totals.succeeded += 1
  else totals.failedAttempts += 1
}

export const countDead = (tallies: Tallies, type: string): void => void (totalsOf(tallies, type).dead += 1)

/** The figures for the board; `oldestQueuedAt` is the rows' to say. */
export function figuresOf(
  { lanes, states, totals, recent, counts }: Tallies,
  oldestQueuedAt: Record<Lane, number | null>,
  now: number,
): JobFigures {
  const lane = (name: Lane): JobFigures['lanes'][Lane] => ({
    ...{ queued: lanes[name].queued, running: lanes[name].running, scheduled: lanes[name].scheduled },
    oldestQueuedAt: oldestQueuedAt[name],
  })
  return {
    lanes: { critical: lane('critical'), default: lane('default'), bulk: lane('bulk') },
    states,
    totals: Object.entries(totals).map(([type, all]) => ({ type, ...all })),
    recent: recent.filter(({ at }) => at > now - RECENT_SECONDS * 1000),
    counts,
  }
}

function totalsOf({ totals }: Tallies, type: string): TypeTotals {
  const runBuckets = RUN_BUCKETS_MS.map(() => 0)
  totals[type] ??= {
    ...{ enqueued: 0, succeeded: 0, failedAttempts: 0, dead: 0, waitMs: 0, runMs: 0 },
    runBuckets: [...runBuckets, 0],
  }
  return totals[type]
}

function secondOf(tallies: Tallies, now: number): Second {
  const at = now - (now % 1000)
  const last = tallies.recent.at(-1)
  if (last?.at === at) return last
  const second = { at, started: 0, succeeded: 0, failed: 0, waitMs: 0, runMs: 0 }
  tallies.recent = [...tallies.recent.filter((one) => one.at > at - RECENT_SECONDS * 1000), second]
  return second
}

/** What the rows of a store's jobs and schedules say: sums over its shards, from durable totals, so that no restart sets them back. */
import type { Look } from '../../domain/alert/rules.ts'
import { LANES } from '../../domain/job/job.ts'
import { RUN_BUCKETS_MS } from '../../domain/job/tallies.ts'
import type { JobFigures, Lane } from '../../domain/message/job-desk.ts'
import { LATE_BUCKETS_MS } from '../../domain/schedule/sums.ts'
import type { Family, Sample } from './exposition.ts'

/** A sum that lacks a shard would look like a restart, so then there are none but how many are silent. */
export const jobFamilies = (look: Look): Family[] => [
  gauge('job_shards_silent', 'Objects that keep jobs and did not answer in time.', [
    { labels: {}, value: look.silent },
  ]),
  ...(look.silent > 0 ? [] : [...ofJobs(look), ...ofLanes(look), ...ofSchedules(look)]),
]

type Totals = JobFigures['totals'][number]

function ofJobs({ jobs: { totals, states, counts } }: Look): Family[] {
  const byType = (of: (one: Totals) => number): Sample[] =>
    totals.map((one) => ({ labels: { type: one.type }, value: of(one) }))
  const one = (value: number): Sample[] => [{ labels: {}, value }]
  return [
    counter(
      'jobs_enqueued_total',
      'Jobs taken.',
      byType(({ enqueued }) => enqueued),
    ),
    counter(
      'jobs_succeeded_total',
      'Jobs that succeeded.',
      byType(({ succeeded }) => succeeded),
    ),
    counter(
      'job_attempts_failed_total',
      'Attempts that failed.',
      byType(({ failedAttempts }) => failedAttempts),
    ),
    counter(
      'jobs_dead_total',
      'Jobs given up on.',
      byType(({ dead }) => dead),
    ),
    counter(
      'job_wait_seconds_total',
      'From due to begun, of all attempts begun.',
      byType(({ waitMs }) => waitMs / 1000),
    ),
    {
      name: 'job_duration_seconds',
      help: 'How long attempts ran that have ended.',
      type: 'histogram',
      bounds: RUN_BUCKETS_MS.map((ms) => ms / 1000),
      distributions: totals.map(({ type, runBuckets, runMs }) => ({
        ...{ labels: { type }, buckets: runBuckets, sum: runMs / 1000 },
      })),
    },
    gauge(
      'jobs',
      'Jobs by the state they are in.',
      Object.entries(states).map(([state, value]) => ({ labels: { state }, value })),
    ),
    gauge('dead_letters', 'Jobs given up on that nobody has replayed.', one(states.dead ?? 0)),
    counter('job_leases_expired_total', 'Attempts whose consumer was heard of no more.', one(counts.leasesExpired)),
    counter('job_messages_resent_total', 'Messages that were lost and sent again.', one(counts.messagesResent)),
    counter('job_alarm_rescues_total', 'Alarms that were lost and set again.', one(counts.alarmRescues)),
    counter(
      'job_zombies_refused_total',
      'Ends told by attempts that were no longer the ones.',
      one(counts.zombiesRefused),
    ),
  ]
}

function ofLanes({ at, jobs: { lanes } }: Look): Family[] {
  const byLane = (of: (lane: JobFigures['lanes'][Lane]) => number): Sample[] =>
    LANES.map((lane) => ({ labels: { lane }, value: of(lanes[lane]) }))
  return [
    gauge(
      'queue_depth',
      'Jobs that are due and have not begun.',
      byLane(({ queued }) => queued),
    ),
    gauge(
      'queue_running',
      'Jobs under way.',
      byLane(({ running }) => running),
    ),
    gauge(
      'queue_scheduled',
      'Jobs whose instant, ancestors or next attempt have not come.',
      byLane(({ scheduled }) => scheduled),
    ),
    gauge(
      'queue_oldest_age_seconds',
      'How long the oldest due job has waited; 0 when none waits.',
      byLane(({ oldestQueuedAt }) => since(at, oldestQueuedAt)),
    ),
  ]
}

function ofSchedules({ at, schedules }: Look): Family[] {
  const { overdue, runs } = schedules
  return [
    gauge('schedules', 'Schedules, by whether they are paused.', [
      { labels: { state: 'active' }, value: schedules.schedules - schedules.paused },
      { labels: { state: 'paused' }, value: schedules.paused },
    ]),
    gauge('schedule_overdue_seconds', 'How long ago the next firing was due; 0 when none is.', [
      { labels: {}, value: since(at, overdue.oldestDueAt) },
    ]),
    counter(
      'schedule_runs_total',
      'Slots decided, by what became of them.',
      Object.entries(runs).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    {
      name: 'schedule_lateness_seconds',
      help: 'From the planned instant to the firing, of those that fired by the plan.',
      type: 'histogram',
      bounds: LATE_BUCKETS_MS.map((ms) => ms / 1000),
      distributions: [{ labels: {}, buckets: schedules.lateBuckets, sum: schedules.lateMs / 1000 }],
    },
  ]
}

const since = (now: number, instant: number | null): number =>
  instant === null ? 0 : Math.max(0, now - instant) / 1000

const counter = (name: string, help: string, samples: Sample[]): Family => ({ name, help, type: 'counter', samples })
const gauge = (name: string, help: string, samples: Sample[]): Family => ({ name, help, type: 'gauge', samples })

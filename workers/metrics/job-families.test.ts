import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { prometheusRules } from '../../domain/alert/prometheus.ts'
import { DEAD_LETTERS_MOST, FAILURE_RATE, OVERDUE_MOST_S, QUEUE_AGE_MOST_S } from '../../domain/alert/rules.ts'
import { sumOfJobs } from '../../domain/job/sums.ts'
import type { JobFigures } from '../../domain/message/job-desk.ts'
import { sumOfSchedules } from '../../domain/schedule/sums.ts'
import { exposition } from './exposition.ts'
import { jobFamilies } from './job-families.ts'

const NOW = 1_000_000

const shard = (type: string, oldestQueuedAt: number | null): JobFigures => {
  const none = sumOfJobs([])
  const counted = { enqueued: 9, succeeded: 5, failedAttempts: 2, dead: 1, waitMs: 700, runMs: 2500 }
  return {
    ...none,
    lanes: { ...none.lanes, bulk: { queued: 3, running: 1, scheduled: 2, oldestQueuedAt } },
    states: { dead: 1, succeeded: 5 },
    totals: [{ type, ...counted, runBuckets: [1, 2, 3, 4, 5, 6, 7, 7, 7] }],
    recent: [{ at: 1000, started: 1, succeeded: 1, failed: 0, waitMs: 5, runMs: 6 }],
    counts: { leasesExpired: 1, messagesResent: 2, alarmRescues: 3, zombiesRefused: 4 },
  }
}

const told = (shards: JobFigures[], silent = 0): string => {
  const fires = { schedules: 3, paused: 1, overdue: { count: 1, oldestDueAt: NOW - 4000 }, runs: { fired: 2 } }
  const schedules = sumOfSchedules([{ ...fires, lateMs: 300, lateBuckets: [1, 2, 2, 2, 2, 2, 2, 2] }])
  return exposition(jobFamilies({ at: NOW, silent, jobs: sumOfJobs(shards), schedules }))
}

describe('the metrics of jobs', () => {
  it('[MET4] are the sums of the store’s shards', () => {
    const text = told([shard('send_email', NOW - 90_000), shard('send_email', NOW - 30_000), shard('export', null)])
    for (const line of [
      'jobs_enqueued_total{type="send_email"} 18',
      'jobs_enqueued_total{type="export"} 9',
      'jobs_succeeded_total{type="send_email"} 10',
      'job_attempts_failed_total{type="send_email"} 4',
      'jobs_dead_total{type="send_email"} 2',
      'job_wait_seconds_total{type="send_email"} 1.4',
      'job_duration_seconds_bucket{type="send_email",le="0.01"} 2',
      'job_duration_seconds_bucket{type="send_email",le="60"} 14',
      'job_duration_seconds_bucket{type="send_email",le="+Inf"} 14',
      'job_duration_seconds_sum{type="send_email"} 5',
      'queue_depth{lane="bulk"} 9',
      'queue_oldest_age_seconds{lane="bulk"} 90',
      'queue_oldest_age_seconds{lane="critical"} 0',
      'dead_letters 3',
      'jobs{state="succeeded"} 15',
      'job_zombies_refused_total 12',
      'schedules{state="active"} 2',
      'schedule_overdue_seconds 4',
      'schedule_runs_total{outcome="fired"} 2',
      'schedule_lateness_seconds_bucket{le="0.1"} 1',
      'schedule_lateness_seconds_count 2',
      'job_shards_silent 0',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
  })

  it('[MET3] are a gap, and not smaller sums, while a shard is silent', () => {
    const text = told([shard('send_email', null)], 1)
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual(['job_shards_silent 1'])
  })

  it('[MET4] have the seconds of all shards side by side', () => {
    const one = shard('a', null)
    const later = { ...one, recent: [{ ...one.recent[0]!, at: 0 }, ...one.recent] }
    expect(sumOfJobs([one, later]).recent.map(({ at, started }) => [at, started])).toEqual([
      [0, 1],
      [1000, 2],
    ])
  })
})

describe('the rules for Prometheus', () => {
  const file = readFileSync(join(import.meta.dirname, '../../docs/operating/prometheus-rules.yml'), 'utf8')
  const expressions = [...file.matchAll(/expr: '(.+)'/g)].map(([, expression]) => expression!)

  it('[ALR10] are the file that lies in docs; `npm run docs:alerts` writes it anew', () => {
    expect(file).toBe(prometheusRules())
  })

  it('[ALR10] have the thresholds by which the shop judges itself', () => {
    const past = (pattern: RegExp): number[] => [...file.matchAll(pattern)].map(([, most]) => Number(most))
    expect(past(/queue_oldest_age_seconds\{lane="critical"\} > (\S+)'/g)).toEqual([QUEUE_AGE_MOST_S.critical])
    expect(past(/queue_oldest_age_seconds\{lane="default"\} > (\S+)'/g)).toEqual([QUEUE_AGE_MOST_S.default])
    expect(past(/queue_oldest_age_seconds\{lane="bulk"\} > (\S+)'/g)).toEqual([QUEUE_AGE_MOST_S.bulk])
    expect(past(/dead_letters > (\S+)'/g)).toEqual([DEAD_LETTERS_MOST])
    expect(past(/schedule_overdue_seconds > (\S+)'/g)).toEqual([OVERDUE_MOST_S])
    expect(past(/ > (\S+) and .+ >= 20'/g)).toEqual([FAILURE_RATE.most])
    expect(past(/ >= (\S+)'/g)).toEqual([FAILURE_RATE.attemptsLeast])
    expect(new Set(past(/\[(\d+)m\]/g))).toEqual(new Set([FAILURE_RATE.windowMs / 60_000]))
  })

  it('[ALR10] ask for nothing that is not told', () => {
    const all = told([shard('a', null)])
    const asked = expressions.flatMap((expression) => expression.match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [])
    expect(asked.length).toBeGreaterThan(6)
    for (const name of asked) expect(all).toContain(`# TYPE ${name} `)
  })
})

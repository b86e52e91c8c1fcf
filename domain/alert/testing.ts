/** Looks for tests: a store in which all is well, but for what the test says. */
import { sumOfJobs } from '../job/sums.ts'
import { sumOfSchedules } from '../schedule/sums.ts'
import type { Look } from './rules.ts'

export interface Trouble {
  at: number
  silent?: number
  dead?: number
  /** Since when the oldest job of the lane waits. */
  waitingSince?: Partial<Record<'critical' | 'default' | 'bulk', number>>
  /** Ended attempts of a type since the beginning: well, and not. */
  ended?: Record<string, [succeeded: number, failed: number]>
  /** When the next firing is due. */
  dueAt?: number
}

export function look({ at, silent = 0, dead = 0, waitingSince = {}, ended = {}, dueAt }: Trouble): Look {
  const jobs = sumOfJobs([])
  const noTotals = { enqueued: 0, dead: 0, waitMs: 0, runMs: 0, runBuckets: [] }
  const lane = (name: 'critical' | 'default' | 'bulk') => ({
    ...jobs.lanes[name],
    oldestQueuedAt: waitingSince[name] ?? null,
  })
  return {
    at,
    silent,
    jobs: {
      ...jobs,
      states: { dead },
      lanes: { critical: lane('critical'), default: lane('default'), bulk: lane('bulk') },
      totals: Object.entries(ended).map(([type, [succeeded, failedAttempts]]) => ({
        ...{ ...noTotals, type, succeeded, failedAttempts },
      })),
    },
    schedules: { ...sumOfSchedules([]), overdue: { count: 1, oldestDueAt: dueAt ?? null } },
  }
}

/** A shard of schedules at hand: a clock to be set, jobs that live until they are ended, dice from a seed. For tests. */
import { seededRandom } from '../basics/random.ts'
import { newScheduleId } from '../job/shards.ts'
import type { NewJob } from '../message/job-desk.ts'
import type { ScheduleTerms } from '../message/schedule-desk.ts'
import type { Calendar } from './calendar.ts'
import type { JobsBeside } from './job-for.ts'
import { ScheduleKeeper } from './keeper.ts'
import type { ScheduleStore } from './store.ts'

export const START = Date.UTC(2026, 10, 22, 10)
export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

/** Every day at noon UTC, whatever the expression. */
const noons: Calendar = {
  next: (_, after) => Math.floor((after - 12 * HOUR_MS) / DAY_MS + 1) * DAY_MS + 12 * HOUR_MS,
}

export const everyMinute: ScheduleTerms = {
  name: 'every minute',
  timing: { kind: 'interval', everyMs: MINUTE_MS, anchorAt: START },
  misfire: { kind: 'once' },
  misfireAfterMs: 30_000,
  overlapping: 'allow',
  jitterMs: 0,
  startsAt: null,
  endsAt: null,
  blackouts: [],
  runsMax: null,
  job: {
    type: 'http_request',
    payload: '{}',
    lane: 'default',
    attemptsMax: 3,
    backoff: { kind: 'constant', firstMs: 1_000, mostMs: 1_000, factor: 1 },
    timeoutMs: 30_000,
    concurrencyKey: null,
    concurrencyMax: 1,
    rate: null,
    resultForMs: 86_400_000,
    tags: [],
  },
}

/** Who adds them. */
export const TEST = { storeId: 'store_test', by: 'key_test' }

/** Jobs that were begun and have not ended. */
export class JobsAtHand implements JobsBeside {
  readonly begun: NewJob[] = []
  readonly running = new Set<string>()
  readonly cancelled: string[] = []
  /** When set, the next job cannot be written. */
  fails = false

  accept(job: NewJob): void {
    if (this.fails) throw new Error('the disk is full')
    this.begun.push(job)
    this.running.add(job.id)
  }

  hasEnded(jobId: string): boolean {
    return !this.running.has(jobId)
  }

  cancel(jobId: string): void {
    this.cancelled.push(jobId)
  }
}

export class ShardAtHand {
  now = START
  readonly jobs = new JobsAtHand()
  readonly random = seededRandom(7)
  readonly store: ScheduleStore
  readonly #calendar: Calendar
  keeper: ScheduleKeeper

  constructor(store: ScheduleStore, calendar = noons) {
    this.store = store
    this.#calendar = calendar
    this.keeper = this.restarted()
  }

  /** A new keeper over the same rows. */
  restarted(): ScheduleKeeper {
    const clock = { now: () => this.now }
    this.keeper = new ScheduleKeeper(this.store, {
      clock,
      random: this.random,
      calendar: this.#calendar,
      jobs: this.jobs,
    })
    return this.keeper
  }

  /** A schedule of every minute but for these changes; its id. */
  add(changes: Partial<ScheduleTerms> = {}): string {
    const id = newScheduleId(3, this.now, this.random)
    const added = this.keeper.add({ ...TEST, id, onceKey: id }, { ...everyMinute, ...changes }, {})
    if (!added.ok) throw new Error(added.refusal.code)
    return id
  }

  /** What the alarm does, at an instant after the start. */
  ringAt(sinceStartMs: number): void {
    this.now = START + sinceStartMs
    const faults = this.keeper.fireDue()
    if (faults.length > 0) throw faults[0]
  }

  /** The ledger, the earliest first: `+60s fired`. */
  ledger(id: string): string[] {
    const runs = this.keeper.runs(id, null, 2_000).reverse()
    return runs.map(({ nominalAt, outcome }) => `+${(nominalAt - START) / SECOND_MS}s ${outcome}`)
  }
}

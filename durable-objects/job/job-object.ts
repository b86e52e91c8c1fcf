/**
 * A shard of a store's jobs, named `<store>/jobs-<n>`: rows of jobs, their lines, their limits, and whom to tell when they
 * end (domain/job). Messages and the alarm are hints; whatever they lose is found by the rows' due times, and a lost
 * alarm by the next touch or by the cron's sweep. How an object is built is told in ../stock/stock-object.ts.
 */
import { DurableObject } from 'cloudflare:workers'
import { assert } from '../../domain/basics/assert.ts'
import { refuse, type Decision } from '../../domain/basics/decision.ts'
import type {
  AncestorNews,
  Claim,
  JobDesk,
  JobFigures,
  JobKinDesk,
  JobQuery,
  JobRefusal,
  JobState,
  JobSweepDesk,
  JobView,
  JobWorkDesk,
  NewJob,
} from '../../domain/message/job-desk.ts'
import { earlier } from '../../domain/job/job.ts'
import { JobKeeper } from '../../domain/job/keeper.ts'
import { numberOfJobShard, shardOfJob } from '../../domain/job/shards.ts'
import type {
  DropMoments,
  RunPlace,
  RunView,
  ScheduleDesk,
  ScheduleFigures,
  ScheduleFiguresDesk,
  ScheduleRefusal,
  ScheduleTerms,
  ScheduleView,
} from '../../domain/message/schedule-desk.ts'
import { ScheduleKeeper } from '../../domain/schedule/keeper.ts'
import jobs from '../../migrations/durable-objects/job/0001_jobs.sql'
import schedules from '../../migrations/durable-objects/job/0002_schedules.sql'
import { calendar } from '../../platform/calendar/calendar.ts'
import { jobKinOf } from '../../platform/desks.ts'
import { systemClock, systemRandom } from '../../platform/dice.ts'
import { Alarms } from '../basics/alarms.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { Waiters } from '../order/waiters.ts'
import { JobCourier } from './job-courier.ts'
import { SqliteScheduleStore } from './sqlite-schedule-store.ts'
import { SqliteJobStore } from './sqlite-store.ts'

type ChangedSchedule = Promise<Decision<ScheduleView, ScheduleRefusal>>
type Args<Method extends keyof JobWorkDesk> = Parameters<JobWorkDesk[Method]>[0]

/** Exported for tests of the store alone. */
export const SCHEMA = [
  { name: '0001_jobs', text: jobs },
  { name: '0002_schedules', text: schedules },
]

/** A browser's own patience with a silent connection is longer than this. */
const WAIT_MOST_MS = 25_000
/** Armed before an alarm's work, for the case that nothing else is any more. */
const SAFETY_MS = 60_000
/** Alarms may be late by seconds; what is later than this was forgotten. */
const OVERDUE_MS = 5_000
/** Slices of what is overdue that one sweep does; the alarm does the rest. */
const SLICES_PER_SWEEP = 20

export class JobObject
  extends DurableObject<Env>
  implements JobDesk, JobWorkDesk, JobKinDesk, JobSweepDesk, ScheduleDesk, ScheduleFiguresDesk
{
  readonly #keeper: JobKeeper
  readonly #schedules: ScheduleKeeper
  /** A schedule may wait for a job that has ended. */
  #someEnded = false
  readonly #alarms: Alarms
  readonly #courier: JobCourier
  readonly #shard: number
  readonly #waiters = new Waiters()

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    applySchema(ctx.storage, SCHEMA)
    const sql = new Sql(ctx.storage)
    this.#shard = numberOfJobShard(ctx.id.name ?? '')
    this.#keeper = new JobKeeper(new SqliteJobStore(sql), systemClock, systemRandom, this.#shard)
    this.#keeper.onChange((id) => this.#waiters.wake(id))
    this.#keeper.onEnd(({ runId }) => (this.#someEnded ||= runId !== null))
    this.#schedules = new ScheduleKeeper(new SqliteScheduleStore(sql), {
      ...{ clock: systemClock, random: systemRandom, calendar },
      jobs: {
        accept: (job) => assert(this.#keeper.accept([job]).ok, 'a job that comes after none is accepted'),
        hasEnded: (id) => !this.#keeper.isLive(id),
        cancel: (id) => void this.#keeper.cancel(id),
      },
    })
    this.#courier = new JobCourier(this.#keeper, {
      storeId: this.#storeId,
      queues: { critical: env.JOBS_CRITICAL, default: env.JOBS_DEFAULT, bulk: env.JOBS_BULK },
      kin: (shard) => jobKinOf(env, this.#storeId, shard),
      touch: (turn) => this.#touch(turn),
    })
    this.#alarms = new Alarms(ctx.storage, systemClock, [
      { nextDueAt: () => this.#keeper.nextDueAt(), run: () => this.#keeper.doDue() },
      { nextDueAt: () => this.#schedules.nextDueAt(), run: () => this.#fire() },
    ])
    void ctx.blockConcurrencyWhile(() => this.#alarms.wake())
  }

  // For operators

  /** Safe to repeat. Ancestors that live elsewhere are looked for there before anything is written. */
  async accept(newJobs: NewJob[]): Promise<Decision<{ jobs: { id: string; isNew: boolean }[] }, JobRefusal>> {
    const stranger = await this.#strangerElsewhere(newJobs)
    if (stranger !== undefined) return refuse({ code: 'ancestor_not_found', jobId: stranger })
    const decision = this.#touch(() => this.#keeper.accept(newJobs))
    return decision.ok ? { ok: true, value: { jobs: decision.value } } : decision
  }

  async jobs(ids: string[]): Promise<(JobView | null)[]> {
    return this.#keeper.views(ids)
  }

  async list(query: JobQuery): Promise<JobView[]> {
    return this.#keeper.list(query)
  }

  async jobAfter(id: string, version: number, waitMs: number): Promise<JobView | null> {
    const until = systemClock.now() + Math.min(waitMs, WAIT_MOST_MS)
    for (;;) {
      const [job = null] = this.#keeper.views([id])
      const left = until - systemClock.now()
      if (!job || job.version > version || left <= 0) return job
      await this.#waiters.wait(id, left)
    }
  }

  async batch(batchId: string): Promise<Partial<Record<JobState, number>>> {
    return this.#keeper.batch(batchId)
  }

  async cancel(id: string): Promise<Decision<JobView, JobRefusal>> {
    return this.#touch(() => this.#keeper.cancel(id))
  }

  async retryNow(id: string): Promise<Decision<JobView, JobRefusal>> {
    return this.#touch(() => this.#keeper.retryNow(id))
  }

  async amend(id: string, payload: string, isPayloadAside: boolean): Promise<Decision<JobView, JobRefusal>> {
    return this.#touch(() => this.#keeper.amend(id, payload, isPayloadAside))
  }

  async replay(id: string, payload: string | null, by: string): Promise<Decision<JobView, JobRefusal>> {
    return this.#touch(() => this.#keeper.replay(id, payload, by))
  }

  async figures(): Promise<JobFigures> {
    return this.#keeper.figures()
  }

  // For the queues' consumers

  async claim(asks: Args<'claim'>): Promise<(Claim | null)[]> {
    return this.#touch(() => this.#keeper.claim(asks))
  }

  async beat(beats: Args<'beat'>): Promise<('go_on' | 'stop' | 'superseded')[]> {
    return this.#touch(() => this.#keeper.beat(beats))
  }

  async end(ends: Args<'end'>): Promise<('recorded' | 'superseded')[]> {
    return this.#touch(() => this.#keeper.end(ends))
  }

  // For the other shards

  async knows(ids: string[]): Promise<boolean[]> {
    return this.#keeper.knows(ids)
  }

  async watch(pairs: Parameters<JobKinDesk['watch']>[0]): Promise<('watching' | 'unknown')[]> {
    return this.#touch(() => this.#keeper.watch(pairs))
  }

  async ended(news: AncestorNews[]): Promise<void> {
    this.#touch(() => this.#keeper.hear(news))
  }

  // For schedules, which live beside their jobs

  async addSchedule(
    added: Parameters<ScheduleDesk['addSchedule']>[0],
    terms: ScheduleTerms,
    moments: DropMoments,
  ): ChangedSchedule {
    return this.#touch(() => this.#schedules.add(added, terms, moments))
  }

  async changeSchedule(
    id: string,
    version: number | null,
    terms: ScheduleTerms,
    moments: DropMoments,
  ): ChangedSchedule {
    return this.#touch(() => this.#schedules.change(id, version, terms, moments))
  }

  async removeSchedule(id: string): Promise<Decision<null, ScheduleRefusal>> {
    return this.#touch(() => this.#schedules.remove(id))
  }

  async schedule(id: string): Promise<ScheduleView | null> {
    return this.#schedules.schedule(id)
  }

  async schedules(before: string | null, limit: number): Promise<ScheduleView[]> {
    return this.#schedules.schedules(before, limit)
  }

  async pauseSchedule(id: string, isPaused: boolean): ChangedSchedule {
    return this.#touch(() => this.#schedules.pause(id, isPaused))
  }

  async triggerSchedule(id: string, key: string): Promise<Decision<RunView, ScheduleRefusal>> {
    return this.#touch(() => this.#schedules.trigger(id, key))
  }

  async backfillSchedule(id: string, from: number, until: number): Promise<Decision<RunView[], ScheduleRefusal>> {
    return this.#touch(() => this.#schedules.backfill(id, from, until))
  }

  async runs(scheduleId: string | null, before: RunPlace | null, limit: number): Promise<RunView[]> {
    return this.#schedules.runs(scheduleId, before, limit)
  }

  async run(id: string): Promise<RunView | null> {
    return this.#schedules.run(id)
  }

  async dropMoved(drop: string, moments: DropMoments): Promise<void> {
    this.#touch(() => this.#schedules.dropMoved(drop, moments))
  }

  async scheduleFigures(): Promise<ScheduleFigures> {
    return this.#schedules.figures()
  }

  // What happens by itself

  /**
   * A safety alarm first, on disk before anything else happens: a fired alarm is used up, and an object that is reset in
   * the middle would owe work and have none. It also ends the platform's own chain of retries, which gives up after
   * six; so a fault rests for seconds here and is tried again for ever.
   */
  override async alarm(): Promise<void> {
    await this.ctx.storage.setAlarm(systemClock.now() + SAFETY_MS)
    await this.#alarms.ring({ retryCount: Number.POSITIVE_INFINITY })
    this.#startQueued()
    if (this.#nextDueAt() === null) await this.ctx.storage.deleteAlarm()
    this.#deliver()
  }

  async sweep(): Promise<{ rescued: boolean; overdue: number }> {
    const armedFor = await this.ctx.storage.getAlarm()
    const nextDueAt = this.#nextDueAt()
    const overdue = this.#keeper.overdue(OVERDUE_MS) + this.#schedules.overdue(OVERDUE_MS)
    const isLost = nextDueAt !== null && (armedFor === null || armedFor > nextDueAt || overdue > 0)
    if (isLost) {
      this.#touch(() => {
        this.#keeper.countRescue()
        for (let slice = 0; slice < SLICES_PER_SWEEP && this.#keeper.overdue(0) > 0; slice++) this.#keeper.doDue()
        this.#fire()
      })
    }
    return { rescued: isLost, overdue }
  }

  /** Whatever fails rests in its own row, and is told here only. */
  #fire(): void {
    for (const fault of this.#schedules.fireDue()) console.error('a schedule failed and rests for a minute', fault)
  }

  #startQueued(): void {
    if (!this.#someEnded) return
    this.#someEnded = false
    this.#schedules.startQueued()
  }

  #nextDueAt(): number | null {
    return earlier(this.#keeper.nextDueAt(), this.#schedules.nextDueAt())
  }

  /** The first ancestor that its own shard does not know. */
  async #strangerElsewhere(newJobs: readonly NewJob[]): Promise<string | undefined> {
    const ids = new Set(newJobs.flatMap(({ after }) => after.map(({ jobId }) => jobId)))
    const elsewhere = Map.groupBy(ids, (id) => shardOfJob(id) ?? -1)
    elsewhere.delete(this.#shard)
    const asked = [...elsewhere].map(async ([shard, some]) => {
      if (shard < 0) return some[0]
      const known = await jobKinOf(this.env, this.#storeId, shard).knows(some)
      return some.find((_, i) => !known[i])
    })
    return (await Promise.all(asked)).find((stranger) => stranger !== undefined)
  }

  /** A shard is named after its store. */
  get #storeId(): string {
    return (this.ctx.id.name ?? '').split('/')[0]!
  }

  /** Said beside the turn, not within it, and, by the output gate, not before the turn is on disk. */
  #deliver(): void {
    const out = this.#keeper.take()
    if (out.told.length + out.watches.length + out.news.length > 0) this.ctx.waitUntil(this.#courier.deliver(out))
  }

  /** One turn: the keeper's work, what is to be said because of it, and the alarm for the rest. No await in here. */
  #touch<Result>(turn: () => Result): Result {
    const result = turn()
    this.#startQueued()
    this.#deliver()
    this.#alarms.arm()
    return result
  }
}

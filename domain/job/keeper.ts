/**
 * Keeps the jobs of one shard: looks, decides and records, each in one transaction. Whatever a turn wants said to others
 * is taken from `take()` after it, and lies in the rows as well: a shard that dies before it has said anything says it
 * when the rows fall due.
 */
import { assert } from '../basics/assert.ts'
import type { Clock } from '../basics/clock.ts'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { Random } from '../basics/random.ts'
import type {
  AncestorNews,
  Claim,
  JobFigures,
  JobKinDesk,
  JobQuery,
  JobRefusal,
  JobState,
  JobView,
  JobWorkDesk,
  NewJob,
} from '../message/job-desk.ts'
import { acceptJobs, type Accepted } from './acceptance.ts'
import { doDue } from './due.ts'
import { isOver, REPLAYS_MAX, viewOf, type JobRecord } from './job.ts'
import { shardOfJob } from './shards.ts'
import type { JobStore } from './store.ts'
import { figuresOf } from './tallies.ts'
import { Turn, type Outgoing } from './turn.ts'
import { beatJobs, claimJobs, endAttempts } from './work.ts'

type Args<Method extends keyof JobWorkDesk> = Parameters<JobWorkDesk[Method]>[0]
type Pair = Parameters<JobKinDesk['watch']>[0][number]

/** Whoever wants to know in the same turn that a job has ended. */
export type JobEnded = (job: Pick<JobRecord, 'id' | 'runId' | 'state'>) => void

/** In one list; a turn of so many takes a second. */
export const ACCEPTED_AT_ONCE_MOST = 10_000

const nothing = (): Outgoing => ({ told: [], watches: [], news: [], changed: [] })

export class JobKeeper {
  readonly #store: JobStore
  readonly #clock: Clock
  readonly #random: Random
  readonly #shard: number
  #ended: JobEnded = () => {}
  #changed: (id: string) => void = () => {}
  #out = nothing()

  constructor(store: JobStore, clock: Clock, random: Random, shard: number) {
    this.#store = store
    this.#clock = clock
    this.#random = random
    this.#shard = shard
  }

  /** Has somebody told of each end, within the turn that brings it: a schedule of its firings' jobs. */
  onEnd(ended: JobEnded): void {
    this.#ended = ended
  }

  /** Has somebody told, after the turn, which jobs it has changed. */
  onChange(changed: (id: string) => void): void {
    this.#changed = changed
  }

  /** What has to be said to others since this was last asked. */
  take(): Outgoing {
    const out = this.#out
    this.#out = nothing()
    return out
  }

  /** Refuses as the contract says. Also within a transaction of somebody else's over the same storage. */
  accept(jobs: readonly NewJob[]): Decision<Accepted, JobRefusal> {
    assert(jobs.length <= ACCEPTED_AT_ONCE_MOST, `at most ${ACCEPTED_AT_ONCE_MOST} jobs at once`)
    for (const { id } of jobs) assert(this.#isHere(id), `${id} belongs to another shard`)
    return this.#turn((turn) => acceptJobs(turn, jobs))
  }

  claim(asks: Args<'claim'>): (Claim | null)[] {
    return this.#turn((turn) => claimJobs(turn, asks))
  }

  beat(beats: Args<'beat'>): ('go_on' | 'stop' | 'superseded')[] {
    return this.#turn((turn) => beatJobs(turn, beats))
  }

  end(ends: Args<'end'>): ('recorded' | 'superseded')[] {
    return this.#turn((turn) => endAttempts(turn, ends))
  }

  /** Ends a job that nobody runs; asks for the end of one that somebody does. Asked twice: the same. */
  cancel(id: string): Decision<JobView, JobRefusal> {
    return this.#change(id, (turn, job) => {
      if (job.state === 'cancelled') return job
      if (isOver(job.state)) return { code: 'job_has_ended', state: job.state }
      if (job.state === 'running') return job.isCancelAsked ? job : turn.change(job, { isCancelAsked: true })
      return turn.end(job, 'cancelled', { error: { code: 'cancelled', message: 'somebody asked for it' } })
    })
  }

  /** Does not wait for its instant, or for its next attempt. Whatever else holds a job back holds it still. */
  retryNow(id: string): Decision<JobView, JobRefusal> {
    return this.#change(id, (turn, job) => {
      if (isOver(job.state)) return { code: 'job_has_ended', state: job.state }
      if (job.state === 'scheduled' || job.state === 'retrying') return turn.change(job, turn.queued(job))
      return job.state === 'waiting' && job.runAt !== null ? turn.change(job, { runAt: null }) : job
    })
  }

  /**
   * A dead letter is a job again: with all its attempts, the same id and so the same effects. It waits for what it waited
   * for, whatever became of that. Whoever comes after it has ended with it and stays so. `payload` null: as it was.
   */
  replay(id: string, payload: string | null, by: string): Decision<JobView, JobRefusal> {
    return this.#change(id, (turn, job) => {
      if (job.state !== 'dead') return { code: 'job_not_dead', state: job.state }
      if (job.replays >= REPLAYS_MAX) return { code: 'too_many_replays', replaysMax: REPLAYS_MAX }
      const again = {
        ...{ attemptsMade: 0, legs: 0, isCancelAsked: false, error: null, endedAt: null, expiresAt: null, runAt: null },
        ...{ line: 0, hasSlot: false, replays: job.replays + 1, by, payload: payload ?? job.payload },
        // What was written down about another payload says nothing of this one.
        checkpoint: payload === null ? job.checkpoint : null,
        isPayloadAside: payload === null && job.isPayloadAside,
      }
      const pending = turn.store.needs(id).filter(({ state }) => state === null).length
      const waits = { ...again, pending, state: 'waiting', dueAt: null } as const
      return turn.change(job, pending > 0 ? waits : { ...again, ...turn.queued({ ...job, ...again }) })
    })
  }

  /** Another payload for a dead letter. What was written down about the old one says nothing of this one. */
  amend(id: string, payload: string, isPayloadAside: boolean): Decision<JobView, JobRefusal> {
    return this.#change(id, (turn, job) => {
      if (job.state !== 'dead') return { code: 'job_not_dead', state: job.state }
      return turn.change(job, { payload, isPayloadAside, checkpoint: null })
    })
  }

  views(ids: readonly string[]): (JobView | null)[] {
    const jobs = this.#store.jobs(ids)
    return ids.map((id) => this.#view(jobs.get(id)))
  }

  list(query: JobQuery): JobView[] {
    return this.#store.list(query).map((job) => this.#view(job)!)
  }

  batch(batchId: string): Partial<Record<JobState, number>> {
    return this.#store.batch(batchId)
  }

  figures(): JobFigures {
    const oldest = {
      critical: this.#store.oldestQueuedAt('critical'),
      default: this.#store.oldestQueuedAt('default'),
      bulk: this.#store.oldestQueuedAt('bulk'),
    }
    return figuresOf(this.#store.tallies(), oldest, this.#clock.now())
  }

  /** Whether somebody's job has not ended yet. */
  isLive(id: string): boolean {
    const job = this.#store.job(id)
    return job !== undefined && !isOver(job.state)
  }

  // Due times

  nextDueAt(): number | null {
    return this.#store.nextDue()
  }

  /** One slice of what is due. */
  doDue(): void {
    this.#turn(doDue)
  }

  /** Living jobs whose instant is past by more than `byMs`, counted up to a thousand. */
  overdue(byMs: number): number {
    return this.#store.due(this.#clock.now() - byMs, 1_000).length
  }

  countRescue(): void {
    this.#turn((turn) => void (turn.tallies.counts.alarmRescues += 1))
  }

  /** Messages that no queue took: they are due again in a moment, rather than when they would be missed. */
  notTold(told: Outgoing['told']): void {
    this.#turn((turn) => {
      for (const { id, send } of told) {
        const job = turn.store.job(id)
        if (job?.stand === 'told' && job.sends === send) turn.change(job, { dueAt: turn.now + NOT_TOLD_AGAIN_MS })
      }
    })
  }

  // Kin

  knows(ids: readonly string[]): boolean[] {
    const known = this.#store.known(ids)
    return ids.map((id) => known.has(id))
  }

  /** For a neighbour: its job is told when ours has ended. */
  watch(pairs: readonly Pair[]): ('watching' | 'unknown')[] {
    return this.#turn((turn) =>
      pairs.map(({ ancestorId, descendantId }) => {
        const ancestor = turn.store.job(ancestorId)
        if (!ancestor) return 'unknown'
        const isNew = turn.store.addWatcher({ ancestorId, descendantId, isElsewhere: true })
        if (isOver(ancestor.state)) turn.mustTell(ancestorId)
        else if (isNew) turn.change(ancestor, { watchers: ancestor.watchers + 1 })
        return 'watching'
      }),
    )
  }

  /** What a neighbour answered when it was asked to watch. */
  watched(answers: readonly (Pair & { answer: 'watching' | 'unknown' })[]): void {
    this.#turn((turn) => {
      for (const { ancestorId, descendantId, answer } of answers) {
        if (answer === 'unknown') turn.hear(descendantId, ancestorId, null, null)
        for (const need of turn.store.needs(descendantId)) {
          if (need.ancestorId === ancestorId && need.askAt !== null) turn.store.saveNeed({ ...need, askAt: null })
        }
      }
    })
  }

  /** A neighbour's job has ended, for which some of ours wait. */
  hear(news: readonly AncestorNews[]): void {
    this.#turn((turn) => {
      for (const { descendantId, ancestorId, state, result } of news) turn.hear(descendantId, ancestorId, state, result)
    })
  }

  /** A neighbour has heard it, and need not be told again. */
  heard(pairs: readonly Pair[]): void {
    this.#turn((turn) => {
      for (const pair of pairs) turn.store.removeWatcher({ ...pair, isElsewhere: true })
      for (const id of new Set(pairs.map(({ ancestorId }) => ancestorId))) {
        if (turn.store.ending(id)) turn.mustTell(id) // the rest of them, or nobody: then the row goes
      }
    })
  }

  #isHere(id: string): boolean {
    return shardOfJob(id) === this.#shard
  }

  #view(job: JobRecord | undefined): JobView | null {
    return job ? viewOf(job, this.#clock.now()) : null
  }

  #change(id: string, decide: (turn: Turn, job: JobRecord) => JobRecord | JobRefusal): Decision<JobView, JobRefusal> {
    return this.#turn((turn) => {
      const job = turn.store.job(id)
      if (!job) return refuse<JobRefusal>({ code: 'job_not_found' })
      const decided = decide(turn, job)
      return 'code' in decided ? refuse(decided) : accept(viewOf(decided, turn.now))
    })
  }

  /** What came to nothing has nothing to say. */
  #turn<Result>(work: (turn: Turn) => Result): Result {
    const out = nothing()
    const result = this.#store.transaction(() => {
      const turn = new Turn(this.#store, this.#clock.now(), this.#random, out, {
        isHere: (id) => this.#isHere(id),
        jobEnded: (job) => this.#ended(job),
      })
      const answer = work(turn)
      turn.settle()
      return answer
    })
    this.#out.told.push(...out.told)
    this.#out.watches.push(...out.watches)
    this.#out.news.push(...out.news)
    for (const id of out.changed) this.#changed(id)
    return result
  }
}

const NOT_TOLD_AGAIN_MS = 2_000

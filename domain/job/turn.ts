/**
 * One turn over a shard's rows: what every change of a job has in common. A job takes its place in line, is told, ends,
 * frees its key and tells its descendants; counts are kept in step. What is to be sent is gathered, for after the commit.
 */
import { assert } from '../basics/assert.ts'
import type { Random } from '../basics/random.ts'
import type { AncestorNews, Attempt, JobError, JobState, Lane } from '../message/job-desk.ts'
import {
  clearedAt,
  earlier,
  expiryOf,
  isContinued,
  isOver,
  LANES,
  resendAt,
  shortened,
  withEnd,
  type JobRecord,
} from './job.ts'
import { verdictOn } from './kin.ts'
import { roomIn } from './lanes.ts'
import { lettable, newRate, nextLettableAt, refilled, type RateRow } from './rate.ts'
import type { JobStore } from './store.ts'
import { countDead, countMove, underWay, type Tallies } from './tallies.ts'

/** What a turn wants said to others. Hints all of them: the rows say it again. */
export interface Outgoing {
  told: { lane: Lane; id: string; send: number }[]
  /** Ancestors that live elsewhere are asked to tell us of their end. */
  watches: { ancestorId: string; descendantId: string }[]
  /** Descendants that live elsewhere. */
  news: AncestorNews[]
  /** Jobs that are no longer as they were, for those who watch them. */
  changed: string[]
}

/** Rows that one turn moves on at most, of each kind, so that nobody waits long behind it. */
export const AT_ONCE = 500
/** A neighbour that did not answer is told again, with growing pauses. */
const KIN_AGAIN_MS = 5_000
const KIN_AGAIN_MOST_MS = 600_000

export const kinAgainAt = (now: number, times: number): number =>
  now + Math.min(KIN_AGAIN_MOST_MS, KIN_AGAIN_MS * 2 ** Math.min(times, 10))

export class Turn {
  readonly store: JobStore
  readonly now: number
  readonly random: Random
  readonly tallies: Tallies
  readonly out: Outgoing
  readonly #shardOf: (id: string) => boolean
  readonly #ended: (job: JobRecord) => void
  #hasEndings = false

  constructor(
    store: JobStore,
    now: number,
    random: Random,
    out: Outgoing,
    { isHere, jobEnded }: { isHere: (id: string) => boolean; jobEnded: (job: JobRecord) => void },
  ) {
    this.store = store
    this.now = now
    this.random = random
    this.out = out
    this.tallies = store.tallies()
    this.#shardOf = isHere
    this.#ended = jobEnded
  }

  isHere(id: string): boolean {
    return this.#shardOf(id)
  }

  /** A new row. */
  add(job: JobRecord): JobRecord {
    this.store.insert(job)
    countMove(this.tallies, null, job)
    this.#tell(job, 0)
    return job
  }

  change(was: JobRecord, patch: Partial<JobRecord>): JobRecord {
    const is = { ...was, ...patch, version: was.version + 1 }
    this.store.save(is, was)
    this.out.changed.push(is.id)
    countMove(this.tallies, was, is)
    this.#tell(is, was.sends)
    return is
  }

  forget(job: JobRecord): void {
    this.store.remove(job.id)
    countMove(this.tallies, job, null)
  }

  /** What makes a job whose ancestors let it begin a scheduled or a queued one. Takes its key's place; saves no job. */
  begun(job: JobRecord): Partial<JobRecord> {
    const { runAt } = job
    if (runAt === null || runAt <= this.now) return this.queued(job)
    return { state: 'scheduled', stand: 'none', dueAt: earlier(runAt, expiryOf(job)) }
  }

  /** What queues a job: told at once if there is room, else in the line it has to stand in. */
  queued(job: JobRecord): Partial<JobRecord> {
    const line = job.line === 0 ? ++this.tallies.line : job.line
    const patch = { state: 'queued', line, queuedAt: this.now, token: null, unheard: 0 } as const
    if (job.concurrencyKey !== null && !job.hasSlot) {
      const taken = this.store.taken(job.concurrencyKey)
      const first = taken < job.concurrencyMax ? this.store.firstHeld(job.concurrencyKey) : undefined
      if (taken >= job.concurrencyMax || (first && first.line < line)) {
        return { ...patch, stand: 'held', dueAt: expiryOf(job) }
      }
      this.store.saveTaken(job.concurrencyKey, taken + 1)
    }
    return { ...patch, hasSlot: job.concurrencyKey !== null, ...this.#pastKey({ ...job, line }) }
  }

  /** Ends it. Its key is free for the next, and whoever waits for its end is told. */
  end(
    was: JobRecord,
    state: 'succeeded' | 'failed' | 'dead' | 'cancelled',
    {
      result = null,
      error = null,
      outcome,
    }: { result?: string | null; error?: JobError | null; outcome?: Attempt['outcome'] },
  ): JobRecord {
    assert(!isOver(was.state), `${was.id} has ended`)
    const told = error && shortened(error)
    const ended: Partial<JobRecord> = {
      ...{ state, stand: 'none', token: null, legAt: null, checkpoint: state === 'dead' ? was.checkpoint : null },
      ...{ result, error: told, endedAt: this.now, isCancelAsked: false, hasSlot: false, pending: 0 },
      attempts: withEnd(was.attempts, this.now, outcome ?? (state === 'succeeded' ? 'succeeded' : 'failed'), told),
    }
    this.leaveLine(was)
    const is = this.change(was, { ...ended, dueAt: clearedAt({ ...was, ...ended }) })
    if (state === 'dead') countDead(this.tallies, is.type)
    if (was.hasSlot) this.freeSlot(was.concurrencyKey!)
    if (is.watchers > 0) this.mustTell(is.id)
    this.#ended(is)
    return is
  }

  /** Descendants of an ended job are to be told. */
  mustTell(ancestorId: string): void {
    this.store.saveEnding({ ancestorId, dueAt: this.now, sends: 0 })
    this.#hasEndings = true
  }

  /** Whoever leaves the line before it begins gives back what its type's rate had let it out with. */
  leaveLine({ type, rate, stand, legs }: JobRecord): void {
    if (rate === null || legs > 0 || (stand !== 'ready' && stand !== 'told')) return
    const row = this.store.rate(type)
    if (row) this.saveRate({ ...refilled(row, this.now), out: Math.max(0, row.out - 1) })
  }

  /** Saves a rate, due when it can let out the next, if anybody waits. */
  saveRate(row: RateRow): void {
    const waits = this.tallies.paced > 0 && this.store.paced(row.type, 1).length > 0
    this.store.saveRate({ ...row, dueAt: waits ? nextLettableAt(row) : null })
  }

  freeSlot(key: string): void {
    let taken = this.store.taken(key) - 1
    assert(taken >= 0, `the key ${key} has a slot to free`)
    this.store.saveTaken(key, taken)
    for (let next = this.store.firstHeld(key); next && taken < next.concurrencyMax; next = this.store.firstHeld(key)) {
      this.store.saveTaken(key, ++taken)
      this.change(next, { hasSlot: true, ...this.#pastKey(next) })
    }
  }

  /** The last of a turn: lines move up into what has become free, and kin is told. */
  settle(): void {
    if (this.#hasEndings) this.tellKin()
    this.moveUp()
    this.store.saveTallies(this.tallies)
  }

  /** Lets out whom the rates allow, and tells of each lane as many as there is room for. */
  moveUp(): void {
    if (this.tallies.paced > 0) this.letOut()
    for (const lane of LANES) {
      const room = Math.min(roomIn(lane, underWay(this.tallies)), this.tallies.lanes[lane].ready, AT_ONCE)
      if (room === 0) continue
      for (const job of this.store.ready(lane, room)) this.change(job, this.#told(job))
    }
  }

  /** Lets out whom the rates allow by now; a rate for which nobody waits any more is due no more. */
  letOut(): void {
    for (const rate of this.store.dueRates(this.now)) this.#letOut(rate)
  }

  /** Tells the descendants of ended jobs: those here in this turn, those elsewhere after it. */
  tellKin(): void {
    let left = AT_ONCE
    while (left > 0) {
      const [ending] = this.store.dueEndings(this.now, 1)
      if (!ending) return
      const job = this.store.job(ending.ancestorId)
      const here = this.store.watchers(ending.ancestorId, false, left)
      for (const watcher of here) {
        this.store.removeWatcher(watcher)
        this.hear(watcher.descendantId, ending.ancestorId, job?.state ?? null, job?.result ?? null)
      }
      left -= here.length + 1
      if (left <= 0) return // the alarm rings at once for the rest
      const elsewhere = this.store.watchers(ending.ancestorId, true, left)
      left -= elsewhere.length
      for (const { descendantId } of elsewhere) {
        const [state, result] = [job?.state ?? null, job?.result ?? null]
        this.out.news.push({ descendantId, ancestorId: ending.ancestorId, state, result })
      }
      if (elsewhere.length === 0) this.store.removeEnding(ending.ancestorId)
      else this.store.saveEnding({ ...ending, dueAt: kinAgainAt(this.now, ending.sends), sends: ending.sends + 1 })
    }
  }

  /** An ancestor has ended: the job begins, ends, or goes on waiting for its others. Safe to repeat. */
  hear(descendantId: string, ancestorId: string, state: JobState | null, result: string | null): void {
    const job = this.store.job(descendantId)
    if (!job) return
    let { pending } = job
    for (const need of this.store.needs(descendantId)) {
      if (need.ancestorId !== ancestorId || need.state !== null) continue
      // Also of a job that has ended, since it may be replayed.
      this.store.saveNeed({ ...need, state: state ?? 'failed', result: job.takesInput ? result : null, askAt: null })
      if (job.state !== 'waiting') continue
      const verdict = verdictOn(job.after[need.place]!, state, result)
      if (verdict.kind === 'end') {
        this.end(job, verdict.state, { error: verdict.error })
        return
      }
      pending -= 1
    }
    if (pending < job.pending) this.change(job, pending > 0 ? { pending } : { pending, ...this.begun(job) })
  }

  /** Past its key: behind its type's rate, or in its lane's line. */
  #pastKey(job: JobRecord): Partial<JobRecord> {
    if (job.rate !== null && !isContinued(job)) {
      const row = this.store.rate(job.type) ?? newRate(job.type, job.rate, this.now)
      const rate = { ...refilled(row, this.now), perSecond: job.rate.perSecond, burst: job.rate.burst }
      const isBehind = lettable(rate) === 0 || (this.tallies.paced > 0 && this.store.paced(job.type, 1).length > 0)
      if (isBehind) {
        this.store.saveRate({ ...rate, dueAt: nextLettableAt(rate) })
        return { stand: 'paced', dueAt: expiryOf(job) }
      }
      this.store.saveRate({ ...rate, out: rate.out + 1 })
    }
    return this.#inLane(job)
  }

  #inLane(job: JobRecord): Partial<JobRecord> {
    const { lane } = job
    if (this.tallies.lanes[lane].ready === 0 && roomIn(lane, underWay(this.tallies)) > 0) return this.#told(job)
    return { stand: 'ready', dueAt: expiryOf(job) }
  }

  #told(job: JobRecord): Partial<JobRecord> {
    const dueAt = earlier(resendAt(this.now, 1), expiryOf(job))
    return { stand: 'told', sends: job.sends + 1, unheard: 1, dueAt }
  }

  #letOut(due: RateRow): void {
    let rate = refilled(due, this.now)
    for (const job of this.store.paced(rate.type, Math.min(AT_ONCE, lettable(rate)))) {
      rate = { ...rate, out: rate.out + 1 }
      this.change(job, this.#inLane(job))
    }
    this.saveRate(rate)
  }

  #tell({ id, lane, stand, sends }: JobRecord, sendsBefore: number): void {
    if (stand === 'told' && sends > sendsBefore) this.out.told.push({ lane, id, send: sends })
  }
}

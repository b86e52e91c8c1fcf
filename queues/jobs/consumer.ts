/**
 * What runs jobs. A batch of messages is grouped by the object that keeps the jobs; of each, what there is room for is
 * claimed in one call, run side by side, and its ends are told in few calls. A message is a hint and is always acked:
 * what it was about is a row, whose lease ends and is sent again.
 */
import { shardOfJob } from '../../domain/job/shards.ts'
import type { AttemptEnd, Claim, JobWorkDesk } from '../../domain/message/job-desk.ts'
import type { JobMessage } from '../../domain/message/queues.ts'
import { endedUnderTheCall } from '../../platform/desks.ts'
import { abreast } from '../abreast.ts'
import { done, reasonOf, type Outcome } from '../outcome.ts'
import { Attempt } from './attempt.ts'
import type { JobParts } from './parts.ts'

export interface JobConsumerParts extends JobParts {
  workOf(storeId: string, shard: number): JobWorkDesk
}

/** Attempts of one shard under way in one invocation. */
const ATTEMPTS_ABREAST = 50
/** Six connections a request; an object is asked through one. */
const SHARDS_ABREAST = 6
/** An invocation may last fifteen minutes; what is not begun by then is sent again. */
const BEGIN_UNTIL_MS = 8 * 60_000
/** Also when a lease is short, objects are not asked more often than this. */
const BEAT_LEAST_MS = 500

type Ask = { jobId: string; send: number }

/** Runs what may be run of these. One outcome a message, always `done`; never rejects for a job's or an object's fault. */
export async function runJobs(messages: readonly JobMessage[], parts: JobConsumerParts): Promise<Outcome[]> {
  const groups = new Map<string, { storeId: string; shard: number; asks: Ask[] }>()
  for (const { storeId, jobs } of messages) {
    for (const { id: jobId, send } of jobs) {
      const shard = shardOfJob(jobId)
      if (shard === undefined) continue
      const name = `${storeId} ${shard}`
      const group = groups.get(name) ?? { storeId, shard, asks: [] }
      group.asks.push({ jobId, send })
      groups.set(name, group)
    }
  }
  await abreast([...groups.values()], SHARDS_ABREAST, ({ storeId, shard, asks }) =>
    new ShardWork(() => parts.workOf(storeId, shard), parts).run(asks),
  )
  return messages.map(() => done)
}

/** The jobs of one shard, in one invocation. */
class ShardWork {
  readonly #desk: () => JobWorkDesk
  readonly #parts: JobConsumerParts
  readonly #underWay = new Map<string, Attempt>()
  #ended: { jobId: string; token: string; end: AttemptEnd }[] = []
  #telling: Promise<void> | null = null
  /** Called when an attempt has ended. */
  #wake: () => void = () => undefined

  constructor(desk: () => JobWorkDesk, parts: JobConsumerParts) {
    this.#desk = desk
    this.#parts = parts
  }

  async run(asks: readonly Ask[]): Promise<void> {
    const until = this.#parts.clock.now() + BEGIN_UNTIL_MS
    let next = 0
    let beats: ReturnType<typeof setInterval> | undefined
    try {
      while (next < asks.length || this.#underWay.size > 0) {
        const room = ATTEMPTS_ABREAST - this.#underWay.size
        if (next < asks.length && room > 0) {
          if (this.#parts.clock.now() > until) next = asks.length
          const some = asks.slice(next, next + room)
          next += some.length
          for (const claim of await this.#claim(some)) {
            this.#begin(claim)
            beats ??= setInterval(() => void this.#beat(), this.#beatEveryMs(claim))
          }
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve))
        }
      }
    } finally {
      clearInterval(beats)
      await this.#telling
    }
  }

  /** What of these is ours to run now. Those whose object is away come again with another message. */
  async #claim(asks: Ask[]): Promise<Claim[]> {
    try {
      const claims = await this.#ask((desk) => desk.claim(asks))
      return claims.filter((claim) => claim !== null)
    } catch (fault) {
      warn('jobs_not_claimed', { jobs: asks.map(({ jobId }) => jobId) }, fault)
      return []
    }
  }

  #beatEveryMs({ leaseUntil }: Claim): number {
    return Math.max(BEAT_LEAST_MS, (leaseUntil - this.#parts.clock.now()) / 3)
  }

  #begin(claim: Claim): void {
    const attempt = new Attempt(claim, this.#parts, () => this.#beat())
    this.#underWay.set(claim.token, attempt)
    void this.#attend(attempt)
  }

  async #attend(attempt: Attempt): Promise<void> {
    const { jobId, token } = attempt.claim
    const end = await attempt.run()
    this.#underWay.delete(token)
    if (end) this.#tell({ jobId, token, end })
    this.#wake()
  }

  /** What ends in one turn is told in one call; what ends while that is told, in the next. */
  #tell(ended: { jobId: string; token: string; end: AttemptEnd }): void {
    this.#ended.push(ended)
    this.#telling ??= this.#tellAll()
  }

  async #tellAll(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0))
    while (this.#ended.length > 0) {
      const some = this.#ended
      this.#ended = []
      try {
        await this.#ask((desk) => desk.end(some))
      } catch (fault) {
        // The work is done and nobody has heard: its lease ends, and another attempt does it again under the same key.
        warn('job_ends_not_told', { jobs: some.map(({ jobId }) => jobId) }, fault)
      }
    }
    this.#telling = null
  }

  /** Says of all attempts under way that they live. A beat that nobody hears is made up for by the next. */
  async #beat(): Promise<void> {
    const attempts = [...this.#underWay.values()]
    if (attempts.length === 0) return
    const beats = attempts.map(({ claim: { jobId, token }, progress }) => ({ jobId, token, progress }))
    for (const attempt of attempts) attempt.progress = null
    try {
      const words = await this.#ask((desk) => desk.beat(beats))
      attempts.forEach((attempt, i) => {
        if (words[i] === 'stop') attempt.stop('cancelled')
        if (words[i] === 'superseded') attempt.stop('superseded')
      })
    } catch (fault) {
      warn('heartbeat_not_told', { jobs: beats.map(({ jobId }) => jobId) }, fault)
    }
  }

  /** All that is asked is safe to repeat; an object that was moved or made anew is asked once more. */
  async #ask<Answer>(question: (desk: JobWorkDesk) => Promise<Answer>): Promise<Answer> {
    try {
      return await question(this.#desk())
    } catch (thrown) {
      if (!endedUnderTheCall(thrown)) throw thrown
      return question(this.#desk())
    }
  }
}

const warn = (kind: string, facts: { jobs: string[] }, fault: unknown): void =>
  console.warn(JSON.stringify({ level: 'warn', kind, ...facts, why: reasonOf(fault) }))

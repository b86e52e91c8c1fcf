/** Jobs, a clock that is moved by hand, and a keeper over any store: for tests. */
import type { Clock } from '../basics/clock.ts'
import { seededRandom, type Random } from '../basics/random.ts'
import type { AttemptEnd, Claim, NewJob } from '../message/job-desk.ts'
import { JobKeeper } from './keeper.ts'
import { MemoryJobStore } from './memory-store.ts'
import { newJobId } from './shards.ts'
import type { JobStore } from './store.ts'

export const NOON = Date.UTC(2026, 10, 20, 12)
export const SHARD = 3

export class Hands implements Clock {
  at = NOON

  now(): number {
    return this.at
  }
}

/** A keeper, and what its jobs' consumers would do. */
export class Bench {
  readonly clock: Hands
  readonly keeper: JobKeeper
  readonly store: JobStore
  readonly random: Random
  readonly shard: number
  /** Messages that were sent, the latest last. */
  readonly told: { id: string; send: number; lane: string }[] = []

  constructor({
    store = new MemoryJobStore(),
    shard = SHARD,
    clock = new Hands(),
    random = seededRandom(shard + 1),
  }: { store?: JobStore; shard?: number; clock?: Hands; random?: Random } = {}) {
    this.store = store
    this.clock = clock
    this.random = random
    this.shard = shard
    this.keeper = new JobKeeper(store, clock, random, shard)
  }

  job(over: Partial<NewJob> = {}): NewJob {
    return {
      ...{ id: newJobId(this.shard, this.clock.at, this.random), storeId: 'store_test', type: 'send_email' },
      ...{ payload: '{}', isPayloadAside: false, lane: 'default', runAt: null, attemptsMax: 3 },
      backoff: { kind: 'constant', firstMs: 1_000, mostMs: 60_000, factor: 2 },
      ...{ concurrencyKey: null, concurrencyMax: 1, rate: null, after: [], takesInput: false, expiresAt: null },
      ...{ timeoutMs: 600_000, resultForMs: 3_600_000, tags: [], batchId: null, runId: null, idempotencyKey: null },
      by: 'key_test',
      ...over,
    }
  }

  /** Accepts new jobs, and answers their ids. */
  takes(...wanted: Partial<NewJob>[]): string[] {
    const decision = this.keeper.accept(wanted.map((over) => this.job(over)))
    if (!decision.ok) throw new Error(decision.refusal.code)
    return decision.value.map(({ id }) => id)
  }

  /** Time passes, and what is due happens, as often as there is something. */
  passes(ms: number): void {
    const until = this.clock.at + ms
    for (let due = this.keeper.nextDueAt(); due !== null && due <= until; due = this.keeper.nextDueAt()) {
      this.clock.at = Math.max(this.clock.at, due)
      this.keeper.doDue()
    }
    this.clock.at = until
  }

  /** The messages since this was last asked. */
  messages(): string[] {
    const told = this.keeper.take().told
    this.told.push(...told)
    return told.map(({ id }) => id)
  }

  claim(id: string): Claim | null {
    return this.keeper.claim([{ jobId: id, send: 1 }])[0] ?? null
  }

  end({ jobId, token }: Pick<Claim, 'jobId' | 'token'>, end: AttemptEnd): 'recorded' | 'superseded' {
    return this.keeper.end([{ jobId, token, end }])[0]!
  }

  /** Claims a job, and ends its attempt. */
  runs(id: string, end: AttemptEnd = { kind: 'succeeded', result: null }): Claim {
    const claim = this.claim(id)
    if (!claim) throw new Error(`${id} cannot be claimed: ${this.state(id)}`)
    this.end(claim, end)
    return claim
  }

  state(id: string): string | undefined {
    return this.keeper.views([id])[0]?.state
  }

  states(...ids: string[]): (string | undefined)[] {
    return this.keeper.views(ids).map((job) => job?.state)
  }
}

type Failed = Extract<AttemptEnd, { kind: 'failed' }>

export const FAILED: Failed = {
  ...{ kind: 'failed', error: { code: 'away', message: 'the other side is away' }, retryInMs: null, isFinal: false },
}
export const HOPELESS: Failed = { ...FAILED, isFinal: true }

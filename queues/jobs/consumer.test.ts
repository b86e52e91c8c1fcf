/** What runs jobs, over a real keeper: who is claimed, what is told, and what becomes of each way to end. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemRandom } from '../../platform/dice.ts'
import { newJobId } from '../../domain/job/shards.ts'
import { JobKeeper } from '../../domain/job/keeper.ts'
import { MemoryJobStore } from '../../domain/job/memory-store.ts'
import type { JobView, NewJob } from '../../domain/message/job-desk.ts'
import type { JobMessage } from '../../domain/message/queues.ts'
import { runJobs, type JobConsumerParts } from './consumer.ts'

const STORE = 'store_jobs'
const SHARD = 3

let now: number
let keeper: JobKeeper
/** What was asked of the object, in order. */
let asked: string[]
let faults: string[]
let parts: JobConsumerParts
let sent: { to: string }[]

beforeEach(() => {
  now = Date.now()
  const clock = { now: () => now }
  keeper = new JobKeeper(new MemoryJobStore(), clock, systemRandom, SHARD)
  asked = []
  faults = []
  sent = []
  const answer = async <Result>(what: string, work: () => Result): Promise<Result> => {
    asked.push(what)
    const fault = faults.indexOf(what)
    if (fault >= 0) {
      faults.splice(fault, 1)
      throw new Error(`${what}: away`)
    }
    return structuredClone(work())
  }
  parts = {
    clock,
    random: systemRandom,
    mailFrom: 'shop@example.com',
    mailer: { send: async ({ to }) => void sent.push({ to }) },
    workOf: () => ({
      claim: (asks) => answer(`claim ${asks.length}`, () => keeper.claim(asks)),
      beat: (beats) => answer(`beat ${beats.length}`, () => keeper.beat(beats)),
      end: (ends) => answer(`end ${ends.length}`, () => keeper.end(ends)),
    }),
  } as Partial<JobConsumerParts> as JobConsumerParts
})

function made(type: string, payload: unknown, more: Partial<NewJob> = {}): string {
  const id = newJobId(SHARD, now, systemRandom)
  const decision = keeper.accept([
    {
      ...{
        id,
        storeId: STORE,
        type,
        payload: JSON.stringify(payload),
        isPayloadAside: false,
        lane: 'default',
        runAt: null,
      },
      ...{ attemptsMax: 3, backoff: { kind: 'constant', firstMs: 1000, mostMs: 1000, factor: 1 }, rate: null },
      ...{ concurrencyKey: null, concurrencyMax: 1, after: [], takesInput: false, expiresAt: null, timeoutMs: 60_000 },
      ...{ resultForMs: 60_000, tags: [], batchId: null, runId: null, idempotencyKey: null, by: 'key_test', ...more },
    },
  ])
  expect(decision.ok).toBe(true)
  return id
}

/** Delivers all that the keeper wants told, as one message. */
function deliver(...strays: JobMessage[]): Promise<unknown> {
  const jobs = keeper.take().told.map(({ id, send }) => ({ id, send }))
  return runJobs([...strays, { v: 1, kind: 'jobs', storeId: STORE, jobs }], parts)
}

function callsMerchants(fetch: (request: Request) => Promise<Response>): void {
  parts.webhookSecretOf = async () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  parts.outside = { isAtHome: false, ownHosts: [], now: Date.now, fetch }
}

const view = (id: string): JobView => keeper.views([id])[0]!

describe('what runs jobs', () => {
  it('[JHN3] claims what came together in one call, and tells how it ended in one', async () => {
    const ids = Array.from({ length: 40 }, (_, i) => made('noop', { echo: i }))
    expect(await deliver()).toEqual([{ kind: 'done' }])
    expect(ids.map((id) => view(id).state)).toEqual(ids.map(() => 'succeeded'))
    expect(JSON.parse(view(ids[7]!).result!)).toEqual({ echo: 7, input: [], waited_ms: 0 })
    expect(asked).toEqual(['claim 40', 'end 40'])
  })

  it('[JHN3] begins no more at a time than it has hands', async () => {
    const ids = Array.from({ length: 120 }, () => made('noop', {}))
    await deliver()
    expect(ids.every((id) => view(id).state === 'succeeded')).toBe(true)
    expect(asked.filter((what) => what.startsWith('claim')).map((what) => Number(what.slice(6)))).toEqual([50, 50, 20])
  })

  it('[JHN3] lets a job that is no good spoil none of its neighbours', async () => {
    const good = made('noop', {})
    const unknown = made('write_poem', {})
    const wrong = made('send_email', { to: 'nobody' })
    const hopeless = made('noop', { is_hopeless: true })
    const last = made('noop', {})
    await deliver()
    expect([good, last].map((id) => view(id).state)).toEqual(['succeeded', 'succeeded'])
    expect(view(unknown)).toMatchObject({ state: 'dead', error: { code: 'unknown_type' } })
    expect(view(wrong)).toMatchObject({ state: 'dead', error: { code: 'payload_not_valid' } })
    expect(view(wrong).error!.message).toContain('/to ')
    expect(view(hopeless)).toMatchObject({ state: 'dead', error: { code: 'told_to_fail' } })
  })

  it('[JHN3] acks what nobody can do anything about: strays, repeats, and what an object that is away is asked', async () => {
    const id = made('noop', {})
    const told = keeper.take().told
    const jobs = told.map((one) => ({ id: one.id, send: one.send }))
    const message: JobMessage = { v: 1, kind: 'jobs', storeId: STORE, jobs }
    const stray: JobMessage = { v: 1, kind: 'jobs', storeId: STORE, jobs: [{ id: 'ord_none', send: 1 }] }
    faults.push('claim 1')
    expect(await runJobs([message, stray], parts)).toEqual([{ kind: 'done' }, { kind: 'done' }])
    expect(view(id).state).toBe('queued')
    await runJobs([message], parts)
    await runJobs([message], parts)
    expect(view(id)).toMatchObject({ state: 'succeeded', attempts: [{ number: 1 }] })
  })

  it('[JHN3] tries again what a fault has stopped, and does not lose an end that could not be told', async () => {
    const failing = made('noop', { failures: 1 })
    await deliver()
    expect(view(failing)).toMatchObject({ state: 'retrying', error: { code: 'told_to_fail' } })
    now += 2000
    keeper.doDue()
    faults.push('end 1')
    await deliver()
    expect(view(failing).state).toBe('running') // until its lease is over, when somebody does it again
    now += 120_000
    keeper.doDue()
    now += 2000
    keeper.doDue()
    await deliver()
    expect(view(failing)).toMatchObject({ state: 'succeeded' })
  })
})

describe('an attempt', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    parts.clock = { now: () => (now = Date.now()) }
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('[JHN7] says three times in a lease that it lives, and how far it is', async () => {
    const id = made('noop', { wait_ms: 16_000 })
    const working = deliver()
    await vi.advanceTimersByTimeAsync(11_000)
    expect(asked).toEqual(['claim 1', 'beat 1'])
    expect(view(id)).toMatchObject({ state: 'running', progress: { note: 'waiting' } })
    await vi.advanceTimersByTimeAsync(6000)
    await working
    expect(view(id).state).toBe('succeeded')
  })

  it('[JHN7] stops when an operator cancels it, with the next heartbeat', async () => {
    const id = made('noop', { wait_ms: 16_000 })
    const working = deliver()
    await vi.advanceTimersByTimeAsync(1000)
    keeper.cancel(id)
    await vi.advanceTimersByTimeAsync(11_000)
    await working
    expect(view(id).state).toBe('cancelled')
  })

  it('[JHN7] ends when its time is over, and is tried again', async () => {
    const id = made('http_request', { url: 'https://merchant.example/' }, { timeoutMs: 3000 })
    callsMerchants(
      ({ signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('the call was broken off'))),
        ),
    )
    const working = deliver()
    await vi.advanceTimersByTimeAsync(3100)
    await working
    expect(view(id)).toMatchObject({ state: 'retrying', error: { code: 'timed_out' } })
  })

  it('[JHN7] ends also when its handler does not: two seconds later', async () => {
    const id = made('http_request', { url: 'https://merchant.example/' }, { timeoutMs: 3000 })
    callsMerchants(() => new Promise(() => undefined))
    const working = deliver()
    await vi.advanceTimersByTimeAsync(6000)
    await working
    expect(view(id)).toMatchObject({ state: 'retrying', error: { code: 'timed_out' } })
  })

  it('[JHN7] says nothing of a job that somebody else has taken over', async () => {
    const id = made('noop', { wait_ms: 16_000 })
    const working = deliver()
    await vi.advanceTimersByTimeAsync(1000)
    keeper = new JobKeeper(new MemoryJobStore(), parts.clock, systemRandom, SHARD)
    await vi.advanceTimersByTimeAsync(11_000)
    await working
    expect(asked).toEqual(['claim 1', 'beat 1'])
    expect(keeper.views([id])).toEqual([null])
  })

  it('[JHN8] goes on in another invocation from what it wrote down, as the same attempt', async () => {
    const id = made('noop', { wait_ms: 30_000 })
    const working = deliver()
    await vi.advanceTimersByTimeAsync(20_000)
    await working
    expect(view(id)).toMatchObject({ state: 'queued', progress: { note: 'waiting' } })
    const rest = deliver()
    await vi.advanceTimersByTimeAsync(20_000)
    await rest
    expect(view(id)).toMatchObject({ state: 'succeeded', attempts: [{ number: 1, outcome: 'succeeded' }] })
    expect(JSON.parse(view(id).result!)).toMatchObject({ waited_ms: 30_000 })
  })
})

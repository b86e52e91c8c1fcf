/** A job's life, as its keeper decides it. What hangs on the storage is in store.contract.ts. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import type { Ancestor, Lane, NewJob } from '../message/job-desk.ts'
import { LEASE_MS, LEGS_MOST, REPLAYS_MAX } from './job.ts'
import { OWN_PLACES, roomIn, UNDER_WAY_MOST } from './lanes.ts'
import { askedDelayMs, retryDelayMs } from './retry-policy.ts'
import { newJobId, shardForJob, shardOfJob, JOB_SHARDS } from './shards.ts'
import { Bench, FAILED, HOPELESS, NOON } from './testing.ts'
import { AT_ONCE } from './turn.ts'

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR
const DONE = { kind: 'succeeded', result: null } as const

const after = (jobId: string, over: Partial<Ancestor> = {}): Ancestor => ({
  jobId,
  on: 'success',
  condition: null,
  ...over,
})

describe('an attempt', () => {
  it('[JOB4] belongs to one claim: whoever comes without its token changes nothing', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    const first = bench.claim(id!)!
    expect(bench.claim(id!)).toBeNull()
    bench.passes(LEASE_MS + 1_000)
    bench.messages()
    const second = bench.claim(id!)!
    expect(bench.end(first, { kind: 'succeeded', result: '"zombie"' })).toBe('superseded')
    expect(bench.keeper.beat([{ jobId: id!, token: first.token, progress: null }])).toEqual(['superseded'])
    expect(bench.end(second, { kind: 'succeeded', result: '"mine"' })).toBe('recorded')
    expect(bench.end(second, HOPELESS)).toBe('superseded')
    expect(bench.keeper.views([id!])[0]).toMatchObject({ state: 'succeeded', result: '"mine"' })
    expect(bench.keeper.figures().counts.zombiesRefused).toBe(3)
  })

  it('[JOB4] is claimed once when one call names it twice, and ended once', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    const [first, second] = bench.keeper.claim([
      { jobId: id!, send: 1 },
      { jobId: id!, send: 1 },
    ])
    expect([first?.attempt, second]).toEqual([1, null])
    const end = { jobId: id!, token: first!.token, end: DONE }
    expect(bench.keeper.end([end, end])).toEqual(['recorded', 'superseded'])
  })

  it('[JOB5] lives as long as its holder is heard of, and is tried again when it is not', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    const { token } = bench.claim(id!)!
    for (let i = 0; i < 5; i++) {
      bench.passes(LEASE_MS - 1)
      const progress = { done: i / 5, note: `${i}` }
      expect(bench.keeper.beat([{ jobId: id!, token, progress }])).toEqual(['go_on'])
    }
    expect(bench.keeper.views([id!])[0]?.progress).toEqual({ done: 0.8, note: '4' })
    bench.passes(LEASE_MS)
    expect(bench.keeper.views([id!])[0]).toMatchObject({ state: 'retrying', error: { code: 'attempt_lost' } })
    bench.passes(1_000)
    expect(bench.runs(id!).attempt).toBe(2)
    expect(bench.keeper.views([id!])[0]?.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded'])
  })

  it('[JOB6] is told to stop when its time is over, and has timed out when it does not', () => {
    const bench = new Bench()
    const [id] = bench.takes({ timeoutMs: 40_000, attemptsMax: 1 })
    const { token } = bench.claim(id!)!
    const beat = () => bench.keeper.beat([{ jobId: id!, token, progress: null }])
    bench.passes(20_000)
    expect(beat()).toEqual(['go_on'])
    bench.passes(20_000)
    expect(beat()).toEqual(['stop'])
    bench.passes(5_000)
    expect(bench.keeper.views([id!])[0]).toMatchObject({ state: 'dead', error: { code: 'job_timed_out' } })
  })

  it('[JOB7] goes on from its checkpoint in another invocation, and counts once', () => {
    const bench = new Bench()
    const [id] = bench.takes({ expiresAt: NOON + 10_000, rate: { perSecond: 0.001, burst: 1 } })
    const began = bench.claim(id!)!
    bench.end(began, { kind: 'to_be_continued', checkpoint: 'row 1000', progress: null })
    expect(bench.messages().length).toBe(2)
    bench.passes(11_000)
    const claim = bench.claim(id!)!
    expect(claim).toMatchObject({ attempt: 1, checkpoint: 'row 1000' })
    expect(claim.token).not.toBe(began.token)
    bench.end(claim, FAILED)
    expect(bench.state(id!)).toBe('retrying')
    expect(bench.store.job(id!)?.checkpoint).toBe('row 1000')
  })

  it('[JOB7] is given up on when it is continued for ever', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    for (let leg = 0; leg < LEGS_MOST; leg++) {
      bench.runs(id!, { kind: 'to_be_continued', checkpoint: '', progress: null })
    }
    bench.runs(id!, { kind: 'to_be_continued', checkpoint: '', progress: null })
    expect(bench.keeper.views([id!])[0]).toMatchObject({ state: 'dead', error: { code: 'continued_too_often' } })
  })
})

describe('trying again', () => {
  it('[JOB8] waits anywhere between nothing and a step that grows up to its most', () => {
    const random = seededRandom(1)
    const backoff = { kind: 'exponential', firstMs: 100, mostMs: 1_000, factor: 2 } as const
    const waits = (attempt: number) => Array.from({ length: 2_000 }, () => retryDelayMs(backoff, attempt, random))
    for (const [attempt, most] of [
      [1, 100],
      [2, 200],
      [4, 800],
      [5, 1_000],
      [500, 1_000],
    ] as const) {
      const all = waits(attempt)
      expect(Math.max(...all)).toBeLessThanOrEqual(most)
      expect(Math.max(...all)).toBeGreaterThan(most * 0.98)
      expect(Math.min(...all)).toBeLessThan(most * 0.02)
    }
    expect(retryDelayMs({ ...backoff, kind: 'constant' }, 7, random)).toBe(100)
  })

  it('[JOB8] waits for as long as it was asked to, and hardly longer', () => {
    const random = seededRandom(2)
    const waits = Array.from({ length: 200 }, () => askedDelayMs(60_000, random))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(60_000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(66_000)
    expect(askedDelayMs(10 * YEAR, random)).toBeLessThan(27 * HOUR)
    expect(askedDelayMs(-5, random)).toBe(0)
  })

  it('[JOB8] is a dead letter after its last attempt, or at once where another would not help', () => {
    const bench = new Bench()
    const [spent, hopeless] = bench.takes({ attemptsMax: 2 }, {})
    bench.runs(spent!, { ...FAILED, retryInMs: 5_000 })
    expect(bench.claim(spent!)).toBeNull()
    bench.passes(4_999)
    expect(bench.state(spent!)).toBe('retrying')
    bench.passes(600)
    bench.runs(spent!, FAILED)
    bench.runs(hopeless!, HOPELESS)
    expect(bench.keeper.views([spent!, hopeless!])).toMatchObject([
      { state: 'dead', error: { code: 'away' } },
      { state: 'dead', attempts: [{ outcome: 'failed', error: { code: 'away' } }] },
    ])
  })
})

describe('messages', () => {
  it('[JOB9] are sent again while nobody comes, ever less often, until somebody does', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    bench.messages()
    const sentAt: number[] = []
    for (let s = 0; s < 900; s++) {
      bench.passes(1_000)
      for (const _ of bench.messages()) sentAt.push((bench.clock.at - NOON) / 1_000)
    }
    expect(sentAt).toEqual([30, 90, 210, 450])
    expect(bench.keeper.figures().counts.messagesResent).toBe(4)
    expect(bench.claim(id!)?.attempt).toBe(1)
  })

  it('[JOB9] that no queue took are sent again in seconds', () => {
    const bench = new Bench()
    const [id] = bench.takes({})
    bench.keeper.notTold(bench.keeper.take().told)
    bench.passes(2_000)
    expect(bench.messages()).toEqual([id])
  })
})

describe('instants', () => {
  it('[JOB10] a job waits for its instant, a year if need be, and no longer', () => {
    const bench = new Bench()
    const [id] = bench.takes({ runAt: NOON + YEAR })
    bench.passes(YEAR - 1)
    expect([bench.state(id!), bench.messages(), bench.claim(id!)]).toEqual(['scheduled', [], null])
    bench.passes(1)
    expect([bench.state(id!), bench.messages()]).toEqual(['queued', [id]])
  })

  it('[JOB11] who has not begun by its end is given up on, wherever it stands; who has begun is not', () => {
    const bench = new Bench()
    const end = { expiresAt: NOON + HOUR }
    const [begun, running, first] = bench.takes(
      { ...end, attemptsMax: 9 },
      { ...end, timeoutMs: 2 * HOUR },
      { concurrencyKey: 'k' },
    )
    const [told, held, scheduled, waiting] = bench.takes(
      { ...end },
      { ...end, concurrencyKey: 'k' },
      { ...end, runAt: NOON + 2 * HOUR },
      { ...end, after: [after(first!)] },
    )
    bench.runs(begun!, { ...FAILED, retryInMs: 2 * HOUR })
    const { token } = bench.claim(running!)!
    while (bench.clock.at < NOON + HOUR) {
      bench.passes(20_000)
      bench.keeper.beat([{ jobId: running!, token, progress: null }])
    }
    expect(bench.states(told!, held!, scheduled!, waiting!)).toEqual(['dead', 'dead', 'dead', 'dead'])
    expect(bench.keeper.views([held!])[0]?.error?.code).toBe('job_expired')
    expect(bench.states(begun!, running!, first!)).toEqual(['retrying', 'running', 'queued'])
  })

  it('[JOB25] is due now when somebody says so, but not before its ancestors', () => {
    const bench = new Bench()
    const [scheduled, retrying] = bench.takes({ runAt: NOON + YEAR }, {})
    const [waiting] = bench.takes({ runAt: NOON + YEAR, after: [after(retrying!)] })
    bench.runs(retrying!, { ...FAILED, retryInMs: HOUR })
    for (const id of [scheduled!, retrying!, waiting!]) expect(bench.keeper.retryNow(id).ok).toBe(true)
    expect(bench.states(scheduled!, retrying!, waiting!)).toEqual(['queued', 'queued', 'waiting'])
    bench.runs(retrying!)
    expect(bench.state(waiting!)).toBe('queued')
    expect(bench.keeper.retryNow(retrying!)).toMatchObject({ refusal: { code: 'job_has_ended', state: 'succeeded' } })
    expect(bench.keeper.retryNow('job_none')).toMatchObject({ refusal: { code: 'job_not_found' } })
  })
})

describe('keys and lanes', () => {
  it('[JOB12] keeps a key of one to its first job over all its attempts', () => {
    const bench = new Bench()
    const [first, second] = bench.takes({ concurrencyKey: 'k', attemptsMax: 2 }, { concurrencyKey: 'k' })
    bench.runs(first!, FAILED)
    expect(bench.claim(second!)).toBeNull()
    bench.passes(1_000)
    bench.runs(first!, FAILED)
    expect(bench.state(first!)).toBe('dead')
    expect(bench.claim(second!)).not.toBeNull()
  })

  it('[JOB12] lets as many of a key run as may, in its line, and gives a free place to the next', () => {
    const bench = new Bench()
    const ids = bench.takes(...Array.from({ length: 5 }, () => ({ concurrencyKey: 'k', concurrencyMax: 2 })))
    const began = () => ids.filter((id) => bench.claim(id) !== null)
    expect(began()).toEqual(ids.slice(0, 2))
    bench.passes(LEASE_MS) // both are lost, and wait for their next attempt outside
    expect(began()).toEqual(ids.slice(2, 4))
    bench.keeper.cancel(ids[4]!)
    bench.passes(1_000)
    expect(bench.states(...ids.slice(0, 2))).toEqual(['queued', 'queued'])
    expect(began()).toEqual([])
  })

  it('[JOB13] keeps places for each lane that no other takes, and lets the idle ones’ common ones be used', () => {
    const none = { critical: 0, default: 0, bulk: 0 }
    const { critical, default: usual, bulk } = OWN_PLACES
    expect(roomIn('bulk', none)).toBe(UNDER_WAY_MOST - critical - usual)
    for (const lane of ['critical', 'default', 'bulk'] as const) {
      const greedy = { ...none }
      for (const other of ['critical', 'default', 'bulk'] as const) {
        if (other !== lane) greedy[other] += roomIn(other, greedy)
      }
      expect(roomIn(lane, greedy)).toBeGreaterThanOrEqual(OWN_PLACES[lane])
    }
    expect(roomIn('default', { critical: 500, default: 400, bulk: 100 })).toBe(0)
    expect(roomIn('default', { critical: 900, default: 0, bulk: 900 })).toBe(0)
    expect(critical).toBeGreaterThan(usual)
    expect(usual).toBeGreaterThan(bulk)
  })

  it('[JOB13] tells bulk of its jobs while critical and default have more than they can do', () => {
    const bench = new Bench()
    const many = (lane: Lane, count: number) => bench.takes(...Array.from({ length: count }, () => ({ lane })))
    many('critical', 1_200)
    many('default', 1_200)
    many('bulk', 1_200)
    const told = { critical: 0, default: 0, bulk: 0 }
    const work = (): void => {
      bench.messages()
      for (const { id, lane } of bench.told.splice(0)) {
        told[lane as Lane] += 1
        const claim = bench.claim(id)
        if (claim) bench.end(claim, DONE)
      }
    }
    work()
    expect(told.bulk).toBeGreaterThanOrEqual(OWN_PLACES.bulk)
    expect(told.critical).toBeGreaterThan(told.default)
    for (let i = 0; i < 30; i++) work()
    expect(told).toEqual({ critical: 1_200, default: 1_200, bulk: 1_200 })
  })

  it('[JOB14] takes no token with it when it is cancelled before it begins', () => {
    const bench = new Bench()
    const rate = { perSecond: 0.01, burst: 2 }
    const [a, b, c, d] = bench.takes({ rate }, { rate }, { rate }, { rate })
    bench.keeper.cancel(a!)
    expect([bench.claim(c!), bench.claim(d!)]).toEqual([null, null])
    bench.runs(b!)
    bench.passes(1)
    bench.runs(c!)
    bench.passes(99_000)
    expect(bench.claim(d!)).toBeNull()
    bench.passes(1_001)
    expect(bench.claim(d!)).not.toBeNull()
  })
})

describe('a rate', () => {
  it('[JOB14] is due no more when the last one behind it has gone', () => {
    const bench = new Bench()
    const rate = { perSecond: 1, burst: 1 }
    const [, behind] = bench.takes({ rate, runAt: null }, { rate, expiresAt: NOON + 100 })
    expect(bench.keeper.nextDueAt()).toBe(NOON + 100)
    bench.passes(100)
    expect(bench.state(behind!)).toBe('dead')
    bench.passes(2_000) // would never end
    expect(bench.keeper.nextDueAt()).toBe(NOON + 30_000)
  })
})

describe('kin', () => {
  it.each([
    ['success', 'succeeded', 'queued', undefined],
    ['success', 'dead', 'failed', 'ancestor_failed'],
    ['success', 'cancelled', 'cancelled', 'ancestor_cancelled'],
    ['failure', 'dead', 'queued', undefined],
    ['failure', 'succeeded', 'cancelled', 'not_needed'],
    ['failure', 'cancelled', 'cancelled', 'not_needed'],
    ['any', 'succeeded', 'queued', undefined],
    ['any', 'dead', 'queued', undefined],
    ['any', 'cancelled', 'queued', undefined],
  ] as const)('[JOB18] after %s of one that has %s: %s', (on, end, state, code) => {
    for (const order of ['before', 'afterwards']) {
      const bench = new Bench()
      const [ancestor] = bench.takes({})
      const accept = () => bench.takes({ after: [after(ancestor!, { on })] })[0]!
      const ends = () =>
        end === 'cancelled' ? bench.keeper.cancel(ancestor!) : bench.runs(ancestor!, end === 'dead' ? HOPELESS : DONE)
      let id: string | undefined
      if (order === 'before') id = accept()
      ends()
      id ??= accept()
      expect(bench.keeper.views([id])[0]).toMatchObject({ state, error: code === undefined ? null : { code } })
    }
  })

  it.each([
    ['{"country":"DE"}', 'queued'],
    ['{"country":"FR"}', 'cancelled'],
    ['{"address":{"country":"DE"}}', 'cancelled'],
    ['null', 'cancelled'],
    ['no JSON', 'cancelled'],
  ])('[JOB18] by the result %s, of which a condition wants a country: %s', (result, state) => {
    const bench = new Bench()
    const [a] = bench.takes({})
    const [b] = bench.takes({ after: [after(a!, { condition: { field: 'country', equals: 'DE' } })] })
    bench.runs(a!, { kind: 'succeeded', result })
    expect(bench.state(b!)).toBe(state)
  })

  it('[JOB18] ends a whole line of descendants with the first, and lets those begin that wait for that', () => {
    const bench = new Bench()
    const jobs: NewJob[] = [bench.job()]
    for (let i = 1; i < 50; i++) jobs.push(bench.job({ after: [after(jobs[i - 1]!.id)] }))
    const mend = bench.job({ after: [after(jobs.at(-1)!.id, { on: 'failure' })] })
    bench.keeper.accept([...jobs, mend])
    bench.runs(jobs[0]!.id, HOPELESS)
    expect(new Set(bench.states(...jobs.slice(1).map(({ id }) => id)))).toEqual(new Set(['failed']))
    expect(bench.state(mend.id)).toBe('queued')
  })

  it('[JOB16] fans out to many and in again, a slice at a time', () => {
    const bench = new Bench()
    const first = bench.job()
    const middle = Array.from({ length: AT_ONCE * 2 + 7 }, () => bench.job({ after: [after(first.id)] }))
    const last = bench.job({ after: middle.map(({ id }) => after(id)) })
    bench.keeper.accept([first, ...middle, last])
    bench.runs(first.id)
    expect(
      bench.states(...middle.map(({ id }) => id)).filter((state) => state === 'queued').length,
    ).toBeLessThanOrEqual(AT_ONCE)
    bench.passes(0)
    for (const { id } of middle) {
      bench.passes(0)
      bench.runs(id)
    }
    expect(bench.state(last.id)).toBe('queued')
  })

  it('[JOB16] refuses to come after what there is not, or comes later in the list; then nothing is written', () => {
    const bench = new Bench()
    const [one, two] = [bench.job(), bench.job()]
    expect(bench.keeper.accept([{ ...one, after: [after(two.id)] }, two])).toEqual({
      ok: false,
      refusal: { code: 'ancestor_not_found', jobId: two.id },
    })
    expect(bench.keeper.accept([{ ...one, after: [after(one.id)] }])).toMatchObject({ ok: false })
    expect(bench.states(one.id, two.id)).toEqual([undefined, undefined])
  })

  it('[JOB3] comes after the job that a repeat in its list has made before', () => {
    const bench = new Bench()
    const [known] = bench.takes({ idempotencyKey: 'once' })
    const repeat = bench.job({ idempotencyKey: 'once' })
    const next = bench.job({ after: [after(repeat.id)] })
    bench.keeper.accept([repeat, next])
    bench.runs(known!)
    expect(bench.state(next.id)).toBe('queued')
  })
})

describe('operators', () => {
  it('[JOB15] cancel what nobody has begun at once, and ask what runs to stop', () => {
    const bench = new Bench()
    const [queued, scheduled, running, failing, finishing] = bench.takes({}, { runAt: NOON + HOUR }, {}, {}, {})
    const [a, b, c] = [running!, failing!, finishing!].map((id) => bench.claim(id)!)
    for (const id of [queued!, scheduled!, running!, failing!, finishing!]) bench.keeper.cancel(id)
    expect(bench.states(queued!, scheduled!, running!)).toEqual(['cancelled', 'cancelled', 'running'])
    expect(bench.keeper.beat([{ jobId: running!, token: a!.token, progress: null }])).toEqual(['stop'])
    bench.end(a!, { kind: 'cancelled' })
    bench.end(b!, FAILED)
    bench.end(c!, DONE)
    expect(bench.states(running!, failing!, finishing!)).toEqual(['cancelled', 'cancelled', 'succeeded'])
    expect(bench.keeper.cancel(queued!)).toMatchObject({ ok: true, value: { state: 'cancelled' } })
    expect(bench.keeper.cancel(finishing!)).toMatchObject({ refusal: { code: 'job_has_ended' } })
    expect(bench.claim(queued!)).toBeNull()
  })

  it('[JOB19] replay a dead letter as itself, amended if they like, and not for ever', () => {
    const bench = new Bench()
    const [id] = bench.takes({ attemptsMax: 2, payload: '"old"', expiresAt: NOON + 1_000 })
    bench.runs(id!, HOPELESS)
    bench.passes(2_000)
    expect(bench.keeper.amend(id!, '"new"', false)).toMatchObject({ value: { payload: '"new"', state: 'dead' } })
    for (let i = 1; i <= REPLAYS_MAX; i++) {
      expect(bench.keeper.replay(id!, null, 'key_b')).toMatchObject({ value: { replays: i, state: 'queued' } })
      const claim = bench.runs(id!, HOPELESS)
      expect(claim).toMatchObject({ payload: '"new"', attempt: 1, idempotencyKey: id })
    }
    expect(bench.keeper.replay(id!, null, 'key_b')).toMatchObject({ refusal: { code: 'too_many_replays' } })
    expect(bench.keeper.views([id!])[0]?.attempts).toHaveLength(REPLAYS_MAX + 1)
    const [good] = bench.takes({})
    expect(bench.keeper.replay(good!, null, 'k')).toMatchObject({ refusal: { code: 'job_not_dead', state: 'queued' } })
    expect(bench.keeper.amend(good!, '1', false)).toMatchObject({ refusal: { code: 'job_not_dead' } })
  })
})

describe('a dead letter that had not begun', () => {
  it.each(['before', 'afterwards'])('[JOB19] waits for its ancestors again when it is replayed, who end %s', (when) => {
    const bench = new Bench()
    const [a] = bench.takes({})
    const [b] = bench.takes({ expiresAt: NOON + 1_000, after: [after(a!)], takesInput: true })
    bench.passes(1_000)
    expect(bench.state(b!)).toBe('dead')
    if (when === 'before') bench.runs(a!, { kind: 'succeeded', result: '1' })
    bench.keeper.replay(b!, null, 'key_b')
    expect(bench.state(b!)).toBe(when === 'before' ? 'queued' : 'waiting')
    if (when === 'afterwards') bench.runs(a!, { kind: 'succeeded', result: '1' })
    expect(bench.claim(b!)?.input).toEqual(['1'])
  })
})

describe('where a job lives', () => {
  it('[JOB26] is said by its id, and chosen by what has to be judged in one place', () => {
    const random = seededRandom(9)
    const id = newJobId(5, NOON, random)
    expect([shardOfJob(id), shardOfJob('job_none'), shardOfJob(newJobId(900, NOON, random))]).toEqual([
      5,
      undefined,
      undefined,
    ])
    const bench = new Bench()
    const shard = (over: Partial<NewJob>): number => shardForJob(bench.job(over), random)
    const always = (over: Partial<NewJob>): Set<number> => new Set(Array.from({ length: 50 }, () => shard(over)))
    expect(always({ concurrencyKey: 'k', after: [after(id)] })).toHaveProperty('size', 1)
    expect(always({ rate: { perSecond: 1, burst: 1 }, after: [after(id)] })).toHaveProperty('size', 1)
    expect(always({ idempotencyKey: 'k' })).toHaveProperty('size', 1)
    expect(always({ after: [after(id)] })).toEqual(new Set([5]))
    expect(always({})).toHaveProperty('size', JOB_SHARDS)
    expect(new Set(Array.from({ length: 100 }, (_, i) => shard({ concurrencyKey: `k${i}` })))).toHaveProperty(
      'size',
      JOB_SHARDS,
    )
  })
})

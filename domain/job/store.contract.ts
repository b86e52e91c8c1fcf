/** What every store of jobs promises, mostly said through its keeper: over Maps in Node, over SQLite in the runtime. */
import { describe, expect, it } from 'vitest'
import type { JobQuery, JobState } from '../message/job-desk.ts'
import type { JobStore } from './store.ts'
import { Bench, FAILED, HOPELESS, NOON } from './testing.ts'

const HOUR = 3_600_000
const EVERYTHING: JobQuery = {
  ...{
    states: null,
    types: null,
    tag: null,
    batchId: null,
    errorCode: null,
    from: null,
    until: null,
    before: null,
    limit: 100,
  },
}

/** `over` runs a test over a new store, and waits for it. */
export function describeJobStore(where: string, over: (test: (store: JobStore) => void) => Promise<void> | void): void {
  const inBench = (test: (bench: Bench) => void) => () => over((store) => test(new Bench({ store })))

  describe(`jobs ${where}`, () => {
    it(
      '[JOB1] undoes all of a turn that throws',
      inBench((bench) => {
        const [known] = bench.takes({ concurrencyKey: 'k' })
        const before = bench.keeper.figures()
        const doomed = (): void =>
          bench.store.transaction(() => {
            bench.takes({ tags: ['t'], after: [{ jobId: known!, on: 'success', condition: null }] })
            bench.runs(known!)
            throw new Error('crash')
          })
        expect(doomed).toThrow('crash')
        expect(bench.keeper.list(EVERYTHING).map(({ id, state }) => [id, state])).toEqual([[known, 'queued']])
        expect(bench.keeper.list({ ...EVERYTHING, tag: 't' })).toEqual([])
        expect(bench.keeper.figures()).toEqual(before)
        expect(bench.store.taken('k')).toBe(1)
        expect(bench.store.watchers(known!, false, 10)).toEqual([])
      }),
    )

    it(
      '[JOB2] keeps every field of a job, through its whole life',
      inBench((bench) => {
        const asked = bench.job({
          ...{ type: 'export', payload: '{"ä":"\\u0000"}', isPayloadAside: true, lane: 'bulk', attemptsMax: 5 },
          ...{ concurrencyKey: 'k', concurrencyMax: 2, rate: { perSecond: 5, burst: 2 }, takesInput: true },
          ...{ expiresAt: NOON + HOUR, timeoutMs: 70_000, resultForMs: 5, tags: ['a', 'b'], batchId: 'bat_1' },
          ...{ runId: 'run_1', idempotencyKey: 'once' },
        })
        bench.keeper.accept([asked])
        expect(bench.store.job(asked.id)).toMatchObject({ ...asked, state: 'queued', stand: 'told', line: 1 })
        const claim = bench.claim(asked.id)!
        const progress = { done: 0.5, note: 'half' }
        bench.end(claim, { kind: 'to_be_continued', checkpoint: 'page 7', progress })
        expect(bench.store.job(asked.id)).toMatchObject({ ...asked, checkpoint: 'page 7', progress, legs: 1 })
        bench.runs(asked.id, { kind: 'succeeded', result: '{"ö":1}' })
        expect(bench.store.job(asked.id)).toMatchObject({ ...asked, result: '{"ö":1}', endedAt: NOON })
      }),
    )

    it(
      '[JOB20] lists by state, type, tag, batch and time, newest first, page by page',
      inBench((bench) => {
        const ids = Array.from({ length: 6 }, (_, i) => {
          bench.clock.at = NOON + i * 1_000
          const type = i % 2 === 0 ? 'export' : 'send_email'
          return bench.takes({ type, tags: i < 3 ? ['early'] : [], batchId: i > 3 ? 'bat_1' : null })[0]!
        })
        bench.runs(ids[0]!)
        bench.runs(ids[1]!, HOPELESS)
        const shown = (query: Partial<JobQuery>): number[] =>
          bench.keeper.list({ ...EVERYTHING, ...query }).map(({ id }) => ids.indexOf(id))
        expect(shown({})).toEqual([5, 4, 3, 2, 1, 0])
        expect(shown({ limit: 2, before: ids[4]! })).toEqual([3, 2])
        expect(shown({ states: ['dead'] })).toEqual([1])
        expect(shown({ errorCode: 'away' })).toEqual([1])
        expect(shown({ errorCode: 'here', states: ['dead'] })).toEqual([])
        expect(shown({ states: ['dead', 'succeeded', 'running'] })).toEqual([1, 0])
        expect(shown({ types: ['export'] })).toEqual([4, 2, 0])
        expect(shown({ types: ['export', 'send_email'], states: ['queued'] })).toEqual([5, 4, 3, 2])
        expect(shown({ types: ['export'], states: ['succeeded'] })).toEqual([0])
        expect(shown({ tag: 'early' })).toEqual([2, 1, 0])
        expect(shown({ tag: 'early', batchId: 'bat_1' })).toEqual([])
        expect(shown({ batchId: 'bat_1', types: ['export'] })).toEqual([4])
        expect(shown({ from: NOON + 1_000, until: NOON + 4_000 })).toEqual([3, 2, 1])
        expect(shown({ states: ['queued'], from: NOON + 3_000, limit: 1 })).toEqual([5])
        expect(shown({ states: [] })).toEqual([])
        expect(bench.keeper.batch('bat_1')).toEqual({ queued: 2 })
      }),
    )

    it(
      '[JOB21] counts what there is by lane and by state, whatever became of it',
      inBench((bench) => {
        const ids = bench.takes(
          { lane: 'critical' },
          { lane: 'bulk' },
          {},
          {},
          { runAt: NOON + HOUR },
          { concurrencyKey: 'k' },
        )
        const [held] = bench.takes({ concurrencyKey: 'k' })
        bench.runs(ids[2]!)
        bench.claim(ids[3]!)
        bench.runs(ids[1]!, FAILED)
        bench.keeper.cancel(held!)
        const { lanes, states, totals } = bench.keeper.figures()
        expect(states).toMatchObject({ queued: 2, running: 1, scheduled: 1, retrying: 1, succeeded: 1, cancelled: 1 })
        expect(lanes).toMatchObject({
          critical: { queued: 1, running: 0, scheduled: 0, oldestQueuedAt: NOON },
          default: { queued: 1, running: 1, scheduled: 1 },
          bulk: { queued: 0, running: 0, scheduled: 1, oldestQueuedAt: null },
        })
        expect(totals).toMatchObject([{ type: 'send_email', enqueued: 7, succeeded: 1, failedAttempts: 1, dead: 0 }])
        const counted: Partial<Record<JobState, number>> = {}
        for (const { state } of bench.keeper.list(EVERYTHING)) counted[state] = (counted[state] ?? 0) + 1
        expect(states).toMatchObject(counted)
      }),
    )

    it(
      '[JOB12] lets the jobs of a key run one by one, in their order',
      inBench((bench) => {
        const ids = bench.takes({ concurrencyKey: 'k' }, { concurrencyKey: 'k' }, { concurrencyKey: 'k' })
        const began = ids.map(() => {
          const id = bench.messages()[0]!
          expect(ids.filter((other) => other !== id && bench.claim(other))).toEqual([])
          bench.runs(id)
          return id
        })
        expect(began).toEqual(ids)
        expect(bench.store.taken('k')).toBe(0)
      }),
    )

    it(
      '[JOB14] begins no more of a type than its rate allows, and each as soon as it does',
      inBench((bench) => {
        const ids = bench.takes(...Array.from({ length: 6 }, () => ({ rate: { perSecond: 1, burst: 2 } })))
        const began: number[] = []
        for (let i = 0; i < 60; i++) {
          for (const id of bench.messages()) {
            bench.runs(id)
            began.push(bench.clock.at - NOON)
          }
          bench.passes(100)
        }
        expect(began).toEqual([0, 0, 1_000, 2_000, 3_000, 4_000])
        expect(bench.states(...ids)).toEqual(ids.map(() => 'succeeded'))
      }),
    )

    it(
      '[JOB16] begins when all its ancestors have ended well, with their results in their order',
      inBench((bench) => {
        const [a, b] = bench.takes({}, {})
        const after = [b!, a!].map((jobId) => ({ jobId, on: 'success', condition: null }) as const)
        const [last] = bench.takes({ after, takesInput: true })
        bench.runs(a!, { kind: 'succeeded', result: '1' })
        expect(bench.state(last!)).toBe('waiting')
        bench.runs(b!, { kind: 'succeeded', result: '2' })
        expect(bench.claim(last!)?.input).toEqual(['2', '1'])
      }),
    )

    it(
      '[JOB22] clears a result away when its time is over, and the job some days later, with all that hung on it',
      inBench((bench) => {
        const [a] = bench.takes({ tags: ['t'], resultForMs: HOUR })
        const [b] = bench.takes({ after: [{ jobId: a!, on: 'success', condition: null }], takesInput: true })
        bench.runs(a!, { kind: 'succeeded', result: '1' })
        bench.runs(b!)
        bench.passes(HOUR - 1)
        expect(bench.keeper.views([a!])[0]?.result).toBe('1')
        bench.passes(1)
        expect(bench.keeper.views([a!])[0]?.result).toBeNull()
        bench.passes(HOUR)
        expect(bench.store.job(a!)?.result).toBeNull()
        bench.passes(4 * 24 * HOUR)
        expect(bench.keeper.list(EVERYTHING)).toEqual([])
        expect([bench.store.needs(b!), bench.store.watchers(a!, false, 9), bench.keeper.nextDueAt()]).toEqual([
          [],
          [],
          null,
        ])
        expect(bench.keeper.list({ ...EVERYTHING, tag: 't' })).toEqual([])
        expect(bench.keeper.figures().states).toMatchObject({ succeeded: 0 })
      }),
    )

    it(
      '[JOB3] gives the job that an id or a key made before',
      inBench((bench) => {
        const one = bench.job({ idempotencyKey: 'once' })
        expect(bench.keeper.accept([one])).toEqual({ ok: true, value: [{ id: one.id, isNew: true }] })
        const again = [one, bench.job({ idempotencyKey: 'once' })]
        expect(bench.keeper.accept(again)).toEqual({
          ok: true,
          value: again.map(() => ({ id: one.id, isNew: false })),
        })
        expect(bench.messages()).toEqual([one.id])
        const twins = [bench.job({ idempotencyKey: 'twin' }), bench.job({ idempotencyKey: 'twin' })]
        const accepted = bench.keeper.accept(twins)
        expect(accepted.ok && accepted.value.map(({ id }) => id)).toEqual([twins[0]!.id, twins[0]!.id])
      }),
    )
  })
}

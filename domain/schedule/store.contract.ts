/** What every store of schedules promises, said through its keeper: over Maps in Node, over SQLite in workerd. */
import { describe, expect, it } from 'vitest'
import type { ScheduleTerms } from '../message/schedule-desk.ts'
import type { ScheduleStore } from './store.ts'
import { DAY_MS, everyMinute, HOUR_MS, MINUTE_MS, ShardAtHand, START } from './testing.ts'

/** `over` runs a test over a new store, and waits for it. */
export function describeScheduleStore(
  where: string,
  over: (test: (store: ScheduleStore) => void) => Promise<void> | void,
): void {
  describe(`schedules ${where}`, () => {
    const inStore = (test: (shard: ShardAtHand) => void) => () => over((store) => test(new ShardAtHand(store)))

    it(
      '[SCD10] fire each slot once: the row, the job and the next instant, however often the alarm rings',
      inStore((shard) => {
        const id = shard.add()
        expect(shard.keeper.nextDueAt()).toBe(START + MINUTE_MS)
        shard.ringAt(MINUTE_MS - 1)
        expect(shard.jobs.begun).toEqual([])
        shard.ringAt(MINUTE_MS)
        shard.ringAt(MINUTE_MS)
        shard.restarted()
        shard.ringAt(MINUTE_MS + 5)
        const [run] = shard.keeper.runs(id, null, 9)
        expect(run).toMatchObject({ nominalAt: START + MINUTE_MS, firedAt: START + MINUTE_MS, outcome: 'fired' })
        expect(shard.jobs.begun).toMatchObject([{ id: run!.jobId, runId: run!.id, by: id, type: 'http_request' }])
        expect(shard.keeper.nextDueAt()).toBe(START + 2 * MINUTE_MS)
        expect(shard.keeper.run(run!.id)).toEqual(run)
      }),
    )

    it(
      '[SCD10] write all of a firing or nothing of it, and keep no other waiting for one that fails',
      inStore((shard) => {
        const id = shard.add()
        shard.jobs.fails = true
        expect(() => shard.ringAt(MINUTE_MS)).toThrow('the disk is full')
        expect(shard.ledger(id)).toEqual([])
        expect(shard.keeper.nextDueAt()).toBe(START + 2 * MINUTE_MS)
        shard.jobs.fails = false
        shard.ringAt(2 * MINUTE_MS)
        expect(shard.ledger(id)).toEqual(['+60s caught_up', '+120s fired'])
      }),
    )

    it(
      '[SCD12] keep the totals of what became of slots, and how late they were',
      inStore((shard) => {
        shard.add()
        shard.keeper.pause(shard.add(), true)
        shard.ringAt(MINUTE_MS + 700)
        shard.now = START + 2 * MINUTE_MS + 9
        expect(shard.keeper.figures()).toEqual({
          ...{ schedules: 2, paused: 1, overdue: { count: 1, oldestDueAt: START + 2 * MINUTE_MS } },
          ...{ runs: { fired: 1 }, lateMs: 700, lateBuckets: [0, 0, 1, 1, 1, 1, 1, 1] },
        })
      }),
    )

    it(
      '[SCD12] are told page by page, the newest first, and so are their runs',
      inStore((shard) => {
        const first = shard.add()
        shard.now += 10
        const second = shard.add({ name: 'another' })
        for (let minute = 1; minute <= 3; minute++) shard.ringAt(minute * MINUTE_MS)
        const [newest] = shard.keeper.schedules(null, 1)
        expect(newest).toMatchObject({ id: second, name: 'another', runs: 3, version: 1 })
        expect(shard.keeper.schedules(newest!.id, 9).map(({ id }) => id)).toEqual([first])
        const page = shard.keeper.runs(first, null, 2)
        expect(page.map(({ nominalAt }) => nominalAt - START)).toEqual([3 * MINUTE_MS, 2 * MINUTE_MS])
        expect(shard.keeper.runs(first, page[1]!, 9).map(({ nominalAt }) => nominalAt - START)).toEqual([MINUTE_MS])
        expect(shard.keeper.runs(null, null, 99)).toHaveLength(6)
      }),
    )

    it(
      '[SCD13] go with their ledger when they are removed, and others stay',
      inStore((shard) => {
        const [gone, stays] = [shard.add(), shard.add()]
        shard.ringAt(MINUTE_MS)
        expect(shard.keeper.remove(gone)).toEqual({ ok: true, value: null })
        expect(shard.keeper.remove(gone)).toEqual({ ok: false, refusal: { code: 'schedule_not_found' } })
        expect(shard.keeper.schedule(gone)).toBeNull()
        expect(shard.ledger(gone)).toEqual([])
        expect(shard.ledger(stays)).toEqual(['+60s fired'])
      }),
    )

    it(
      '[SCD16] wait for the last one’s job to end, one at a time, and begin when it has',
      inStore((shard) => {
        const id = shard.add({ overlapping: 'queue_one' })
        for (const minute of [1, 2, 3]) shard.ringAt(minute * MINUTE_MS)
        expect(shard.ledger(id)).toEqual(['+60s fired', '+120s queued', '+180s skipped_overlap'])
        shard.keeper.startQueued()
        expect(shard.jobs.begun).toHaveLength(1)
        shard.jobs.running.clear()
        shard.keeper.startQueued()
        shard.keeper.startQueued()
        expect(shard.ledger(id)[1]).toBe('+120s fired')
        expect(shard.jobs.begun).toHaveLength(2)
      }),
    )

    it(
      '[SCD18] move when their drop moves, and fire once for each instant',
      inStore((shard) => {
        const timing: ScheduleTerms['timing'] = { kind: 'drop', drop: 'drp_1', moment: 'opening', offsetMs: -HOUR_MS }
        const id = shard.add({ timing, misfireAfterMs: 10_000 })
        const other = shard.add({ timing: { ...timing, drop: 'drp_2' } })
        const opens = (at: number | null) => shard.keeper.dropMoved('drp_1', { opening: at })
        expect(shard.keeper.nextDueAt()).toBeNull()
        opens(START + DAY_MS)
        expect(shard.keeper.nextDueAt()).toBe(START + DAY_MS - HOUR_MS)
        opens(START + 2 * HOUR_MS)
        opens(START + 2 * HOUR_MS)
        shard.ringAt(HOUR_MS)
        expect(shard.keeper.nextDueAt()).toBeNull()
        opens(START + 5 * HOUR_MS)
        opens(START + 2 * HOUR_MS)
        expect(shard.keeper.nextDueAt()).toBeNull()
        opens(START + HOUR_MS + 30 * MINUTE_MS)
        shard.ringAt(HOUR_MS + 1)
        expect(shard.ledger(id)).toEqual(['+1800s caught_up', '+3600s fired'])
        opens(null)
        expect(shard.keeper.nextDueAt()).toBeNull()
        expect(shard.ledger(other)).toEqual([])
      }),
    )

    it(
      '[SCD20] clear the oldest rows of a long ledger away, and fill nothing in where they do not reach',
      inStore((shard) => {
        const id = shard.add({ ...everyMinute, misfire: { kind: 'skip' } })
        for (let days = 1; days <= 22; days++) shard.ringAt(days * 500 * MINUTE_MS)
        const { runs } = shard.keeper.figures()
        expect(runs).toEqual({ skipped_misfire: 22 * 499, fired: 22 })
        expect(shard.keeper.backfill(id, START, START + HOUR_MS)).toMatchObject({
          refusal: { code: 'backfill_too_early', earliestAt: expect.any(Number) as number },
        })
        expect(shard.ledger(id).length).toBeLessThanOrEqual(10_500)
      }),
    )
  })
}

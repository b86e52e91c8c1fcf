import { beforeEach, describe, expect, it } from 'vitest'
import type { ScheduleTerms } from '../message/schedule-desk.ts'
import { SLOTS_AT_ONCE } from './backlog.ts'
import { MemoryScheduleStore } from './memory-store.ts'
import { DAY_MS, everyMinute, HOUR_MS, MINUTE_MS, SECOND_MS, ShardAtHand, START, TEST } from './testing.ts'

describe('schedules', () => {
  let shard: ShardAtHand
  beforeEach(() => (shard = new ShardAtHand(new MemoryScheduleStore())))

  const begun = () => shard.jobs.begun.length

  it('[SCD11] advance from the planned instant, not from when the alarm rang', () => {
    const id = shard.add()
    for (let minute = 1; minute <= 3; minute++) shard.ringAt(minute * MINUTE_MS + minute * 4_000)
    expect(shard.ledger(id)).toEqual(['+60s fired', '+120s fired', '+180s fired'])
  })

  it('[SCD11] do not fire again when the clock goes back, nor miss what it jumps over', () => {
    const id = shard.add({ misfire: { kind: 'all', most: 9 } })
    shard.ringAt(3 * MINUTE_MS)
    shard.ringAt(MINUTE_MS)
    shard.ringAt(2 * MINUTE_MS)
    shard.ringAt(4 * MINUTE_MS)
    expect(shard.ledger(id)).toEqual(['+60s caught_up', '+120s caught_up', '+180s fired', '+240s fired'])
    expect(begun()).toBe(4)
  })

  it.each([
    ['none of them', { kind: 'skip' }, []],
    ['the last', { kind: 'once' }, ['+3540s']],
    ['the last few', { kind: 'all', most: 3 }, ['+3420s', '+3480s', '+3540s']],
  ] as const)('[SCD14] make up for an outage of an hour as they were told: %s', (_, misfire, caughtUp) => {
    const id = shard.add({ misfire })
    shard.ringAt(HOUR_MS + 5 * SECOND_MS)
    const ledger = shard.ledger(id)
    expect(ledger).toHaveLength(60)
    expect(ledger.filter((row) => row.endsWith('caught_up'))).toEqual(caughtUp.map((row) => `${row} caught_up`))
    expect(ledger.at(-1)).toBe('+3600s fired')
    expect(begun()).toBe(caughtUp.length + 1)
  })

  it('[SCD14] pass over what is beyond counting in one row that says from when until when', () => {
    const id = shard.add({ timing: { kind: 'interval', everyMs: 5_000, anchorAt: START } })
    shard.ringAt(14 * DAY_MS)
    const runs = shard.keeper.runs(id, null, 3_000).reverse()
    expect(runs.length).toBeLessThanOrEqual(SLOTS_AT_ONCE + 1)
    expect(runs[0]).toMatchObject({ nominalAt: START + 5_000, outcome: 'skipped_misfire' })
    expect(runs[1]!.nominalAt - runs[0]!.untilAt!).toBeLessThan(5_000)
    expect(runs.at(-1)).toMatchObject({ nominalAt: START + 14 * DAY_MS, outcome: 'fired' })
    expect(begun()).toBe(8) // the last that was missed, and seven within the half minute
  })

  it('[SCD15] delay by their jitter, never make early, and keep their order', () => {
    const id = shard.add({ jitterMs: 50 * SECOND_MS })
    const lateBy: number[] = []
    for (let i = 0; i < 50; i++) {
      const nominalAt = shard.keeper.schedule(id)!.nextAt!
      const dueAt = shard.keeper.nextDueAt()!
      lateBy.push(dueAt - nominalAt)
      shard.ringAt(dueAt - 1 - START)
      expect(begun()).toBe(i)
      shard.ringAt(dueAt - START)
    }
    expect(shard.ledger(id)).toEqual(Array.from({ length: 50 }, (_, i) => `+${60 * (i + 1)}s fired`))
    expect(Math.min(...lateBy)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...lateBy)).toBeLessThan(50 * SECOND_MS)
    expect(new Set(lateBy).size).toBeGreaterThan(40)
  })

  it.each([
    ['allow', ['fired', 'fired'], []],
    ['skip', ['fired', 'skipped_overlap'], []],
    ['cancel_running', ['fired', 'fired'], [0]],
  ] as const)('[SCD16] do what they were told while the last one runs: %s', (overlapping, outcomes, cancelled) => {
    const id = shard.add({ overlapping })
    shard.ringAt(MINUTE_MS)
    shard.ringAt(2 * MINUTE_MS)
    expect(shard.ledger(id).map((row) => row.split(' ')[1])).toEqual(outcomes)
    expect(shard.jobs.cancelled).toEqual(cancelled.map((i) => shard.jobs.begun[i]!.id))
    shard.jobs.running.clear()
    shard.ringAt(3 * MINUTE_MS)
    expect(shard.ledger(id).at(-1)).toBe('+180s fired')
  })

  it('[SCD17] begin and end when they were told, leave out their blackouts, and fire no more than so often', () => {
    const id = shard.add({
      startsAt: START + 2 * MINUTE_MS,
      endsAt: START + 7 * MINUTE_MS,
      blackouts: [{ from: START + 3 * MINUTE_MS, until: START + 5 * MINUTE_MS }],
    })
    const thrice = shard.add({ runsMax: 3 })
    for (let minute = 1; minute <= 9; minute++) shard.ringAt(minute * MINUTE_MS)
    expect(shard.ledger(id)).toEqual([
      '+120s fired',
      '+180s skipped_blackout',
      '+240s skipped_blackout',
      '+300s fired',
      '+360s fired',
    ])
    expect(shard.ledger(thrice)).toEqual(['+60s fired', '+120s fired', '+180s fired'])
    expect(shard.keeper.nextDueAt()).toBeNull()
    expect(shard.keeper.schedule(thrice)).toMatchObject({ nextAt: null, runs: 3 })
  })

  it('[SCD17] fire no more than so often, also when they make up for an outage', () => {
    const id = shard.add({ runsMax: 2, misfire: { kind: 'all', most: 9 } })
    shard.ringAt(5 * MINUTE_MS)
    expect(shard.ledger(id)).toEqual(['+60s caught_up', '+120s caught_up'])
  })

  it('[SCD17] are refused when they would never fire', () => {
    const never: Partial<ScheduleTerms>[] = [
      { timing: { kind: 'once', at: START } },
      { endsAt: START + MINUTE_MS },
      { startsAt: START + DAY_MS, endsAt: START + DAY_MS },
    ]
    for (const terms of never) expect(() => shard.add(terms)).toThrow('schedule_never_fires')
    const id = shard.add()
    const changed = shard.keeper.change(id, null, { ...everyMinute, timing: { kind: 'once', at: 5 } }, {})
    expect(changed).toEqual({ ok: false, refusal: { code: 'schedule_never_fires' } })
    expect(shard.keeper.schedule(id)).toMatchObject({ version: 1, nextAt: START + MINUTE_MS })
  })

  it('[SCD13] are the same when they are added again under their key', () => {
    const id = shard.add()
    const again = { ...TEST, id: 'sch_another', onceKey: id }
    expect(shard.keeper.add(again, { ...everyMinute, name: 'x' }, {})).toMatchObject({ value: { id } })
    expect(shard.keeper.schedules(null, 9)).toHaveLength(1)
  })

  it('[SCD18] take a drop for sold out since they first heard of it, and again after units came back', () => {
    const timing: ScheduleTerms['timing'] = { kind: 'drop', drop: 'drp_1', moment: 'sold_out', offsetMs: MINUTE_MS }
    const id = shard.add({ timing })
    const soldOut = (at: number | null) => shard.keeper.dropMoved('drp_1', { sold_out: at })
    soldOut(START + 1_000)
    soldOut(START + 9_000)
    shard.keeper.dropMoved('drp_1', { opening: START, end: null })
    expect(shard.keeper.nextDueAt()).toBe(START + 61_000)
    soldOut(null)
    expect(shard.keeper.nextDueAt()).toBeNull()
    soldOut(START + 30_000)
    shard.keeper.change(id, null, { ...everyMinute, timing, name: 'x' }, {})
    shard.ringAt(90_000)
    soldOut(START + 99_000)
    expect(shard.ledger(id)).toEqual(['+90s fired'])
    expect(shard.keeper.nextDueAt()).toBeNull()
  })

  it('[SCD13] fire by the old terms what was due when they were changed, and nothing twice', () => {
    const id = shard.add()
    shard.now = START + MINUTE_MS
    const timing: ScheduleTerms['timing'] = { kind: 'interval', everyMs: 20_000, anchorAt: START }
    const changed = shard.keeper.change(id, 1, { ...everyMinute, timing }, {})
    expect(changed).toMatchObject({ value: { version: 2, nextAt: START + 80_000 } })
    shard.ringAt(80_000)
    expect(shard.ledger(id)).toEqual(['+60s fired', '+80s fired'])
    expect(shard.keeper.change(id, 1, everyMinute, {})).toEqual({
      ok: false,
      refusal: { code: 'schedule_changed', version: 2 },
    })
  })

  it('[SCD13] plan nothing a second time when they are changed after the clock went back', () => {
    const id = shard.add()
    shard.ringAt(2 * MINUTE_MS)
    shard.now = START + 1
    expect(shard.keeper.change(id, 1, { ...everyMinute, name: 'x' }, {})).toMatchObject({
      value: { nextAt: START + 3 * MINUTE_MS },
    })
  })

  it('[SCD13] lose nothing that only waited for its jitter when they are changed', () => {
    const id = shard.add({ jitterMs: 50 * SECOND_MS })
    const dueAt = shard.keeper.nextDueAt()!
    expect(dueAt).toBeGreaterThan(START + MINUTE_MS)
    shard.now = START + MINUTE_MS
    shard.keeper.change(id, null, { ...everyMinute, name: 'without' }, {})
    shard.ringAt(2 * MINUTE_MS)
    expect(shard.ledger(id)).toEqual(['+60s fired', '+120s fired'])
  })

  it('[SCD13] rest while they are paused, and then say what they missed', () => {
    const id = shard.add()
    shard.now = START + MINUTE_MS
    shard.keeper.pause(id, true)
    expect(shard.keeper.schedule(id)).toMatchObject({ isPaused: true, nextAt: null, version: 2 })
    expect(shard.keeper.nextDueAt()).toBeNull()
    shard.ringAt(4 * MINUTE_MS - 1)
    shard.keeper.pause(id, true)
    shard.keeper.pause(id, false)
    expect(shard.ledger(id)).toEqual(['+60s fired', '+120s skipped_paused', '+180s skipped_paused'])
    shard.ringAt(4 * MINUTE_MS)
    expect(shard.ledger(id).at(-1)).toBe('+240s fired')
    expect(begun()).toBe(2)
  })

  it('[SCD19] fire when they are triggered, paused or not, once for a key, and beside the plan', () => {
    const id = shard.add({ runsMax: 2 })
    shard.keeper.pause(id, true)
    shard.now += 5_000
    const run = shard.keeper.trigger(id, 'now please')
    expect(run).toMatchObject({ value: { outcome: 'triggered', nominalAt: START + 5_000 } })
    shard.now += 5_000
    expect(shard.keeper.trigger(id, 'now please')).toEqual(run)
    expect(shard.keeper.trigger(id, 'and again')).toMatchObject({ value: { nominalAt: START + 10_000 } })
    expect(shard.keeper.schedule(id)).toMatchObject({ runs: 0, nextAt: null })
    expect(shard.keeper.trigger('sch_unknown', 'k')).toEqual({ ok: false, refusal: { code: 'schedule_not_found' } })
    expect(begun()).toBe(2)
  })

  it('[SCD20] fill in what has not fired, once, also what was before they began', () => {
    const id = shard.add({
      timing: { kind: 'cron', expression: '0 12 * * *', zone: 'UTC', gap: 'usual', overlap: 'usual' },
      misfire: { kind: 'skip' },
    })
    shard.ringAt(2 * HOUR_MS)
    shard.ringAt(DAY_MS + 3 * HOUR_MS)
    const noon = START + 2 * HOUR_MS
    expect(shard.ledger(id)).toEqual(['+7200s fired', '+93600s skipped_misfire'])
    const filled = shard.keeper.backfill(id, noon - 2 * DAY_MS, noon + 9 * DAY_MS)
    expect(filled.ok && filled.value.map(({ nominalAt }) => (nominalAt - noon) / DAY_MS)).toEqual([-2, -1, 1])
    expect(shard.keeper.backfill(id, noon - 2 * DAY_MS, noon + 9 * DAY_MS)).toEqual({ ok: true, value: [] })
    expect(shard.keeper.runs(id, null, 9)).toHaveLength(4)
    expect(begun()).toBe(4)
  })

  it('[SCD20] fill in no more than a hundred at a time', () => {
    const id = shard.add({ timing: { kind: 'interval', everyMs: MINUTE_MS, anchorAt: START - 9 * DAY_MS } })
    expect(shard.keeper.backfill(id, START - DAY_MS, START)).toMatchObject({ refusal: { code: 'backfill_too_large' } })
  })

  it('[SCD20] do not fire again what was filled in while it waited for its jitter', () => {
    const id = shard.add({ jitterMs: 50 * SECOND_MS })
    shard.now = START + MINUTE_MS
    expect(shard.keeper.backfill(id, START + 1, START + HOUR_MS)).toMatchObject({ value: [{ outcome: 'backfilled' }] })
    shard.ringAt(2 * MINUTE_MS - 1)
    expect(shard.ledger(id)).toEqual(['+60s backfilled'])
    expect(begun()).toBe(1)
  })
})

import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '../../domain/basics/random.ts'
import type { ScheduleTerms } from '../../domain/message/schedule-desk.ts'
import type { CronTiming } from '../../domain/schedule/calendar.ts'
import { MemoryScheduleStore } from '../../domain/schedule/memory-store.ts'
import { everyMinute, ShardAtHand } from '../../domain/schedule/testing.ts'
import { calendar } from './calendar.ts'
import { usual } from './testing.ts'

const SEED = Number(process.env['SEED'] ?? 20_261_122)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** What is planned in the hours at which clocks change; most of it on Sundays, when they do. */
const PLANS: CronTiming[] = [
  usual('30 2 * * *', 'Europe/Berlin'),
  { ...usual('30 2 * * SUN', 'Europe/Berlin'), gap: 'skip', overlap: 'both' },
  usual('30 1,2 * * SUN', 'America/New_York'),
  { ...usual('15 2 * * SUN', 'Australia/Lord_Howe'), gap: 'run_before', overlap: 'last' },
  usual('0 0 * * SUN', 'America/Santiago'),
  usual('30 2 * * SAT,SUN', 'Antarctica/Troll'),
  usual('50 2 * * SUN', 'Pacific/Chatham'),
  usual('0 3 * * SUN', 'Africa/Casablanca'),
  usual('30 2 * * MON', 'Asia/Kolkata'),
  usual('1 0,1 * * SUN', 'America/St_Johns'),
  usual('*/10 1 L * *', 'Europe/Dublin'),
]

describe('ten years on a virtual clock', () => {
  const YEARS_FROM = Date.UTC(2026, 10, 22)
  const YEARS_UNTIL = Date.UTC(2036, 10, 22)

  it('[SCD10] fire each slot of several zones once, whatever happens to clock, alarm and object', () => {
    const shard = new ShardAtHand(new MemoryScheduleStore(), calendar)
    shard.now = YEARS_FROM
    const ids = PLANS.map((timing) => shard.add({ timing, misfire: { kind: 'all', most: 100 } }))
    const seen = liveThrough(shard, ids, YEARS_UNTIL, seededRandom(SEED))

    for (const [i, timing] of PLANS.entries()) {
      const runs = shard.keeper.runs(ids[i]!, null, 20_000).filter(({ nominalAt }) => nominalAt < YEARS_UNTIL)
      expect(runs.map(({ nominalAt }) => nominalAt).reverse(), `${timing.zone}, seed ${SEED}`).toEqual(
        plannedBetween(timing, YEARS_FROM),
      )
      expect(runs.filter(({ nominalAt, firedAt }) => firedAt < nominalAt)).toEqual([])
      expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['fired', 'caught_up']))
    }
    const jobs = shard.jobs.begun
    expect(new Set(jobs.map(({ runId }) => runId)).size).toBe(jobs.length)
    expect(Object.values(seen).every((times) => times > 50)).toBe(true)
  })

  const plannedBetween = (timing: CronTiming, from: number): number[] => {
    const planned: number[] = []
    for (let at = calendar.next(timing, from)!; at < YEARS_UNTIL; at = calendar.next(timing, at)!) planned.push(at)
    return planned
  }
})

/** Rings when something is due, and does to the shard what the world does. Answers how often each of it happened. */
function liveThrough(shard: ShardAtHand, ids: readonly string[], until: number, random: Random) {
  const seen = { early: 0, late: 0, repeated: 0, restarts: 0, faults: 0, back: 0, ahead: 0, outages: 0, edits: 0 }
  const chance = (probability: number) => random.fraction() < probability
  const some = (ms: number) => Math.floor(random.fraction() * ms)
  const happens = (what: keyof typeof seen, probability: number): boolean => {
    if (!chance(probability)) return false
    seen[what] += 1
    return true
  }
  for (;;) {
    const dueAt = shard.keeper.nextDueAt()!
    if (dueAt > until + HOUR_MS) return seen
    shard.now = dueAt
    if (happens('early', 0.05)) shard.now -= 1 + some(MINUTE_MS)
    else if (happens('late', 0.2)) shard.now += some(20_000)
    if (happens('outages', 0.02)) shard.now += HOUR_MS
    if (happens('ahead', 0.02)) shard.now += some(2 * HOUR_MS)
    if (happens('edits', 0.02)) edit(shard, ids[some(ids.length)]!)
    shard.jobs.fails = happens('faults', 0.03)
    shard.keeper.fireDue()
    shard.jobs.fails = false
    if (happens('back', 0.02)) shard.now -= some(2 * HOUR_MS)
    if (happens('restarts', 0.1)) shard.restarted()
    if (happens('repeated', 0.1)) shard.keeper.fireDue()
  }
}

/** In the very millisecond in which others, or it itself, are due. */
function edit(shard: ShardAtHand, id: string): void {
  const { version, timing, misfire } = shard.keeper.schedule(id)!
  const terms: ScheduleTerms = { ...everyMinute, timing, misfire, name: `edited at ${shard.now}` }
  if (!shard.keeper.change(id, version, terms, {}).ok) throw new Error('nobody else edits')
}

describe('a nightly report at 02:30 in Berlin', () => {
  const runsBetween = (from: string, until: string) => {
    const shard = new ShardAtHand(new MemoryScheduleStore(), calendar)
    shard.now = Date.parse(from)
    const id = shard.add({ name: 'nightly report', timing: usual('30 2 * * *', 'Europe/Berlin') })
    for (;;) {
      const dueAt = shard.keeper.nextDueAt()!
      if (dueAt >= Date.parse(until)) break
      shard.now = dueAt
      shard.keeper.fireDue()
    }
    const berlin = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/Berlin',
      dateStyle: 'short',
      timeStyle: 'short',
    })
    return shard.keeper
      .runs(id, null, 99)
      .map(({ nominalAt }) => berlin.format(nominalAt))
      .reverse()
  }

  it('[SCD2] is made once a night around both clock changes of 2027, also in the nights themselves', () => {
    expect(runsBetween('2027-03-26T12:00Z', '2027-03-30T12:00Z')).toEqual([
      '2027-03-27 02:30',
      '2027-03-28 03:00',
      '2027-03-29 02:30',
      '2027-03-30 02:30',
    ])
    expect(runsBetween('2027-10-29T12:00Z', '2027-11-02T12:00Z')).toEqual([
      '2027-10-30 02:30',
      '2027-10-31 02:30',
      '2027-11-01 02:30',
      '2027-11-02 02:30',
    ])
  })
})

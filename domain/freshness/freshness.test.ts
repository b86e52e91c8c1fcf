import { beforeEach, describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { EPOCH_SHARDS, isOutdated, learn, shardOf, stampOf, type EpochTable } from './epochs.ts'
import {
  judge,
  lifetimeOf,
  mayStandIn,
  refreshesEarly,
  STALENESS_BOUND_MS,
  type Aged,
  type Freshness,
  type Known,
} from './freshness.ts'
import { EpochKeeper, TAGS_KEPT } from './keeper.ts'
import { MemoryEpochStore } from './memory-store.ts'

const START = Date.UTC(2026, 10, 21, 20)

describe('an epoch shard', () => {
  let now = START
  let keeper: EpochKeeper
  const NOTHING = { line: '', version: 0 }

  beforeEach(() => {
    now = START
    keeper = new EpochKeeper(new MemoryEpochStore(), { now: () => now }, () => 'line-1')
  })

  it('[CCH1] counts each change, and tells only what is new to whoever asks', () => {
    keeper.bump(['a', 'b'])
    expect(keeper.news(NOTHING)).toMatchObject({ line: 'line-1', version: 2, floor: 0 })
    keeper.bump(['a'])
    expect(keeper.news({ line: 'line-1', version: 2 }).changed).toEqual([['a', 3, 0]])
    expect(keeper.news({ line: 'line-1', version: 3 }).changed).toEqual([])
    expect(keeper.news({ line: 'of another object', version: 3 }).changed.map(([tag]) => tag)).toEqual(['b', 'a'])
  })

  it('[CCH3] says how old its look is, and nothing before the first', () => {
    expect(keeper.news(NOTHING).ageMs).toBeNull()
    keeper.looked([], '', now - 30)
    now += 70
    expect(keeper.news(NOTHING).ageMs).toBe(100)
    keeper.looked([{ tag: 'a', waitedMs: 40 }], 'p1', now)
    expect(keeper.news(NOTHING)).toMatchObject({ ageMs: 0, position: 'p1', changed: [['a', 1, 40]] })
  })

  it('[CCH2] forgets tags beyond its fill, and counts what is older than they were as changed', () => {
    for (let i = 0; i < TAGS_KEPT; i++) keeper.bump([`t${i}`])
    expect(keeper.news(NOTHING)).toMatchObject({ floor: 0 })
    keeper.bump(['one more', 'and one'])
    const news = keeper.news(NOTHING)
    expect([news.floor, news.changed.length]).toEqual([2, TAGS_KEPT])
    const table = learn(undefined, news, now)
    const stampedAt = (version: number) => ({ lines: Array(4).fill('line-1'), versions: Array(4).fill(version) })
    expect(isOutdated(stampedAt(1), ['t0'], Array(4).fill(table))).toBe(true)
    expect(isOutdated(stampedAt(2), ['t0'], Array(4).fill(table))).toBe(false)
  })

  it('[CCH2] counts everything as changed when told so', () => {
    keeper.bump(['a'])
    keeper.bumpAll()
    const table = learn(undefined, keeper.news(NOTHING), now)
    const before = { lines: Array(4).fill('line-1'), versions: Array(4).fill(1) }
    expect(isOutdated(before, ['whatever'], Array(4).fill(table))).toBe(true)
    expect(isOutdated(stampOf(Array(4).fill(table)), ['whatever'], Array(4).fill(table))).toBe(false)
  })
})

describe('what is known of the epochs', () => {
  const news = (version: number, changed: [string, number, number][], ageMs: number | null = 0) => ({
    ...{ line: 'one', version, floor: 0, position: `p${version}`, changed, ageMs },
  })

  it('[CCH1] is the same in whatever order the news of a line arrives', () => {
    const first = news(2, [['a', 1, 0], ['b', 2, 0]]) // prettier-ignore
    const second = news(3, [['a', 3, 0]], 5)
    const forth = learn(learn(undefined, first, START), second, START + 100)
    const back = learn(learn(undefined, { ...second, changed: [...first.changed, ...second.changed] }, START + 100), first, START) // prettier-ignore
    for (const table of [forth, back]) {
      expect(Object.fromEntries(table.tags)).toEqual({ a: 3, b: 2 })
      expect([table.version, table.asOf]).toEqual([3, START + 95])
    }
  })

  it('[CCH3] is never older than the news it came from, and never younger', () => {
    const table = learn(undefined, news(1, [], 700), START)
    expect(table.asOf).toBe(START - 700)
    expect(learn(table, news(1, [], null), START + 1000).asOf).toBe(START - 700)
  })

  it('[CCH2] does not compare the versions of two lines', () => {
    const known: EpochTable[] = Array(4).fill(learn(undefined, news(9, []), START))
    const stamp = stampOf(known)
    const other: EpochTable[] = Array(4).fill(learn(known[0], { ...news(1, []), line: 'two' }, START + 1))
    expect(isOutdated(stamp, ['a'], known)).toBe(false)
    expect(isOutdated(stamp, ['a'], other)).toBe(true)
    expect(learn(other[0], news(9, [], 500), START + 2)).toBe(other[0])
  })

  it('[CCH1] has a shard for every tag, by its last letter', () => {
    expect(['', 'a', 'b', 'c', 'd', 'product-9', 'sku-ü', 'sku-😀'].map(shardOf)).toEqual([0, 1, 2, 3, 0, 1, 0, 0])
    expect(new Set(Array.from({ length: 40 }, (_, i) => shardOf(`product-${i}`))).size).toBe(EPOCH_SHARDS)
  })
})

describe('a copy', () => {
  const OPEN: Freshness = {
    memoryMs: 2000,
    coloSeconds: 60,
    staleIfErrorSeconds: 3600,
    revalidateSeconds: 30,
    isTagged: true,
  }
  const tables = (asOf: number, tag = '', version = 0): EpochTable[] =>
    Array(4).fill({ line: 'one', version, floor: 0, tags: new Map([[tag, version]]), position: '', asOf })
  const known = (over: Partial<Known> = {}): Known => ({
    tables: tables(START),
    wroteAt: -Infinity,
    doubtedAt: -Infinity,
    mayAsk: true,
    ...over,
  })
  const copy = (over: Partial<Aged> = {}): Aged => ({
    readAt: START,
    lifetimeMs: 60_000,
    tags: ['drops'],
    stamp: stampOf(tables(START)),
    ...over,
  })
  const said = (over: Partial<Known>, at: number, freshness = OPEN, aged = copy()) =>
    judge(aged, known(over), freshness, START + at).say

  it.each([
    [0, 'fresh'],
    [STALENESS_BOUND_MS - 1, 'fresh'],
    [STALENESS_BOUND_MS, 'ask'],
  ])('[CCH3] is believed %i ms after the epochs were heard: %s', (at, verdict) => {
    expect(said({}, at)).toBe(verdict)
  })

  it('[CCH3] that is fresh may be repeated until what is known of it is too old, or it is', () => {
    expect(judge(copy(), known(), OPEN, START + 500)).toEqual({ say: 'fresh', until: START + STALENESS_BOUND_MS })
    expect(judge(copy({ lifetimeMs: 900 }), known(), OPEN, START + 500)).toEqual({ say: 'fresh', until: START + 900 })
  })

  it('[CCH4] lives on by its lifetime when the epochs cannot be heard, or not at all, as its class says', () => {
    expect(said({ mayAsk: false }, STALENESS_BOUND_MS)).toBe('fresh')
    expect(said({ mayAsk: false }, 60_000)).toBe('stale')
    expect(said({ mayAsk: false }, STALENESS_BOUND_MS, { ...OPEN, whenBlind: 'closed' })).toBe('expired')
    expect(said({ mayAsk: false, tables: [] }, 0, { ...OPEN, whenBlind: 'closed' })).toBe('expired')
  })

  it('[CCH1] is outdated once one of its tags has a later version, and not by other tags', () => {
    expect(said({ tables: tables(START, 'drops', 1) }, 0)).toBe('outdated')
    expect(said({ tables: tables(START, 'products', 1) }, 0)).toBe('fresh')
    // Also when that is the last that was heard, and long ago.
    expect(said({ tables: tables(START, 'drops', 1), mayAsk: false }, 50_000)).toBe('outdated')
  })

  it.each([
    [59_999, 'fresh'],
    [60_000, 'stale'],
    [89_999, 'stale'],
    [90_000, 'expired'],
  ])('[CCH5] is said at %i ms of its age while a newer one is fetched behind it: %s', (at, verdict) => {
    expect(said({ tables: tables(START + at) }, at)).toBe(verdict)
  })

  it('[CCH7] that lives shorter is said for a shorter time while a newer one is fetched', () => {
    const brief = copy({ lifetimeMs: 6000 })
    expect(said({ tables: tables(START + 8999) }, 8999, OPEN, brief)).toBe('stale')
    expect(said({ tables: tables(START + 9000) }, 9000, OPEN, brief)).toBe('expired')
  })

  it('[CCH6] from before a write made here is outdated here: without tags at once, with tags while the epochs are away', () => {
    expect(said({ wroteAt: START }, 0, OPEN, copy({ tags: [] }))).toBe('outdated')
    expect(said({ wroteAt: START }, 0)).toBe('fresh')
    expect(said({ doubtedAt: START }, 0)).toBe('outdated')
  })

  it('[CCH3] stamped by a clock that runs ahead does not live longer for it', () => {
    expect(said({}, 0, OPEN, copy({ readAt: START + 6000 }))).toBe('expired')
  })

  it('[HTT18] stands in while the database is away, for as long as its class allows', () => {
    expect(mayStandIn(copy(), OPEN, START + 3_599_999)).toBe(true)
    expect(mayStandIn(copy(), OPEN, START + 3_600_000)).toBe(false)
    expect(mayStandIn(copy(), { ...OPEN, staleIfErrorSeconds: 0 }, START)).toBe(false)
  })

  it.each([
    [null, 60_000],
    [0, 60_000],
    [1, 1000],
    [10, 6000],
    [99, 59_400],
    [100, 60_000],
  ])('[CCH7] that tells of %s units lives %i ms: the fewer, the shorter', (units, ms) => {
    expect(lifetimeOf(OPEN, units)).toBe(ms)
  })

  it('[CCH8] of a hot page is fetched early by about one reader, so that nobody waits at its end', () => {
    const random = seededRandom(8)
    let early = 0
    const runs = 200
    for (let run = 0; run < runs; run++) {
      // A hundred readers a second during the last second; a fetch takes 100 ms.
      for (let at = 59_000; at < 60_000; at += 10) {
        if (!refreshesEarly({ readAt: 0, lifetimeMs: 60_000, tookMs: 100 }, at, random.fraction())) continue
        early += 1
        break
      }
    }
    expect(early).toBeGreaterThan(runs * 0.98)
    const soon = Array.from({ length: 1000 }, () =>
      refreshesEarly({ readAt: 0, lifetimeMs: 60_000, tookMs: 100 }, 30_000, random.fraction()),
    )
    expect(soon).not.toContain(true)
  })
})

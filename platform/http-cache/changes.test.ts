/** Two isolates with one data centre between them, and the object that counts what has changed. */
import { beforeEach, describe, expect, it } from 'vitest'
import { EPOCH_SHARDS, shardOf } from '../../domain/freshness/epochs.ts'
import { STALENESS_BOUND_MS } from '../../domain/freshness/freshness.ts'
import { EpochKeeper } from '../../domain/freshness/keeper.ts'
import { MemoryEpochStore } from '../../domain/freshness/memory-store.ts'
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import { Figures } from '../cache/figures.ts'
import { Knowledge } from '../cache/knowledge.ts'
import type { Surroundings } from '../cache/surroundings.ts'
import { packed, unpacked } from './envelope.ts'
import type { Changes } from './changes.ts'
import { NOON, Stage } from './testing.ts'
import type { FarTier } from './tiers.ts'

let clock: number
let isAway: boolean
let asked: number
let keepers: EpochKeeper[]
let colo: FarTier
let here: Isolate
let there: Isolate

beforeEach(() => {
  clock = NOON
  isAway = false
  asked = 0
  const lines = ['a', 'b', 'c', 'd']
  keepers = lines.map((line) => new EpochKeeper(new MemoryEpochStore(), { now: () => clock }, () => line))
  colo = farTier()
  here = new Isolate()
  there = new Isolate()
})

class Isolate extends Stage {
  readonly knowledge = new Knowledge('store', new Figures())
  #work: Promise<unknown>[] = []
  readonly #at: Surroundings = {
    now: () => clock,
    fraction: () => 0.5,
    // Nobody waits in a test: whoever is away says so at once.
    after: () => () => undefined,
    waitUntil: (work) => void this.#work.push(work),
    colo: null,
    shelf: null,
    epochs: (_, shard) => deskOf(shard),
  }

  constructor() {
    super()
    this.far = [colo]
    const { knowledge } = this
    this.changes = {
      get tables() {
        return knowledge.tables
      },
      get isBlind() {
        return !knowledge.isSound(clock)
      },
      stamp: () => knowledge.stamp(),
      heard: () => knowledge.heard(this.#at),
      changed: (tags) => this.says(tags).catch(() => undefined),
    } satisfies Changes
  }

  /** Null: everything. */
  says(tags: readonly string[] | null): Promise<void> {
    return this.knowledge.bump(this.#at, (shard) => tags && tags.filter((tag) => shardOf(tag) === shard))
  }

  /** What a visitor is told a moment later, when all that was begun is over. */
  async shows(path?: string): Promise<string> {
    this.now = clock
    const { body } = await this.get(path)
    await Promise.all(this.#work.splice(0))
    await this.settled()
    return body
  }
}

function deskOf(shard: number): EpochDesk {
  const keeper = keepers[shard]!
  const look = (): void => {
    asked += 1
    if (isAway) throw new Error('the object is away')
    keeper.looked([], '', clock)
  }
  return {
    news: async (had) => (look(), keeper.news(had)),
    newsNow: async (had) => (look(), keeper.news(had)),
    bump: async (tags, had) => {
      look()
      if (tags === null) keeper.bumpAll()
      else keeper.bump(tags)
      return keeper.news(had)
    },
  }
}

function farTier(): FarTier {
  const kept = new Map<string, ArrayBuffer>()
  return {
    name: 'colo',
    ttlMsMin: 1000,
    find: async (key) => unpacked(kept.get(key) ?? new ArrayBuffer(0)),
    keep: async (key, responses) => void kept.set(key, packed(responses).buffer),
    forget: async (key) => void kept.delete(key),
  }
}

const HOUR = { 'cache-control': 'max-age=3600, stale-if-error=3600' }

describe('what has changed', () => {
  it.each([
    ['a tag of Cloudflare’s spelling', { 'cache-tag': 'lamps, sale' }, ['sale']],
    ['a tag of Fastly’s spelling', { 'surrogate-key': 'lamps sale' }, ['lamps']],
    ['a group', { 'cache-groups': '"lamps", "sale";x=1' }, ['sale']],
    ['everything', {}, null],
  ])(
    '[HCA42] is not given again after a purge by %s: here at once, elsewhere within the bound',
    async (_, by, tags) => {
      for (const isolate of [here, there]) isolate.origin({ body: 'old', fields: { ...HOUR, ...by } })
      expect([await here.shows(), await there.shows()]).toEqual(['old', 'old'])
      expect(there.asked).toHaveLength(0) // it had it from the data centre
      for (const isolate of [here, there]) isolate.origin({ body: 'new', fields: { ...HOUR, ...by } })
      await here.says(tags)
      expect(await here.shows()).toBe('new')
      clock += STALENESS_BOUND_MS
      expect(await there.shows()).toBe('new')
      expect(await there.shows('/other')).toBe('new')
    },
  )

  it('[HCA42] is only what has the tag', async () => {
    here.origin({ body: 'old', fields: { ...HOUR, 'cache-tag': 'lamps' } })
    await here.shows()
    here.origin({ body: 'new' })
    await here.says(['sale', 'Lamps', 'lamp'])
    expect(await here.shows()).toBe('old')
  })

  it('[HCA42] was asked for before the change, however late it came', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    here.origin({ body: 'old', fields: { ...HOUR, 'cache-tag': 'lamps' }, after: promise })
    const late = here.shows()
    while (here.asked.length === 0) await Promise.resolve()
    await there.says(['lamps'])
    resolve()
    expect(await late).toBe('old')
    here.origin({ body: 'new', fields: HOUR })
    clock += STALENESS_BOUND_MS
    expect(await here.shows()).toBe('new')
  })

  it('[HCA42] does not stand in for an origin that is away either', async () => {
    here.origin({ body: 'old', fields: { ...HOUR, 'cache-tag': 'recalled' } })
    await here.shows()
    await here.says(['recalled'])
    here.origin({ isAway: true })
    expect(await here.shows()).not.toContain('old')
  })

  it('[HCA43] is said by an origin that answers something unsafe, for groups of its own', async () => {
    for (const isolate of [here, there]) isolate.origin({ body: 'old', fields: { ...HOUR, 'cache-groups': '"cart"' } })
    expect([await here.shows(), await there.shows()]).toEqual(['old', 'old'])
    const says = { 'cache-group-invalidation': '"other", "cart"' }
    here.origin({ fields: says })
    await here.ask('GET', '/b')
    here.origin({ status: 500, fields: says })
    await here.ask('POST', '/b')
    expect(await here.shows()).toBe('old')
    here.origin({ fields: says })
    await here.ask('POST', '/b')
    for (const isolate of [here, there]) isolate.origin({ body: 'new', fields: HOUR })
    expect(await here.shows()).toBe('new')
    clock += STALENESS_BOUND_MS
    expect(await there.shows()).toBe('new')
  })

  it('[HCA44] is asked about once in a while for all visitors, and marks what it gives where nobody answers', async () => {
    here.origin({ body: 'old', fields: HOUR })
    for (let n = 0; n < 100; n++) await here.shows()
    expect(asked).toBe(EPOCH_SHARDS)
    isAway = true
    clock += STALENESS_BOUND_MS
    for (let n = 0; n < 100; n++) expect(await here.shows()).toBe('old')
    expect(asked).toBe(2 * EPOCH_SHARDS)
    expect((await here.get()).cacheStatus).toMatch(/^onrush-mem; hit; ttl=\d+; detail=epochs-away$/)
    isAway = false
    clock += 10_000
    await here.shows()
    expect((await here.get()).cacheStatus).toMatch(/^onrush-mem; hit; ttl=\d+$/)
  })
})

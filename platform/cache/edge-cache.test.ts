import { beforeEach, describe, expect, it } from 'vitest'
import { EVERYTHING } from '../../domain/freshness/epochs.ts'
import { STALENESS_BOUND_MS, type Freshness } from '../../domain/freshness/freshness.ts'
import { EpochKeeper } from '../../domain/freshness/keeper.ts'
import { MemoryEpochStore } from '../../domain/freshness/memory-store.ts'
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import { sealed, unsealed } from './copy.ts'
import type { Found, Load, Loaded } from './asking.ts'
import { EdgeCache } from './edge-cache.ts'
import { PROPAGATION_STEPS_MS } from './figures.ts'
import type { ByteStore } from './stores.ts'
import type { Surroundings } from './surroundings.ts'

const PLAIN: Freshness = { memoryMs: 2000, coloSeconds: 60, staleIfErrorSeconds: 3600 }
const TAGGED: Freshness = { ...PLAIN, isTagged: true, revalidateSeconds: 60, notFoundMs: 10_000 }
const WORLDWIDE: Freshness = { ...TAGGED, isWorldwide: true }

let now: number
let work: Promise<unknown>[]
let timers: { at: number; wake: () => void }[]
let shards: { keeper: EpochKeeper; isAway: boolean }[]

beforeEach(() => {
  now = 1_800_000_000_000
  work = []
  timers = []
  shards = Array.from({ length: 4 }, (_, shard) => ({
    keeper: new EpochKeeper(new MemoryEpochStore(), { now: () => now }, () => `line-${shard}`),
    isAway: false,
  }))
})

/** Lets time pass, and whatever was waiting for it happen. */
async function pass(ms: number): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
  now += ms
  for (const timer of timers.filter(({ at }) => at <= now)) timer.wake()
  timers = timers.filter(({ at }) => at > now)
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await Promise.allSettled(work.splice(0))
}

const place = (): ByteStore & { bytes: Map<string, Uint8Array<ArrayBuffer>> } => {
  const bytes = new Map<string, Uint8Array<ArrayBuffer>>()
  return {
    bytes,
    get: async (key) => bytes.get(key) ?? null,
    put: async (key, value) => bytes.set(key, value).size > 0,
  }
}

function desk(shard: number): EpochDesk {
  const { keeper, isAway } = shards[shard]!
  const answer = async (had: { line: string; version: number }) => {
    if (isAway) throw new Error('away')
    keeper.looked([], '', now)
    return keeper.news(had)
  }
  return {
    news: answer,
    newsNow: answer,
    bump: async (tags, had) => {
      if (tags) keeper.bump(tags)
      else keeper.bumpAll()
      return answer(had)
    },
  }
}

const surroundings = (over: Partial<Surroundings> = {}): Surroundings => ({
  now: () => now,
  fraction: () => 0,
  after: (ms, wake) => {
    const timer = { at: now + ms, wake }
    timers.push(timer)
    return () => (timers = timers.filter((other) => other !== timer))
  },
  waitUntil: (promise) => void work.push(promise.catch(() => undefined)),
  colo: place(),
  shelf: place(),
  epochs: (_, shard) => desk(shard),
  ...over,
})

const newCache = (): EdgeCache => new EdgeCache(async (body) => `"${body.length}-${body[0]}"`)
const changes = (tag: string): void => shards[tag.charCodeAt(tag.length - 1) % 4]!.keeper.bump([tag])

/** A database that counts how often it is asked, and says what it was told to say. */
class Database {
  asked = 0
  isAway = false
  hangs = false
  says: string
  readonly #more: Partial<Loaded>

  constructor(says: string, more: Partial<Loaded> = {}) {
    this.says = says
    this.#more = more
  }

  readonly load: Load = async () => {
    this.asked += 1
    if (this.isAway) throw new Error('away')
    if (this.hangs) return new Promise(() => undefined)
    const body = Uint8Array.from(new TextEncoder().encode(this.says))
    return { status: 200, contentType: 'application/json', body, ...this.#more }
  }
}

const tagged = (says: string, more: Partial<Loaded> = {}): Database =>
  new Database(says, { tags: ['product-1'], ...more })
const textOf = ({ copy }: Found): string => new TextDecoder().decode(copy.body)

describe('the tiers', () => {
  it('[HTT12] ask the database once and answer from memory for its seconds, then from this data centre', async () => {
    const [cache, at, db] = [newCache(), surroundings(), new Database('one')]
    const first = await cache.read(at, 's', 'q', PLAIN, db.load)
    expect(first.cacheStatus).toBe('onrush-colo; fwd=miss; stored, onrush-mem; fwd=miss; stored')
    await settled()
    now += 1999
    expect((await cache.read(at, 's', 'q', PLAIN, db.load)).cacheStatus).toBe('onrush-mem; hit; ttl=58')
    now += 1
    const third = await cache.read(at, 's', 'q', PLAIN, db.load)
    expect(third.cacheStatus).toBe('onrush-colo; hit; ttl=58, onrush-mem; fwd=miss; stored')
    expect([textOf(third), third.copy.etag, db.asked]).toEqual(['one', first.copy.etag, 1])
  })

  it('[HTT12] share what this data centre and the world have with other isolates, and name each that was asked', async () => {
    const [at, db] = [surroundings(), tagged('one')]
    const first = await newCache().read(at, 's', 'q', WORLDWIDE, db.load)
    expect(first.cacheStatus).toBe(
      'onrush-shelf; fwd=miss; stored, onrush-colo; fwd=miss; stored, onrush-mem; fwd=miss; stored',
    )
    await settled()
    const near = await newCache().read(at, 's', 'q', WORLDWIDE, db.load)
    expect(near.cacheStatus).toBe('onrush-colo; hit; ttl=60, onrush-mem; fwd=miss; stored')
    const far = await newCache().read({ ...at, colo: place() }, 's', 'q', WORLDWIDE, db.load)
    expect(far.cacheStatus).toBe(
      'onrush-shelf; hit; ttl=60, onrush-colo; fwd=miss; stored, onrush-mem; fwd=miss; stored',
    )
    expect(db.asked).toBe(1)
  })

  it('[HTT12] may each be missing', async () => {
    const at = surroundings({ colo: null, shelf: null })
    expect(textOf(await newCache().read(at, 's', 'q', WORLDWIDE, tagged('one').load))).toBe('one')
  })

  it('[CCH23] keep nothing in KV of questions that anybody may make up, and look for nothing there', async () => {
    const [at, db] = [surroundings(), tagged('one')]
    const madeUp: Freshness = { ...TAGGED, isMadeUp: true }
    const cache = newCache()
    await cache.read(at, 's', 'q', madeUp, db.load)
    await settled()
    const places = [at.colo, at.shelf] as ReturnType<typeof place>[]
    expect(places.map(({ bytes }) => [...bytes.keys()].filter((key) => key === 's q').length)).toEqual([1, 0])
    db.isAway = true
    now += 200_000
    expect((await cache.read(at, 's', 'q', madeUp, db.load)).detail).toBe('stale-if-error')
    const elsewhere = surroundings({ shelf: { ...place(), get: () => Promise.reject(new Error('looked')) } })
    await expect(newCache().read(elsewhere, 's', 'q', madeUp, db.load)).rejects.toThrow('away')
  })

  it('[HTT12] ask once for a thousand who ask at a time', async () => {
    const [cache, at, db] = [newCache(), surroundings(), tagged('one')]
    const all = await Promise.all(Array.from({ length: 1000 }, () => cache.read(at, 's', 'q', WORLDWIDE, db.load)))
    expect(db.asked).toBe(1)
    expect(all.filter(({ cacheStatus }) => cacheStatus === 'onrush-mem; fwd=miss; collapsed')).toHaveLength(999)
  })

  it('[SEC4] keep the same question of two stores apart, and take no copy of another question for it', async () => {
    const [cache, at] = [newCache(), surroundings()]
    const ours = await cache.read(at, 's', 'q', PLAIN, new Database('ours').load)
    expect(textOf(await cache.read(at, 's2', 'q', PLAIN, new Database('theirs').load))).toBe('theirs')
    expect(unsealed('s other', sealed('s q', ours.copy))).toBeNull()
    expect(unsealed('s q', sealed('s q', ours.copy))).toEqual(ours.copy)
    expect(unsealed('s q', Uint8Array.from([123, 125, 10, 65]))).toBeNull()
  })

  it('[CCH9] keep a 404 for a moment, or until its tag says that there is something', async () => {
    const [cache, at] = [newCache(), surroundings()]
    const plain = new Database('no', { status: 404 })
    await cache.read(at, 's', 'plain', PLAIN, plain.load)
    now += 999
    await cache.read(at, 's', 'plain', PLAIN, plain.load)
    expect(plain.asked).toBe(1)
    now += 1
    await cache.read(at, 's', 'plain', PLAIN, plain.load)
    expect(plain.asked).toBe(2)
    const missing = new Database('no', { status: 404, tags: ['products'] })
    await cache.read(at, 's', 'q', TAGGED, missing.load)
    now += 9000
    await cache.read(at, 's', 'q', TAGGED, missing.load)
    expect(missing.asked).toBe(1)
    changes('products')
    now += STALENESS_BOUND_MS
    await cache.read(at, 's', 'q', TAGGED, missing.load)
    expect(missing.asked).toBe(2)
  })

  it('[CCH10] keep nothing of what is neither there nor missing, and let those who ask for it pass side by side', async () => {
    const [cache, at] = [newCache(), surroundings()]
    const db = new Database('no room', { status: 409 })
    await cache.read(at, 's', 'q', PLAIN, db.load)
    const all = await Promise.all(Array.from({ length: 5 }, () => cache.read(at, 's', 'q', PLAIN, db.load)))
    expect(db.asked).toBe(6)
    expect(all[0]!.cacheStatus).toBe('onrush-mem; fwd=bypass; detail=hit-for-miss')
    now += 10_000
    await Promise.all(Array.from({ length: 5 }, () => cache.read(at, 's', 'q', PLAIN, db.load)))
    expect(db.asked).toBe(7)
  })
})

describe('a change', () => {
  it('[HTT19] made here is seen at once here, and within the bound elsewhere, in any data centre', async () => {
    const [here, there, db] = [newCache(), newCache(), tagged('old')]
    const at = surroundings()
    const away = surroundings({ shelf: at.shelf })
    await here.read(at, 's', 'q', WORLDWIDE, db.load)
    await there.read(away, 's', 'q', WORLDWIDE, db.load)
    await settled()
    db.says = 'new'
    changes('product-1')
    expect(await here.wrote(at, 's')).toEqual(['product-1'])
    expect(textOf(await here.read(at, 's', 'q', WORLDWIDE, db.load))).toBe('new')
    expect(textOf(await there.read(away, 's', 'q', WORLDWIDE, db.load))).toBe('old')
    now += STALENESS_BOUND_MS
    const seen = await there.read(away, 's', 'q', WORLDWIDE, db.load)
    expect(textOf(seen)).toBe('new')
    expect(seen.cacheStatus).toMatch(/onrush-mem; fwd=stale; stored$/)
  })

  it('[CCH1] leaves copies alone that it does not touch', async () => {
    const [cache, at] = [newCache(), surroundings()]
    const [one, two] = [tagged('one'), tagged('two', { tags: ['product-2'] })]
    await cache.read(at, 's', '1', TAGGED, one.load)
    await cache.read(at, 's', '2', TAGGED, two.load)
    changes('product-1')
    await cache.wrote(at, 's')
    await cache.read(at, 's', '1', TAGGED, one.load)
    await cache.read(at, 's', '2', TAGGED, two.load)
    expect([one.asked, two.asked]).toEqual([2, 1])
  })

  it('[CCH1] is nothing to a class that lives by lifetimes, whatever tags its answers name', async () => {
    const [cache, at, db] = [newCache(), surroundings(), tagged('one')]
    for (const shard of shards) shard.isAway = true
    const brief = { ...PLAIN, memoryMs: 150 }
    expect(await cache.read(at, 's', 'q', brief, db.load)).toMatchObject({ freshUntil: now + 150, detail: null })
  })

  it('[CCH6] made while the epochs are away leaves nothing in use here that is from before it', async () => {
    const [cache, at, db] = [newCache(), surroundings(), tagged('old')]
    await cache.read(at, 's', 'q', TAGGED, db.load)
    await settled()
    now += 1
    db.says = 'new'
    for (const shard of shards) shard.isAway = true
    expect(await cache.wrote(at, 's')).toEqual([])
    expect(textOf(await cache.read(at, 's', 'q', TAGGED, db.load))).toBe('new')
  })

  it('[CCH17] that is of more than a shard can tell one by one is said to be of everything', async () => {
    const [cache, at] = [newCache(), surroundings()]
    await cache.read(at, 's', 'q', TAGGED, tagged('one').load)
    shards[2]!.keeper.bumpAll()
    expect(await cache.wrote(at, 's')).toEqual([EVERYTHING])
    expect(await cache.wrote(at, 's')).toEqual([])
  })

  it('[CCH11] that was committed while a load was under way is not overtaken by it', async () => {
    const [cache, at] = [newCache(), surroundings()]
    let land: () => void = () => undefined
    const slow: Load = () =>
      new Promise((resolve) => {
        const body = Uint8Array.from(new TextEncoder().encode('old'))
        land = () => resolve({ status: 200, contentType: 'text/plain', body, tags: ['product-1'] })
      })
    const early = cache.read(at, 's', 'q', TAGGED, slow)
    await pass(0)
    changes('product-1')
    await cache.wrote(at, 's')
    land()
    const said = await early
    expect([textOf(said), said.freshUntil]).toEqual(['old', now])
    await settled()
    const db = tagged('new')
    expect(textOf(await cache.read(at, 's', 'q', TAGGED, db.load))).toBe('new')
    expect(textOf(await newCache().read(at, 's', 'q', TAGGED, tagged('never').load))).toBe('new')
  })

  it.each([
    ['a tag', { tags: ['product-1'], questions: [] }, [2, 1]],
    ['a question', { tags: [], questions: ['2'] }, [1, 2]],
    ['everything', null, [2, 2]],
  ])('[CCH12] can be said by hand of %s', async (_, what, asked) => {
    const [cache, at] = [newCache(), surroundings()]
    const [one, two] = [tagged('one'), tagged('two', { tags: ['product-2'] })]
    for (const round of [1, 2]) {
      await cache.read(at, 's', '1', TAGGED, one.load)
      await cache.read(at, 's', '2', TAGGED, two.load)
      now += 1
      if (round === 1) await cache.purge(at, 's', what)
    }
    expect([one.asked, two.asked]).toEqual(asked)
  })

  it('[CCH12] said by hand is refused when the epochs cannot be told', async () => {
    shards[0]!.isAway = true
    await expect(newCache().purge(surroundings(), 's', null)).rejects.toThrow('away')
  })
})

describe('how long changes take to be known', () => {
  const listening = async (cache: EdgeCache, at: Surroundings, ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      await cache.read(at, 's', 'q', TAGGED, tagged('one').load)
      await settled()
      now += 500
    }
  }
  const counted = ({ figures }: EdgeCache): Record<string, number> =>
    Object.fromEntries(
      figures.propagation.flatMap((count, i) => (count > 0 ? [[PROPAGATION_STEPS_MS[i] ?? 'longer', count]] : [])),
    )

  it('[CCH19] is counted of changes made while somebody listens, and not of those from before', async () => {
    const [cache, at] = [newCache(), surroundings({ colo: null })]
    // A shard that could not look yet tells of nothing at first, and later of what lay there all the time.
    const { keeper } = shards[1]!
    await listening(cache, at, 500)
    keeper.looked([{ tag: 'product-5', waitedMs: 90_000 }], '', now)
    await listening(cache, at, 3000)
    expect(counted(cache)).toEqual({})
    keeper.looked([{ tag: 'product-1', waitedMs: 120 }], '', now)
    await listening(cache, at, 3000)
    expect(Object.values(counted(cache))).toEqual([1])
    // Nobody reads for a minute, and a product changes meanwhile: whoever comes then asks first.
    now += 30_000
    changes('product-1')
    now += 30_000
    await listening(cache, at, 3000)
    expect(Object.values(counted(cache))).toEqual([1])
  })

  it('[CCH19] is longer where the shards were away while readers came', async () => {
    const [cache, at] = [newCache(), surroundings({ colo: null })]
    await listening(cache, at, 2000)
    shards[1]!.isAway = true
    changes('product-1')
    await listening(cache, at, 20_000)
    shards[1]!.isAway = false
    await listening(cache, at, 20_000)
    expect(counted(cache)).toEqual({ longer: 1 })
  })

  it('[CCH19] is told on to neighbours, who hear of a change later', async () => {
    const [here, there, at] = [newCache(), newCache(), surroundings()]
    await listening(here, at, 500)
    await listening(there, at, 500)
    changes('product-1')
    await here.wrote(at, 's')
    await settled()
    now += 700
    for (const shard of shards) shard.isAway = true // there hears of it from its neighbour alone
    await listening(there, at, 500)
    expect([counted(here), counted(there)]).toEqual([{ 50: 1 }, { 1000: 1 }])
  })
})

describe('while the database is away', () => {
  it('[HTT18] the last good copy stands in, and says so, from memory or from the shelf', async () => {
    const [cache, db, at] = [newCache(), new Database('good'), surroundings({ colo: null })]
    await cache.read(at, 's', 'q', PLAIN, db.load)
    await settled()
    db.isAway = true
    now += 63_000
    const stale = await cache.read(at, 's', 'q', PLAIN, db.load)
    expect([textOf(stale), stale.cacheStatus]).toEqual(['good', 'onrush-mem; hit; ttl=-3; detail=stale-if-error'])
    const again = await cache.read(at, 's', 'q', PLAIN, db.load)
    expect(again.cacheStatus).toBe('onrush-mem; hit; ttl=-3; detail=stale-if-error')
    const elsewhere = await newCache().read(at, 's', 'q', PLAIN, db.load)
    expect(elsewhere.cacheStatus).toBe('onrush-shelf; hit; ttl=-3; detail=stale-if-error')
    expect(textOf(elsewhere)).toBe('good')
  })

  it('[HTT18] no copy is given out that is older than its allowance', async () => {
    const [cache, db, at] = [newCache(), new Database('good'), surroundings({ colo: null })]
    await cache.read(at, 's', 'q', PLAIN, db.load)
    await settled()
    db.isAway = true
    now += 3_600_000
    await expect(cache.read(at, 's', 'q', PLAIN, db.load)).rejects.toThrow('away')
    await expect(newCache().read(at, 's', 'q', PLAIN, db.load)).rejects.toThrow('away')
  })

  it('[HTT18] a crowd does not find out one by one', async () => {
    const [cache, db, at] = [newCache(), new Database('good'), surroundings({ colo: null })]
    await cache.read(at, 's', 'q', PLAIN, db.load)
    db.isAway = true
    now += 3000
    for (let i = 0; i < 20; i++) await cache.read(at, 's', 'q', PLAIN, db.load)
    expect(db.asked).toBe(2)
  })

  it('[CCH5] a copy past its lifetime is said at once and replaced behind it, so that nobody waits', async () => {
    const [cache, db, at] = [newCache(), tagged('old'), surroundings()]
    await cache.read(at, 's', 'q', TAGGED, db.load)
    await settled()
    db.says = 'new'
    now += 61_000
    ;(at.colo as ReturnType<typeof place>).bytes.clear()
    const stale = await cache.read(at, 's', 'q', TAGGED, db.load)
    expect([textOf(stale), stale.cacheStatus]).toEqual(['old', 'onrush-mem; hit; ttl=-1'])
    await settled()
    now += 1000
    expect(textOf(await cache.read(at, 's', 'q', TAGGED, db.load))).toBe('new')
  })

  it('[CCH13] and hangs, a warm page is answered within a moment, again and again, with one question in the air', async () => {
    const [cache, db, at] = [newCache(), tagged('good'), surroundings()]
    await cache.read(at, 's', 'q', TAGGED, db.load)
    await settled()
    db.hangs = true
    now += 200_000 // past its lifetime and the time it may be said while a newer one is fetched
    const answers: string[] = []
    for (let second = 0; second < 3; second++) {
      const begun = now
      const reading = cache.read(at, 's', 'q', TAGGED, db.load)
      await pass(150)
      answers.push(`${textOf(await reading)} after ${now - begun} ms`)
      await pass(900)
    }
    expect(answers).toEqual(Array(3).fill('good after 150 ms'))
    expect(db.asked).toBe(2)
  })

  it('[CCH13] and hangs, a page that is known to have changed is shown as it was only at last', async () => {
    const [cache, db, at] = [newCache(), tagged('old'), surroundings()]
    await cache.read(at, 's', 'q', TAGGED, db.load)
    await settled()
    changes('product-1')
    await cache.wrote(at, 's')
    db.hangs = true
    const begun = now
    const reading = cache.read(at, 's', 'q', TAGGED, db.load)
    for (let i = 0; i < 10; i++) await pass(200)
    const { cacheStatus } = await reading
    expect([cacheStatus, now - begun]).toEqual(['onrush-mem; hit; ttl=-1; detail=stale-if-error', 2000])
  })

  it('[CCH13] and hangs, a page that only the world has comes from there', async () => {
    const [db, at] = [tagged('good'), surroundings()]
    await newCache().read(at, 's', 'q', TAGGED, db.load)
    await settled()
    db.hangs = true
    const reading = newCache().read({ ...at, colo: null }, 's', 'q', TAGGED, db.load)
    await pass(400)
    expect((await reading).cacheStatus).toMatch(/^onrush-shelf; hit; ttl=-1; detail=stale-if-error$/)
  })
})

describe('while the epochs are away', () => {
  const away = (): void => shards.forEach((shard) => (shard.isAway = true))

  it('[CCH4] an open class lives by its lifetime and says so; a closed one believes the primary alone', async () => {
    const [cache, at, db] = [newCache(), surroundings(), tagged('one')]
    const primary: boolean[] = []
    const load: Load = (since) => {
      primary.push(since.fromPrimary)
      return db.load(since)
    }
    const closed: Freshness = { ...TAGGED, whenBlind: 'closed' }
    await cache.read(at, 's', 'open', TAGGED, load)
    await cache.read(at, 's', 'closed', closed, load)
    away()
    now += STALENESS_BOUND_MS
    expect((await cache.read(at, 's', 'open', TAGGED, load)).cacheStatus).toBe(
      'onrush-mem; hit; ttl=58; detail=epochs-away',
    )
    for (let i = 0; i < 2; i++) {
      const { cacheStatus } = await cache.read(at, 's', 'closed', closed, load)
      expect(cacheStatus).toMatch(/detail=epochs-away$/)
      now += 1
    }
    expect(primary).toEqual([false, false, true, true])
  })

  it('[CCH4] nobody waits for them twice in a row', async () => {
    const [cache, db] = [newCache(), tagged('one')]
    let asked = 0
    const hanging: EpochDesk = { ...desk(0), news: () => ((asked += 1), new Promise(() => undefined)) }
    const at = surroundings({ epochs: () => hanging })
    const first = cache.read(at, 's', '1', TAGGED, db.load)
    await pass(300)
    expect((await first).detail).toBe('epochs-away')
    now += 100
    expect((await cache.read(at, 's', '2', TAGGED, db.load)).detail).toBe('epochs-away')
    expect(asked).toBe(4)
  })
})

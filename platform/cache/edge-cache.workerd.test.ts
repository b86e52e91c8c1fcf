import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { EdgeCache, type Freshness, type Load, type Surroundings } from './edge-cache.ts'

const FRESH: Freshness = { memoryMs: 2000, coloSeconds: 60, staleIfErrorSeconds: 3600 }

let now: number
let work: Promise<unknown>[]
let store: string
let at: Surroundings

beforeEach(() => {
  now = Date.now()
  work = []
  store = `store_${crypto.randomUUID()}`
  at = {
    now: () => now,
    waitUntil: (promise) => void work.push(promise),
    origin: 'https://cache.test',
    shelf: env.SHELF,
    colo: caches.default,
  }
})

const done = (): Promise<unknown> => Promise.allSettled(work.splice(0))

/** A database that counts how often it is asked, and says what it was told to say. */
class Database {
  says: string
  isAway = false
  readonly bookmarks: string[] = []

  constructor(says: string) {
    this.says = says
  }

  readonly load: Load = async (bookmark) => {
    this.bookmarks.push(bookmark)
    if (this.isAway) throw new Error('away')
    const body = new TextEncoder().encode(this.says) as Uint8Array<ArrayBuffer>
    return { status: 200, contentType: 'application/json', body }
  }
}

const database = (says: string): Database => new Database(says)

const textOf = ({ copy }: { copy: { body: Uint8Array } }): string => new TextDecoder().decode(copy.body)

describe('the edge cache', () => {
  it('[HTT12] asks the database once and answers from memory for its seconds, then from this data centre', async () => {
    const cache = new EdgeCache()
    const db = database('one')
    const first = await cache.read(at, store, 'q', FRESH, db.load)
    expect(first.cacheStatus).toBe('onrush-colo; fwd=miss; stored, onrush-mem; fwd=miss; stored')
    await done()
    now += 1999
    const second = await cache.read(at, store, 'q', FRESH, db.load)
    expect(second.cacheStatus).toBe('onrush-mem; hit; ttl=0')
    expect(second.copy.etag).toBe(first.copy.etag)
    now += 1
    const third = await cache.read(at, store, 'q', FRESH, db.load)
    expect(third.cacheStatus).toMatch(/^onrush-colo; hit; ttl=58, onrush-mem; fwd=miss; stored$/)
    expect(textOf(third)).toBe('one')
    expect(third.copy.etag).toBe(first.copy.etag)
    expect(db.bookmarks).toHaveLength(1)
  })

  it('[HTT12] shares what this data centre has with other isolates', async () => {
    const db = database('one')
    await new EdgeCache().read(at, store, 'q', FRESH, db.load)
    await done()
    const other = await new EdgeCache().read(at, store, 'q', FRESH, db.load)
    expect(textOf(other)).toBe('one')
    expect(db.bookmarks).toHaveLength(1)
  })

  it('[HTT12] asks once for fifty who ask at a time', async () => {
    const cache = new EdgeCache()
    const db = database('one')
    const all = await Promise.all(Array.from({ length: 50 }, () => cache.read(at, store, 'q', FRESH, db.load)))
    expect(db.bookmarks).toHaveLength(1)
    expect(all.filter(({ cacheStatus }) => cacheStatus.includes('collapsed'))).toHaveLength(49)
  })

  it('[SEC4] keeps the same question of two stores apart', async () => {
    const cache = new EdgeCache()
    await cache.read(at, store, 'q', FRESH, database('ours').load)
    expect(textOf(await cache.read(at, `${store}2`, 'q', FRESH, database('theirs').load))).toBe('theirs')
  })

  it('[HTT18] answers with the last good copy while the database is away, and says so', async () => {
    const cache = new EdgeCache()
    const db = database('good')
    const brief = { ...FRESH, coloSeconds: 0 }
    await cache.read(at, store, 'q', brief, db.load)
    await done()
    db.isAway = true
    now += 3000
    const stale = await cache.read(at, store, 'q', brief, db.load)
    expect(textOf(stale)).toBe('good')
    expect(stale.cacheStatus).toMatch(/^onrush-mem; hit; ttl=-\d+; detail=stale-if-error$/)
    const elsewhere = await new EdgeCache().read(at, store, 'q', brief, db.load)
    expect(textOf(elsewhere)).toBe('good')
    expect(elsewhere.cacheStatus).toMatch(/^onrush-shelf; hit; ttl=-\d+; detail=stale-if-error$/)
  })

  it('[HTT18] gives no copy out that is older than its allowance', async () => {
    const cache = new EdgeCache()
    const db = database('good')
    await cache.read(at, store, 'q', { ...FRESH, coloSeconds: 0 }, db.load)
    await done()
    db.isAway = true
    now += 3_600_000
    await expect(cache.read(at, store, 'q', { ...FRESH, coloSeconds: 0 }, db.load)).rejects.toThrow('away')
    await expect(new EdgeCache().read(at, store, 'q', FRESH, db.load)).rejects.toThrow('away')
  })

  it('[HTT18] lets a crowd not find out one by one that the database is away', async () => {
    const cache = new EdgeCache()
    const db = database('good')
    const brief = { ...FRESH, coloSeconds: 0 }
    await cache.read(at, store, 'q', brief, db.load)
    db.isAway = true
    now += 3000
    for (let i = 0; i < 20; i++) await cache.read(at, store, 'q', brief, db.load)
    expect(db.bookmarks).toHaveLength(2)
  })

  it('[HTT19] shows a write at once here, and within the second in other isolates of this data centre', async () => {
    const [here, there] = [new EdgeCache(), new EdgeCache()]
    const db = database('old')
    await here.read(at, store, 'q', FRESH, db.load)
    await there.read(at, store, 'q', FRESH, db.load)
    await done()
    db.says = 'new'
    await here.turnOver(at, store, 'bookmark-1')
    expect(textOf(await here.read(at, store, 'q', FRESH, db.load))).toBe('new')
    expect(db.bookmarks.at(-1)).toBe('bookmark-1')
    await done()
    now += 2000
    expect(textOf(await there.read(at, store, 'q', FRESH, db.load))).toBe('new')
  })

  it('[HTT19] does not keep what left the database before the write', async () => {
    const cache = new EdgeCache()
    let land: () => void = () => undefined
    const body = (text: string) => new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>
    const slow: Load = () =>
      new Promise((resolve) => {
        land = () => resolve({ status: 200, contentType: 'application/json', body: body('old') })
      })
    const early = cache.read(at, store, 'q', FRESH, slow)
    // Its question has reached the database before the write is known here.
    await new Promise((resolve) => setTimeout(resolve, 50))
    await cache.turnOver(at, store, 'bookmark-1')
    land()
    expect(textOf(await early)).toBe('old')
    await done()
    expect(textOf(await cache.read(at, store, 'q', FRESH, database('new').load))).toBe('new')
  })

  it('[HTT12] keeps a 404 for a moment only', async () => {
    const cache = new EdgeCache()
    let asked = 0
    const missing: Load = async () => {
      asked += 1
      return { status: 404, contentType: 'application/problem+json', body: new Uint8Array(2) }
    }
    await cache.read(at, store, 'q', FRESH, missing)
    now += 999
    await cache.read(at, store, 'q', FRESH, missing)
    expect(asked).toBe(1)
    now += 1
    await cache.read(at, store, 'q', FRESH, missing)
    expect(asked).toBe(2)
  })

  it('[HTT12] answers without a data centre’s cache as well', async () => {
    const found = await new EdgeCache().read({ ...at, colo: null }, store, 'q', FRESH, database('one').load)
    expect(textOf(found)).toBe('one')
  })
})

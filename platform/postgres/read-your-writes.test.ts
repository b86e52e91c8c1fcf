/**
 * Reading one's own writes, against a real standby that applies commits late. On a quiet loopback no mistake here would
 * ever show; the apply delay is what makes these tests mean something, and the last one proves it by failing on purpose.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BREAKER } from './breaker.ts'
import { openDatabase, type Database, type DatabaseTuning } from './database.ts'
import { DatabaseFault } from './fault.ts'
import { servedText } from './reading.ts'
import { rowsOf, sql } from './statements.ts'
import { startTestCluster, type TestCluster, type TestShop } from './testing.ts'

let cluster: TestCluster
let shop: TestShop
beforeAll(async () => {
  cluster = await startTestCluster()
  shop = await cluster.shop()
  await shop.db.write().batch([rowsOf(sql`create table note (id int primary key, n int not null)`)])
  await shop.db.write().batch([rowsOf(sql`insert into note select i, 0 from generate_series(0, 63) i`)])
  await cluster.neon.cluster.caughtUp()
})
afterEach(async () => {
  await cluster.neon.cluster.setApplyDelay(0)
  await cluster.neon.cluster.startStandby()
  await cluster.neon.cluster.caughtUp(20_000)
})
afterAll(() => cluster.stop())

const standby = () => cluster.neon.cluster
const generous: Partial<DatabaseTuning> = { fallback: { burst: 1e6, perSecond: 1e6 } }

const READS_A_WRITE = 2
const READS = Number(process.env['READS'] ?? 240) // `npm run read-your-writes` asks for a thousand

interface Tally {
  stale: number
  by: Map<string, number>
}

/** Writes a number, carries the bookmark as a browser would, and reads it back twice at once; many sessions at a time. */
async function readOwnWrites(db: Database, reads: number, sessions = 8): Promise<Tally> {
  const tally: Tally = { stale: 0, by: new Map() }
  const one = async (id: number) => {
    let bookmark: string | null = null
    for (let n = 1; n <= reads / READS_A_WRITE / sessions; n++) {
      const writer = db.write()
      await writer.batch([rowsOf(sql`update note set n = n + 1 where id = ${id}`)])
      bookmark = await writer.bookmark(await db.session(bookmark))
      for (let read = 0; read < READS_A_WRITE; read++) {
        const reader = db.read(await db.session(bookmark))
        const [row] = await reader.rows(rowsOf<{ n: number }>(sql`select n from note where id = ${id}`))
        if (row?.n !== n) tally.stale += 1
        const { by, fallback } = reader.served!
        const who = fallback ? `${by} (${fallback})` : by
        tally.by.set(who, (tally.by.get(who) ?? 0) + 1)
      }
    }
  }
  await db.write().batch([rowsOf(sql`update note set n = 0`)])
  await Promise.all(Array.from({ length: sessions }, (_, id) => one(id)))
  return tally
}

describe("reading one's own writes", () => {
  it('[DAT1] is never stale while the standby applies commits 25 ms late', async () => {
    await standby().setApplyDelay(25)
    expect((await readOwnWrites(shop.open(generous), READS)).stale).toBe(0)
  })

  it('[DAT1] is never stale while the standby applies commits 2 s late', async () => {
    await standby().setApplyDelay(2_000)
    const { stale, by } = await readOwnWrites(shop.open(generous), READS)
    expect(stale).toBe(0)
    // Of the 25 ms a busy machine may see nothing; two seconds send somebody to the primary on any.
    expect(by.get('primary (lag)')).toBeGreaterThan(0)
  })

  it('[DAT1] reads from the standby as soon as it has the write', async () => {
    const writer = shop.db.write()
    await writer.batch([rowsOf(sql`update note set n = 7 where id = 1`)])
    const bookmark = await writer.bookmark()
    await standby().caughtUp()
    const reader = shop.db.read(await shop.db.session(bookmark))
    expect(await reader.rows(rowsOf(sql`select n from note where id = 1`))).toEqual([{ n: 7 }])
    expect(servedText(reader.served!)).toMatch(/^replica-1; lsn=[0-9A-F]+\/[0-9A-F]+$/)
    expect(reader.roundTrips).toBe(1)
  })

  it('[DAT1] also holds with the token asked for in a second request', async () => {
    await standby().setApplyDelay(25)
    expect((await readOwnWrites(shop.open({ ...generous, recipe: 'second_request' }), 160)).stale).toBe(0)
  })

  it('[DAT2] would be broken by a token taken inside the transaction, and this test would see it', async () => {
    await standby().setApplyDelay(25)
    const { stale } = await readOwnWrites(shop.open({ ...generous, recipe: 'inside' }), 400)
    expect(stale).toBeGreaterThan(0)
  })
})

describe('what the primary takes over', () => {
  it('[DAT3] is bounded: past its budget a private read is told when to come back, and public data may be old', async () => {
    await standby().setApplyDelay(20_000) // for longer than a busy machine takes over thirty reads
    let now = Date.now()
    const db = shop.open({ clock: { now: () => now }, fallback: { burst: 10, perSecond: 5 } })
    const writer = db.write()
    await writer.batch([rowsOf(sql`update note set n = 1 where id = 2`)])
    const session = await db.session(await writer.bookmark())
    const before = reads().primary
    const read = (whenBusy: 'refuse' | 'stale') => {
      const reader = db.read(session, { whenBusy })
      return reader.rows(rowsOf(sql`select 1 as one`)).then(() => reader.served!.fallback)
    }
    const settled = await Promise.allSettled(Array.from({ length: 30 }, () => read('refuse')))
    const refused = settled.filter((one) => one.status === 'rejected')
    expect(refused).toHaveLength(20)
    expect(refused[0]?.reason).toBeInstanceOf(DatabaseFault)
    expect(refused[0]?.reason).toMatchObject({ facts: { kind: 'away', retryAfterMs: 200 } })
    expect(reads().primary - before).toBe(10)
    expect(await read('stale')).toBe('stale')
    now += 1_000
    expect(await read('refuse')).toBe('lag')
  })

  it('[DAT4] takes a killed standby out within a second, and uses it again by itself', async () => {
    const db = shop.open(generous)
    const ask = async () => {
      const reader = db.read()
      await reader.rows(rowsOf(sql`select 1 as one`))
      return reader.served!
    }
    expect((await ask()).by).toBe('replica-1')
    await standby().killStandby()
    // No read fails meanwhile; each finds the primary. Three find the standby dead at most: a matter of milliseconds.
    let servedInVain = 0
    for (let served = await ask(); served.fallback !== 'breaker'; served = await ask()) {
      expect(served.by).toBe('primary')
      servedInVain += 1
    }
    expect(servedInVain).toBeLessThanOrEqual(BREAKER.callsMin)
    await standby().startStandby()
    while ((await ask()).by !== 'replica-1') await new Promise((resolve) => setTimeout(resolve, 20))
  })

  it('[DAT5] reads from the primary for a session whose token is forged, foreign or unreadable', async () => {
    const writer = shop.db.write()
    await writer.batch([rowsOf(sql`update note set n = 2 where id = 3`)])
    const genuine = (await writer.bookmark())!
    await standby().caughtUp()
    const foreign = shop.open()
    const afterRestore = openDatabase({ ...shop.env, DATABASE_EPOCH: '2' }).write()
    await afterRestore.batch([rowsOf(sql`update note set n = 2 where id = 3`)])
    const other = (await afterRestore.bookmark())!
    const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === '1' ? '2' : '1') + text.slice(at + 1)
    const ask = async (bookmark: string) => {
      const reader = foreign.read(await foreign.session(bookmark))
      await reader.rows(rowsOf(sql`select 1 as one`))
      return servedText(reader.served!)
    }
    expect(await ask(genuine)).toMatch(/^replica-1/)
    for (const bad of [
      other,
      flip(genuine, genuine.indexOf('main:') + 5),
      flip(genuine, genuine.length - 9),
      'v1.x',
      '?',
    ]) {
      expect(await ask(bad), bad).toBe('primary; fallback=session')
    }
  })
})

describe('statements that do not end', () => {
  it('[DAT6] are ended by the server, and not tried again', async () => {
    const db = shop.open({ readTimeoutMs: 150 })
    const before = reads()
    const failing = db.read().rows(rowsOf(sql`select pg_sleep(5)::text as x`))
    await expect(failing).rejects.toMatchObject({ facts: { kind: 'timeout', code: '57014' } })
    expect(reads().replica - before.replica).toBe(1)
    expect(reads().primary - before.primary).toBe(0)
  })

  it('[DAT6] are given up a little later when nobody answers at all', async () => {
    await control({ targets: { primary: { outage: 'hang' } } })
    const failing = shop
      .open({ writeTimeoutMs: 100 })
      .write()
      .batch([rowsOf(sql`update note set n = 3 where id = 4`)])
    await expect(failing).rejects.toMatchObject({ facts: { kind: 'away', outcome: 'unknown' } })
    await control({ reset: true })
  })

  it('[DAT7] tells a write whose answer was lost as unknown, and sends it again only where that is harmless', async () => {
    await shop.db.write().batch([rowsOf(sql`update note set n = 0 where id = 5`)])
    const add = (repeatable: boolean) =>
      shop.db.write().batch([rowsOf(sql`update note set n = n + 1 where id = 5`)], { repeatable })
    await control({ targets: { primary: { drop_after_commit: 1 } } })
    await expect(add(false)).rejects.toMatchObject({ facts: { kind: 'away', outcome: 'unknown' } })
    const stands = await shop.db.read('primary').rows(rowsOf(sql`select n from note where id = 5`))
    expect(stands).toEqual([{ n: 1 }])
    await control({ targets: { primary: { drop_after_commit: 1 } } })
    const put = rowsOf(sql`insert into note (id, n) values (99, 1) on conflict (id) do update set n = excluded.n`)
    await expect(shop.db.write().batch([put], { repeatable: true })).resolves.toBeDefined()
  })
})

const reads = () => {
  const counters = cluster.neon.gateway.counters()
  return { primary: counters['primary']!.requests, replica: counters['replica']!.requests }
}

async function control(change: unknown): Promise<void> {
  const answer = await fetch(cluster.neon.gateway.controlUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(change),
  })
  expect(answer.ok).toBe(true)
}

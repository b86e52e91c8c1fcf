import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Decision } from '../../domain/basics/decision.ts'
import type { Offer, StockAnswer, StockMove, StockRefusal } from '../../domain/message/stock-desk.ts'
import { stockNameFor } from '../../domain/sharding/bucket.ts'
import { MOVES_MAX } from '../../domain/stock/moves.ts'
import { MINUTE, holdMove, offer } from '../../domain/stock/testing.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { describeStockStore } from '../../domain/stock/store.contract.ts'
import { SqliteStockStore } from './sqlite-store.ts'
import { SCHEMA, type StockObject } from './stock-object.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.STOCK as unknown as DurableObjectNamespace<StockObject>
/** Always a fresh stub: one that lived through a crash of its object stays broken. */
const stock = () => objects.getByName(stockNameFor('store_test', 'runner-42'))
const inside = <Result>(work: (state: DurableObjectState) => Result | Promise<Result>) =>
  runInDurableObject(stock(), (_object, state) => work(state))

/**
 * The date is tomorrow and stands still, unless a test moves it. The platform's own clock is not fooled, so no alarm
 * rings by itself while a test looks; it is rung by hand.
 */
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 60 * MINUTE }))
const wait = (ms: number) => vi.setSystemTime(Date.now() + ms)

afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await reset()
})

/** What a queue answers. */
const TAKEN: QueueSendResponse = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }

let stores = 0
describeStockStore('in SQLite', (test) =>
  runInDurableObject(objects.getByName(`contract-${(stores += 1)}`), (_object, state) => {
    applySchema(state.storage, SCHEMA)
    test(new SqliteStockStore(new Sql(state.storage)))
  }),
)

async function open(units: number, changes: Partial<Offer> = {}) {
  await stock().describe(offer(changes))
  await stock().adjust({ adjustmentId: 'initial', kind: 'initial', delta: units, reason: '' })
}

const hold = (holdId: string, units = 1, forMs = MINUTE): StockMove =>
  holdMove({ holdId, visitorId: `visitor of ${holdId}`, units, expiresAt: Date.now() + forMs })

const codes = (answers: Decision<StockAnswer, StockRefusal>[]) =>
  answers.map((answer) => (answer.ok ? answer.value.hold.state : answer.refusal.code))

describe('the owner of stock', () => {
  it('[STK1] sells exactly what there is to two hundred visitors at once', async () => {
    await open(150)
    const asks = Array.from({ length: 200 }, (_, i) => stock().ask([hold(`h${i}`)]))
    const answers = (await Promise.all(asks)).flat()
    expect(codes(answers).filter((code) => code === 'held').length).toBe(150)
    expect(codes(answers).filter((code) => code === 'not_enough_stock').length).toBe(50)
    expect(await stock().proof()).toMatchObject({ count: { free: 0, held: 150 }, recounted: { held: 150 } })
  })

  it('[STK2] answers a hundred repeats with one hold', async () => {
    await open(5)
    const move = hold('h1', 2)
    const answers = (await Promise.all(Array.from({ length: 100 }, () => stock().ask([move])))).flat()
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(await stock().count()).toMatchObject({ free: 3, held: 2 })
  })

  it('[STK8] remembers after an eviction what it said before', async () => {
    await open(5)
    const [answer] = await stock().ask([hold('h1', 2)])
    await evictDurableObject(stock())
    expect(await stock().count()).toMatchObject({ total: 5, free: 3, held: 2 })
    expect(codes(await stock().ask([{ kind: 'commit', holdId: 'h1', orderId: 'o1' }]))).toEqual(['sold'])
    expect(answer).toMatchObject({ value: { offer: offer() } })
  })

  it('[STK8] has not done what a crash interrupted', async () => {
    await open(5)
    const crash = runInDurableObject(stock(), (object: StockObject, state) => {
      void object.describe(offer({ version: 9 }))
      void object.adjust({ adjustmentId: 'a1', kind: 'adjustment', delta: 3, reason: '' })
      state.abort('pulled the plug')
    })
    await expect(crash).rejects.toThrow('pulled the plug')
    expect(await stock().count()).toMatchObject({ total: 5, adjusted: 0 })
    expect(await stock().ask([hold('h1')])).toMatchObject([{ value: { offer: { version: 1 } } }])
  })

  it('[STK8] has not done what a full disk interrupted, and says so to everybody who was in it', async () => {
    await open(5)
    const [full, other] = await inside(async (state) => {
      const exec = state.storage.sql.exec.bind(state.storage.sql)
      const spy = vi
        .spyOn(state.storage.sql, 'exec')
        .mockImplementation(<Row extends Record<string, SqlStorageValue>>(query: string, ...values: unknown[]) => {
          if (query.includes('INTO account')) throw new Error('the disk is full')
          return exec<Row>(query, ...values)
        })
      const both = await Promise.allSettled([stock().ask([hold('h1')]), stock().ask([hold('h2')])])
      spy.mockRestore()
      return both.map(({ status }) => status)
    })
    expect([full, other]).toEqual(['rejected', 'rejected'])
    expect(await stock().count()).toMatchObject({ free: 5, held: 0 })
    expect(codes(await stock().ask([hold('h1')]))).toEqual(['held'])
  })

  it('[STK16] leaves nothing on disk for a SKU that nobody described', async () => {
    expect(codes(await stock().ask([hold('h1'), { kind: 'release', holdId: 'h1' }]))).toEqual([
      'unknown_sku',
      'hold_not_found',
    ])
    expect(await stock().count()).toBeNull()
    await stock().sweep()
    const tables = await inside((state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf%'").toArray(),
    )
    expect(tables).toEqual([])
    expect(await inside((state) => state.storage.getAlarm())).toBeNull()
  })

  it('[STK19] stops a list of the wrong shape, and nobody beside it', async () => {
    await open(5)
    const tooMany = Array.from({ length: MOVES_MAX + 1 }, (_, i): StockMove => ({ kind: 'release', holdId: `h${i}` }))
    const [wrong, half, fine] = await Promise.allSettled([
      stock().ask(tooMany),
      stock().ask([hold('h1', 1.5)]),
      stock().ask([hold('h2')]),
    ])
    expect([wrong.status, half.status, fine.status]).toEqual(['rejected', 'rejected', 'fulfilled'])
    const [astray] = await Promise.allSettled([stock().describe(offer({ sku: 'another' }))])
    expect(astray).toMatchObject({ reason: { message: 'store_test/runner-42 does not sell another' } })
    const [limitless] = await Promise.allSettled([stock().describe(offer({ version: 2, unitsPerVisitorMax: 0 }))])
    expect(limitless).toMatchObject({ reason: { message: 'no number of units: 0' } })
    const halves = { adjustmentId: 'a', kind: 'adjustment', delta: 1.5, reason: '' } as const
    const [split] = await Promise.allSettled([stock().adjust(halves)])
    expect(split).toMatchObject({ reason: { message: 'no number of units: 1.5' } })
  })
})

describe('a hold that nobody ends', () => {
  const alarm = () => inside((state) => state.storage.getAlarm())

  it('[STK7] is ended by the alarm, which is set to its last millisecond', async () => {
    await open(5)
    await stock().reported(1)
    const move = holdMove({ expiresAt: Date.now() + MINUTE })
    await stock().ask([move])
    await stock().reported(2)
    await runDurableObjectAlarm(stock()) // rings for the report, in vain
    expect(await alarm()).toBe(move.expiresAt)
    wait(MINUTE)
    expect(await runDurableObjectAlarm(stock())).toBe(true)
    expect(await stock().proof()).toMatchObject({ count: { free: 5, held: 0 }, recounted: { held: 0 } })
  })

  it('[STK7] is ended in time while the recorder’s queue hangs', async () => {
    await open(5)
    await stock().reported(1)
    vi.spyOn(env.RECORD, 'send').mockReturnValue(new Promise(() => {}))
    const move = holdMove({ expiresAt: Date.now() + 3_000 })
    await stock().ask([move])
    wait(1_000)
    await runDurableObjectAlarm(stock()) // rings for the report
    expect(await alarm()).toBe(move.expiresAt)
    wait(2_000)
    expect(await runDurableObjectAlarm(stock())).toBe(true)
    expect(await stock().proof()).toMatchObject({ count: { free: 5 }, recounted: { held: 0 } })
  })

  it('[STK7] has its alarm set again by whatever touches the object next', async () => {
    await open(5)
    await stock().ask([hold('h1')])
    await stock().reported(2)
    await inside((state) => state.storage.deleteAlarm())
    await evictDurableObject(stock())
    expect(await alarm()).toBeNull()
    await stock().count()
    expect(await alarm()).not.toBeNull()
  })

  it('[STK7] is ended by a sweep when the alarm is lost', async () => {
    await open(5)
    await stock().ask([hold('h1', 2)])
    await inside((state) => state.storage.deleteAlarm())
    wait(MINUTE)
    await stock().sweep()
    expect(await stock().proof()).toMatchObject({ holdsOverdue: 0, count: { free: 5 } })
  })
})

describe('what it costs', () => {
  /** The rows that a piece of work writes inside the object, index entries and the alarm's not included. */
  async function rowsWrittenBy(work: (object: StockObject) => Promise<unknown>): Promise<number> {
    return runInDurableObject(stock(), async (object: StockObject, state) => {
      const exec = state.storage.sql.exec.bind(state.storage.sql)
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
      const spy = vi
        .spyOn(state.storage.sql, 'exec')
        .mockImplementation(<Row extends Record<string, SqlStorageValue>>(query: string, ...values: unknown[]) => {
          const cursor = exec<Row>(query, ...values)
          cursors.push(cursor)
          return cursor
        })
      await work(object)
      spy.mockRestore()
      return cursors.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
    })
  }

  it('[STK15] writes four rows for a hold and none for its repeat', async () => {
    await open(500)
    const move = hold('h1')
    expect(await rowsWrittenBy((object) => object.ask([move]))).toBe(4)
    expect(await rowsWrittenBy((object) => object.ask([move]))).toBe(0)
  })

  it('[STK15] writes three rows a hold and one more for those that are recorded together', async () => {
    await open(500)
    const list = (prefix: string) => Array.from({ length: 100 }, (_, i) => hold(`${prefix}${i}`))
    expect(await rowsWrittenBy((object) => object.ask(list('a')))).toBe(301)
    // The first is not kept waiting, so it has the row of the account to itself.
    expect(await rowsWrittenBy((object) => Promise.all(list('b').map((move) => object.ask([move]))))).toBe(302)
  })

  it('[STK23] commits for the first of a hundred calls at once, and for all others together', async () => {
    await open(500)
    const commits = await runInDurableObject(stock(), async (object, state) => {
      const spy = vi.spyOn(state.storage, 'transactionSync')
      const answers = Promise.all(Array.from({ length: 100 }, (_, i) => object.ask([hold(`h${i}`)])))
      expect(spy).toHaveBeenCalledTimes(1)
      await answers
      return spy.mock.calls.length
    })
    expect(commits).toBe(2)
  })

  it.each([
    ["SELECT min(expires_at) FROM holds WHERE state IN ('held', 'claimed')", 'holds_by_end'],
    ["UPDATE holds SET state = 'expired' WHERE state IN ('held', 'claimed') AND expires_at <= 1", 'holds_by_end'],
    [
      "SELECT sum(units) FROM holds WHERE visitor_id = 'ana' AND state IN ('held', 'claimed', 'sold')",
      'holds_by_visitor',
    ],
  ])('[STK15] never reads all holds to find a few: %s', async (query, index) => {
    await open(5)
    const plan = await inside((state) =>
      state.storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`).toArray(),
    )
    expect(plan.map(({ detail }) => detail).join()).toContain(index)
  })
})

describe('telling the recorder', () => {
  const alarm = () => inside((state) => state.storage.getAlarm())

  it('[STK9] sends one message for many holds within a second, and none once they are confirmed', async () => {
    await open(50)
    await stock().reported(1)
    const send = vi.spyOn(env.RECORD, 'send').mockResolvedValue(TAKEN)
    for (let i = 0; i < 5; i++) await stock().ask([hold(`h${i}`)])
    expect(send).not.toHaveBeenCalled()
    wait(1_000)
    await runDurableObjectAlarm(stock())
    expect(send.mock.calls).toEqual([[{ v: 1, kind: 'stock', storeId: 'store_test', sku: 'runner-42' }]])
    const count = (await stock().report())!
    expect(count).toMatchObject({ free: 45, held: 5 })
    await stock().reported(count.version)
    wait(3_000)
    await runDurableObjectAlarm(stock())
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('[STK9] tells at once when the last unit goes', async () => {
    await open(2)
    await stock().reported(1)
    wait(1_000)
    const send = vi.spyOn(env.RECORD, 'send').mockResolvedValue(TAKEN)
    await stock().ask([hold('h1', 2)])
    expect(send).toHaveBeenCalledTimes(1)
  })

  it('[STK9] tells again when nobody confirms, even if the queue was away', async () => {
    await open(50)
    await stock().reported(1)
    const send = vi.spyOn(env.RECORD, 'send').mockRejectedValueOnce(new Error('queue away')).mockResolvedValue(TAKEN)
    await stock().ask([hold('h1', 1, 60 * MINUTE)])
    wait(1_000)
    await runDurableObjectAlarm(stock())
    expect(send).toHaveBeenCalledTimes(1)
    expect(await alarm()).toBe(Date.now() + 5_000)
    wait(5_000)
    await runDurableObjectAlarm(stock())
    expect(send).toHaveBeenCalledTimes(2)
  })
})

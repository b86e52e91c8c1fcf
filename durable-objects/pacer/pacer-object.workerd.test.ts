import { evictDurableObject, reset, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallReport, PermitAnswer } from '../../domain/message/pacer-desk.ts'
import type { PacerObject } from './pacer-object.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.PACER as unknown as DurableObjectNamespace<PacerObject>
const pacer = () => objects.getByName('store_test/pacer')
const CREATE = 'payment_intents.create'
const turnedAway: CallReport = {
  endpoint: CREATE,
  calls: 0,
  tookMs: 0,
  refused: 1,
  notMade: [],
  retryAfterMs: null,
  wholeAccount: false,
}

const START = Date.now() + 24 * 3_600_000
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

let names = 0
const many = (count: number) =>
  pacer().ask(
    Array.from({ length: count }, () => ({ endpoint: CREATE, name: `order-${++names}` }) as const),
    [],
  )
const instants = (answers: readonly PermitAnswer[]): number[] =>
  answers.flatMap((answer) => (answer.kind === 'go' ? [Date.now() + answer.inMs] : []))

describe('the pacer', () => {
  it('[PCE2] gives no instant twice, whenever it is evicted', async () => {
    const given: number[] = []
    for (let i = 0; i < 20; i++) {
      given.push(...instants(await many(7)))
      if (i % 3 === 0) await evictDurableObject(pacer())
      vi.setSystemTime(Date.now() + 400)
    }
    given.sort((a, b) => a - b)
    expect(given.length).toBeGreaterThan(60)
    const gaps = given.slice(1).map((at, i) => at - given[i]!)
    expect(Math.min(...gaps)).toBeGreaterThan(1000 / 23 - 0.01)
  })

  it('[PCE3] remembers over an eviction that the provider has pushed back', async () => {
    await pacer().report([turnedAway])
    await evictDurableObject(pacer())
    expect((await pacer().pressure()).ratePerSecond).toBeCloseTo(23 * 0.7)
  })

  it('[PCE2] answers two hundred settlers at once as one', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => many(1)))
    const given = instants(answers.flat()).sort((a, b) => a - b)
    expect(given).toHaveLength(46)
    expect(given.at(-1)! - given[0]!).toBeGreaterThan(45 * (1000 / 23) - 0.01)
  })

  it('[PCE9] leaves nothing on disk for whoever only looks', async () => {
    expect(await pacer().pressure()).toEqual({ ratePerSecond: 23, waiting: 0, oldestWaitMs: 0 })
    const tables = await runInDurableObject(pacer(), (_object, state) =>
      state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    )
    expect(tables).toEqual([])
  })

  it('[PCE9] writes one row for a second of permits', async () => {
    await many(1)
    const rows = () =>
      runInDurableObject(pacer(), (_object, state) => state.storage.sql.exec('SELECT * FROM paces').toArray())
    const [before] = await rows()
    vi.setSystemTime(Date.now() + 100)
    await many(5)
    expect(await rows()).toEqual([before])
  })
})

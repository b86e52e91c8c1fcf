import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Fault } from '../../platform/fault.ts'
import { databaseOf } from '../../platform/postgres/database.ts'
import { openShop, type TestShop } from '../testing/shop.ts'

let shop: TestShop
beforeAll(async () => {
  shop = await openShop()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const asks = (path: string) => shop.visitor().asks(path)
/** Past what is remembered of the last look. */
const later = (): void => void vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6000 })

describe('health', () => {
  it('[HTT17] is well when everything answers', async () => {
    expect((await asks('/health/live')).body).toEqual({ status: 'pass' })
    expect((await asks('/health/ready')).body.status).toBe('pass')
    const deep = await asks('/health')
    expect(deep.status, deep.text).toBe(200)
    expect(Object.keys(deep.body.checks).sort()).toEqual(['database', 'documents', 'objects', 'replica', 'shelf'])
  })

  it('[HTT17] is ready without Postgres, and says deep down that it is away', async () => {
    later()
    vi.spyOn(databaseOf(env), 'read').mockImplementation(() => {
      throw new Fault('postgres at db.internal:5432 is away')
    })
    expect((await asks('/health/live')).status).toBe(200)
    const ready = await asks('/health/ready')
    expect([ready.status, ready.body.status]).toEqual([200, 'warn'])
    const deep = await asks('/health')
    expect([deep.status, deep.body.checks.database.status]).toEqual([503, 'fail'])
    expect(deep.text + ready.text).not.toMatch(/internal|5432|postgres/i)
  })

  it('[HTT17] looks once in five seconds, however often it is asked', async () => {
    later()
    const read = vi.spyOn(databaseOf(env), 'read')
    for (let i = 0; i < 10; i++) await asks('/health')
    expect(read.mock.calls.length).toBeLessThanOrEqual(2)
  })
})

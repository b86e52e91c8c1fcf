import { evictDurableObject, reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LimitDesk, PermitRequest } from '../../domain/message/limit-desk.ts'
import { limitOf } from '../../platform/desks.ts'
import { hasSchema } from '../basics/schema.ts'

const asked: PermitRequest = {
  key: 'operator-write key_1',
  rate: { units: 60, windowMs: 60_000, burst: 20 },
  ...{ want: 1, owed: 0, unused: null },
}
const judge = () => env.LIMITS.getByName('store_a/limits-0')
const permits = (want: number) => (judge() as unknown as LimitDesk).permits({ ...asked, want })

afterEach(async () => {
  vi.useRealTimers()
  await reset()
})

describe('the judge, as an object', () => {
  it('[LIM3] is the same for everybody who asks about a key', async () => {
    expect((await limitOf(env, 'store_a', 'k').permits({ ...asked, key: 'k', want: 15 })).granted).toBe(15)
    expect((await limitOf(env, 'store_a', 'k').permits({ ...asked, key: 'k', want: 15 })).granted).toBe(5)
    expect((await limitOf(env, 'store_b', 'k').permits({ ...asked, key: 'k', want: 15 })).granted).toBe(15)
  })

  it('[LIM6] keeps nothing on disk of who is far from the limit, and remembers the others when it is evicted', async () => {
    const hasTables = () => runInDurableObject(judge(), (_, { storage }) => hasSchema(storage))
    await permits(3)
    expect(await hasTables()).toBe(false)
    await permits(15)
    expect(await hasTables()).toBe(true)
    await evictDurableObject(judge())
    expect((await permits(20)).granted).toBeLessThanOrEqual(2)
  })

  it('[LIM6] forgets by its alarm what has rested, and then rings no more', async () => {
    const rows = () =>
      runInDurableObject(judge(), (_, { storage }) => storage.sql.exec('SELECT * FROM limits').toArray().length)
    await permits(20)
    expect(await rows()).toBe(1)
    expect(await runDurableObjectAlarm(judge())).toBe(true)
    expect(await rows()).toBe(1)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    expect(await runDurableObjectAlarm(judge())).toBe(true)
    expect(await rows()).toBe(0)
    expect(await runDurableObjectAlarm(judge())).toBe(false)
  })
})

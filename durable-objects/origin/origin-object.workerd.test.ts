import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { poolNameFor, type PoolReport } from '../../domain/message/pool-desk.ts'
import { anOrigin, aPool, CHECKUP } from '../../domain/origin/testing.ts'
import type { OriginObject } from './origin-object.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.ORIGINS as unknown as DurableObjectNamespace<OriginObject>
/** Nobody listens there. */
const nowhere = anOrigin('main', { url: 'http://127.0.0.1:1' })
const looked = aPool([nowhere, anOrigin('spare', { url: 'http://127.0.0.1:1' })], {
  checkup: { ...CHECKUP, everyMs: 60_000, timeoutMs: 200, illAfter: 1 },
})

let name: string
beforeEach(() => {
  name = poolNameFor(`store_${crypto.randomUUID()}`, 'shop')
})
const pool = () => objects.getByName(name)
const report = (rest: Partial<PoolReport> = {}): PoolReport => ({ version: 1, pool: looked, answers: {}, ...rest })

describe('the object of a pool', () => {
  it('[ORG19] asks origins how they do by its alarm, and tells so over an eviction', async () => {
    expect((await pool().tell(report())).ill).toEqual([])
    await runDurableObjectAlarm(pool())
    await vi.waitUntil(async () => (await pool().tell(report())).ill.length === 2, { timeout: 25_000, interval: 50 })
    expect((await pool().seen())?.origins[0]?.checkup).toMatchObject({ verdict: 'ill', last: { status: null } })
    await evictDurableObject(pool())
    expect((await pool().tell(report())).ill).toEqual(['main', 'spare'])
  })

  it('[ORG18] remembers over an eviction who rests and that the canary is withdrawn', async () => {
    const canary = { origin: 'spare', percent: 5 }
    const split = aPool(looked.origins.slice(), { canary, breaker: { badInRow: 5, restMs: 300_000 } })
    const bad = { answers: 50, bad: 50, tookMs: 50 }
    const good = { answers: 50, bad: 0, tookMs: 50 }
    await pool().tell(report({ pool: split, answers: { main: good, spare: bad } }))
    await evictDurableObject(pool())
    const news = await pool().tell(report({ pool: split }))
    expect([Object.keys(news.resting), news.isCanaryWithdrawn]).toEqual([['spare'], true])
    expect((await pool().seen())?.canary.verdict).toBe('withdrawn: errors')
    expect((await pool().tell(report({ version: 2 }))).isCanaryWithdrawn).toBe(false)
  })

  it('[ORG19] leaves nothing on disk for whoever only looks, and no alarm where nobody is to be asked', async () => {
    expect(await pool().seen()).toBeNull()
    const tables = await runInDurableObject(pool(), (_object, state) =>
      state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'pool'").toArray(),
    )
    expect(tables).toEqual([])
    await pool().tell(report({ pool: aPool([nowhere]) }))
    expect(await runInDurableObject(pool(), (_object, state) => state.storage.getAlarm())).toBeNull()
  })
})

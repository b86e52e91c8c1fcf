/** The shard of jobs in its object: its store, what survives, what comes back, and kin in another shard. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { JOB_SHARDS, jobShardName } from '../../domain/job/shards.ts'
import { describeJobStore } from '../../domain/job/store.contract.ts'
import { Bench, SHARD } from '../../domain/job/testing.ts'
import type { NewJob } from '../../domain/message/job-desk.ts'
import { systemRandom } from '../../platform/dice.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SCHEMA, type JobObject } from './job-object.ts'
import { SqliteJobStore } from './sqlite-store.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.JOBS as unknown as DurableObjectNamespace<JobObject>

const newStore = (): string => newId('req', Date.now(), systemRandom).replace('req_', 'store_')

describeJobStore('in SQLite', async (test) => {
  // Of a shard's own numbering, and with an alarm that nobody arms: the store alone.
  await runInDurableObject(objects.getByName(jobShardName(newStore(), SHARD)), (_object, { storage }) => {
    applySchema(storage, SCHEMA)
    test(new SqliteJobStore(new Sql(storage)))
  })
})

/** A store's shards, with jobs that nobody's handler runs. */
function aShop() {
  const storeId = newStore()
  const bench = Array.from({ length: JOB_SHARDS }, (_, shard) => new Bench({ shard, random: systemRandom }))
  const shard = (number: number) => objects.getByName(jobShardName(storeId, number))
  const job = (number: number, over: Partial<NewJob> = {}): NewJob => {
    bench[number]!.clock.at = Date.now()
    return bench[number]!.job({ storeId, type: 'nobody_runs_this', runAt: Date.now() + 3_600_000, ...over })
  }
  return { shard, job }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('the object of jobs', () => {
  it('[JOB1] knows after an eviction what it has accepted, and wakes for it', async () => {
    const { shard, job } = aShop()
    const soon = job(1)
    expect(await shard(1).accept([soon])).toEqual({ ok: true, value: { jobs: [{ id: soon.id, isNew: true }] } })
    await evictDurableObject(shard(1))
    expect(await shard(1).jobs([soon.id, 'job_none'])).toMatchObject([{ id: soon.id, state: 'scheduled' }, null])
    expect(await runInDurableObject(shard(1), (_object, { storage }) => storage.getAlarm())).toBe(soon.runAt)
  })

  it('[JOB23] arms a lost alarm when it is swept, and counts that', async () => {
    const { shard, job } = aShop()
    const one = job(2)
    await shard(2).accept([one])
    expect(await shard(2).sweep()).toEqual({ rescued: false, overdue: 0 })
    await runInDurableObject(shard(2), (_object, { storage }) => storage.deleteAlarm())
    await evictDurableObject(shard(2))
    expect(await shard(2).sweep()).toEqual({ rescued: true, overdue: 0 })
    expect(await runInDurableObject(shard(2), (_object, { storage }) => storage.getAlarm())).toBe(one.runAt)
    expect((await shard(2).figures()).counts.alarmRescues).toBe(1)
  })

  it('[JOB24] arms an alarm before it does anything, and another after a fault', async () => {
    const { shard, job } = aShop()
    const one = job(0)
    await shard(0).accept([one])
    vi.useFakeTimers({ toFake: ['Date'], now: one.runAt! })
    const happened = await runInDurableObject(shard(0), async (object, { storage }) => {
      const order: string[] = []
      const setAlarm = storage.setAlarm.bind(storage)
      vi.spyOn(storage, 'setAlarm').mockImplementation((at) => {
        order.push('armed')
        return setAlarm(at)
      })
      vi.spyOn(storage, 'transactionSync').mockImplementation(() => {
        order.push('began')
        throw new Error('the disk is away')
      })
      await object.alarm()
      vi.restoreAllMocks()
      return { order, alarmAt: await storage.getAlarm() }
    })
    vi.useRealTimers()
    expect(happened.order.slice(0, 2)).toEqual(['armed', 'began'])
    expect(happened.alarmAt).toBeGreaterThan(one.runAt!)
  })

  it('[JOB17] tells kin in another shard, and refuses to come after a job that its shard does not know', async () => {
    const { shard, job } = aShop()
    const [ancestor, stranger] = [job(4), job(5)]
    await shard(4).accept([ancestor])
    const after = (jobId: string) => [{ jobId, on: 'any', condition: null }] as const
    const descendant = job(6, { after: [...after(ancestor.id)], takesInput: true })
    expect(await shard(6).accept([job(6, { after: [...after(stranger.id)] })])).toEqual({
      ok: false,
      refusal: { code: 'ancestor_not_found', jobId: stranger.id },
    })
    expect((await shard(6).accept([descendant])).ok).toBe(true)
    expect((await shard(6).jobs([descendant.id]))[0]?.state).toBe('waiting')
    await shard(4).cancel(ancestor.id)
    let told = await shard(6).jobAfter(descendant.id, 1, 20_000)
    for (let i = 0; told?.state === 'waiting' && i < 5; i++)
      told = await shard(6).jobAfter(descendant.id, told.version, 20_000)
    expect(told?.state).toBe('scheduled')
  })
})

/** Schedules in their object: the store, what survives an eviction, and that a firing is a job at once. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { newId } from '../../domain/basics/ids.ts'
import { jobShardName, newScheduleId } from '../../domain/job/shards.ts'
import type { ScheduleTerms } from '../../domain/message/schedule-desk.ts'
import { describeScheduleStore } from '../../domain/schedule/store.contract.ts'
import { everyMinute, HOUR_MS } from '../../domain/schedule/testing.ts'
import { systemRandom } from '../../platform/dice.ts'
import { applySchema } from '../basics/schema.ts'
import { Sql } from '../basics/sql.ts'
import { SCHEMA, type JobObject } from './job-object.ts'
import { SqliteScheduleStore } from './sqlite-schedule-store.ts'

// The generated types do not know what the namespace holds.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the one place that says so
const objects = env.JOBS as unknown as DurableObjectNamespace<JobObject>
const SHARD = 3

const newStore = (): string => newId('req', Date.now(), systemRandom).replace('req_', 'store_')

describeScheduleStore('in SQLite', async (test) => {
  await runInDurableObject(objects.getByName(jobShardName(newStore(), SHARD)), (_object, { storage }) => {
    applySchema(storage, SCHEMA)
    test(new SqliteScheduleStore(new Sql(storage)))
  })
})

describe('the object of schedules', () => {
  const aShard = () => {
    const storeId = newStore()
    const shard = () => objects.getByName(jobShardName(storeId, SHARD))
    const add = async (changes: Partial<ScheduleTerms>) => {
      const id = newScheduleId(SHARD, Date.now(), systemRandom)
      const job = { ...everyMinute.job, type: 'nobody_runs_this' }
      await shard().addSchedule({ id, storeId, onceKey: id, by: 'key_test' }, { ...everyMinute, job, ...changes }, {})
      return id
    }
    return { shard, add }
  }

  it('[SCD10] rings for the earliest of schedules and jobs, also after an eviction', async () => {
    const { shard, add } = aShard()
    const at = Date.now() + HOUR_MS
    const id = await add({ timing: { kind: 'once', at } })
    await evictDurableObject(shard())
    expect(await shard().schedule(id)).toMatchObject({ id, nextAt: at })
    expect(await runInDurableObject(shard(), (_object, { storage }) => storage.getAlarm())).toBe(at)
    await runInDurableObject(shard(), (_object, { storage }) => storage.deleteAlarm())
    await evictDurableObject(shard())
    expect(await shard().sweep()).toEqual({ rescued: true, overdue: 0 })
    expect(await runInDurableObject(shard(), (_object, { storage }) => storage.getAlarm())).toBe(at)
  })

  it('[SCD10] has the job of a firing beside it, and begins what waited when that has ended', async () => {
    const { shard, add } = aShard()
    const id = await add({ timing: { kind: 'once', at: Date.now() + HOUR_MS }, overlapping: 'queue_one' })
    const first = await shard().triggerSchedule(id, 'first')
    const second = await shard().triggerSchedule(id, 'second')
    expect([first, second]).toMatchObject([{ value: { outcome: 'triggered' } }, { value: { outcome: 'queued' } }])
    const [run] = (await shard().runs(id, null, 9)).reverse()
    expect(await shard().jobs([run!.jobId!])).toMatchObject([{ id: run!.jobId, runId: run!.id, by: id }])
    await shard().cancel(run!.jobId!)
    expect((await shard().runs(id, null, 9)).map(({ outcome }) => outcome).sort()).toEqual(['fired', 'triggered'])
  })
})

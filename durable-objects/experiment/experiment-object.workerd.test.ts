import { env } from 'cloudflare:workers'
import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { describeExperimentStore } from '../../domain/experiment/keeper.contract.ts'
import type { ExperimentDesk } from '../../domain/message/experiment-desk.ts'
import exposuresAndOrders from '../../migrations/durable-objects/experiment/0001_exposures_and_orders.sql'
import { applySchema, hasSchema } from '../basics/schema.ts'
import { SqliteExperimentStore } from './sqlite-store.ts'

let named = 0
const deskOf = (stub: ReturnType<typeof fresh>): ExperimentDesk => stub as unknown as ExperimentDesk
const fresh = () => env.EXPERIMENTS.getByName(`experiments-test-${++named}`)

describe('exposures and orders, in SQLite', () => {
  describeExperimentStore(async (work) => {
    await runInDurableObject(fresh(), (_object, { storage }) => {
      applySchema(storage, [{ name: '0001_exposures_and_orders', text: exposuresAndOrders }])
      work(new SqliteExperimentStore(storage))
    })
  })

  it('[EXP16] adds squares that no integer could hold', async () => {
    const object = deskOf(fresh())
    const at = 1000
    await object.exposed([{ experimentId: 'e', visitorId: 'v', variation: 0, at }])
    const order = { visitorId: 'v', version: 1, orderedAt: at, isKept: true, refunded: 0, currency: 'JPY' }
    await object.ordered([{ ...order, orderId: 'o', revenue: 9e15 }])
    const [tally] = await object.tally({ experimentId: 'e', variations: 2, until: null, currency: 'JPY' })
    expect(tally?.revenueSquared).toBe(9e15 ** 2)
  })

  it('[EXP15] remembers who was counted when it has been evicted, and keeps nothing of whoever only asks', async () => {
    const stub = fresh()
    const object = deskOf(stub)
    const ask = { experimentId: 'e', variations: 2, until: null, currency: 'EUR' }
    expect((await object.tally(ask)).map(({ visitors }) => visitors)).toEqual([0, 0])
    await runInDurableObject(stub, (_, { storage }) => expect(hasSchema(storage)).toBe(false))
    await object.exposed([{ experimentId: 'e', visitorId: 'v', variation: 1, at: 1 }])
    await evictDurableObject(stub)
    await object.exposed([{ experimentId: 'e', visitorId: 'v', variation: 1, at: 2 }])
    expect((await object.tally(ask)).map(({ visitors }) => visitors)).toEqual([0, 1])
  })
})

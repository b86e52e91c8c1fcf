import { beforeEach, describe, expect, it } from 'vitest'
import { ExperimentKeeper, experimentShardOf } from '../domain/experiment/keeper.ts'
import { MemoryExperimentStore } from '../domain/experiment/memory-store.ts'
import type { OrderView } from '../domain/message/order-book.ts'
import type { OrderRecord } from '../domain/order/records.ts'
import { countingConversions } from './conversions.ts'

const euros = (amount: number) => ({ amount, currency: 'EUR' })

function told(visitorId: string, own: { version?: number; status?: string; refunded?: number; storeId?: string } = {}) {
  const { version = 2, status = 'paid', refunded = 0, storeId = 'store_demo' } = own
  const payment = { authorised: euros(5000), captured: euros(5000), refunded: euros(refunded) }
  const order = {
    id: `ord_${visitorId}`,
    storeId,
    visitorId,
    version,
    status,
    createdAt: 2000,
    total: euros(5000),
    payment,
  }
  return { order: order as unknown as OrderView } as OrderRecord
}

describe('conversions', () => {
  let keepers: Map<number, ExperimentKeeper>
  let recorded: string[]
  let asked: string[]
  let isAway: boolean

  beforeEach(() => {
    keepers = new Map()
    recorded = []
    asked = []
    isAway = false
  })

  const keeperOf = (visitorId: string): ExperimentKeeper => {
    const shard = experimentShardOf(visitorId)
    if (!keepers.has(shard)) keepers.set(shard, new ExperimentKeeper(new MemoryExperimentStore()))
    return keepers.get(shard)!
  }
  const ledger = countingConversions(
    { record: async (some) => void recorded.push(...some.map(({ order }) => order.id)) },
    {
      countingAmong: async (stores) => new Set(stores.filter((id) => id !== 'store_quiet')),
      deskOf: (storeId, visitorId) => ({
        ordered: async (conversions) => {
          asked.push(storeId)
          if (isAway) throw new Error('the object is away')
          keeperOf(visitorId).ordered(conversions)
        },
      }),
    },
  )
  const countOf = (visitorId: string) => {
    const keeper = keeperOf(visitorId)
    keeper.exposed([{ experimentId: 'exp_1', visitorId, variation: 0, at: 1000 }])
    return keeper.tally({ experimentId: 'exp_1', variations: 2, until: null, currency: 'EUR' })[0]!
  }

  it('[EXP16] are counted from what is recorded, once, and taken back with the refund', async () => {
    await ledger.record([told('ana', { version: 1, status: 'accepted' }), told('bo')])
    await ledger.record([told('ana'), told('bo')])
    await ledger.record([told('ana', { version: 3, status: 'partially_refunded', refunded: 2000 })])
    await ledger.record([told('ana')])
    expect(countOf('ana')).toMatchObject({ converted: 1, orders: 1, revenue: 3000, refunds: 2000 })
    await ledger.record([told('ana', { version: 4, status: 'refunded', refunded: 5000 })])
    expect(countOf('ana')).toMatchObject({ converted: 0, orders: 0, revenue: 0, refunds: 5000 })
  })

  it('[EXP16] that could not be told keep their orders owed, and are told again', async () => {
    isAway = true
    await expect(ledger.record([told('ana')])).rejects.toThrow('away')
    expect(recorded).toEqual(['ord_ana'])
    isAway = false
    await ledger.record([told('ana')])
    expect(countOf('ana').converted).toBe(1)
  })

  it('[EXP16] cost a store nothing that never started an experiment', async () => {
    await ledger.record([told('ana', { storeId: 'store_quiet' })])
    expect(asked).toEqual([])
  })
})

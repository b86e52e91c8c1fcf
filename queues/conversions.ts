/**
 * Conversions: what was recorded of an order is told to the object that counts its visitor in experiments, before the
 * order's book hears that it is recorded. So an order reaches its experiment as surely as it reaches Postgres, any number of
 * times and in any order; the object keeps its newest version.
 *
 * While such an object is away its orders stay owed by their books and are told again. Stores that never started an
 * experiment are asked nothing.
 */
import { conversionOf } from '../domain/experiment/conversion.ts'
import { experimentShardOf } from '../domain/experiment/keeper.ts'
import type { ExperimentDesk } from '../domain/message/experiment-desk.ts'
import type { OrderRecord, OrderRecords } from '../domain/order/records.ts'
import { abreast } from './abreast.ts'

export interface ConversionParts {
  /** Which of these stores count. Must not be older than the start of an experiment whose visitors may have ordered. */
  countingAmong: (storeIds: readonly string[]) => Promise<ReadonlySet<string>>
  /** The object that counts this visitor. */
  deskOf: (storeId: string, visitorId: string) => Pick<ExperimentDesk, 'ordered'>
}

const ABREAST = 6

/** Records orders as `orders` does, and counts them. Rejects when either is away; safe to repeat. */
export const countingConversions = (orders: OrderRecords, parts: ConversionParts): OrderRecords => ({
  async record(records) {
    await orders.record(records)
    const counting = await parts.countingAmong([...new Set(records.map(({ order }) => order.storeId))])
    const counted = records.filter(({ order }) => counting.has(order.storeId))
    await abreast(byObject(counted), ABREAST, async (some) => {
      const { storeId, visitorId } = some[0]!.order
      await parts.deskOf(storeId, visitorId).ordered(some.map(conversionOf))
    })
  },
})

const byObject = (records: readonly OrderRecord[]): OrderRecord[][] => [
  ...Map.groupBy(records, ({ order }) => `${order.storeId} ${experimentShardOf(order.visitorId)}`).values(),
]

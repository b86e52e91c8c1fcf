/**
 * What the recorder has heard of stock may be what a schedule waits for: that a drop is sold out, or is not any more. It is
 * told at once, so that "ten minutes after" is ten minutes after; whoever was away is told by the cron.
 */
import { JOB_SHARDS } from '../domain/job/shards.ts'
import type { ScheduleDesk } from '../domain/message/schedule-desk.ts'
import type { InventoryRecords } from '../domain/order/records.ts'
import type { Database } from '../platform/postgres/database.ts'
import { publishMoments, type MomentsOfDrop } from '../platform/postgres/drop-moments.ts'

/** Drops told in one go; the rest with the next count, or by the cron. */
const TOLD_AT_ONCE = 10

type DeskOf = (storeId: string, shard: number) => Pick<ScheduleDesk, 'dropMoved'>

/** Tells every shard of a store's schedules; any of them may keep one that waits for this drop. */
export const tellSchedules =
  (deskOf: DeskOf) =>
  (storeId: string, { id, moments }: MomentsOfDrop): Promise<unknown> =>
    Promise.all(Array.from({ length: JOB_SHARDS }, (_, shard) => deskOf(storeId, shard).dropMoved(id, moments)))

/** Inventory records that tell what becomes of drops by them. Counting never fails because telling did. */
export const tellingMoments = (inventory: InventoryRecords, db: Database, deskOf: DeskOf): InventoryRecords => ({
  async record(records) {
    await inventory.record(records)
    try {
      await publishMoments(db, tellSchedules(deskOf), { limit: TOLD_AT_ONCE })
    } catch (fault) {
      console.warn('schedules relative to drops are told by the cron', fault)
    }
  },
})

/**
 * A drop's moments, carried to the schedules that are relative to it: when it opens and ends, and whether it is sold out.
 * They travel by the outbox; a row is left by whoever changes a drop, and by the recorder when a SKU of it sells out or is
 * to be had again.
 */
import type { DropMoments } from '../../domain/message/schedule-desk.ts'
import type { Database } from './database.ts'
import { publishDue, type PublishOptions, type PublishReport } from './outbox.ts'
import { FREE } from './product-sql.ts'
import { sql } from './statements.ts'

/** All three, so that what is not so any more is unsaid. */
export interface MomentsOfDrop {
  id: string
  moments: Required<DropMoments>
}

/** Stock that was gone before the opening was never sold out. */
const momentsOfDrop = sql`jsonb_build_object('id', d.id, 'moments', jsonb_build_object(
  'opening', onrush_ms(d.opens_at), 'end', onrush_ms(least(d.ends_at, d.stopped_at)),
  'sold_out', case when d.opens_at <= now() and stock.total > 0 and stock.free <= 0
    then onrush_ms(stock.counted_at) end))`

const STOCK_OF_DROP = sql`
  cross join lateral (
    select sum(coalesce(inv.total, v.initial_units)) as total, sum(${FREE}) as free, max(inv.updated_at) as counted_at
    from drop_variants m
    join variants v on v.store_id = m.store_id and v.id = m.variant_id
    left join inventory inv on inv.store_id = v.store_id and inv.sku = v.sku
    where m.store_id = d.store_id and m.drop_id = d.id
  ) stock`

/** Tells what is due (`keys` are ids of drops). Safe to repeat. */
export const publishMoments = (
  db: Database,
  tell: (storeId: string, drop: MomentsOfDrop) => Promise<unknown>,
  options: PublishOptions,
): Promise<PublishReport> =>
  publishDue<MomentsOfDrop>(
    db,
    {
      topic: 'moments',
      what: sql`select ${momentsOfDrop} as what from drops d ${STOCK_OF_DROP} where d.store_id = o.store_id and d.id = o.key`,
      tell,
    },
    options,
  )

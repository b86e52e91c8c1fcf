/**
 * Orders as operators list them, from the projection: seconds behind the order books, which hold the truth about each.
 */
import { accept, type Decision } from '../../domain/basics/decision.ts'
import type { Money } from '../../domain/basics/money.ts'
import { cursorOf, parseCursor, type CursorRefusal, type Page } from '../../domain/catalog/query.ts'
import type { OrderStatus } from '../../domain/message/order-book.ts'
import type { Reader } from './reading.ts'
import { rowsOf, sql } from './statements.ts'

export interface OrderSummary {
  id: string
  status: OrderStatus
  email: string
  name: string | null
  total: Money
  units: number
  createdAt: number
  updatedAt: number
  version: number
}

export interface OrderQuery {
  status: OrderStatus | null
  email: string | null
  limit: number
  cursor: string | null
}

/** Newest first. */
export async function listOrders(
  reader: Reader,
  storeId: string,
  { status, email, limit, cursor }: OrderQuery,
): Promise<Decision<Page<OrderSummary>, CursorRefusal>> {
  const after = cursor === null ? null : parseCursor(cursor, 'orders')
  if (after && !after.ok) return after
  const rows = await reader.rows(
    rowsOf<{ summary: OrderSummary }>(sql`
      select jsonb_build_object('id', o.id, 'status', o.status, 'email', o.email, 'name', o.name,
        'total', jsonb_build_object('amount', o.total_amount, 'currency', o.currency),
        'units', (select coalesce(sum(l.units), 0) from order_lines l
                  where l.store_id = o.store_id and l.bucket = o.bucket and l.order_id = o.id),
        'createdAt', onrush_ms(o.created_at), 'updatedAt', onrush_ms(o.updated_at), 'version', o.version) as summary
      from orders o
      where o.store_id = ${storeId}
        ${status === null ? sql`` : sql`and o.status = ${status}`}
        ${email === null ? sql`` : sql`and o.email = ${email.toLowerCase()}`}
        ${after ? sql`and (o.created_at, o.id) < (onrush_at(${after.value.value}::bigint), ${after.value.id})` : sql``}
      order by o.created_at desc, o.id desc limit ${limit + 1}`),
  )
  const data = rows.slice(0, limit).map(({ summary }) => summary)
  const last = data.at(-1)
  const nextCursor =
    rows.length > limit && last ? cursorOf({ sort: 'orders', value: String(last.createdAt), id: last.id }) : null
  return accept({ data, nextCursor })
}

/** ORD7: what is recorded of an order never becomes older. */
import type { OrderRecord } from '../../domain/order/records.ts'
import type { Database } from '../outside.ts'
import { Violation } from './violation.ts'

/** `before`: the versions that were recorded of these orders just before. */
export function expectNothingOlder(
  database: Database,
  records: readonly OrderRecord[],
  before: readonly number[],
): void {
  for (const [i, { order }] of records.entries()) {
    const { version } = database.orders.get(order.id)!.order
    if (version < before[i]!) throw new Violation('ORD7', `${order.id} is at ${version} again, after ${before[i]}`)
  }
}

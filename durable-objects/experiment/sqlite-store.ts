/** The store of exposures and orders, in the object's SQLite. */
import type { ExperimentStore, KeptExposure } from '../../domain/experiment/keeper.ts'
import { NOTHING, type Tally } from '../../domain/experiment/tally.ts'
import type { Conversion, TallyAsk } from '../../domain/message/experiment-desk.ts'
import { Sql } from '../basics/sql.ts'

/** Sums of squares outgrow 64 bits, and SQLite would fault: everything is added as floats. */
const SUMS = `
  WITH deeds AS (
    SELECT e.variation, e.crossed,
      TOTAL(o.ordered_at >= e.first_at AND o.ordered_at < ?3 AND o.kept) AS orders,
      TOTAL((o.ordered_at >= e.first_at AND o.ordered_at < ?3 AND o.kept AND o.currency = ?2) * o.revenue) AS revenue,
      TOTAL((o.ordered_at >= e.first_at AND o.ordered_at < ?3 AND o.currency = ?2) * o.refunded) AS refunds,
      TOTAL((o.ordered_at < e.first_at AND o.kept AND o.currency = ?2) * o.revenue) AS before
    FROM exposures e LEFT JOIN orders o ON o.visitor_id = e.visitor_id
    WHERE e.experiment_id = ?1
    GROUP BY e.visitor_id, e.variation, e.crossed
  )
  SELECT variation, crossed, COUNT(*) AS people,
    TOTAL(orders > 0) AS converted, TOTAL(orders) AS orders, TOTAL(orders * orders) AS ordersSquared,
    TOTAL(revenue) AS revenue, TOTAL(revenue * revenue) AS revenueSquared, TOTAL(revenue * orders) AS revenueTimesOrders,
    TOTAL(refunds > 0) AS refunded, TOTAL(refunds) AS refunds, TOTAL(refunds * refunds) AS refundsSquared,
    TOTAL(before) AS before, TOTAL(before * before) AS beforeSquared, TOTAL(revenue * before) AS revenueTimesBefore
  FROM deeds GROUP BY variation, crossed`

type SumRow = { variation: number; crossed: number; people: number } & Omit<Tally, 'visitors' | 'crossed'>

export class SqliteExperimentStore implements ExperimentStore {
  readonly #sql: Sql

  constructor(storage: DurableObjectStorage) {
    this.#sql = new Sql(storage)
  }

  transaction<Result>(work: () => Result): Result {
    return this.#sql.transaction(work)
  }

  findExposure(experimentId: string, visitorId: string): KeptExposure | undefined {
    const row = this.#sql.first<{ variation: number; first_at: number; crossed: number }>(
      'SELECT variation, first_at, crossed FROM exposures WHERE experiment_id = ? AND visitor_id = ?',
      experimentId,
      visitorId,
    )
    if (!row) return undefined
    return { experimentId, visitorId, variation: row.variation, at: row.first_at, isCrossed: row.crossed === 1 }
  }

  putExposure({ experimentId, visitorId, variation, at, isCrossed }: KeptExposure): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO exposures (experiment_id, visitor_id, variation, first_at, crossed) VALUES (?, ?, ?, ?, ?)`,
      experimentId,
      visitorId,
      variation,
      at,
      isCrossed ? 1 : 0,
    )
  }

  orderVersion(visitorId: string, orderId: string): number | undefined {
    return this.#sql.first<{ version: number }>(
      'SELECT version FROM orders WHERE visitor_id = ? AND order_id = ?',
      visitorId,
      orderId,
    )?.version
  }

  putOrder({ visitorId, orderId, version, orderedAt, isKept, revenue, refunded, currency }: Conversion): void {
    this.#sql.run(
      `INSERT OR REPLACE INTO orders (visitor_id, order_id, version, ordered_at, kept, revenue, refunded, currency)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      visitorId,
      orderId,
      version,
      orderedAt,
      isKept ? 1 : 0,
      revenue,
      refunded,
      currency,
    )
  }

  tally({ experimentId, variations, until, currency }: TallyAsk): Tally[] {
    const tallies = Array.from({ length: variations }, (): Tally => ({ ...NOTHING }))
    const rows = this.#sql.all<SumRow>(SUMS, experimentId, currency, until ?? Number.MAX_SAFE_INTEGER)
    for (const { variation, crossed, people, ...sums } of rows) {
      const tally = tallies[variation]
      if (!tally) continue
      // Whoever saw two sides is on neither; only how many they are is known.
      if (crossed === 1) tally.crossed = people
      else Object.assign(tally, sums, { visitors: people })
    }
    return tallies
  }
}

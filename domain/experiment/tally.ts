/**
 * Tally: sums over the visitors of one variation, which is all that statistics need. Tallies of several shards are added up;
 * who the visitors were stays where they were counted.
 */

export interface Tally {
  /** Who saw it, each once, and no other variation. */
  visitors: number
  /** Seen in this one first, and in another later. On no side of any sum. */
  crossed: number
  /** Visitors with an order that was paid and not wholly refunded. */
  converted: number
  /** Such orders. */
  orders: number
  ordersSquared: number
  /** Minor units of the store's currency: captured, less refunded. */
  revenue: number
  revenueSquared: number
  revenueTimesOrders: number
  /** Visitors who got money back, and how much. */
  refunded: number
  refunds: number
  refundsSquared: number
  /** What they had spent before they saw it. */
  before: number
  beforeSquared: number
  revenueTimesBefore: number
}

export const NOTHING: Tally = {
  visitors: 0,
  crossed: 0,
  converted: 0,
  orders: 0,
  ordersSquared: 0,
  revenue: 0,
  revenueSquared: 0,
  revenueTimesOrders: 0,
  refunded: 0,
  refunds: 0,
  refundsSquared: 0,
  before: 0,
  beforeSquared: 0,
  revenueTimesBefore: 0,
}

export function added(a: Tally, b: Tally): Tally {
  const sum = { ...a }
  for (const name of Object.keys(sum) as (keyof Tally)[]) sum[name] += b[name]
  return sum
}

/** What one visitor did since they saw a variation, and before. */
export interface Deeds {
  orders: number
  revenue: number
  refunds: number
  before: number
}

/** The tally of one visitor. */
export const tallyOf = ({ orders, revenue, refunds, before }: Deeds): Tally => ({
  visitors: 1,
  crossed: 0,
  converted: orders > 0 ? 1 : 0,
  orders,
  ordersSquared: orders ** 2,
  revenue,
  revenueSquared: revenue ** 2,
  revenueTimesOrders: revenue * orders,
  refunded: refunds > 0 ? 1 : 0,
  refunds,
  refundsSquared: refunds ** 2,
  before,
  beforeSquared: before ** 2,
  revenueTimesBefore: revenue * before,
})

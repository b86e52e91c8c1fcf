/**
 * What something used to cost. It is said to buyers, so it means something only above what the thing costs now: a price
 * that was not higher is no reduction, whoever wrote it down, and to show it would mislead. It is left out and not
 * refused, since a price that rises above it is an ordinary change of the price.
 */
import type { Money } from '../basics/money.ts'

/** In minor units of one currency; null: it never cost more, as far as anybody may say. */
export const usedToCost = (before: number | null | undefined, now: number | null): number | null =>
  before != null && now !== null && before > now ? before : null

/** The same of money: what is shown beside the price. Another currency is never compared. */
export const reducedFrom = (before: Money | null, now: Money): Money | null =>
  before !== null && before.currency === now.currency && before.amount > now.amount ? before : null

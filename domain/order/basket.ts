/**
 * Basket: what somebody wants to hold. The same SKU twice counts once, summed; lines are sorted, so that two requests
 * for the same things are the same request whatever their order.
 */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { BasketLine } from '../message/order-book.ts'

/** One question a line goes to a stock object, and a Worker has a bounded number of those. */
export const LINES_MAX = 50
/** Far above any limit a merchant sets; keeps sums far from the edge of safe integers. */
export const UNITS_PER_LINE_MAX = 1000

export type BasketShapeRefusal =
  | { code: 'basket_empty' }
  | { code: 'basket_too_long'; linesMax: number; lines: number }
  | { code: 'units_out_of_range'; sku: string; units: number; unitsMax: number }

/** The lines, summed by SKU and sorted by it. Refuses an empty basket, more than 50 lines, fewer than 1 or more than 1,000 units. */
export function decideBasket(lines: readonly BasketLine[]): Decision<BasketLine[], BasketShapeRefusal> {
  if (lines.length === 0) return refuse({ code: 'basket_empty' })
  const unitsBySku = new Map<string, number>()
  for (const { sku, units } of lines) {
    // Each line on its own too, or a negative one could hide inside the sum.
    if (!inRange(units)) return refuse({ code: 'units_out_of_range', sku, units, unitsMax: UNITS_PER_LINE_MAX })
    unitsBySku.set(sku, (unitsBySku.get(sku) ?? 0) + units)
  }
  if (unitsBySku.size > LINES_MAX) {
    return refuse({ code: 'basket_too_long', linesMax: LINES_MAX, lines: unitsBySku.size })
  }
  const summed = [...unitsBySku].map(([sku, units]) => ({ sku, units })).sort(bySku)
  const tooMany = summed.find(({ units }) => !inRange(units))
  if (tooMany) return refuse({ code: 'units_out_of_range', ...tooMany, unitsMax: UNITS_PER_LINE_MAX })
  return accept(summed)
}

const inRange = (units: number): boolean => Number.isInteger(units) && units >= 1 && units <= UNITS_PER_LINE_MAX
const bySku = (a: BasketLine, b: BasketLine): number => (a.sku < b.sku ? -1 : a.sku > b.sku ? 1 : 0)

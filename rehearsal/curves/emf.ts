/**
 * EMF Camp, 9 March 2026: tickets went within seconds, and part of the site with them.
 *
 * Source: github.com/emfcamp/Website issue 1901, for the reservations in each second, and EMF's own load script of 2018
 * for what is in a basket. These are the successes of an overloaded system, so a lower bound of the demand.
 */
import type { Dice } from '../dice.ts'

/** Reservations in each second, the first from 20:00:03 on. */
export const EMF_PER_SECOND = [7, 18, 52, 72, 131, 134, 108, 120, 125, 100, 39, 8, 14, 10, 17, 4, 8] as const

export interface EmfBasket {
  tickets: number
  under18: number
  parking: number
}

const BASKETS: readonly (readonly [weight: number, basket: EmfBasket])[] = [
  [60, { tickets: 1, under18: 0, parking: 0 }],
  [25, { tickets: 1, under18: 0, parking: 1 }],
  [20, { tickets: 2, under18: 0, parking: 0 }],
  [20, { tickets: 2, under18: 0, parking: 1 }],
  [10, { tickets: 2, under18: 2, parking: 1 }],
]

export const emfBasket = (dice: Dice): EmfBasket => dice.weighted(BASKETS)

/** The tickets in 967 baskets of that mix. */
export function emfTickets(): number {
  const weights = BASKETS.reduce((sum, [weight]) => sum + weight, 0)
  const each = BASKETS.reduce((sum, [weight, { tickets }]) => sum + weight * tickets, 0) / weights
  return Math.round(EMF_PER_SECOND.reduce((sum, count) => sum + count, 0) * each)
}

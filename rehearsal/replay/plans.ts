/** What is for sale, who comes when, and what is promised: one plan a replay. */
import { afterReload, alongCurve, steadily } from '../arrivals.ts'
import { EMF_PER_SECOND, emfBasket, emfTickets, type EmfBasket } from '../curves/emf.ts'
import { SHMOOCON, SHMOOCON_HELD_WITHIN_MS } from '../curves/shmoocon.ts'
import { diceOf } from '../dice.ts'
import type { Line } from '../stampede/history.ts'
import type { PlannedBasket, PlannedLook } from './crowd.ts'

export interface Plan {
  title: string
  /** By SKU; the first is the one that everybody wants. */
  supply: [sku: string, units: number][]
  baskets: PlannedBasket[]
  looks: PlannedLook[]
  heldWithinMs: number
  /** Everybody whose answer is no hears it within this time of when it was so, by rule b of facts/on-sales.md: a second. */
  toldWithinMs: number
}

const TOLD_WITHIN_MS = 1_000
/** Nobody wants for these; only tickets are scarce. */
const PLENTY = 10_000

/**
 * Baskets by EMF's curve, `demand` times as many as were served then. All tickets are to be held within the seventeen
 * seconds the curve has.
 */
export function emfPlan({ mark, seed, demand }: { mark: string; seed: number; demand: number }): Plan {
  const dice = diceOf(seed)
  const [ticket, under18, parking] = ['TICKET', 'UNDER18', 'PARKING'].map((name) => `${mark}-${name}`) as [
    string,
    string,
    string,
  ]
  const linesOf = (basket: EmfBasket): Line[] =>
    [
      { sku: ticket, quantity: basket.tickets },
      { sku: under18, quantity: basket.under18 },
      { sku: parking, quantity: basket.parking },
    ].filter(({ quantity }) => quantity > 0)
  return {
    title: `EMF Camp 2026-03-09, demand × ${demand}`,
    supply: [
      [ticket, emfTickets()],
      [under18, PLENTY],
      [parking, PLENTY],
    ],
    baskets: alongCurve(EMF_PER_SECOND, demand, dice).map((at) => {
      const basket = emfBasket(dice)
      return { at, lines: linesOf(basket), units: basket.tickets }
    }),
    looks: [],
    heldWithinMs: EMF_PER_SECOND.length * 1000,
    toldWithinMs: TOLD_WITHIN_MS,
  }
}

export interface Reloads {
  mark: string
  seed: number
  /** Reloads a second before the opening; after it they grow as they did in 2021. */
  before: number
  /** Of a hundred reloads so many are of the whole page; the page itself asks `now` for the rest. */
  pagesPercent: number
  tickets?: number
  clients?: number
  /** How long before and after the opening. */
  beforeMs?: number
  afterMs?: number
}

const CLICK_MS = 400

/** Reloads at a constant pace, then at the opening everybody clicks once, and the reloads go on, more than before. */
export function shmooconPlan(reloads: Reloads): Plan {
  const { mark, seed, before, pagesPercent, beforeMs = 6_000, afterMs = 5_000 } = reloads
  const { tickets = SHMOOCON.tickets, clients = SHMOOCON.clients } = reloads
  const dice = diceOf(seed)
  const sku = `${mark}-TICKET`
  const reloadEveryMs = before === 0 ? 0 : (clients / before) * 1000
  const clicks = afterReload(clients, { reloadEveryMs, clickMs: CLICK_MS }, dice)
  const after = (before * SHMOOCON.after) / SHMOOCON.before
  const instants = [...steadily(before, -beforeMs, 0, dice), ...steadily(after, 0, afterMs, dice)]
  return {
    title: `ShmooCon, ${tickets} tickets, ${clients} people, ${before} then ${after.toFixed(0)} reloads a second`,
    supply: [[sku, tickets]],
    baskets: clicks.map((at) => ({ at, lines: [{ sku, quantity: 1 }], units: 1 })),
    looks: instants.map((at) => ({ at, what: dice.chance(pagesPercent / 100) ? 'page' : 'now' })),
    heldWithinMs: SHMOOCON_HELD_WITHIN_MS,
    toldWithinMs: TOLD_WITHIN_MS,
  }
}

/** Who comes to a stampede: from one seed, so that a run that hurt can be called together again. */
import { diceOf, type Dice } from '../dice.ts'
import type { Line } from './history.ts'

/**
 * * patient: holds, pays, looks until the order has settled
 * * double_clicks: sends everything twice at once, with one key
 * * vanishes: gets units, and is never seen again
 * * cancels: gives the units back
 * * declined: pays with a card that is declined
 * * greedy: having got its share, asks for more until it is refused
 * * skips_the_room: asks for units without a pass (where the drop has a room)
 */
export type Manner = 'patient' | 'double_clicks' | 'vanishes' | 'cancels' | 'declined' | 'greedy' | 'skips_the_room'

export interface Person {
  id: number
  manner: Manner
  lines: Line[]
  /** Whether they take something else of the drop when what they wanted has gone. */
  takesAnything: boolean
  /** When they turn up, after the opening; negative: they are early. */
  arrivesAfterMs: number
  /** Their own dice, for how long they hesitate. */
  seed: number
}

export interface Gathering {
  seed: number
  buyers: number
  /** The SKU that everybody wants, and the one that goes well with it. */
  skus: { main: string; side: string }
  room: boolean
}

const MANNERS: readonly (readonly [number, Manner])[] = [
  [60, 'patient'],
  [14, 'double_clicks'],
  [10, 'vanishes'],
  [6, 'cancels'],
  [5, 'declined'],
  [5, 'greedy'],
]
const WITH_BOTS: typeof MANNERS = [...MANNERS, [5, 'skips_the_room']]

/** How many of a SKU one visitor may have; the greedy ask for more. */
export const UNITS_PER_VISITOR_MAX = 4

const TAKES_ANYTHING = 0.5

/** The side SKU has this share of all units. */
export const SIDE_SHARE = 0.2

export function gather({ seed, buyers, skus, room }: Gathering): Person[] {
  const dice = diceOf(seed)
  return Array.from({ length: buyers }, (_, id) => {
    const manner = dice.weighted(room ? WITH_BOTS : MANNERS)
    const lines = basket(dice, skus)
    const arrivesAfterMs = arrival(dice)
    // A bot that skips the room has nothing to skip before the drop is open.
    const at = manner === 'skips_the_room' ? Math.abs(arrivesAfterMs) : arrivesAfterMs
    const takesAnything = dice.chance(TAKES_ANYTHING)
    return { id, manner, lines, takesAnything, arrivesAfterMs: at, seed: Math.floor(dice.fraction() * 2 ** 32) }
  })
}

const basket = (dice: Dice, { main, side }: Gathering['skus']): Line[] =>
  dice.weighted<Line[]>([
    [65, [{ sku: main, quantity: 1 }]],
    [10, [{ sku: main, quantity: 2 }]],
    [13, [line(main), line(side)]],
    [12, [{ sku: side, quantity: 1 }]],
  ])

const line = (sku: string): Line => ({ sku, quantity: 1 })

/** A quarter cannot wait; of the rest most come in the first second. */
function arrival(dice: Dice): number {
  if (dice.chance(0.25)) return -dice.between(0, 1_500)
  return Math.min(5_000, -Math.log(1 - dice.fraction()) * 700)
}

/** What all of them together want, by SKU. */
export function demandOf(people: readonly Person[]): Record<string, number> {
  const demand: Record<string, number> = {}
  // Whoever cannot or does not mean to keep them is no demand.
  const buying = people.filter(({ manner }) => !['vanishes', 'cancels', 'declined', 'skips_the_room'].includes(manner))
  for (const { sku, quantity } of buying.flatMap(({ lines }) => lines)) demand[sku] = (demand[sku] ?? 0) + quantity
  return demand
}

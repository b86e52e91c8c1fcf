/**
 * Who goes first when there is too much: whoever has paid for something before whoever wants to buy, before whoever looks.
 * Of one kind the same people stay out for a while and the others get a whole purchase, since half of one is worth nothing
 * to anybody: so they are chosen by a hash of who they are and not by chance.
 */
import { murmur3 } from '../sharding/murmur3.ts'

/** From what goes last to what goes first. */
export type Work = 'crawl' | 'search' | 'page' | 'room' | 'hold' | 'order' | 'payment'

/**
 * How full the gate is, 1 being full, when the first of a kind are turned away, and when all of them are. Orders and
 * payments go on beyond full: what was let in to hold is served to its end.
 */
const BANDS: Readonly<Record<Work, readonly [first: number, all: number]>> = {
  crawl: [0.3, 0.4],
  search: [0.4, 0.6],
  page: [0.5, 0.8],
  room: [0.6, 0.9],
  hold: [0.6, 1],
  order: [2.5, 3.5],
  payment: [3.5, 4.5],
}

/** Whether this one is let in while the gate is as full as that. `lot`: where they stand among all, [0, 1); see lotOf. */
export function isLetIn(work: Work, load: number, lot: number): boolean {
  const [first, all] = BANDS[work]
  if (load < first) return true
  return load < all && lot < (all - load) / (all - first)
}

/** From here on nobody new is told how things stand by a stream: whoever waits can ask as well, before anybody is turned away. */
const LISTENING_UP_TO = 0.3

/** Whether a stream may be opened while the gates are as full as that. */
export const isLetInToListen = (load: number): boolean => load < LISTENING_UP_TO

/** The same people stay out for so long; then it is others' turn. */
export const TURN_MS = 5 * 60_000

/** Where somebody stands among all, for this turn: the same whoever is asked, and another in the next. */
export const lotOf = (who: string, now: number): number =>
  (murmur3(`${Math.floor(now / TURN_MS)} ${who}`) >>> 0) / 2 ** 32

/** Saying no because there is too much to do. */
export interface CapacityRefusal {
  code: 'reduced_capacity'
  violatedPolicies: ['capacity']
  retryInMs: number
}

const COME_BACK_MS = 4_000
const SPREAD_MS = 6_000

/** `chance`: [0, 1). Ten seconds at most: a buyer waits as long without giving up, and a crowd is spread over them. */
export const reducedCapacity = (chance: number): CapacityRefusal => ({
  code: 'reduced_capacity',
  violatedPolicies: ['capacity'],
  retryInMs: COME_BACK_MS + Math.floor(chance * SPREAD_MS),
})

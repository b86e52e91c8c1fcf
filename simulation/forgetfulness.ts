/**
 * How soon the shop of one seed forgets what is over. In most seeds after a day, as in production; in a quarter of them as
 * soon as it may: an owner's rows when nobody can ask for them any more, a book's answers when nobody repeats
 * a request any more. By the seed's number and not by its dice, so that a seed's life stays the same but for that.
 */
import { FOR_A_DAY, type Keeping } from '../domain/basics/keeping.ts'
import { HOLD_DURATION_MOST_MS } from '../domain/order/hold.ts'
import { CLAIM_GRACE_MS } from '../domain/stock/stock.ts'

export interface Forgetfulness {
  /** Of holds that have ended, at owners and at leaves. */
  holds: Keeping
  /** Of what requests were answered, at books, with the holds that they granted. */
  answers: Keeping
}

/**
 * A basket whose first request died on the way may be asked for again, under the same id, until it is over at the latest; an
 * owner's row may have ended long before, by the offer. And longer than the slowest call is under way (weather.ts).
 */
const ASKED_FOR_MS = HOLD_DURATION_MOST_MS + CLAIM_GRACE_MS + 30_000
/** Longer than the most patient visitor repeats a request (visitors/visitor.ts): eight times, a minute each. */
const VISITORS_INSIST_MS = 10 * 60_000
/** A book's clock and an alarm's are the same, but a crashed alarm rings again two seconds later. */
const GATHER_MS = 5_000

const SOON: Forgetfulness = {
  holds: { keptMs: ASKED_FOR_MS, gatherMs: GATHER_MS },
  answers: { keptMs: VISITORS_INSIST_MS, gatherMs: GATHER_MS },
}

export const forgetfulnessOf = (seed: number): Forgetfulness =>
  seed % 4 === 0 ? SOON : { holds: FOR_A_DAY, answers: FOR_A_DAY }

/**
 * How soon the shop of one seed forgets what is over. In most seeds after a day, as in production; in a quarter of them as
 * soon as it may: an owner's rows when no call about them can be under way any more, a book's answers when nobody repeats
 * a request any more. By the seed's number and not by its dice, so that a seed's life stays the same but for that.
 */
import { FOR_A_DAY, type Keeping } from '../domain/basics/keeping.ts'

export interface Forgetfulness {
  /** Of holds that have ended, at owners and at leaves. */
  holds: Keeping
  /** Of what requests were answered, at books, with the holds that they granted. */
  answers: Keeping
}

/** Longer than the slowest call is under way (weather.ts). */
const CALLS_LAST_MS = 30_000
/** Longer than the most patient visitor repeats a request (visitors/visitor.ts): eight times, a minute each. */
const VISITORS_INSIST_MS = 10 * 60_000
/** A book's clock and an alarm's are the same, but a crashed alarm rings again two seconds later. */
const GATHER_MS = 5_000

const SOON: Forgetfulness = {
  holds: { keptMs: CALLS_LAST_MS, gatherMs: GATHER_MS },
  answers: { keptMs: VISITORS_INSIST_MS, gatherMs: GATHER_MS },
}

export const forgetfulnessOf = (seed: number): Forgetfulness =>
  seed % 4 === 0 ? SOON : { holds: FOR_A_DAY, answers: FOR_A_DAY }

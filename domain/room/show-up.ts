/**
 * Who is likely to come. In a long line many have gone home, and nobody tells us; a room that takes everybody it calls for
 * certain lets the last units lie for one absent person after the other. So it learns which share comes, and how soon
 * to give somebody up. These are guesses and guide only how many are called; who may come in is exact (admission.ts).
 */
import { HUNGRY_MS, PROMPT_MS, type Call, type Latecomer } from './admission.ts'

/** Never more than twenty are called for one who is hoped for: they may all have been on the same slow train. */
const LEAST = 0.05
/** So many people make up the memory. */
const MEMORY_PEOPLE = 10

/**
 * What share comes of those who are called now, and how many are still expected of those who were.
 *
 * @param late a latecomer who was called again asked for it a moment ago, and is as good as there.
 * @param remembered of calls that are over; `remember`.
 */
export function hopesOf(
  calls: readonly Call[],
  late: readonly Latecomer[],
  remembered: number,
  now: number,
): { showUp: number; expected: number } {
  const showUp = showUpOf(calls, remembered, now)
  const sure = late.filter(({ calledAt }) => calledAt !== null && now < calledAt + PROMPT_MS).length
  const likely = (sum: number, { open, at }: Call): number =>
    sum + open * showUp * hopeLeft(showUp, (now - at) / PROMPT_MS)
  return { showUp, expected: calls.reduce(likely, sure) }
}

/**
 * By those who were called some seconds ago. What is remembered counts as one person beside them: near the end, where
 * one is called at a time, one who does not come must halve the hope, for there is no time to be sure.
 */
function showUpOf(calls: readonly Call[], remembered: number, now: number): number {
  let people = 1
  let came = remembered
  for (const call of calls) {
    if (now < call.at + PROMPT_MS) continue
    people += sizeOf(call)
    came += sizeOf(call) - call.open
  }
  return Math.max(LEAST, came / people)
}

/** The memory after a call whose patience is over: each person in it outweighs a tenth of what was remembered. */
export function remember(remembered: number, call: Call): number {
  const share = 1 - call.open / sizeOf(call)
  return share + (remembered - share) * (1 - 1 / MEMORY_PEOPLE) ** sizeOf(call)
}

const sizeOf = ({ from, through }: Call): number => through - from + 1

/** Those who came in within the last `HUNGRY_MS` and have neither taken units nor been refused any. */
export interface Hungry {
  people: number
  /** How much of that time they have left, added up, ms. */
  leftMs: number
}
export const NOBODY_HUNGRY: Hungry = { people: 0, leftMs: 0 }

/** How many of them are still expected to take something. Reckoned as if all were of the same age. */
export const stillHungry = ({ people, leftMs }: Hungry, unitsPerPass: number): number =>
  people === 0 ? 0 : people * hopeLeft(Math.min(1, unitsPerPass), 1 - leftMs / people / HUNGRY_MS)

/**
 * Bayes: of whom a share acts, at any moment of a span alike, how much of that hope is left when a part of it has passed
 * and they have not. Somebody who surely acts is hoped for to the end.
 */
function hopeLeft(share: number, passed: number): number {
  if (passed >= 1) return 0
  const part = Math.max(0, passed)
  return (1 - part) / (1 - share * part)
}

/** The verdict over one replay, from what was seen alone; verdict.test.ts forges something for each fault. */
import type { Exchange } from '../stampede/history.ts'
import { failed, undocumented } from '../stampede/verdict.ts'
import type { Promised, Seen, Told } from './seen.ts'

export type Fault =
  /** More was held than there was. */
  | 'oversold'
  /** Something was left. */
  | 'not_all_held'
  /** All was held, and later than promised. */
  | 'held_late'
  /** Somebody waited too long for a no. */
  | 'told_late'
  /** A page that does not come, or has nothing on it. */
  | 'blank_page'
  | 'undocumented'
  | 'failed'

export interface Violation {
  fault: Fault
  what: string
}

export function judge(seen: Seen, promised: Promised): Violation[] {
  return [
    ...held(seen.told, promised),
    ...toldLate(seen.told, promised),
    ...blankPages(seen),
    ...answersOf(seen.exchanges, promised),
  ]
}

/** When the last unit was held, ms from the opening; null: never. */
export function allHeldAt(told: readonly Told[], units: number): number | null {
  const got = told.filter(isHeld).toSorted((a, b) => a.toldAt - b.toldAt)
  let sum = 0
  return got.find((one) => (sum += one.units) >= units)?.toldAt ?? null
}

export const isHeld = ({ status }: Told): boolean => status === 201

function held(told: readonly Told[], { units, heldWithinMs }: Promised): Violation[] {
  const sum = told.filter(isHeld).reduce((all, one) => all + one.units, 0)
  if (sum > units) return [{ fault: 'oversold', what: `${sum} of ${units} units are held` }]
  const at = allHeldAt(told, units)
  if (at === null) return [{ fault: 'not_all_held', what: `${sum} of ${units} units are held in the end` }]
  if (at <= heldWithinMs) return []
  return [{ fault: 'held_late', what: `the last unit was held after ${at.toFixed(0)} ms, not ${heldWithinMs}` }]
}

function toldLate(told: readonly Told[], { toldWithinMs, units }: Promised): Violation[] {
  return waitsForNo(told, units)
    .filter(({ waitedMs }) => waitedMs > toldWithinMs)
    .map(({ one, waitedMs }) => ({
      fault: 'told_late',
      what: `who came at ${one.intendedAt.toFixed(0)} ms was told ${one.code} ${waitedMs.toFixed(0)} ms after it was so`,
    }))
}

/**
 * How long each waited for a no, from when it was one: from when they asked, or from when all was held, whichever came
 * later. Before that nobody could be told: any unit might have been theirs.
 */
export function waitsForNo(told: readonly Told[], units: number): { one: Told; waitedMs: number }[] {
  const goneAt = allHeldAt(told, units) ?? Infinity
  return told
    .filter((one) => !isHeld(one))
    .map((one) => ({ one, waitedMs: one.toldAt - Math.max(one.intendedAt, goneAt) }))
}

const blankPages = ({ looks }: Seen): Violation[] =>
  looks
    .filter(({ status, length }) => status !== 200 || length === 0)
    .map(({ what, status, length }) => ({ fault: 'blank_page', what: `${what}: ${status}, ${length} letters` }))

function answersOf(exchanges: Exchange[], { paper }: Promised): Violation[] {
  const found = [...undocumented({ exchanges, paper }), ...failed({ exchanges })]
  return found.map(({ fault, what }) => ({ fault: fault === 'failed' ? 'failed' : 'undocumented', what }))
}

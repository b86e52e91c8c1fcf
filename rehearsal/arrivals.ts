/**
 * When people turn up. Open loop: these instants are fixed before the first question is asked, and a slow answer makes
 * nobody come later. Whatever is measured is measured from them, so waiting for a slow shop is not left out ("coordinated
 * omission"). All in ms from a beginning, in order.
 */
import type { Dice } from './dice.ts'

/** As many as the curve says in each second, times `factor`; at random within the second. */
export function alongCurve(perSecond: readonly number[], factor: number, dice: Dice): number[] {
  let owed = 0
  return perSecond.flatMap((count, second) => {
    owed += count * factor
    const coming = Math.floor(owed)
    owed -= coming
    return within(coming, second * 1000, (second + 1) * 1000, dice)
  })
}

/** So many a second, independent of one another. */
export const steadily = (perSecond: number, fromMs: number, toMs: number, dice: Dice): number[] =>
  within(Math.round((perSecond * (toMs - fromMs)) / 1000), fromMs, toMs, dice)

/**
 * Everybody once, after an opening: each sees it at the next reload, of which there is one every `reloadEveryMs`, and
 * then takes a moment to click.
 */
export function afterReload(people: number, { reloadEveryMs, clickMs }: Reaction, dice: Dice): number[] {
  const instants = Array.from(
    { length: people },
    () => dice.between(0, reloadEveryMs) - Math.log(1 - dice.fraction()) * clickMs,
  )
  return instants.toSorted((a, b) => a - b)
}

export interface Reaction {
  reloadEveryMs: number
  /** On average. */
  clickMs: number
}

function within(count: number, from: number, to: number, dice: Dice): number[] {
  return Array.from({ length: count }, () => dice.between(from, to)).toSorted((a, b) => a - b)
}

/**
 * For how long rows are kept whose work is done, and when they are forgotten: a day, while somebody may still ask, and a
 * while longer, so that many go together and an alarm does not ring for each of them.
 */
export interface Keeping {
  /** After this long nobody is promised anything any more, and no message about it is under way. ms. */
  keptMs: number
  /** So much longer the first may wait for the others. ms. */
  gatherMs: number
}

export const FOR_A_DAY: Keeping = { keptMs: 24 * 3600_000, gatherMs: 3600_000 }

/** How many rows one turn forgets at most, so that buyers who come meanwhile do not wait for it. */
export const FORGOTTEN_AT_ONCE = 200

/** When something is to be forgotten, by the instant from which the oldest is kept; null: there is nothing. */
export const forgetAt = (oldest: number | null, { keptMs, gatherMs }: Keeping): number | null =>
  oldest === null ? null : oldest + keptMs + gatherMs

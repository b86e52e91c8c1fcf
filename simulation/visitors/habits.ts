/** How people are. Drawn per visitor; a crowd has some of each. */
export const HABITS = [
  'patient', // holds, thinks, orders, waits
  'double_clicker', // sends everything twice, with the same key
  'impatient', // repeats at once, with the same key, whatever has no answer yet
  'vanishes_with_hold',
  'vanishes_at_payment',
  'changes_their_mind', // gives the hold back
  'last_second', // orders in the hold's last milliseconds
  'collector', // comes again for more, up to the limit and beyond
  'keeps_knocking', // asks anew every second or so when told that there is none
  'greedy', // several units of one SKU, more than any one leaf may have; asks anew several times a second
] as const

export type Habit = (typeof HABITS)[number]

/** Who is left at the end of a drop: some want several of the last units, others just one, and all ask again and again. */
export const HABITS_AT_THE_TAIL: readonly Habit[] = [
  'greedy',
  'greedy',
  'keeps_knocking',
  'keeps_knocking',
  'changes_their_mind',
]

/** Seeds that once hurt, each with its story. A seed is only worth keeping with the commit that still reads it the same. */
export const REGRESSIONS: readonly { seed: number; story: string }[] = [
  {
    seed: 79,
    story: 'a cancellation that was refused while the bank decided is asked for anew, under a key of its own',
  },
  {
    seed: 562,
    story:
      'a leaf that was told that there is none for three gave its one unit back, and believed on that there is none for one',
  },
  {
    seed: 37050,
    story:
      'a leaf owed its slow owner one telling an alarm, and when all else was at rest a buyer in need still stood behind them',
  },
  {
    seed: 430,
    story:
      'a hold whose first answer was lost while leaves were added lives at the owner and at a leaf, until the one ends',
  },
  {
    seed: 101,
    story: 'a visitor moved to another book while their basket waited for units in the old one, and both served them',
  },
  {
    seed: 3432,
    story:
      'a basket was asked for again when its first hold had ended by the offer, minutes before, and been forgotten',
  },
  {
    seed: 3483,
    story:
      'a leaf that had nothing was asked three times, for its owner knew an old end of its holds; then buyers were told to come back',
  },
]

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
]

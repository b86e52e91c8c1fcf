/** Seeds that once hurt, each with its story. A seed is only worth keeping with the commit that still reads it the same. */
export const REGRESSIONS: readonly { seed: number; story: string }[] = [
  {
    seed: 97,
    story: 'a cancellation that was refused while the bank decided is asked for anew, under a key of its own',
  },
]

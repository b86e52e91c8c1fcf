/** Seeds that once hurt, each with its story. A seed is only worth keeping with the commit that still reads it the same. */
export const REGRESSIONS: readonly { seed: number; story: string }[] = [
  {
    seed: 30,
    story: 'an order cancelled by the operator while the bank waits for its buyer keeps its units until then',
  },
]

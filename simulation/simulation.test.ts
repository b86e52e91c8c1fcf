/** The short form of the long proof; `npm run simulate -- --seeds 20000` is the long one. */
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants/index.ts'
import { RARE_PATHS } from './rare-paths.ts'
import { REGRESSIONS } from './regressions.ts'
import { live } from './seed.ts'

const SEEDS = 500
const SEEDS_PER_MUTANT = 300
const TWINS = 40

describe('five hundred on-sales', () => {
  const reached = new Set<string>()

  it(
    '[SIM1] keeps every promise under weather, and [SIM2] comes to rest when the world heals',
    { timeout: 120_000 },
    () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { failure, reached: paths } = live(seed)
        for (const path of paths.keys()) reached.add(path)
        expect(failure, `seed ${seed}`).toBeNull()
      }
    },
  )

  it('[SIM3] has been where it is rarely seen', () => {
    expect(RARE_PATHS.filter((path) => !reached.has(path))).toEqual([])
  })

  it('[SIM4] lives the same life twice', () => {
    for (let seed = 1; seed <= TWINS; seed++)
      expect(live(seed).fingerprint, `seed ${seed}`).toBe(live(seed).fingerprint)
    expect(live(1).fingerprint).not.toBe(live(2).fingerprint)
  })
})

describe('our code, broken on purpose', () => {
  it.each(MUTANTS)('[SIM5] notices when $name', { timeout: 60_000 }, (mutant) => {
    let caught = false
    for (let seed = 1; seed <= SEEDS_PER_MUTANT && !caught; seed++) caught = live(seed, mutant).failure !== null
    expect(caught).toBe(true)
  })
})

describe('seeds that once hurt', () => {
  it.each(REGRESSIONS)('[SIM6] $story (seed $seed)', ({ seed }) => {
    expect(live(seed).failure).toBeNull()
  })
})

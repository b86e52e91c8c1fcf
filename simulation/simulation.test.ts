/** The short form of the long proof; `npm run simulate -- --seeds 20000` is the long one. */
import { describe, expect, it } from 'vitest'
import { RARE_PATHS } from './rare-paths.ts'
import { REGRESSIONS } from './regressions.ts'
import { live } from './seed.ts'
import { caught, WORLDS } from './worlds.ts'

const SEEDS_LEAST = 100
/** As many more are lived until every rare path was reached. */
const SEEDS_MOST = 600
const TWINS = 8

describe('a hundred on-sales and more', () => {
  const reached = new Set<string>()
  const missed = (): string[] => RARE_PATHS.filter((path) => !reached.has(path))

  it(
    '[SIM1] keeps every promise under weather, and [SIM2] comes to rest when the world heals',
    { timeout: 120_000 },
    () => {
      for (let seed = 1; seed <= SEEDS_LEAST || (seed <= SEEDS_MOST && missed().length > 0); seed++) {
        const { failure, reached: paths } = live(seed)
        for (const path of paths.keys()) reached.add(path)
        expect(failure, `seed ${seed}`).toBeNull()
      }
    },
  )

  it('[SIM3] has been where it is rarely seen', () => {
    expect(missed()).toEqual([])
  })

  it('[SIM4] lives the same life twice', () => {
    for (let seed = 1; seed <= TWINS; seed++) expect(live(seed), `seed ${seed}`).toEqual(live(seed))
    expect(live(1).fingerprint).not.toBe(live(2).fingerprint)
  })
})

describe('our code, broken on purpose', () => {
  it.each(WORLDS.flatMap(({ mutants }) => mutants))('[SIM5] notices when $name', { timeout: 60_000 }, (mutant) => {
    expect(caught(mutant)?.failure).toBeTruthy()
  })
})

describe('seeds that once hurt', () => {
  it.each(REGRESSIONS)('[SIM6] $story (seed $seed)', ({ seed }) => {
    expect(live(seed).failure).toBeNull()
  })
})

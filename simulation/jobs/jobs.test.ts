/** Many seeds of jobs; `npm run simulate -- --world jobs --seeds 20000` is the long proof. */
import { describe, expect, it } from 'vitest'
import { liveWithJobs } from './life.ts'
import { RARE_PATHS_OF_JOBS } from './rare-paths.ts'

const SEEDS = 60

describe('jobs under weather', () => {
  it(
    '[JOB27] are neither lost nor ended twice, keep to their limits and their order, and all of them end',
    { timeout: 120_000 },
    () => {
      const reached = new Set<string>()
      for (let seed = 1; seed <= SEEDS; seed++) {
        const life = liveWithJobs(seed)
        expect(life.failure, `seed ${seed}`).toBeNull()
        for (const path of life.reached.keys()) reached.add(path)
      }
      expect(RARE_PATHS_OF_JOBS.filter((path) => !reached.has(path))).toEqual([])
    },
  )

  it('[SIM4] live the same life twice', () => {
    for (let seed = 1; seed <= 5; seed++) expect(liveWithJobs(seed)).toEqual(liveWithJobs(seed))
  })

  it.each([
    [157, 'a dead letter that had never begun was replayed before its ancestors had ended'],
    [1507, 'the last behind a rate expired, and the alarm rang for it for ever'],
  ])('[SIM6] of seed %s: %s', (seed) => {
    expect(liveWithJobs(seed).failure).toBeNull()
  })
})

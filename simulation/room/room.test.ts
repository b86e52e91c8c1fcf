/** Many waiting rooms, and what a checker must notice. */
import { describe, expect, it } from 'vitest'
import { liveInRoom } from './life.ts'
import { RARE_PATHS_OF_ROOMS } from './rare-paths.ts'

const SEEDS = 80

describe('a waiting room under weather', () => {
  it(
    '[ROM12] loses no place, number or pass, gives none twice, lets in never too many, and comes to rest',
    { timeout: 120_000 },
    () => {
      const reached = new Set<string>()
      for (let seed = 1; seed <= SEEDS; seed++) {
        const life = liveInRoom(seed)
        expect(life.failure, `seed ${seed}`).toBeNull()
        for (const path of life.reached.keys()) reached.add(path)
      }
      expect(RARE_PATHS_OF_ROOMS.filter((path) => !reached.has(path))).toEqual([])
    },
  )

  it('[SIM4] lives the same life twice', () => {
    for (let seed = 1; seed <= 10; seed++) expect(liveInRoom(seed)).toEqual(liveInRoom(seed))
  })
})

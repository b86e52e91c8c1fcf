/** Many waiting rooms, and what a checker must notice. */
import { describe, expect, it } from 'vitest'
import type { BendDropStore } from './hosts.ts'
import { liveInRoom } from './life.ts'

const SEEDS = 120
const SEEDS_PER_MUTANT = 100

const RARE_PATHS = [
  ...['a request was lost', 'an answer was lost', 'a request arrived twice', 'an object was evicted'],
  ...['a turn crashed before it committed', 'an alarm was lost', 'lots were drawn', 'the room was paused'],
  ...['somebody went home', 'somebody came in late', 'somebody who came late waited', 'somebody inside was refused'],
  'a unit came back',
]

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
      expect(RARE_PATHS.filter((path) => !reached.has(path))).toEqual([])
    },
  )

  it('[SIM4] lives the same life twice', () => {
    for (let seed = 1; seed <= 10; seed++) expect(liveInRoom(seed)).toEqual(liveInRoom(seed))
  })
})

const MUTANTS: [string, BendDropStore][] = [
  ['passes that end keep their place', (store) => Object.assign(store, { endPassesBy: () => 0 })],
  ['a pass is not found again', (store) => Object.assign(store, { pass: () => undefined })],
  ['a call is not written down', (store) => Object.assign(store, { insertCall: () => {} })],
  ['numbers that were given are forgotten', (store) => Object.assign(store, { lastRange: () => undefined })],
  ['patience never ends', (store) => Object.assign(store, { openCalls: () => [] })],
  [
    'who is inside is not counted',
    (store) => {
      const save = store.saveRoom.bind(store)
      return Object.assign(store, {
        saveRoom: (room: Parameters<typeof save>[0]) => save({ ...room, counts: { ...room.counts, inside: 0 } }),
      })
    },
  ],
]

describe('a room that is broken on purpose', () => {
  it.each(MUTANTS)('[SIM5] is noticed when %s', { timeout: 60_000 }, (_name, bend) => {
    let caught: string | null = null
    for (let seed = 1; seed <= SEEDS_PER_MUTANT && caught === null; seed++) caught = liveInRoom(seed, bend).failure
    expect(caught).not.toBeNull()
  })
})

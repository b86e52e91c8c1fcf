/** The worlds that are lived seed by seed: the whole shop, a waiting room by itself, and a store's jobs. */
import { liveWithJobs } from './jobs/life.ts'
import { JOB_MUTANTS } from './jobs/mutants.ts'
import { RARE_PATHS_OF_JOBS } from './jobs/rare-paths.ts'
import type { Life } from './life.ts'
import { MUTANTS } from './mutants/index.ts'
import { RARE_PATHS } from './rare-paths.ts'
import { liveInRoom } from './room/life.ts'
import { ROOM_MUTANTS } from './room/mutants.ts'
import { RARE_PATHS_OF_ROOMS } from './room/rare-paths.ts'
import { live } from './seed.ts'

export interface LivedWorld {
  name: string
  live: (seed: number) => Life
  rarePaths: readonly string[]
  /** Our code broken on purpose, each by what is wrong with it. */
  mutants: readonly PlantedFault[]
}

export interface PlantedFault {
  name: string
  noticedBy?: number
  live: (seed: number) => Life
}

/** A planted fault has to be noticed within so many seeds. */
export const SEEDS_PER_MUTANT = 300

export const WORLDS: readonly LivedWorld[] = [
  {
    name: 'shop',
    live: (seed) => live(seed),
    rarePaths: RARE_PATHS,
    mutants: MUTANTS.map((mutant) => ({ ...mutant, live: (seed) => live(seed, mutant) })),
  },
  {
    name: 'room',
    live: (seed) => liveInRoom(seed),
    rarePaths: RARE_PATHS_OF_ROOMS,
    mutants: ROOM_MUTANTS.map(({ name, bend }) => ({ name, live: (seed) => liveInRoom(seed, bend) })),
  },
  {
    name: 'jobs',
    live: (seed) => liveWithJobs(seed),
    rarePaths: RARE_PATHS_OF_JOBS,
    mutants: JOB_MUTANTS.map((mutant) => ({ name: mutant.name, live: (seed) => liveWithJobs(seed, mutant) })),
  },
]

/** The life of a seed that notices a planted fault; undefined: none does. */
export function caught(fault: PlantedFault): Life | undefined {
  const known = fault.live(fault.noticedBy ?? 1)
  if (known.failure) return known
  for (let seed = 1; seed <= SEEDS_PER_MUTANT; seed++) {
    const life = fault.live(seed)
    if (life.failure) return life
  }
  return undefined
}

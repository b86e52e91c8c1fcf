/**
 * `npm run simulate -- --seeds 20000` lives that many seeds of each world, and exits non-zero at the
 * first broken promise, with what is needed to see it again: the seed, the step and the last lines. `--seed 42` lives
 * one of each and tells its story. `--mutants` breaks our code on purpose and demands that each break is caught.
 * `--world shop`, `room` or `jobs` leaves the others out.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import type { Life } from './life.ts'
import { liveMany, liveShare, type Lived, type Share } from './threads.ts'
import { caught, SEEDS_PER_MUTANT, WORLDS, type LivedWorld } from './worlds.ts'

/** Fewer need not have been everywhere. */
const SEEDS_FOR_RARE_PATHS = 1_000

if (isMainThread) await main()
else parentPort!.postMessage(liveShare(workerData as Share))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      world: { type: 'string' },
    },
  })
  for (const world of WORLDS.filter(({ name }) => values.world === undefined || values.world === name)) {
    if (values.seed !== undefined) tellOne(world, Number(values.seed))
    else if (values.mutants) catchMutants(world)
    else await tellMany(world, Number(values.from), Number(values.seeds))
  }
}

function tellOne(world: LivedWorld, seed: number): void {
  const life = world.live(seed)
  if (life.failure) return report(world, life)
  const twin = world.live(seed)
  console.log(`${world.name} ${seed}: ${life.steps} steps, ${hours(life.simulatedMs)} h, nothing broken`)
  console.log(`fingerprint ${life.fingerprint.toString(16)}, its twin's ${twin.fingerprint.toString(16)}`)
  for (const [what, times] of [...life.reached].sort()) console.log(`  ${String(times).padStart(5)} × ${what}`)
}

async function tellMany(world: LivedWorld, from: number, seeds: number): Promise<void> {
  const startedAt = performance.now()
  const lived = await liveMany(world.name, from, seeds)
  if (lived.failed) return report(world, lived.failed)
  const seconds = (performance.now() - startedAt) / 1000
  const { steps, simulatedMs, threads } = lived
  console.log(`${world.name}: ${seeds} seeds, ${steps} steps, ${hours(simulatedMs)} simulated hours: nothing broken`)
  const speed = `${Math.round(seeds / seconds)} seeds/s, ${Math.round(steps / seconds)} steps/s`
  console.log(`${Math.round(seconds)} s, ${speed}, ${threads} threads`)
  tellReached(world, lived)
}

function tellReached({ rarePaths }: LivedWorld, { seeds, reached }: Lived): void {
  for (const [what, times] of [...reached].sort()) console.log(`  ${String(times).padStart(8)} × ${what}`)
  const missed = rarePaths.filter((what) => !reached.has(what))
  if (missed.length === 0 || seeds < SEEDS_FOR_RARE_PATHS) return
  console.error(`never reached: ${missed.join('; ')}`)
  process.exitCode = 1
}

function catchMutants({ mutants }: LivedWorld): void {
  for (const mutant of mutants) {
    const by = caught(mutant)
    if (by) console.log(`caught by seed ${by.seed} (${by.failure!.rule}): ${mutant.name}`)
    else {
      console.error(`NOT CAUGHT in ${SEEDS_PER_MUTANT} seeds: ${mutant.name}`)
      process.exitCode = 1
    }
  }
}

function report({ name }: LivedWorld, { seed, failure }: Life): void {
  console.error(`${name} ${seed}, step ${failure!.step}: ${failure!.what}`)
  for (const line of failure!.lines) console.error(`  ${line}`)
  console.error(`see it again: npm run simulate -- --world ${name} --seed ${seed}`)
  process.exitCode = 1
}

function hours(ms: number): string {
  return (ms / 3600_000).toFixed(1)
}

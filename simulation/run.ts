/**
 * `npm run simulate -- --seeds 20000` lives that many seeds and exits non-zero at the first broken promise, with what
 * is needed to see it again: the seed, the step and the last lines. `--seed 42` lives one and tells its story.
 * `--mutants` breaks our code on purpose and demands that each break is caught.
 */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { MUTANTS } from './mutants/index.ts'
import { RARE_PATHS } from './rare-paths.ts'
import { live, type Life } from './seed.ts'

const SEEDS_PER_MUTANT = 300

if (isMainThread) await main()
else parentPort!.postMessage(liveSpan(workerData as Span))

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  })
  if (values.seed !== undefined) tellOne(Number(values.seed))
  else if (values.mutants) catchMutants()
  else await liveMany(Number(values.from), Number(values.seeds))
}

function tellOne(seed: number): void {
  const life = live(seed)
  if (life.failure) report(life)
  else {
    const twin = live(seed)
    console.log(`seed ${seed}: ${life.steps} steps, ${hours(life.simulatedMs)} h, nothing broken`)
    console.log(`fingerprint ${life.fingerprint.toString(16)}, its twin's ${twin.fingerprint.toString(16)}`)
    for (const [what, times] of [...life.reached].sort()) console.log(`  ${String(times).padStart(5)} × ${what}`)
  }
}

/** On as many threads as there are cores: seeds know nothing of one another. */
async function liveMany(from: number, seeds: number): Promise<void> {
  const startedAt = performance.now()
  const threads = Math.min(availableParallelism(), seeds)
  const share = Math.ceil(seeds / threads)
  const parts = await Promise.all(
    Array.from({ length: threads }, (_, i) =>
      livedElsewhere({ from: from + i * share, seeds: Math.max(0, Math.min(share, seeds - i * share)) }),
    ),
  )
  const failed = parts.find(({ failed: life }) => life !== null)?.failed
  if (failed) return report(failed)
  const sum = (of: (part: Part) => number): number => parts.reduce((total, part) => total + of(part), 0)
  const seconds = (performance.now() - startedAt) / 1000
  const steps = sum((part) => part.steps)
  console.log(
    `${seeds} seeds, ${steps} steps, ${hours(sum((part) => part.simulatedMs))} simulated hours: nothing broken`,
  )
  console.log(`${Math.round(seeds / seconds)} seeds/s, ${Math.round(steps / seconds)} steps/s, ${threads} threads`)
  tellReached(parts, seeds)
}

function tellReached(parts: readonly Part[], seeds: number): void {
  const reached = new Map<string, number>()
  for (const part of parts)
    for (const [what, times] of part.reached) reached.set(what, (reached.get(what) ?? 0) + times)
  for (const [what, times] of [...reached].sort()) console.log(`  ${String(times).padStart(8)} × ${what}`)
  const missed = RARE_PATHS.filter((what) => !reached.has(what))
  if (missed.length === 0 || seeds < 1000) return
  console.error(`never reached: ${missed.join('; ')}`)
  process.exitCode = 1
}

interface Span {
  from: number
  seeds: number
}

interface Part {
  steps: number
  simulatedMs: number
  reached: ReadonlyMap<string, number>
  failed: Life | null
}

function livedElsewhere(span: Span): Promise<Part> {
  const thread = new Worker(new URL(import.meta.url), { workerData: span })
  return new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
}

function liveSpan({ from, seeds }: Span): Part {
  const reached = new Map<string, number>()
  const part = { steps: 0, simulatedMs: 0, reached }
  for (let seed = from; seed < from + seeds; seed++) {
    const life = live(seed)
    part.steps += life.steps
    part.simulatedMs += life.simulatedMs
    for (const [what, times] of life.reached) reached.set(what, (reached.get(what) ?? 0) + times)
    if (life.failure) return { ...part, failed: life }
  }
  return { ...part, failed: null }
}

function catchMutants(): void {
  for (const mutant of MUTANTS) {
    let caught: Life | undefined
    for (let seed = 1; seed <= SEEDS_PER_MUTANT && !caught; seed++) {
      const life = live(seed, mutant)
      if (life.failure) caught = life
    }
    if (caught) console.log(`caught by seed ${caught.seed} (${caught.failure!.rule}): ${mutant.name}`)
    else {
      console.error(`NOT CAUGHT in ${SEEDS_PER_MUTANT} seeds: ${mutant.name}`)
      process.exitCode = 1
    }
  }
}

function report({ seed, failure }: Life): void {
  console.error(`seed ${seed}, step ${failure!.step}: ${failure!.what}`)
  for (const line of failure!.lines) console.error(`  ${line}`)
  console.error(`see it again: npm run simulate -- --seed ${seed}`)
  process.exitCode = 1
}

function hours(ms: number): string {
  return (ms / 3600_000).toFixed(1)
}

/**
 * Many seeds, on as many threads as there are cores: seeds know nothing of one another. Each thread takes the next seed
 * that nobody has taken, and all of them stop at the first broken promise.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Life } from './life.ts'
import { WORLDS } from './worlds.ts'

export interface Lived {
  seeds: number
  steps: number
  simulatedMs: number
  reached: Map<string, number>
  failed: Life | null
}

/** For a thread: which world's seeds, and the two numbers that all threads share. */
export interface Share {
  world: string
  until: number
  /** The next seed that nobody has taken; and whether some seed has failed. */
  shared: Int32Array
}

const NEXT = 0
const HAS_FAILED = 1

/** Lives seeds `from` to `from + seeds - 1` of a world. */
export async function liveMany(world: string, from: number, seeds: number): Promise<Lived & { threads: number }> {
  const shared = new Int32Array(new SharedArrayBuffer(8))
  shared[NEXT] = from
  const share: Share = { world, until: from + seeds, shared }
  const threads = Math.min(availableParallelism(), seeds)
  const parts = await Promise.all(Array.from({ length: threads }, () => livedElsewhere(share)))
  const sum = { ...noLives(), threads }
  for (const part of parts) {
    sum.seeds += part.seeds
    sum.steps += part.steps
    sum.simulatedMs += part.simulatedMs
    sum.failed ??= part.failed
    addTo(sum.reached, part.reached)
  }
  return sum
}

/** What one thread does: seed after seed, until none is left. */
export function liveShare({ world, until, shared }: Share): Lived {
  const { live } = WORLDS.find(({ name }) => name === world)!
  const lived = noLives()
  while (Atomics.load(shared, HAS_FAILED) === 0) {
    const seed = Atomics.add(shared, NEXT, 1)
    if (seed >= until) break
    const life = live(seed)
    lived.seeds += 1
    lived.steps += life.steps
    lived.simulatedMs += life.simulatedMs
    addTo(lived.reached, life.reached)
    if (!life.failure) continue
    Atomics.store(shared, HAS_FAILED, 1)
    lived.failed = life
  }
  return lived
}

function livedElsewhere(share: Share): Promise<Lived> {
  const thread = new Worker(new URL('./run.ts', import.meta.url), { workerData: share })
  return new Promise((resolve, reject) => thread.once('message', resolve).once('error', reject))
}

const noLives = (): Lived => ({ seeds: 0, steps: 0, simulatedMs: 0, reached: new Map(), failed: null })

function addTo(sum: Map<string, number>, reached: ReadonlyMap<string, number>): void {
  for (const [what, times] of reached) sum.set(what, (sum.get(what) ?? 0) + times)
}

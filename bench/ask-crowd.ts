/** Sends a crowd (crowd.ts) against one of our runtimes and hears what it met. */
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../local/runner/root.ts'
import type { Target } from './plain/index.ts'

/**
 * What a client does over and over: read `path`; read one of `paths`, a fifth of which is asked for in four of five; write a row at `path`; hold a unit as a new visitor; order a hold that
 * was made beforehand; hold and order.
 */
export type Walk = 'get' | 'mixed' | 'row' | 'hold' | 'order' | 'purchase'

export interface Job {
  walk: Walk
  path: string
  sku: string
  paths?: readonly string[]
  seconds: number
  clients: number
  url: string
  /** Whose CPU time is read. */
  pids: number[]
}

export interface Result {
  /** Walks that ended well, each second. */
  perSecond: number
  walks: number
  /** Latency of a request, ms. */
  p50: number
  p99: number
  failures: number
  firstFailure: string | null
  /** Of the runtime while the crowd was there, whatever it did: work behind the answers is in it. Null: unknown. */
  cpuMsPerWalk: number | null
}

export interface Crowd {
  /** Throws when an answer was not the one hoped for: a fast refusal is no throughput. */
  ask(worker: Target, job: Omit<Job, 'url' | 'pids'>): Promise<Result>
  leave(): void
}

/** A crowd in a process of its own, for as many jobs as there are, one at a time. */
export function gatherCrowd(): Crowd {
  const crowd = fork(join(ROOT, 'bench/crowd.ts'), { execArgv: ['--disable-warning=ExperimentalWarning'] })
  return {
    async ask(worker, job) {
      const work: Job = { ...job, url: worker.url, pids: worker.pids }
      const answered = new Promise<Result>((resolve, reject) => {
        crowd.once('message', (result) => resolve(result as Result))
        crowd.once('exit', () => reject(new Error('The crowd is gone.')))
      })
      crowd.send(work)
      const result = await answered.finally(() => crowd.removeAllListeners())
      if (result.failures > 0) throw new Error(`${job.walk} failed ${result.failures} times: ${result.firstFailure}`)
      return result
    },
    leave: () => void crowd.kill(),
  }
}

/** Sends a crowd (crowd.ts) against one of our runtimes and hears what it met. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from '../local/runner/root.ts'
import type { Workerd } from '../local/runner/workerd.ts'

/**
 * What a client does over and over: read `path`; write a row at `path`; hold a unit as a new visitor; order a hold that
 * was made beforehand; hold and order.
 */
export type Walk = 'get' | 'row' | 'hold' | 'order' | 'purchase'

export interface Job {
  walk: Walk
  path: string
  sku: string
  seconds: number
  clients: number
  url: string
  /** Whose CPU time is read. */
  pid: number
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

/** Throws when an answer was not the one hoped for: a fast refusal is no throughput. */
export async function askCrowd(worker: Workerd, job: Omit<Job, 'url' | 'pid'>): Promise<Result> {
  const work: Job = { ...job, url: worker.url, pid: worker.pid }
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    join(ROOT, 'bench/crowd.ts'),
    JSON.stringify(work),
  ])
  const result: Result = JSON.parse(stdout)
  if (result.failures > 0) throw new Error(`${job.walk} failed ${result.failures} times: ${result.firstFailure}`)
  return result
}

/**
 * What one hit costs the Worker's thread from the socket and back, asked one by one, from the scheduler's own books (proc(5),
 * schedstat: nanoseconds on a core). The way through our middleware is a part of it.
 */
import { readFileSync } from 'node:fs'
import { Client } from 'undici'
import type { Target } from './plain/index.ts'

export interface Spread {
  p50: number
  p95: number
  p99: number
}

/** CPU of each, µs; null where the system has no such books. */
export async function cpuOfHits({ url, pids: [pid = 0] }: Target, path: string, hits: number): Promise<Spread | null> {
  const client = new Client(url)
  const costs: number[] = []
  try {
    let before = runNs(pid)
    for (let hit = 0; hit < hits; hit += 1) {
      const { statusCode, body } = await client.request({ method: 'GET', path })
      await body.dump()
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}.`)
      const after = runNs(pid)
      costs.push((after - before) / 1000)
      before = after
    }
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return null
    throw cause
  } finally {
    await client.destroy()
  }
  const sorted = costs.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

const runNs = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0])

/** How many requests a second an address takes, asked by autocannon in a process of its own. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { binary } from '../local/runner/root.ts'

export interface Load {
  connections: number
  seconds: number
}

/** Throws when an answer was not a 2xx: a fast refusal is no throughput. */
export async function requestsPerSecond(url: string, { connections, seconds }: Load): Promise<number> {
  const { stdout } = await promisify(execFile)(
    binary('node'),
    [binary('autocannon'), '--json', '-c', String(connections), '-d', String(seconds), url],
    { maxBuffer: 16 * 1024 * 1024 },
  )
  const result: { requests: { average: number }; non2xx: number; errors: number } = JSON.parse(stdout)
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not a 2xx, ${result.errors} did not come.`)
  }
  return result.requests.average
}

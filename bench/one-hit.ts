/**
 * What one hit costs the Worker's thread from the socket and back, asked one by one, from the scheduler's own books (proc(5),
 * schedstat: nanoseconds on a core). The way through our middleware is a part of it.
 */
import { readFileSync } from 'node:fs'
import { spreadOf, type Spread } from '../rehearsal/spread.ts'
import { Wires } from '../rehearsal/overload/wires.ts'
import type { Target } from './plain/index.ts'

/** CPU of each, µs; null where the system has no such books. */
export async function cpuOfHits({ url, pid }: Target, path: string, hits: number): Promise<Spread | null> {
  const address = new URL(url)
  const wires = await Wires.open(address, 1)
  const question = `GET ${path} HTTP/1.1\r\nhost: ${address.host}\r\n\r\n`
  const costs: number[] = []
  try {
    let before = runNs(pid)
    for (let hit = 0; hit < hits; hit += 1) {
      const { status } = await new Promise<{ status: number }>((tell) => wires.ask(question, tell))
      if (status !== 200) throw new Error(`${path} answered ${status}.`)
      const after = runNs(pid)
      costs.push((after - before) / 1000)
      before = after
    }
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return null
    throw cause
  } finally {
    wires.close()
  }
  return spreadOf(costs)
}

const runNs = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0])

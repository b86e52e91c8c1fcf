/** CPU time of processes together, in ms, from the operating system's own books (proc(5)); null where there are none. */
import { readFileSync } from 'node:fs'

/** Linux reports in ticks of a hundredth of a second on every machine we know of. */
const MS_PER_TICK = 10

export function cpuMs(pids: readonly number[]): number | null {
  const each = pids.map(cpuMsOf)
  return each.includes(null) ? null : each.reduce((sum: number, one) => sum + (one ?? 0), 0)
}

function cpuMsOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything; what follows it is fields 3 and on. utime is 14, stime 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
  } catch {
    return null
  }
}

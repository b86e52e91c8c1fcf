/**
 * What we can find out about a process by its number. A pid is reused, so a pid read from a file proves nothing by
 * itself: `startOf` tells two owners of one number apart, and `worksIn` says whether a process really is the Postgres
 * of a folder. Nothing here ends a process that was not proven to be ours.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (cause) {
    // EPERM: it lives, and belongs to somebody else.
    return failedWith(cause, 'EPERM')
  }
  return !isZombie(pid)
}

/** Whether a call of the operating system failed with this code. */
export function failedWith(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code
}

/** When the process with this number began, in the platform's own words; undefined when there is no such process. */
export function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return statOf(pid)?.[19]
  return said('ps', ['-o', 'lstart=', '-p', String(pid)])
}

/** Whether this process is a Postgres server at work in `folder`. In doubt the answer is no. */
export function worksIn(pid: number, folder: string): boolean {
  try {
    // A Postgres server moves into its data folder, so the link is proof.
    if (process.platform === 'linux') return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder)
  } catch {
    return false
  }
  const command = said('ps', ['-o', 'command=', '-p', String(pid)]) ?? ''
  return /postgres/.test(command) && command.includes(folder)
}

/** The processes that this one has started and that still live. */
export function childrenOf(pid: number): number[] {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
    return pids.filter((child) => statOf(child)?.[1] === String(pid))
  }
  const table = (said('ps', ['-A', '-o', 'pid=,ppid=']) ?? '').split('\n').map((line) => line.trim().split(/\s+/))
  return table.filter(([, parent]) => parent === String(pid)).map(([child]) => Number(child))
}

/** Asks again every 10 ms until the answer is yes; false when `timeoutMs` have passed. */
export async function eventually(ask: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs
  for (;;) {
    if (await ask()) return true
    if (performance.now() > until) return false
    await pause(10)
  }
}

/** A dead child that its parent has not read yet still answers to signal 0. */
function isZombie(pid: number): boolean {
  return process.platform === 'linux' && statOf(pid)?.[0] === 'Z'
}

/** The fields of /proc/<pid>/stat after the name, which is the only one that may hold blanks: state is [0], parent [1], start [19]. */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function said(command: string, args: string[]): string | undefined {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || undefined
  } catch {
    return undefined
  }
}

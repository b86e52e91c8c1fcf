/**
 * Ends a server when its runner dies without a word (SIGKILL, a closed laptop lid, a cancelled CI job). A few lines of
 * shell hold the reading end of a pipe whose writing end only the runner has: when the runner is gone, by whatever
 * death, the pipe closes and the server is asked to stop. Costs one sleeping `sh` per server.
 *
 * It does not replace the pid file: on Windows there is no watchdog, and a watchdog can be killed too.
 */
import { spawn } from 'node:child_process'

const SCRIPT = `
trap '' INT TERM HUP
same() { [ "$(head -n 1 "$2" 2>/dev/null)" = "$1" ]; }
while read -r _; do :; done
same "$1" "$2" || exit 0
kill -INT "$1" 2>/dev/null
i=0
while [ $i -lt 50 ] && kill -0 "$1" 2>/dev/null; do i=$((i + 1)); sleep 0.1; done
same "$1" "$2" && kill -QUIT "$1" 2>/dev/null
exit 0
`

export interface Watchdog {
  pid: number | undefined
  /** The server has ended in good order: nothing left to watch. */
  dismiss(): void
}

/** Watches the server `pid`, whose own pid file says so for as long as the number is still its. */
export function watch(pid: number, pidFile: string): Watchdog {
  if (process.platform === 'win32') return { pid: undefined, dismiss: () => {} }
  // Detached, so that Ctrl-C in a terminal or the end of a process group does not take the watchdog first.
  const child = spawn('sh', ['-c', SCRIPT, 'watchdog', String(pid), pidFile], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.on('error', () => {}) // without a shell we are where Windows is: the pid file is left
  child.stdin.on('error', () => {}) // it was killed; nothing to tell it any more
  child.unref()
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return { pid: child.pid, dismiss: () => child.stdin.end() }
}

/** One `wrangler dev` on a port of ours, told where the local database and payments are, ended with all it started. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { watch } from '../postgres/watchdog.ts'
import type { DataFolder } from './data-folder.ts'
import { binary, ROOT } from './root.ts'

const START_MS_MAX = 60_000
const GOODBYE_MS = 3_000

export interface WranglerDev {
  url: string
  /** Where its letters come to lie for a while. */
  temporaryDir: string
  stop(): Promise<void>
}

export async function startWranglerDev(options: {
  folder: DataFolder
  port: number
  vars: Record<string, string>
  secrets: Record<string, string>
}): Promise<WranglerDev> {
  const { folder, port } = options
  const temporaryDir = join(folder.path, 'wrangler-tmp')
  rmSync(temporaryDir, { recursive: true, force: true })
  mkdirSync(temporaryDir)
  const secretsFile = join(folder.path, 'dev.vars')
  const secrets = Object.entries(options.secrets).map(([name, value]) => `${name}=${JSON.stringify(value)}\n`)
  writeFileSync(secretsFile, secrets.join(''), { mode: 0o600 })
  const child = spawn(
    binary('node'),
    [
      binary('wrangler'),
      'dev',
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0'],
      ...['--persist-to', join(folder.path, 'wrangler'), '--env-file', secretsFile],
      ...['--log-level', 'error', '--show-interactive-dev-session', 'false'],
      ...Object.entries(options.vars).flatMap(([name, value]) => ['--var', `${name}:${value}`]),
    ],
    {
      cwd: ROOT,
      detached: true, // Ctrl-C is for the runner, which ends everything in order
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        TMPDIR: temporaryDir,
        CLOUDFLARE_CF_FETCH_ENABLED: 'false', // works without a network
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: join(folder.path, 'wrangler-logs'),
        X_LOCAL_EXPLORER: 'false',
        X_LOCAL_OBSERVABILITY: 'false',
      },
    },
  )
  const pidFile = join(folder.path, 'wrangler.pid')
  writeFileSync(pidFile, `${child.pid}\n`)
  const watchdog = watch(child.pid ?? 0, pidFile)
  const stop = async (): Promise<void> => {
    watchdog.dismiss()
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const impatient = setTimeout(() => process.kill(-(child.pid ?? 0), 'SIGKILL'), GOODBYE_MS)
    await exited
    clearTimeout(impatient)
  }
  const url = `http://127.0.0.1:${port}`
  try {
    await answering(url, () => child.exitCode)
  } catch (cause) {
    await stop()
    throw cause
  }
  return { url, temporaryDir, stop }
}

async function answering(url: string, exitCode: () => number | null): Promise<void> {
  const until = performance.now() + START_MS_MAX
  for (;;) {
    const answer = await fetch(`${url}/robots.txt`).catch(() => null) // not listening yet
    if (answer?.ok === true) return
    if (exitCode() !== null) throw new Error(`wrangler dev ended with ${exitCode()} before it answered.`)
    if (performance.now() > until) throw new Error(`wrangler dev did not answer within ${START_MS_MAX} ms.`)
    await pause(100)
  }
}

/**
 * One Postgres server process on one data folder: writes its settings, starts it, waits until it answers, stops or
 * kills it. The folder must hold a cluster already (template.ts); what the servers are to one another is the cluster's
 * business.
 *
 * fsync is off, which is safe against everything this folder does to it: a SIGKILL ends the process, not the kernel,
 * and what was written stays written. Only a power cut or a crash of the whole machine may ruin the folder.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { assert } from '../../domain/basics/assert.ts'
import type { Binaries } from './binaries.ts'
import { giveTo, type Identity } from './identity.ts'
import { childrenOf, eventually, isAlive, worksIn } from './processes.ts'
import { watch, type Watchdog } from './watchdog.ts'

export type Settings = Record<string, string | number | boolean>

export interface ServerOptions {
  name: string
  folder: string
  logFile: string
  binaries: Binaries
  identity: Identity
  log: (line: string) => void
}

/** Recovery after a crash replays what was not yet in a checkpoint; that is bounded by max_wal_size. */
const START_TIMEOUT_MS = 60_000
/** A server that somebody else SIGKILLed leaves its sessions behind; they notice soon and let the memory go. */
const ORPHANS_TIMEOUT_MS = 10_000
const STOP_TIMEOUT_MS = 8_000

export class PostgresServer {
  readonly #options: ServerOptions
  #child: ChildProcess | undefined
  #watchdog: Watchdog | undefined
  #settings: Settings = {}
  port = 0

  constructor(options: ServerOptions) {
    this.#options = options
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get watchdogPid(): number | undefined {
    return this.#watchdog?.pid
  }

  get #pidFile(): string {
    return join(this.#options.folder, 'postmaster.pid')
  }

  /** Starts and resolves when queries are answered. A fresh port is picked the first time and kept from then on. */
  async start(settings: Settings): Promise<void> {
    this.#settings = settings
    const until = performance.now() + ORPHANS_TIMEOUT_MS
    for (;;) {
      const isFirst = this.port === 0
      if (isFirst) this.port = await freePort()
      this.#writeSettings()
      const trouble = await this.#attempt()
      if (!trouble) return
      const mayPass = performance.now() < until
      if (mayPass && isFirst && /could not (bind|create any TCP)/i.test(trouble)) this.port = 0
      else if (!mayPass || !/shared memory block|lock file "postmaster.pid"/.test(trouble)) {
        throw new Error(`The ${this.#options.name} did not start:\n${trouble}`)
      }
    }
  }

  /** Changes settings while it runs, or for its next start. A setting that needs a restart waits for it. */
  configure(settings: Settings): void {
    this.#settings = { ...this.#settings, ...settings }
    this.#writeSettings()
    this.#child?.kill('SIGHUP')
  }

  /** Fast shutdown: sessions are cut, data is kept. Safe to repeat. */
  async stop(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) if (await this.#end(signal, STOP_TIMEOUT_MS)) return
    await this.kill()
  }

  /**
   * Ends it the way a crash does, with all its sessions: those would live on for a moment otherwise, and one of them
   * might commit after we said that the server is down. Safe to repeat.
   */
  async kill(): Promise<void> {
    const sessions = this.pid === undefined ? [] : childrenOf(this.pid)
    const isDead = this.#end('SIGKILL', STOP_TIMEOUT_MS)
    for (const pid of sessions) if (isAlive(pid) && worksIn(pid, this.#options.folder)) process.kill(pid, 'SIGKILL')
    const areGone = eventually(() => !sessions.some(isAlive), STOP_TIMEOUT_MS)
    if (!(await isDead) || !(await areGone)) throw new Error(`The ${this.#options.name} does not die.`)
  }

  /**
   * Ends a server that a crashed runner left on this folder, and only that: the process named in the pid file must
   * really work in this folder. A pid file that names anybody else is removed.
   */
  async endStale(): Promise<void> {
    const { name, folder, log } = this.#options
    const pid = Number(this.#pidFileLines()[0])
    if (!Number.isInteger(pid) || pid <= 1) return
    if (isAlive(pid) && worksIn(pid, folder)) {
      log(`ending a ${name} (pid ${pid}) that an earlier run left behind`)
      for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
        if (isAlive(pid)) process.kill(pid, signal)
        if (await eventually(() => !isAlive(pid), STOP_TIMEOUT_MS)) break
      }
    }
    if (!isAlive(pid) || !worksIn(pid, folder)) rmSync(this.#pidFile, { force: true })
  }

  async #attempt(): Promise<string | undefined> {
    const { binaries, folder, logFile, identity, log, name } = this.#options
    // To a file and not to a pipe: nobody has to read it, and it outlives a runner that dies.
    const out = openSync(logFile, 'w', 0o600)
    const child = spawn(binaries.postgres, ['-D', folder], {
      cwd: folder,
      detached: true, // Ctrl-C is for the runner, which then stops us in the right order
      stdio: ['ignore', out, out],
      env: { ...process.env, LC_MESSAGES: 'C' },
      ...identity,
    })
    closeSync(out)
    let gone: string | undefined
    child.once('error', (cause) => (gone = `${binaries.postgres} cannot be run: ${cause.message}`))
    child.once('exit', (code, signal) => {
      gone ??= `it ended with ${signal ?? code}\n${tailOf(logFile)}`
      if (this.#child !== child) return
      this.#child = undefined
      this.#watchdog?.dismiss()
      log(`${name} ended with ${signal ?? code}`)
    })
    const isUp = await eventually(() => gone !== undefined || this.#saysReady(child.pid), START_TIMEOUT_MS)
    if (gone === undefined && isUp && child.pid !== undefined) {
      this.#child = child
      this.#watchdog = watch(child.pid, this.#pidFile)
      child.unref() // a forgotten cluster must not keep its runner alive; the watchdog ends it
      return undefined
    }
    if (gone === undefined) child.kill('SIGKILL')
    return gone ?? `it was not ready after ${START_TIMEOUT_MS} ms\n${tailOf(logFile)}`
  }

  /** Postgres keeps its state in the eighth line of its pid file; `pg_ctl` waits for the same word. */
  #saysReady(pid: number | undefined): boolean {
    const lines = this.#pidFileLines()
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
  }

  #pidFileLines(): string[] {
    try {
      return readFileSync(this.#pidFile, 'utf8').split('\n')
    } catch {
      return []
    }
  }

  async #end(signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
    const child = this.#child
    if (!child) return true
    child.ref() // a runner that only waits for us must not run out of things to wait for
    child.kill(signal)
    return eventually(() => this.#child !== child, timeoutMs)
  }

  #writeSettings(): void {
    const { folder, identity } = this.#options
    const file = join(folder, 'onrush.conf')
    const lines = Object.entries({ ...COMMON, port: this.port, ...this.#settings }).map(
      ([key, value]) => `${key} = '${String(value).replaceAll("'", "''")}'`,
    )
    // In a file and not in arguments: one of them holds a password, and arguments are there for everyone to read.
    writeFileSync(file, lines.join('\n') + '\n', { mode: 0o600 })
    giveTo(file, identity)
  }
}

const COMMON: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off', // half-written pages need a power cut
  shared_buffers: '32MB',
  max_connections: 100,
  max_wal_size: '512MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
}

/** Free a moment ago. Somebody else may still take it first, which `start` notices. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  assert(address && typeof address === 'object', 'a server that listens on TCP has a port')
  return address.port
}

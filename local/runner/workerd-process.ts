/**
 * One workerd process: started from its configuration, watched, started again on the same ports when it dies, and ended.
 * A killed runtime loses what a killed data centre loses: memory and what was in the air, nothing written.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { assert } from '../../domain/basics/assert.ts'
import { watch } from '../postgres/watchdog.ts'
import type { Watchdog } from '../postgres/watchdog.ts'
import { PortTaken } from './ports.ts'

const START_MS_MAX = 20_000
const GOODBYE_MS = 1_500 // an open event stream would keep a polite runtime alive for ever
const FAILED_STARTS_MAX = 5

export interface ProcessSettings {
  /** Its files in `folder` are called by it: `run/<name>.capnp`, `<name>.pid`. */
  name: string
  folder: string
  environment: Record<string, string>
  /** The ports it listens on, by the socket's name; 0 takes any, and keeps it over restarts. */
  ports: Record<string, number>
  /** The ports of others that it reaches, by the service's name. */
  reaches: Record<string, number>
  /** After each start, before anybody is told of it. */
  ready(process: WorkerdProcess): Promise<void>
}

export class WorkerdProcess {
  readonly #settings: ProcessSettings
  #running: Started
  #stopping = false
  #restarting: Promise<void> | null = null
  #restarts = 0

  private constructor(settings: ProcessSettings, started: Started) {
    this.#settings = settings
    this.#running = started
    this.#watch()
  }

  static async start(settings: ProcessSettings): Promise<WorkerdProcess> {
    const started = await launch(settings, settings.ports)
    const process = new WorkerdProcess(settings, started)
    await settings.ready(process)
    return process
  }

  get pid(): number {
    return this.#running.child.pid ?? 0
  }

  /** How often the process died and was started again. */
  get restarts(): number {
    return this.#restarts
  }

  /** The port of a socket, by its name in the configuration. */
  portOf(socket: string): number {
    const port = this.#running.ports[socket]
    assert(port !== undefined, `${this.#settings.name} has no socket ${socket}`)
    return port
  }

  /** Kills the process as the world would (SIGKILL) and resolves when its successor listens on the same ports. */
  async kill(): Promise<void> {
    const before = this.#restarts
    const exited = once(this.#running.child, 'exit')
    this.#running.child.kill('SIGKILL')
    await exited
    await this.#restarting
    if (this.#restarts === before) throw new Error('workerd was not started again.')
  }

  /** Resolves when no restart is under way. */
  async steady(): Promise<void> {
    await this.#restarting
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#restarting?.catch(() => null) // the process is ended below, however far the restart came
    await end(this.#running.child)
    this.#running.watchdog.dismiss()
    await rm(pidFile(this.#settings), { force: true })
  }

  #watch(): void {
    this.#running.child.once('exit', () => {
      if (this.#stopping) return
      this.#restarting = this.#restart()
      this.#restarting.catch((cause: unknown) => {
        console.error('workerd died and does not start again.', cause)
        process.exitCode = 1
        process.kill(process.pid, 'SIGTERM')
      })
    })
  }

  async #restart(): Promise<void> {
    const { ports } = this.#running
    for (let failed = 0; !this.#stopping; failed += 1) {
      try {
        this.#running.watchdog.dismiss()
        this.#running = await launch(this.#settings, ports)
        this.#restarts += 1
        this.#restarting = null
        this.#watch()
        await this.#settings.ready(this)
        return
      } catch (cause) {
        if (failed === FAILED_STARTS_MAX) throw cause
      }
    }
  }
}

interface Started {
  child: ChildProcess
  watchdog: Watchdog
  ports: Record<string, number>
}

async function launch(settings: ProcessSettings, ports: Record<string, number>): Promise<Started> {
  const { name, folder, environment, reaches } = settings
  const log = createWriteStream(join(folder, 'worker.log'), { flags: 'a' })
  const child = spawn(
    executable(),
    [
      ...['serve', '--experimental', '--control-fd=3'],
      ...Object.entries(ports).flatMap(([socket, port]) => ['-s', `${socket}=127.0.0.1:${port}`]),
      ...Object.entries(reaches).flatMap(([service, port]) => ['-e', `${service}=127.0.0.1:${port}`]),
      ...[configFile(folder, name), 'config'],
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', ...environment },
      detached: true, // Ctrl-C in a terminal is for the runner, which then ends everything in order
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
      log.write(chunk)
    })
  }
  child.once('exit', () => log.end())
  await writeFile(pidFile(settings), `${child.pid}\n`)
  const watchdog = watch(child.pid ?? 0, pidFile(settings)) // should the runner die without a word
  try {
    return { child, watchdog, ports: await listening(child, Object.keys(ports)) }
  } catch (cause) {
    watchdog.dismiss()
    await end(child)
    if (said.includes('ddress already in use')) throw new PortTaken(ports['http'] ?? 0)
    throw new Error(`workerd did not start:\n${said}`, { cause })
  }
}

/** The binary itself: a script in front of it would take the signals meant for it. */
function executable(): string {
  const workerd: { default: string } = createRequire(import.meta.url)('workerd')
  return workerd.default
}

/** Resolves with the ports of all sockets when they listen; rejects when the process ends before. */
async function listening(child: ChildProcess, sockets: string[]): Promise<Record<string, number>> {
  const [, , , news] = child.stdio
  assert(news instanceof Readable, 'workerd has a pipe for its news')
  const lines = createInterface({ input: news })
  const ports: Record<string, number> = {}
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Not listening after ${START_MS_MAX} ms.`)), START_MS_MAX)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(late)
      reject(new Error(`It ended with ${signal ?? code}.`))
    })
    lines.on('line', (line) => {
      const { event, socket, port }: { event: string; socket: string; port: number } = JSON.parse(line)
      if (event === 'listen') ports[socket] = port
      if (sockets.some((name) => ports[name] === undefined)) return
      clearTimeout(late)
      resolve(ports)
    })
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const impatient = setTimeout(() => child.kill('SIGKILL'), GOODBYE_MS)
  await exited
  clearTimeout(impatient)
}

export const configFile = (folder: string, name: string): string => join(folder, 'run', `${name}.capnp`)

const pidFile = ({ folder, name }: Pick<ProcessSettings, 'folder' | 'name'>): string => join(folder, `${name}.pid`)

/** A runner that was killed leaves its workerd behind: two of them must never write the same objects. */
export async function endLeftOver(folder: string, name: string): Promise<void> {
  const file = pidFile({ folder, name })
  if (!existsSync(file)) return
  const pid = Number(await readFile(file, 'utf8'))
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') // gone, or a system without /proc
  if (command.includes(configFile(folder, name))) process.kill(pid, 'SIGKILL')
}

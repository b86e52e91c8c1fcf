/**
 * One workerd process: laid out in a folder of its own, started, watched, started again on the same port when it dies,
 * and ended. A killed runtime loses what a killed data centre loses: memory and what was in the air, nothing written.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { assert } from '../../domain/basics/assert.ts'
import { watch } from '../postgres/watchdog.ts'
import type { Watchdog } from '../postgres/watchdog.ts'
import { PortTaken } from './ports.ts'
import { publicFiles } from './public-files.ts'
import { OBJECTS_DOOR, objectClasses, workerdConfig } from './workerd-config.ts'
import type { Module } from './workerd-config.ts'
import type { WranglerSettings } from './wrangler-settings.ts'

const START_MS_MAX = 20_000
const GOODBYE_MS = 1_500 // an open event stream would keep a polite runtime alive for ever
const FAILED_STARTS_MAX = 5

export interface WorkerdSettings {
  settings: WranglerSettings
  modulesDir: string
  shimsDir: string
  /** Everything of this runtime lies here: objects, configuration, log. */
  folder: string
  mailDir: string
  publicDir: string
  port: number
  environment: Record<string, string>
}

export class Workerd {
  readonly url: string
  readonly #options: WorkerdSettings
  #running: Started
  #stopping = false
  #restarting: Promise<void> | null = null
  #restarts = 0

  private constructor(options: WorkerdSettings, started: Started) {
    this.#options = options
    this.#running = started
    this.url = `http://127.0.0.1:${options.port}`
    this.#watch()
  }

  static async start(options: WorkerdSettings): Promise<Workerd> {
    await layOut(options)
    const workerd = new Workerd(options, await launch(options))
    await workerd.control('POST', '/start')
    return workerd
  }

  get pid(): number {
    return this.#running.child.pid ?? 0
  }

  /** How often the process died and was started again. */
  get restarts(): number {
    return this.#restarts
  }

  /** Kills the process as the world would (SIGKILL) and resolves when its successor listens on the same port. */
  async kill(): Promise<void> {
    const before = this.#restarts
    const exited = once(this.#running.child, 'exit')
    this.#running.child.kill('SIGKILL')
    await exited
    await this.#restarting
    if (this.#restarts === before) throw new Error('workerd was not started again.')
  }

  /** Asks the shims' control door; see shims/index.ts for what it knows. */
  async control<Answer>(method: 'GET' | 'POST', path: string): Promise<Answer> {
    await this.#restarting
    const answer = await fetch(`http://127.0.0.1:${this.#running.controlPort}${path}`, { method })
    if (!answer.ok) throw new Error(`The control door answered ${answer.status}: ${await answer.text()}`)
    return answer.json<Answer>()
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#restarting?.catch(() => null) // the process is ended below, however far the restart came
    await end(this.#running.child)
    this.#running.watchdog.dismiss()
    await rm(pidFile(this.#options.folder), { force: true })
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
    for (let failed = 0; !this.#stopping; failed += 1) {
      try {
        this.#running.watchdog.dismiss()
        this.#running = await launch(this.#options)
        this.#restarts += 1
        this.#restarting = null
        this.#watch()
        await this.control('POST', '/start')
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
  controlPort: number
}

/** Copies all it runs into its folder, so that a build in the meantime cannot pull a module from under it. */
async function layOut(options: WorkerdSettings): Promise<void> {
  const run = join(options.folder, 'run')
  await endLeftOver(options.folder)
  await rm(run, { recursive: true, force: true })
  for (const name of ['run/modules', 'run/shims', 'objects']) {
    await mkdir(join(options.folder, name), { recursive: true })
  }
  await mkdir(options.mailDir, { recursive: true })
  const modules = await copyModules(options.modulesDir, run, 'modules')
  const shims = await copyModules(options.shimsDir, run, 'shims')
  const manifest = await publicFiles(options.publicDir)
  const paths = JSON.stringify(Object.keys(manifest).map((path) => encodeURI(path)))
  const classes = objectClasses(options.settings)
  await writeFile(join(run, 'main.js'), mainModule(servedFirst(options.settings) ? paths : '[]', classes))
  const config = workerdConfig({
    settings: options.settings,
    modules: [
      { name: 'onrush-main.js', file: 'main.js' },
      { name: 'onrush-in-front.js', file: 'shims/in-front.ts' },
      { name: 'onrush-abortable.js', file: 'shims/abortable.ts' },
      ...modules,
    ],
    shims: [{ name: 'index.ts', file: 'shims/index.ts' }, ...shims.filter(({ name }) => name !== 'index.ts')],
    manifest,
    publicDir: options.publicDir,
    mailDir: options.mailDir,
    objectsDir: join(options.folder, 'objects'),
  })
  await writeFile(join(run, 'workerd.capnp'), config)
}

/**
 * The first module of a Worker is its main one; this one puts the platform's front door before the bundle's, and stands
 * around its objects so that the control door can abort them. A name exported here comes before one that is passed on.
 */
const mainModule = (paths: string, classes: readonly string[]): string => `import * as bundle from './index.js'
import { abortable, ObjectsDoor } from './onrush-abortable.js'
import { inFront } from './onrush-in-front.js'
export * from './index.js'
${classes.map((name) => `export const ${name} = abortable('${name}', bundle.${name})`).join('\n')}
export { ObjectsDoor as ${OBJECTS_DOOR} }
export default inFront(bundle.default, ${paths})
`

function servedFirst({ assets }: WranglerSettings): boolean {
  const first = assets?.run_worker_first ?? false
  if (typeof first !== 'boolean') throw new Error('run_worker_first as a list of paths has no local stand-in.')
  return !first
}

async function copyModules(from: string, run: string, folder: string): Promise<Module[]> {
  const files = (await readdir(from)).filter((name) => !name.endsWith('.map') && name !== 'README.md')
  for (const name of files) await copyFile(join(from, name), join(run, folder, name))
  return files.map((name) => ({ name, file: `${folder}/${name}` }))
}

async function launch(options: WorkerdSettings): Promise<Started> {
  const log = createWriteStream(join(options.folder, 'worker.log'), { flags: 'a' })
  const address = `http=127.0.0.1:${options.port}`
  const child = spawn(
    executable(),
    ['serve', '--experimental', '--control-fd=3', '-s', address, join(options.folder, 'run/workerd.capnp'), 'config'],
    {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', ...options.environment },
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
  await writeFile(pidFile(options.folder), `${child.pid}\n`)
  const watchdog = watch(child.pid ?? 0, pidFile(options.folder)) // should the runner die without a word
  try {
    return { child, watchdog, controlPort: await listening(child) }
  } catch (cause) {
    watchdog.dismiss()
    await end(child)
    if (said.includes('ddress already in use')) throw new PortTaken(options.port)
    throw new Error(`workerd did not start:\n${said}`, { cause })
  }
}

/** The binary itself: a script in front of it would take the signals meant for it. */
function executable(): string {
  const workerd: { default: string } = createRequire(import.meta.url)('workerd')
  return workerd.default
}

/** Resolves with the control door's port when both sockets listen; rejects when the process ends before. */
async function listening(child: ChildProcess): Promise<number> {
  const [, , , news] = child.stdio
  assert(news instanceof Readable, 'workerd has a pipe for its news')
  const lines = createInterface({ input: news })
  const ports = new Map<string, number>()
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`Not listening after ${START_MS_MAX} ms.`)), START_MS_MAX)
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      clearTimeout(late)
      reject(new Error(`It ended with ${signal ?? code}.`))
    })
    lines.on('line', (line) => {
      const { event, socket, port }: { event: string; socket: string; port: number } = JSON.parse(line)
      if (event === 'listen') ports.set(socket, port)
      const control = ports.get('control')
      if (control === undefined || !ports.has('http')) return
      clearTimeout(late)
      resolve(control)
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

const pidFile = (folder: string): string => join(folder, 'workerd.pid')

/** A runner that was killed leaves its workerd behind: two of them must never write the same objects. */
async function endLeftOver(folder: string): Promise<void> {
  if (!existsSync(pidFile(folder))) return
  const pid = Number(await readFile(pidFile(folder), 'utf8'))
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') // gone, or a system without /proc
  if (command.includes(join(folder, 'run/workerd.capnp'))) process.kill(pid, 'SIGKILL')
}

/**
 * The runtime of one Worker: a process for its visitors and one for its objects (workerd-config.ts says why), or one for
 * both.
 */
import { endLeftOver, WorkerdProcess } from './workerd-process.ts'
import { layOut } from './lay-out.ts'
import type { Layout } from './lay-out.ts'
import { wireNames } from './workerd-config.ts'

export interface WorkerdSettings extends Layout {
  port: number
  environment: Record<string, string>
  /** One process for everything: for a Worker that drives its objects from inside, or has none. */
  isAlone?: boolean
}

export class Workerd {
  readonly url: string
  readonly #objects: WorkerdProcess
  /** Null: the objects' process serves the visitors. */
  readonly #front: WorkerdProcess | null

  private constructor(port: number, objects: WorkerdProcess, front: WorkerdProcess | null) {
    this.url = `http://127.0.0.1:${port}`
    this.#objects = objects
    this.#front = front
  }

  static async start(settings: WorkerdSettings): Promise<Workerd> {
    const { folder, environment, port } = settings
    const hasFront = settings.isAlone !== true
    for (const name of ['front', 'objects']) await endLeftOver(folder, name)
    await layOut(settings, hasFront)
    const wires = hasFront ? wireNames(settings.settings) : []
    const objects = await WorkerdProcess.start({
      ...{ name: 'objects', folder, environment, reaches: {} },
      ports: { control: 0, ...(hasFront ? Object.fromEntries(wires.map((wire) => [wire, 0])) : { http: port }) },
      ready: async (process) => void (await control(process, 'POST', '/start')),
    })
    if (!hasFront) return new Workerd(port, objects, null)
    try {
      const front = await WorkerdProcess.start({
        ...{ name: 'front', folder, environment, ports: { http: port } },
        reaches: Object.fromEntries(wires.map((wire) => [wire, objects.portOf(wire)])),
        ready: () => Promise.resolve(),
      })
      return new Workerd(port, objects, front)
    } catch (cause) {
      await objects.stop()
      throw cause
    }
  }

  /** The processes, the visitors' first. */
  get pids(): number[] {
    return this.#processes.map(({ pid }) => pid)
  }

  /** How often a process died and was started again. */
  get restarts(): number {
    return this.#processes.reduce((sum, { restarts }) => sum + restarts, 0)
  }

  /** Kills both as the world would (SIGKILL) and resolves when their successors listen on the same ports. */
  async kill(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()))
  }

  /** Kills the objects' process alone; visitors go on being answered meanwhile. */
  async killObjects(): Promise<void> {
    await this.#objects.kill()
  }

  /** Asks the shims' control door; see shims/index.ts for what it knows. */
  async control<Answer>(method: 'GET' | 'POST', path: string): Promise<Answer> {
    await this.#objects.steady()
    return control(this.#objects, method, path)
  }

  async stop(): Promise<void> {
    for (const process of this.#processes) await process.stop()
  }

  get #processes(): WorkerdProcess[] {
    return this.#front === null ? [this.#objects] : [this.#front, this.#objects]
  }
}

async function control<Answer>(process: WorkerdProcess, method: 'GET' | 'POST', path: string): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${process.portOf('control')}${path}`, { method })
  if (!answer.ok) throw new Error(`The control door answered ${answer.status}: ${await answer.text()}`)
  return answer.json<Answer>()
}

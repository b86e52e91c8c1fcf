/**
 * Makes the product's objects abortable, as the platform aborts them at any moment: memory is lost, what is in the air
 * is lost, what was committed stays. Stands beside in-front.ts in the product's own isolate, around the classes of the
 * built bundle, and is no part of it.
 *
 * Only the runner's control door and the front process reach this: no visitor's request leads to `ObjectsDoor`.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { DurableObject } from 'cloudflare:workers'
import type { Called, CallFault } from './far-objects.ts'

/** One object that has lived since the process started. `name` is null for one that was only ever reached by its id. */
export interface LivedObject {
  binding: string
  id: string
  name: string | null
}

type ObjectClass = new (ctx: DurableObjectState, env: never) => DurableObject
type Abortable = { abortForTheRunner(): void }

const lived = new Map<string, Map<string, string | null>>()

/** The same class, with the object's life noted at its birth and a way to end it. */
export function abortable<Class extends ObjectClass>(className: string, Original: Class): Class {
  const objects = new Map<string, string | null>()
  lived.set(className, objects)
  const Wrapped = class extends (Original as ObjectClass) implements Abortable {
    constructor(ctx: DurableObjectState, env: never) {
      super(ctx, env)
      const id = ctx.id.toString()
      objects.set(id, ctx.id.name ?? objects.get(id) ?? null)
    }

    abortForTheRunner(): void {
      this.ctx.abort('aborted by the runner')
    }
  }
  return Wrapped as unknown as Class
}

/** The way to the objects from outside their process. `props.classes` says which class stands behind each binding. */
export class ObjectsDoor extends WorkerEntrypoint<
  Record<string, DurableObjectNamespace>,
  { classes: Record<string, string> }
> {
  /** One call for the front's Worker; see far-objects.ts. Never throws. */
  async call(binding: string, name: string, method: string, args: unknown[]): Promise<Called> {
    try {
      const object = this.#object(binding, name) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>
      return { value: await object[method]!(...args) }
    } catch (cause) {
      return { fault: faultOf(cause) }
    }
  }

  lived(): LivedObject[] {
    return Object.entries(this.ctx.props.classes).flatMap(([binding, className]) =>
      [...(lived.get(className) ?? [])].map(([id, name]) => ({ binding, id, name })),
    )
  }

  /** Resolves when the object is gone; the next who asks for it finds a new one. An idle object is woken and ended. */
  async abort(binding: string, name: string): Promise<void> {
    const object = this.#object(binding, name) as unknown as { abortForTheRunner(): Promise<void> }
    await object.abortForTheRunner().then(
      () => Promise.reject(new Error(`${binding} ${name} lives on.`)),
      () => undefined, // the call ends with the object it was made to
    )
  }
  #object(binding: string, name: string): DurableObjectStub {
    const namespace = this.env[binding]
    if (namespace === undefined) throw new Error(`No binding is called ${binding}.`)
    return namespace.getByName(name)
  }
}

function faultOf(cause: unknown): CallFault {
  const said = (typeof cause === 'object' && cause !== null ? cause : {}) as Partial<CallFault>
  return {
    name: said.name ?? 'Error',
    message: said.message ?? String(cause),
    retryable: said.retryable === true,
    overloaded: said.overloaded === true,
    durableObjectReset: said.durableObjectReset === true,
  }
}

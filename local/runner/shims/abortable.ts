/**
 * Makes the product's objects abortable, as the platform aborts them at any moment: memory is lost, what is in the air
 * is lost, what was committed stays. Stands beside in-front.ts in the product's own isolate, around the classes of the
 * built bundle, and is no part of it.
 *
 * Only the runner's control door reaches this: `ObjectsDoor` is an entrypoint that no socket leads to.
 */
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { DurableObject } from 'cloudflare:workers'

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

/** `props.classes` says which class stands behind each binding. */
export class ObjectsDoor extends WorkerEntrypoint<
  Record<string, DurableObjectNamespace>,
  { classes: Record<string, string> }
> {
  lived(): LivedObject[] {
    return Object.entries(this.ctx.props.classes).flatMap(([binding, className]) =>
      [...(lived.get(className) ?? [])].map(([id, name]) => ({ binding, id, name })),
    )
  }

  /** Resolves when the object is gone; the next who asks for it finds a new one. An idle object is woken and ended. */
  async abort(binding: string, name: string): Promise<void> {
    const namespace = this.env[binding]
    if (namespace === undefined) throw new Error(`No binding is called ${binding}.`)
    const object = namespace.getByName(name) as unknown as { abortForTheRunner(): Promise<void> }
    await object.abortForTheRunner().then(
      () => Promise.reject(new Error(`${binding} ${name} lives on.`)),
      () => undefined, // the call ends with the object it was made to
    )
  }
}

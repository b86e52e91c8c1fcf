/**
 * The product's objects, for its Worker in the front process: each namespace binding looks as the platform's does, and
 * its objects are called through the other process's `ObjectsDoor`. A fault comes back with what the platform would say
 * of it; a wire that breaks is a call that ended with its object, and may be asked again.
 */
import type { ObjectsDoor } from './abortable.ts'

/** What a call came to. Faults travel as values: of an error only its message would survive the wire. */
export type Called = { value: unknown } | { fault: CallFault }

export interface CallFault {
  name: string
  message: string
  retryable: boolean
  overloaded: boolean
  durableObjectReset: boolean
}

interface Handlers<Env> {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>
}

type Door = Pick<ObjectsDoor, 'call'>

/** The same handlers, whose `env` has these namespaces besides. `door` names the binding that leads to the objects. */
export function withFarObjects<Env extends object, Worker extends Handlers<Env>>(
  worker: Worker,
  namespaces: readonly string[],
  door: string,
): Worker {
  const whole = new WeakMap<Env, Env>()
  const wholeOf = (env: Env): Env => {
    const known = whole.get(env)
    if (known !== undefined) return known
    const objects = (env as Record<string, unknown>)[door] as Door
    const far = namespaces.map((binding) => [binding, farNamespace(binding, objects)])
    const made = { ...env, ...Object.fromEntries(far) } as Env
    whole.set(env, made)
    return made
  }
  return {
    ...worker,
    fetch: (request: Request, env: Env, ctx: ExecutionContext) => worker.fetch(request, wholeOf(env), ctx),
  }
}

/** A laptop is one place: jurisdictions and hints change nothing. */
function farNamespace(binding: string, door: Door): object {
  const namespace = {
    getByName: (name: string): object => farObject(binding, name, door),
    jurisdiction: (): object => namespace,
  }
  return namespace
}

const farObject = (binding: string, name: string, door: Door): object =>
  new Proxy(
    {},
    {
      get: (_, method) =>
        typeof method === 'symbol' || method === 'then' // it is no promise
          ? undefined
          : (...args: unknown[]) => called(door.call(binding, name, method, args)),
    },
  )

async function called(calling: Promise<Called>): Promise<unknown> {
  const answer = await calling.catch((cause: unknown) => {
    throw Object.assign(new Error('The objects’ process is gone.', { cause }), { retryable: true, remote: true })
  })
  if ('value' in answer) return answer.value
  const { name, message, ...said } = answer.fault
  throw Object.assign(new Error(message), { name, remote: true, ...said })
}

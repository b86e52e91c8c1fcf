/** What the front's Worker sees of an object in the other process, without the processes. */
import { describe, expect, it } from 'vitest'
import { withFarObjects } from './shims/far-objects.ts'
import type { Called } from './shims/far-objects.ts'

interface Shelf {
  add(one: string, two: number): Promise<unknown>
}
interface Env {
  SHELVES: { getByName(name: string): Shelf; jurisdiction(name: string): Env['SHELVES'] }
  WIRE: { call(...called: unknown[]): Promise<Called> }
}

const ctx = {} as ExecutionContext

/** The `env` that a Worker is handed when the wire answers so. */
async function envWith(call: Env['WIRE']['call']): Promise<Env> {
  let seen: Env | undefined
  const worker = withFarObjects(
    {
      async fetch(_request: Request, env: Env, _ctx: ExecutionContext) {
        seen = env
        return new Response()
      },
    },
    ['SHELVES'],
    'WIRE',
  )
  await worker.fetch(new Request('http://shop.example/'), { WIRE: { call } } as Env, ctx)
  return seen!
}

describe('an object in the other process', () => {
  it('[RUN17] is called by its binding, its name, the method and the arguments, under any jurisdiction', async () => {
    const env = await envWith((...called) => Promise.resolve({ value: called }))
    expect(await env.SHELVES.jurisdiction('eu').getByName('top').add('lamp', 2)).toEqual([
      ...['SHELVES', 'top', 'add'],
      ['lamp', 2],
    ])
    expect('then' in env.SHELVES.getByName('top')).toBe(false)
  })

  it('[RUN17] fails as it failed there', async () => {
    const said = { retryable: false, overloaded: true, durableObjectReset: true }
    const env = await envWith(() => Promise.resolve({ fault: { name: 'Fault', message: 'busy', ...said } }))
    await expect(env.SHELVES.getByName('top').add('lamp', 2)).rejects.toMatchObject({ message: 'busy', ...said })
  })

  it('[RUN17] may be asked again when the process is gone', async () => {
    const env = await envWith(() => Promise.reject(new Error('disconnected')))
    await expect(env.SHELVES.getByName('top').add('lamp', 2)).rejects.toMatchObject({ retryable: true })
  })
})

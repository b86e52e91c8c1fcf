/**
 * Runs around each file of tests in the runtime, which the files use one after the other.
 *
 * Before: has the Worker loaded, and hands it to whoever calls it. Without this, each call of the Worker, of an object or
 * of a queue's consumer first asks the test runner, in another process, where the Worker's module lies; a message that
 * was delivered while a file ended then asked a runner that had gone.
 *
 * After: forgets all objects, so that no alarm of one file rings in the next one's clock or is counted by its spies.
 */
import { reset } from 'cloudflare:test'
import { afterAll } from 'vitest'
import * as worker from '../index.ts'

/** Vitest's; through it the Cloudflare plugin loads the Worker at each call. */
interface ModuleRunner {
  import(id: string, options?: unknown): Promise<unknown>
}

const WORKER = new URL('../index.ts', import.meta.url).pathname

const { moduleRunner: runner } = Reflect.get(globalThis, '__vitest_mocker__') as { moduleRunner: ModuleRunner }
const asks: ModuleRunner['import'] = Object.getPrototypeOf(runner).import
runner.import = (id, options) => (id === WORKER ? Promise.resolve(worker) : asks.call(runner, id, options))

afterAll(reset)

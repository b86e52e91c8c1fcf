/**
 * Runs before each file of tests in the runtime: has the Worker loaded, and hands it to whoever calls it. Without this,
 * each call of the Worker, of an object or of a queue's consumer first asks the test runner, in another process, where
 * the Worker's module lies; a message that was delivered while a file ended then asked a runner that had gone.
 *
 * The files use a runtime one after the other, and what one began goes on in the next: alarms ring, messages arrive. So
 * each test has a store of its own, and a spy on a class asks whose call it sees. All objects cannot be forgotten in
 * between: those behind the cache, KV and the queues would be forgotten as well, and their callers told so.
 */
import * as worker from '../index.ts'

/** Vitest's; through it the Cloudflare plugin loads the Worker at each call. */
interface ModuleRunner {
  import(id: string, options?: unknown): Promise<unknown>
}

const WORKER = new URL('../index.ts', import.meta.url).pathname

const { moduleRunner: runner } = Reflect.get(globalThis, '__vitest_mocker__') as { moduleRunner: ModuleRunner }
const asks: ModuleRunner['import'] = Object.getPrototypeOf(runner).import
runner.import = (id, options) => (id === WORKER ? Promise.resolve(worker) : asks.call(runner, id, options))

/** A request, as the cache sees it. Made for each, so it makes nothing before it is asked for it. */
import type { EpochDesk } from '../domain/message/epoch-desk.ts'
import { coloStore, kvStore, type ByteStore } from '../platform/cache/stores.ts'
import { systemTimer, type Surroundings } from '../platform/cache/surroundings.ts'
import type { Asked } from './context.ts'
import { epochDesk } from './desks.ts'

export class RequestSurroundings implements Surroundings {
  readonly #c: Asked
  readonly after = systemTimer

  constructor(c: Asked) {
    this.#c = c
  }

  now(): number {
    return this.#c.var.visit.clock.now()
  }

  fraction(): number {
    return this.#c.var.visit.random.fraction()
  }

  waitUntil(work: Promise<unknown>): void {
    this.#c.executionCtx.waitUntil(work)
  }

  get colo(): ByteStore | null {
    return typeof caches === 'undefined' ? null : coloStore(caches.default, this.#c.var.visit.origin)
  }

  get shelf(): ByteStore {
    return kvStore(this.#c.env.SHELF)
  }

  epochs(storeId: string, shard: number): EpochDesk {
    return epochDesk(this.#c.env, storeId, shard)
  }
}

/** What the cache needs of the request it works for; handed in, so that a proof can run it under weather of its own. */
import type { EpochDesk } from '../../domain/message/epoch-desk.ts'
import type { ByteStore } from './stores.ts'

/** Calls `wake` after so many ms, unless it is called off by what it gives back. */
export type Timer = (ms: number, wake: () => void) => () => void

export const systemTimer: Timer = (ms, wake) => {
  const timer = setTimeout(wake, ms)
  return () => clearTimeout(timer)
}

export interface Surroundings {
  now(): number
  /** In [0, 1). */
  fraction(): number
  after: Timer
  /** Keeps work alive after the request that began it. */
  waitUntil(work: Promise<unknown>): void
  /** This data centre's cache, or null where there is none. */
  colo: ByteStore | null
  /** The world's, or null. */
  shelf: ByteStore | null
  /** The shard of a store's epochs. A desk is made for each call and never kept. */
  epochs(storeId: string, shard: number): EpochDesk
}

/** What the work gives within the time, else undefined; the work goes on. Rejects with it. */
export async function within<Value>(
  at: Pick<Surroundings, 'after'>,
  work: Promise<Value>,
  ms: number,
): Promise<{ value: Value } | undefined> {
  let callOff = (): void => undefined
  const patience = new Promise<undefined>((resolve) => {
    callOff = at.after(ms, () => resolve(undefined))
  })
  try {
    return await Promise.race([work.then((value) => ({ value })), patience])
  } finally {
    callOff()
  }
}

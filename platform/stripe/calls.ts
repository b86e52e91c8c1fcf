/**
 * What stands between us and each call to the provider: somebody who says when it may start and hears how it went
 * (queues/permits.ts). One step may need several calls, and the provider counts every one of them.
 */
import { Fault } from '../fault.ts'
import type { Endpoint } from '../../domain/message/pacer-desk.ts'

/** The provider turned a call away for coming too fast. */
export interface PushBack {
  retryAfterMs: number | null
  /** About all endpoints together. */
  wholeAccount: boolean
}

export interface Calls {
  /** Resolves when the call may start; rejects with `NotYet` when that would be too long to wait here. */
  admit(endpoint: Endpoint): Promise<void>
  made(endpoint: Endpoint, tookMs: number, pushBack: PushBack | null): void
}

/** The call was not made: its turn at the provider comes later. */
export class NotYet extends Fault {
  readonly inMs: number

  constructor(inMs: number) {
    super(`not before ${Math.ceil(inMs)} ms from now`)
    this.inMs = inMs
  }
}

/** Everything at once and nobody listening: for tests of one call at a time. */
export const unpaced: Calls = { admit: async () => {}, made: () => {} }

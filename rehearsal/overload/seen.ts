/** What a crowd is told to do, and what it heard. Instants are ms from its beginning. */
import type { Kind } from './mix.ts'

export interface Job {
  url: string
  sku: string
  /** Of this long those figures are taken that begin after `warmUpMs`. */
  seconds: number
  connections: number
  seed: number
  /** People at once, each followed by the next as soon as they are done; null: people come as planned, so many a second. */
  clients: number | null
  perSecond: number
}

/** One question and its answer. */
export interface Heard {
  kind: Kind
  /** When somebody meant to ask, whether or not there was a connection for them. */
  intendedAt: number
  answeredAt: number
  /** 0: no answer. */
  status: number
  /** Of a problem; null where the answer is a page or a success. */
  code: string | null
  hasRetryAfter: boolean
}

export interface Seen {
  heard: Heard[]
  /** What the crowd itself took of the machine, ms of CPU, and for how long. */
  cpuMs: number
  tookMs: number
  /** How late the crowd was with its own plan, ms, at the most. */
  latestMs: number
}

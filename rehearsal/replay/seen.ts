/** What was seen of one replay. Instants are ms from the opening (before it: negative). */
import type { Paper } from '../paper.ts'
import type { Exchange } from '../stampede/history.ts'

/** Somebody who came for a basket, and what they were told in the end. */
export interface Told {
  /** When they meant to ask, whether or not anybody had time for them. */
  intendedAt: number
  toldAt: number
  status: number
  code: string | null
  units: number
}

/** A reload. */
export interface Look {
  intendedAt: number
  answeredAt: number
  what: 'page' | 'now'
  status: number
  /** Letters in the answer; a blank page has none. */
  length: number
}

export interface Seen {
  told: Told[]
  looks: Look[]
  /** Every question about baskets, also those that had to be repeated. */
  exchanges: Exchange[]
  passesAt: number[]
  /** How late the crowd itself asked, ms. */
  lateness: number[]
}

/** What a replay promises. */
export interface Promised {
  paper: Paper
  /** Units for sale that everybody wants. */
  units: number
  heldWithinMs: number
  toldWithinMs: number
}

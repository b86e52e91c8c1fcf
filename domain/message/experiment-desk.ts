/**
 * What is told to the objects that count an experiment's visitors, and what they are asked. Each counts some of a store's
 * visitors, by hash of the visitor's id: what one did is all in one place.
 */
import type { Tally } from '../experiment/tally.ts'

/** Somebody has been shown a variation. */
export interface Exposure {
  experimentId: string
  visitorId: string
  /** Its number in the experiment; the control is 0. */
  variation: number
  at: number
}

/** What an order is worth at present: it may grow by its capture and shrink by its refunds. */
export interface Conversion {
  orderId: string
  visitorId: string
  /** The order's; an older one than is known changes nothing. */
  version: number
  orderedAt: number
  /** Paid, and not wholly refunded. */
  isKept: boolean
  /** Captured, less refunded; minor units. */
  revenue: number
  refunded: number
  currency: string
}

export interface TallyAsk {
  experimentId: string
  variations: number
  /** Orders count that were taken before this; ms, exclusive. Null: all. */
  until: number | null
  /** Only orders in it have a value; all of them are conversions. */
  currency: string
}

export interface ExperimentDesk {
  /** Counts each visitor once an experiment, however often they are told. Safe to repeat. */
  exposed(exposures: readonly Exposure[]): Promise<void>
  /** Counts each order once, at its newest version. Safe to repeat, in any order. */
  ordered(conversions: readonly Conversion[]): Promise<void>
  /** One a variation. Writes nothing. */
  tally(ask: TallyAsk): Promise<Tally[]>
}

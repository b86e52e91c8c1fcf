/**
 * What a settler asks of the pacer before it calls the payment provider, and what everybody else may ask about the
 * queue in front of the provider (domain/pacing). One pacer per provider account; today that is one per store.
 *
 * All times travel as spans, ms from the answer on, never as instants: the two sides have two clocks.
 */

/** What the provider counts for itself, named as Stripe's SDK names it. */
export const ENDPOINTS = [
  'payment_intents.create',
  'payment_intents.capture',
  'payment_intents.cancel',
  'payment_intents.retrieve',
  'payment_intents.list',
  'refunds.create',
  'refunds.retrieve',
  'refunds.list',
] as const
export type Endpoint = (typeof ENDPOINTS)[number]

/** May I call now? Asking again under the same name keeps the place in the line. */
export interface PermitAsk {
  endpoint: Endpoint
  /** Who waits: the refund's id, or the order's id for everything else. It needs one call to the endpoint, if all goes well. */
  name: string
}

export type PermitAnswer =
  /** One call may start `inMs` from now, or a little later: the sooner the better, others come after it. */
  | { kind: 'go'; inMs: number }
  /** Not yet: ask again then. Nobody who came later goes first. */
  | { kind: 'come_back'; inMs: number }

/** What came of calls to one endpoint since the last report. */
export interface CallReport {
  endpoint: Endpoint
  /** Calls that were answered, or given up on, other than those refused. */
  calls: number
  /** How long these took, added up, ms. */
  tookMs: number
  /** Calls refused for coming too fast (429). */
  refused: number
  /**
   * Whose permit came to nothing: refused for coming too fast, not used in time, not needed any more, or never heard of
   * by who asked for it. It counts as not had.
   */
  notMade: string[]
  /** The longest `Retry-After` among the refusals, ms. */
  retryAfterMs: number | null
  /** Whether a refusal was about the whole account rather than this endpoint. */
  wholeAccount: boolean
}

/** How busy the way to the provider is. Asked by the waiting room, health and the console. */
export interface Pressure {
  /** New payments a second that the provider takes from us at present; slower than its limit after it pushed back. */
  ratePerSecond: number
  /** Orders that wait for their turn at the provider. */
  waiting: number
  /** How long the one at the head of the line has waited, ms; 0: nobody waits. */
  oldestWaitMs: number
}

export interface PacerDesk {
  /** One answer an ask, in their order. Reports of earlier calls may travel along. Safe to repeat. */
  ask(asks: readonly PermitAsk[], reports: readonly CallReport[]): Promise<PermitAnswer[]>
  /** For reports that must not wait for the next ask, or have none to travel with. */
  report(reports: readonly CallReport[]): Promise<void>
  /** Writes nothing. Asked about once a second by each room. */
  pressure(): Promise<Pressure>
}

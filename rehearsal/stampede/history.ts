/**
 * What was seen of one run, from outside: every question with its answer, the stock every quarter of a second, what
 * became of each order in its buyer's eyes, and what the payment provider took. The verdict reads this and nothing else,
 * so a forged history tries the verdict. Instants are ms of the crowd's clock.
 */
import type { Paper } from '../paper.ts'

export interface Line {
  sku: string
  quantity: number
}

export interface Exchange {
  buyer: number
  /** As the OpenAPI document writes it: "DELETE /api/v1/holds/{id}". */
  route: string
  /** The Idempotency-Key, where one was sent. */
  key: string | null
  /** Whether a pass was shown. */
  pass: boolean
  sentAt: number
  answeredAt: number
  /** 0: there was no answer. */
  status: number
  /** Of a problem (RFC 9457); null for anything else. */
  code: string | null
  retryAfterS: number | null
  /** What a 2xx made or showed; or, with status 0, why there was no answer. */
  id: string | null
  /** What a basket asks for; of any other question, nothing. */
  wanted: readonly Line[]
  /** What a refusal for lack of stock was about. */
  lacking: { sku: string; requested: number } | null
}

/** The stock as an operator was told of it. The figures are of some instant from `askedAt` to `answeredAt`. */
export interface Sample {
  sku: string
  askedAt: number
  answeredAt: number
  total: number
  free: number
  held: number
  sold: number
}

/** An order in the eyes of its buyer, once all is over. */
export interface SeenOrder {
  buyer: number
  id: string
  /** Null: the shop shows its buyer no such order. */
  status: string | null
  amount: number
  lines: Line[]
}

/** What the payment provider's own books say of one order. */
export interface Charge {
  orderId: string
  captures: number
  captured: number
  refunded: number
}

/** What `GET /drops/{slug}/now` told everybody. */
export interface NowSample {
  askedAt: number
  answeredAt: number
  status: string
  /** Null: the drop has no waiting room. */
  inside: number | null
}

/** A pass that was given for the first time, at some instant between question and answer. */
export interface GivenPass {
  sentAt: number
  answeredAt: number
}

export interface History {
  paper: Paper
  /** What was for sale, and how much of it everybody together wanted. */
  supply: Record<string, number>
  demand: Record<string, number>
  unitsPerVisitorMax: number
  exchanges: Exchange[]
  samples: Sample[]
  orders: SeenOrder[]
  charges: Charge[]
  /** Differences named by /admin/proof. */
  differences: unknown[]
  nows: NowSample[]
  /** Null: the drop has no waiting room. */
  room: {
    insideMax: number
    admissionsPerMinute: number
    passes: GivenPass[]
  } | null
}

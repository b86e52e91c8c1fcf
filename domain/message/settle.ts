/**
 * What an order book asks a settler to do, and what the settler tells it afterwards.
 *
 * A step is complete: whoever performs it needs nothing but the step. Every step may be performed twice, by two
 * settlers at once, or long after it was handed out, because everything in it carries an id or a key that its receiver
 * knows again. So is every piece of news: telling it twice is telling it once.
 */
import type { Decision } from '../basics/decision.ts'
import type { Money } from '../basics/money.ts'
import type { PaymentNews } from '../payment/payment.ts'
import type { StockAnswer, StockMove, StockRefusal } from './stock-desk.ts'

/** What is asked of the stock: pin the units, get them back after they were lost, sell them, or give them back. */
export type UnitsMove = 'claim' | 'reacquire' | 'commit' | 'release' | 'restock'

export type Step =
  | {
      kind: 'units'
      move: UnitsMove
      orderId: string
      storeId: string
      /**
       * One entry a SKU. The moves of an entry belong together: the last one's answer is the line's outcome. `atLeaf`: the
       * units are the order book's own; they are moved by asking the book.
       */
      asks: { sku: string; holdId: string; moves: StockMove[]; atLeaf?: true }[]
      /** For `restock`: the refund that the units come back with. */
      refundId: string | null
    }
  | {
      kind: 'authorise'
      orderId: string
      storeId: string
      paymentId: string
      amount: Money
      paymentMethod: string
      email: string
      returnUrl: string
      key: string
      /** `ask`: create it, or hear again what became of it: the key is the same for ever. `search_only`: none may be made any more. */
      how: 'ask' | 'search_only'
      /** When it was asked for before, ms; null: never. A search looks around these instants. */
      askedBetween: { first: number; last: number } | null
      /** Which handing out this is, counted per order: to say later that this very question never got through. */
      asking: number
    }
  | { kind: 'read'; orderId: string; providerId: string; asOf: number }
  | { kind: 'capture'; orderId: string; providerId: string; amount: Money; key: string }
  | { kind: 'cancel_payment'; orderId: string; providerId: string; key: string }
  | {
      kind: 'refund'
      orderId: string
      providerId: string
      refundId: string
      amount: Money
      key: string
      /** Known already: read it instead of asking for it. */
      refundProviderId: string | null
      /** We may have asked before without hearing the answer: look for it first. */
      searchFirst: boolean
    }
  /** Nothing to do before `until`; news may come sooner. */
  | { kind: 'wait'; orderId: string; until: number; for: 'buyer' | 'provider' | 'retry' }
  | { kind: 'done'; orderId: string }

export type StepKind = Step['kind']

/** A step is begun by who performs it at once; `shown` to who has to wait for a permit first (SPEC PCE7). */
export type Handing = 'begun' | 'shown'

export interface Postponed {
  orderId: string
  inMs: number
}

/** What a settler asks of an order book beside its steps (order-book.ts). */
export interface SettlerDesk {
  /** Moves units that are the book's own to move, or the owner's to lend it first. As an owner's `ask`. */
  askUnits(sku: string, moves: readonly StockMove[]): Promise<Decision<StockAnswer, StockRefusal>[]>
  /** What would be handed out now, begun by nobody: one step an order, in their order. Unknown orders are `done`. */
  upcoming(orderIds: readonly string[]): Promise<Step[]>
  /** What is to be done for an order now, begun. */
  nextStep(orderId: string): Promise<Step>
  /** Takes in what became of a step and answers the one that follows, begun or only shown. */
  tell(orderId: string, news: readonly News[], handing?: Handing): Promise<Step>
  /** Nothing can be done for these so soon: a settler is sent again `inMs` from now. Safe to repeat. */
  postpone(orders: readonly Postponed[]): Promise<void>
}

/** What became of one line's units. */
export type UnitsOutcome = { sku: string; holdId: string; refusal: StockRefusal | null }

export type RefundOutcome =
  | { status: 'pending' | 'succeeded'; providerId: string }
  | { status: 'failed'; providerId: string | null; code: string; message: string }

export type News =
  | {
      kind: 'payment'
      news: PaymentNews
      /** the question's `asOf`, for a read */ asOf: number | null
      eventId: string | null
    }
  | { kind: 'units'; move: UnitsMove; refundId: string | null; lines: UnitsOutcome[] }
  | { kind: 'refund'; refundId: string; outcome: RefundOutcome; eventId: string | null }
  /** A fault: nothing is known, nothing is lost, the step will be handed out again. */
  | {
      kind: 'fault'
      about: StepKind
      message: string
      afterMs: number | null
      /** The provider keeps its failure under this key of a refund, and will only repeat it. */
      burnt?: { refundId: string; key: string }
    }

/** What a letter writer needs. */
export interface LetterTask {
  outboxId: string
  kind: 'confirmation' | 'refund'
  refundId: string | null
}

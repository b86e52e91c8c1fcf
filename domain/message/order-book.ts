/**
 * What others ask of an order book: the object that keeps the baskets' holds and the orders of some buckets until
 * they have settled. Every question is safe to repeat.
 */
import type { Decision } from '../basics/decision.ts'
import type { Money } from '../basics/money.ts'
import type { Rate } from '../limit/gcra.ts'
import type { MarketGone, RestrictionRefusal } from '../market/restrictions.ts'
import type { CapacityRefusal } from '../load/priorities.ts'
import type { LimitRefusal } from '../limit/refusal.ts'
import type { OrderRecord } from '../order/records.ts'
import type { LetterTask, News, Step } from './settle.ts'
import type { Admission, EndOfHold, StockProof, StockRefusal } from './stock-desk.ts'

/** Where an answer must be found again: the request's own key (RFC draft idempotency-key-header) and what it said. */
export interface RequestKey {
  key: string
  /** A digest of method, route and body: the same key with another fingerprint is a mistake of the client. */
  fingerprint: string
  /** Kept with the first answer, so that a replay is the same to the byte. */
  requestId: string
}

/** An answer, and whether it is the first or a replay. `requestId` is the first request's. */
export interface Answered<Value, Refusal> {
  decision: Decision<Value, Refusal>
  replayed: boolean
  requestId: string
}

export type KeyRefusal = { code: 'idempotency_key_reused' } | { code: 'idempotency_request_in_flight' }

export interface BasketLine {
  sku: string
  units: number
}

export interface HeldLine extends BasketLine {
  productSlug: string
  productTitle: string
  variantTitle: string
  unitPrice: Money
  lineTotal: Money
}

/** A basket's hold: all of its lines are reserved until `expiresAt`, or none. */
export interface BasketHold {
  id: string
  storeId: string
  visitorId: string
  lines: HeldLine[]
  total: Money
  /** ms since the epoch, exclusive. */
  expiresAt: number
  state: 'reserving' | 'held' | 'ordered' | EndOfHold
  orderId: string | null
  createdAt: number
}

export interface HoldCommand {
  request: RequestKey
  storeId: string
  visitorId: string
  /** Summed by SKU and sorted already (domain/order/basket.ts). */
  lines: BasketLine[]
  /** The slug of the drop the buyer came through, if any: every line must belong to it. */
  drop: string | null
  /** The market whose prices the buyer was shown (domain/market); missing: the store's own. */
  market?: string
  /**
   * Why nothing may be sold to where this comes from, or at the prices that were shown, now; missing: it may. A repeat is
   * told its first answer all the same.
   */
  restriction?: RestrictionRefusal | MarketGone
  /** Missing: nothing was shown at the door. */
  admission?: Admission
  /** Names of books that have been this visitor's home, when the store had fewer; missing: none. */
  formerHomes?: string[]
  /** How often this visitor may hold and order, together; missing: nobody counts. */
  rate?: Rate
}

export type BasketRefusal =
  | (Exclude<StockRefusal, { code: 'sold_by_leaves' }> & { sku: string })
  | { code: 'mixed_currencies'; currencies: string[] }
  | { code: 'not_in_drop'; sku: string; drop: string }
  | { code: 'pass_already_used'; passId: string }
  /** More units of one drop in this basket than it sells at once. */
  | { code: 'order_limit_reached'; drop: string; limit: number; requested: number }
  | RestrictionRefusal
  | MarketGone
  | LimitRefusal
  | CapacityRefusal
  | KeyRefusal

export type ReleaseRefusal =
  | { code: 'hold_not_found'; holdId: string }
  | { code: 'hold_already_ordered'; holdId: string; orderId: string }

export interface Address {
  line1: string
  line2: string | null
  city: string
  postalCode: string
  country: string // ISO 3166-1 alpha-2
}

export interface OrderCommand {
  request: RequestKey
  storeId: string
  holdId: string
  /** Null: a client without a cookie, who proves the hold by knowing its id. */
  visitorId: string | null
  email: string
  name: string | null
  shippingAddress: Address | null
  /** The provider's token of a way to pay, never card data. */
  paymentMethod: string
  /** Where the provider sends the buyer back to after a confirmation step. `{order}` is replaced by the id. */
  returnUrl: string
  /** The order's page, for letters: `{order}` is replaced by the id. Without the secret; whoever writes adds it. */
  orderUrl: string
  /** BCP 47, as in "en" or "de-AT". */
  locale: string
  /** The merchant's name as letters and receipts print it. */
  storeName: string
  /** As in HoldCommand; by where the goods shall go, too. */
  restriction?: RestrictionRefusal
  /** As in HoldCommand. */
  rate?: Rate
}

export type OrderRefusal =
  | { code: 'hold_not_found'; holdId: string }
  | { code: 'hold_has_ended'; holdId: string; end: EndOfHold }
  | { code: 'hold_already_ordered'; holdId: string; orderId: string }
  | RestrictionRefusal
  | LimitRefusal
  | KeyRefusal

/** What became of an order, in the words a buyer and an operator use. */
export type OrderStatus =
  | 'accepted' // taken; payment has not been asked for yet
  | 'requires_action' // the buyer's bank wants a confirmation: see `nextActionUrl`
  | 'processing' // the provider is still deciding, or we do not know yet and are finding out
  | 'paid' // authorised, units committed, captured
  | 'payment_failed' // declined; nothing was charged, the units are free again
  | 'not_available' // the units had gone before payment; nothing was charged
  | 'cancelled' // by the operator; nothing was charged, or all of it went back
  | 'partially_refunded'
  | 'refunded'

export interface OrderView {
  id: string
  storeId: string
  visitorId: string
  holdId: string
  email: string
  name: string | null
  shippingAddress: Address | null
  lines: HeldLine[]
  total: Money
  status: OrderStatus
  /** Why it failed, as a stable code and a sentence for the buyer; null while all is well. */
  failure: { code: string; message: string } | null
  nextActionUrl: string | null
  payment: { providerId: string | null; authorised: Money; captured: Money; refunded: Money }
  refunds: RefundView[]
  receiptDocumentId: string | null
  locale: string
  storeName: string
  /** The order's page, without its secret. */
  orderUrl: string
  /** Grows with every change: SSE event ids, ETags and the projection's guard. */
  version: number
  createdAt: number
  updatedAt: number
}

export interface RefundView {
  id: string
  amount: Money
  reason: string | null
  /** Units that go back for sale with it. */
  restock: BasketLine[]
  status: 'pending' | 'succeeded' | 'failed'
  createdAt: number
}

export interface RefundCommand {
  request: RequestKey
  orderId: string
  /** Null: all that is left. */
  amount: number | null
  reason: string | null
  restock: BasketLine[]
}

export type RefundRefusal =
  | { code: 'order_not_found'; orderId: string }
  | { code: 'order_not_refundable'; status: OrderStatus }
  | { code: 'refund_exceeds_captured'; captured: number; alreadyRefunded: number; requested: number }
  | { code: 'restock_exceeds_sold'; sku: string; sold: number; requested: number }
  | KeyRefusal

export interface CancelCommand {
  request: RequestKey
  orderId: string
  reason: string | null
}

export type CancelRefusal =
  | { code: 'order_not_found'; orderId: string }
  | { code: 'order_not_cancellable'; status: OrderStatus }
  | KeyRefusal

/** One book's part of the proof: its money and its units, from its own rows. */
export interface BookProof {
  orders: number
  /** Per currency: what the orders say and what their payments say. */
  money: { currency: string; ordered: number; authorised: number; captured: number; refunded: number }[]
  /** Units that paid orders stand for, less those taken back, and units held by baskets and open orders. */
  units: { sku: string; sold: number; held: number }[]
  /** The units that this book sells as a leaf: its name, and what its own rows say. */
  leaves: { leaf: string; sku: string; proof: StockProof }[]
  differences: { orderId: string; what: string }[]
}

/** What happened at one book to some SKUs since it woke; see domain/order/pulse.ts. */
export interface BookPulse {
  /** ms: when the book woke. What was before is not counted. */
  since: number
  /** Baskets that were held, each once. */
  holds: number
  /** Orders that were taken. */
  orders: number
  paid: number
  /** Orders that ended without being paid. */
  failed: number
  /** Holds that could not be decided, because something of ours did not answer. */
  faults: number
  /** Refused holds and orders, by their code. */
  refusals: Record<string, number>
  /** The last minutes, second by second; those in which nothing happened are left out. */
  seconds: PulseSecond[]
}

export interface PulseSecond {
  /** Seconds since the epoch. */
  second: number
  holds: number
  orders: number
  paid: number
}

/** An order book, for whoever watches a drop. */
export interface PulseDesk {
  /** Writes nothing. `afterSecond`: only seconds after this one are told. */
  pulse(skus: readonly string[], afterSecond: number): Promise<BookPulse>
}

/** What one book asks of another, when visitors have moved because there are more books than there were. */
export interface FormerHomeDesk {
  /** Each visitor's home from now on: this book, where they are known here, or else the one that asks. Safe to repeat. */
  letGo(visitorIds: readonly string[], to: string): Promise<string[]>
}

/** What became of one hold among several: its answer, or what `hold` would have rejected with. */
export type HoldOutcome =
  | { answered: Answered<BasketHold, BasketRefusal> }
  | { fault: { name: string; message: string; overloaded: boolean; retryable: boolean } }

export interface OrderBookDesk {
  hold(command: HoldCommand): Promise<Answered<BasketHold, BasketRefusal>>
  /** As `hold`, for several at once: one outcome each, in order. A fault of one is that one's alone. */
  holdAll(commands: readonly HoldCommand[]): Promise<HoldOutcome[]>
  findHold(holdId: string): Promise<BasketHold | null>
  releaseHold(holdId: string): Promise<Decision<BasketHold, ReleaseRefusal>>
  order(command: OrderCommand): Promise<Answered<OrderView, OrderRefusal>>
  findOrder(orderId: string): Promise<OrderView | null>
  /** Waits until the order is newer than `version`, at most `waitMs`; answers the order as it then is. */
  orderAfter(orderId: string, version: number, waitMs: number): Promise<OrderView | null>
  refund(command: RefundCommand): Promise<Answered<RefundView, RefundRefusal>>
  cancel(command: CancelCommand): Promise<Answered<OrderView, CancelRefusal>>
  proof(): Promise<BookProof>
  /** Ends what is due, sends again what is owed, re-arms a lost alarm. Safe at any time. */
  sweep(): Promise<void>

  /** What is to be done for an order now. An unknown order is `done`. Handing a step out is not doing it. */
  nextStep(orderId: string): Promise<Step>
  /** Takes in what became of a step, or what a webhook says, and answers the step that follows. Unknown orders: `done`. */
  tell(orderId: string, news: readonly News[]): Promise<Step>

  /** Orders whose last change has not been recorded in Postgres yet, oldest first. */
  unrecorded(limit: number): Promise<OrderRecord[]>
  /** These versions are in Postgres now. An order that changed since stays unrecorded. */
  recorded(orders: readonly { orderId: string; version: number }[]): Promise<void>

  /** The letter an outbox row asks for, with the order as it now is; null: sent already, or never owed. */
  letter(outboxId: string): Promise<{ task: LetterTask; order: OrderView } | null>
  /** The letter is out; `documentId` is its receipt. */
  letterSent(outboxId: string, documentId: string | null): Promise<void>
}

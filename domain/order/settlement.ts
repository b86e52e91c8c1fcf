/**
 * Settlement: how an order gets from "taken" to "paid and sold", or to "nothing charged and the units free again".
 *
 *     authorise -> commit the units -> capture
 *
 * Money may only be captured for units that are sold, and units may only be given back when the provider has said that
 * there is no money (SPEC PAY3, PAY4). Everything is decided by looking, never by remembering where we were: the next
 * step follows from where the units are, how the money stands and whether the order is given up (`PLAN`, SPEC PAY1).
 * So a step that was lost is handed out again, one that was done twice changes nothing, and news may come in any order.
 *
 * Pure. What news changes is domain/order/news.ts; who performs the steps is queues/order-settler.ts.
 */
import { assert } from '../basics/assert.ts'
import { money } from '../basics/money.ts'
import { backoffMs, type Backoff } from '../basics/retry.ts'
import type { Step, UnitsMove } from '../message/settle.ts'
import type { StockMove } from '../message/stock-desk.ts'
import type { PaymentState } from '../payment/payment.ts'
import { murmur3 } from '../sharding/murmur3.ts'
import { refundKey, stillToRestock } from './refund.ts'
import { unitsOf, type LineUnits, type Order, type Refund, type UnitsState } from './order.ts'

export type Plan =
  | 'claim'
  | 'reacquire'
  | 'authorise'
  | 'await_buyer'
  | 'await_provider'
  | 'commit'
  | 'capture'
  | 'cancel_payment'
  | 'refund'
  | 'release'
  | 'done'

type Row = Record<PaymentState, Plan>

/** While the order is to be sold. */
const SELL: Record<UnitsState, Row> = {
  held: {
    unasked: 'claim',
    in_doubt: 'claim',
    requires_action: 'claim',
    processing: 'claim',
    declined: 'cancel_payment',
    authorised: 'claim',
    captured: 'claim',
    canceled: 'release',
  },
  claimed: {
    unasked: 'authorise',
    in_doubt: 'authorise',
    requires_action: 'await_buyer',
    processing: 'await_provider',
    declined: 'cancel_payment',
    authorised: 'commit',
    captured: 'commit',
    canceled: 'release',
  },
  lost: {
    unasked: 'reacquire',
    in_doubt: 'reacquire',
    requires_action: 'reacquire',
    processing: 'reacquire',
    declined: 'cancel_payment',
    authorised: 'reacquire',
    captured: 'reacquire',
    canceled: 'release',
  },
  sold: {
    unasked: 'authorise',
    in_doubt: 'authorise',
    requires_action: 'await_buyer',
    processing: 'await_provider',
    declined: 'cancel_payment',
    authorised: 'capture',
    captured: 'done',
    canceled: 'release',
  },
  free: {
    unasked: 'reacquire',
    in_doubt: 'reacquire',
    requires_action: 'reacquire',
    processing: 'reacquire',
    declined: 'cancel_payment',
    authorised: 'reacquire',
    captured: 'reacquire',
    canceled: 'done',
  },
}

/** Once it is given up: first the money, then the units. */
const BACK: Row = {
  unasked: 'release',
  in_doubt: 'authorise', // only searches, to learn whether there is something to cancel
  requires_action: 'cancel_payment',
  processing: 'cancel_payment',
  declined: 'cancel_payment',
  authorised: 'cancel_payment',
  captured: 'refund',
  canceled: 'release',
}

/** SPEC PAY1: what to do next, by where the units are and how the money stands. */
export const PLAN: { sell: Record<UnitsState, Row>; giveUp: Record<UnitsState, Row> } = {
  sell: SELL,
  giveUp: { held: BACK, claimed: BACK, lost: BACK, sold: BACK, free: { ...BACK, unasked: 'done', canceled: 'done' } },
}

/** Longer than one call to the provider may take: until then a question that is under way is not asked beside itself. */
export const ANSWER_PATIENCE_MS = 15_000
/** The provider shows a payment to a search within this long of making it. */
const SEARCH_LAG_MS = 60_000
/** Stripe knows a key for at least 24 hours. Until then asking again is hearing again; later it would be a second payment. */
const KEY_LIVES_MS = 23 * 3600_000
/** A hold taken anew lives this long unless it is claimed, so that one whose answer got lost comes back by itself. */
const RENEWAL_MS = 2 * 60_000
/** How long a claim pins units. The provider always answers long before; a book that is gone must not pin for ever. */
export const CLAIM_MS = 24 * 3600_000

const POLL: Backoff = { firstMs: 10_000, mostMs: 300_000 }
const RETRY: Backoff = { firstMs: 1_000, mostMs: 60_000 }
const MISCONFIGURED: Backoff = { firstMs: 30_000, mostMs: 300_000 }
const REFUND_POLL: Backoff = { firstMs: 60_000, mostMs: 3_600_000 }
const BACKOFF = { poll: POLL, retry: RETRY, misconfigured: MISCONFIGURED, refund_poll: REFUND_POLL }

/** When to try again after `tries` tries. Jitter comes from the order's id, so the same order decides the same. */
export function retryAfterMs(order: Order, tries: number, pace: keyof typeof BACKOFF): number {
  return backoffMs(Math.max(1, tries), BACKOFF[pace], {
    fraction: () => murmur3(`${order.id}/${tries}`) / 2 ** 32,
    bytes: (count) => new Uint8Array(count),
  })
}

/** The next step. Pure: asking twice gives the same answer. */
export function nextStep(order: Order, now: number): Step {
  const plan = planFor(order)
  if (plan === 'done') return { kind: 'done', orderId: order.id }
  if (now < order.retryAt) return wait(order, Math.min(order.retryAt, buyersEnd(order, now)))
  switch (plan) {
    case 'read':
      return readStep(order)
    case 'claim':
    case 'reacquire':
    case 'commit':
    case 'release':
      return unitsStep(order, plan, now)
    case 'restock':
      return restockStep(order)
    case 'authorise':
      return authoriseStep(order, now)
    case 'await_buyer':
      return now >= order.deadlineAt ? cancelStep(order) : readStep(order)
    case 'await_provider':
      return readStep(order)
    case 'capture':
      return captureStep(order)
    case 'cancel_payment':
      return cancelStep(order)
    case 'refund': {
      const notBefore = refundToAsk(order)?.notBefore ?? 0
      return now < notBefore ? wait(order, notBefore) : refundStep(order)
    }
  }
}

/** Whether anything is still to be done, now or later. */
export const isSettled = (order: Order): boolean => planFor(order) === 'done'

/** What is to be done, leaving aside whether it is time to try. */
export function planFor(order: Order): Plan | 'read' | 'restock' {
  const { payment, givenUp } = order
  if (payment.mustLook) return 'read'
  const units = unitsOf(order)
  const plan = PLAN[givenUp ? 'giveUp' : 'sell'][units][payment.state]
  if (plan !== 'refund' && plan !== 'done') return plan
  const refund = refundToAsk(order)
  // A repeat takes its time; the units need not wait for it.
  if (refund && (refund.notBefore === undefined || units === 'free')) return 'refund'
  if (plan === 'refund' && units !== 'free') return 'release'
  // Of an order given up, `release` takes back what was sold.
  if (!givenUp && refundToRestock(order)) return 'restock'
  return refundToFollow(order) ? 'refund' : 'done'
}

const refundToAsk = ({ refunds }: Order): Refund | undefined =>
  refunds.find(({ status, providerId }) => status === 'pending' && providerId === null)

const refundToFollow = ({ refunds }: Order): Refund | undefined =>
  refunds.find(({ status, providerId }) => status === 'pending' && providerId !== null)

/** Units come back once the provider has taken the refund on; a refund it refused brings none. */
const refundToRestock = ({ refunds }: Order): Refund | undefined =>
  refunds.find(
    (refund) =>
      stillToRestock(refund).length > 0 &&
      (refund.status === 'succeeded' || (refund.status === 'pending' && refund.providerId !== null)),
  )

/** While we wait for the buyer, the deadline comes first. */
const buyersEnd = ({ payment, deadlineAt }: Order, now: number): number =>
  payment.state === 'requires_action' && now < deadlineAt ? deadlineAt : Infinity

const wait = (order: Order, until: number): Step => ({
  kind: 'wait',
  orderId: order.id,
  until,
  for:
    order.payment.state === 'requires_action' ? 'buyer' : order.payment.state === 'processing' ? 'provider' : 'retry',
})

function unitsStep(order: Order, move: Exclude<UnitsMove, 'restock'>, now: number): Step {
  const lines = order.units.filter(({ state }) => CONCERNED[move].includes(state))
  const asks = lines.map((line) => askFor(order, line, move, now))
  return { kind: 'units', move, orderId: order.id, storeId: order.storeId, asks, refundId: null }
}

/** Which lines a move is about. */
const CONCERNED: Record<Exclude<UnitsMove, 'restock'>, readonly UnitsState[]> = {
  claim: ['held'],
  reacquire: ['lost', 'free'],
  commit: ['claimed'],
  release: ['held', 'claimed', 'lost', 'sold'],
}

function askFor(order: Order, line: LineUnits, move: Exclude<UnitsMove, 'restock'>, now: number) {
  const holdId = move === 'reacquire' ? renewedHoldId(order, line) : line.holdId
  return { sku: line.sku, holdId, moves: movesFor(order, line, holdId, move, now) }
}

/** The id of a hold that replaces a lost one: derived, so that asking twice is asking once. */
export const renewedHoldId = (order: Order, line: LineUnits): string => `${order.id}/again/${line.renewals + 1}`

function movesFor(order: Order, line: LineUnits, holdId: string, move: UnitsMove, now: number): StockMove[] {
  const { units } = line
  const orderId = order.id
  switch (move) {
    case 'claim':
      return [{ kind: 'claim', holdId, orderId, expiresAt: order.createdAt + CLAIM_MS }]
    case 'reacquire':
      return [{ kind: 'hold', holdId, visitorId: order.visitorId, units, expiresAt: now + RENEWAL_MS }]
    case 'commit':
      return [{ kind: 'commit', holdId, orderId }]
    default:
      return line.state === 'sold' ? takeBackAll(order, line) : [{ kind: 'release', holdId }]
  }
}

/** Units that an order given up had already been sold: back for sale, less what refunds have put back before. */
function takeBackAll(order: Order, { holdId, units, restocked, renewals }: LineUnits): StockMove[] {
  const rest = units - restocked
  return rest === 0 ? [] : [{ kind: 'take_back', takeBackId: `${order.id}/given-up/${renewals}`, holdId, units: rest }]
}

function restockStep(order: Order): Step {
  const refund = refundToRestock(order)
  assert(refund, `${order.id} has no units to restock`)
  const asks = stillToRestock(refund).map(({ sku, units }) => {
    const line = order.units.find((candidate) => candidate.sku === sku)
    assert(line, `${order.id} never sold ${sku}`)
    const move: StockMove = { kind: 'take_back', takeBackId: refund.id, holdId: line.holdId, units }
    return { sku, holdId: line.holdId, moves: [move] }
  })
  return { kind: 'units', move: 'restock', orderId: order.id, storeId: order.storeId, asks, refundId: refund.id }
}

function authoriseStep(order: Order, now: number): Step {
  const { asked } = order.payment
  // No payment may be made any more, but one may be there: a search tells, once the last question has surely ended.
  // Until then the same question under the same key is better than any search: it cannot make a second payment, and
  // its answer is the payment itself, however many others were made beside it.
  const tooLate = order.givenUp !== null || now >= order.deadlineAt
  const searchOnly = asked !== null && (order.payment.burnt || tooLate || now >= asked.first + KEY_LIVES_MS)
  if (searchOnly && now < asked.last + SEARCH_LAG_MS) return wait(order, asked.last + SEARCH_LAG_MS)
  return {
    kind: 'authorise',
    orderId: order.id,
    storeId: order.storeId,
    paymentId: order.payment.id,
    amount: money(order.total.amount, order.total.currency),
    paymentMethod: order.paymentMethod,
    email: order.email,
    returnUrl: order.returnUrl,
    // One key for ever: a second key would be a second payment.
    key: `${order.id}/authorise/1`,
    how: searchOnly ? 'search_only' : 'ask',
    askedBetween: asked,
    asking: 1 + (order.payment.askings ?? 0),
  }
}

const readStep = (order: Order): Step => ({
  kind: 'read',
  orderId: order.id,
  providerId: knownToProvider(order),
  asOf: order.payment.heard,
})

/** A new key after a doubt that a read has settled: the provider keeps a 500 under the old one, and captures once. */
const captureStep = (order: Order): Step => ({
  kind: 'capture',
  orderId: order.id,
  providerId: knownToProvider(order),
  amount: money(order.total.amount, order.total.currency),
  key: `${order.id}/capture/${1 + order.payment.doubts}`,
})

const cancelStep = (order: Order): Step => ({
  kind: 'cancel_payment',
  orderId: order.id,
  providerId: knownToProvider(order),
  key: `${order.id}/cancel/${1 + order.payment.doubts}`,
})

function refundStep(order: Order): Step {
  const refund = refundToAsk(order) ?? refundToFollow(order)
  assert(refund, `${order.id} has no refund to ask for`)
  return {
    kind: 'refund',
    orderId: order.id,
    providerId: knownToProvider(order),
    refundId: refund.id,
    amount: money(refund.amount, order.total.currency),
    key: refundKey(order, refund),
    refundProviderId: refund.providerId,
    searchFirst: refund.asked,
  }
}

function knownToProvider({ id, payment }: Order): string {
  assert(payment.providerId !== null, `${id}: a payment in state ${payment.state} has a name at the provider`)
  return payment.providerId
}

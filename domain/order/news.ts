/**
 * News: what an order knows after somebody told it something. Twice is once, late changes nothing that is known better,
 * and nothing is ever concluded from silence.
 *
 * Whether the order will be sold turns on the money: it is given up when there is none, and it is taken up again when
 * the money comes after all (SPEC PAY6). One that the operator cancelled, or whose units have gone, stays given up and
 * gives the money back.
 */
import type { News, RefundOutcome, Step, UnitsMove, UnitsOutcome } from '../message/settle.ts'
import type { StockRefusal } from '../message/stock-desk.ts'
import { hear, isFinal, type NeverMade, type Payment, type PaymentNews } from '../payment/payment.ts'
import { PAYMENT_DEADLINE_MS, sum, versioned, type GivenUp, type LineUnits, type Order, type Refund } from './order.ts'
import { stillToRestock, withNextKey, withRefundOfAll } from './refund.ts'
import { ANSWER_PATIENCE_MS, isSettled, planFor, renewedHoldId, retryAfterMs } from './settlement.ts'

/** Enough to recognise a webhook's repeats, which come within hours; old ones change nothing anyway. */
const EVENTS_REMEMBERED = 32

/** The order after the news; the very same object when the news is none. */
export function tell(order: Order, news: News, now: number): Order {
  const eventId = 'eventId' in news ? news.eventId : null
  if (eventId !== null && order.eventsSeen.includes(eventId)) return order
  const told = concluded(heard(order, news, now), now)
  if (eventId === null) return versioned(order, told, now)
  return versioned(order, { ...told, eventsSeen: [...told.eventsSeen, eventId].slice(-EVENTS_REMEMBERED) }, now)
}

/**
 * To be recorded before a step is handed out. An authorisation is marked as asked for (`in_doubt`) first: from then on
 * the units may only be given back once the provider has said that there is no money (SPEC PAY4).
 */
export function begin(order: Order, step: Step, now: number): Order {
  if (step.kind === 'authorise') {
    const { asked } = order.payment
    const payment: Payment = {
      ...order.payment,
      state: 'in_doubt',
      asked: step.how === 'search_only' ? asked : { first: asked?.first ?? now, last: now },
      askings: step.asking,
    }
    // The buyer's time begins when we first ask, however long that took us (SPEC PCE6).
    const deadlineAt = asked ? order.deadlineAt : Math.max(order.deadlineAt, now + PAYMENT_DEADLINE_MS)
    return versioned(order, { ...order, payment, deadlineAt, retryAt: now + ANSWER_PATIENCE_MS }, now)
  }
  if (step.kind === 'refund' && !step.searchFirst) {
    return withRefund(order, step.refundId, (refund) => ({ ...refund, asked: true }))
  }
  return order
}

/** What follows from what is known, whatever brought it: given up or not, settled or not. */
export function concluded(order: Order, now: number): Order {
  const decided = withRefundOfAll(withVerdict(order, now), now)
  const settledAt = isSettled(decided) ? (decided.settledAt ?? now) : null
  return settledAt === decided.settledAt ? decided : { ...decided, settledAt }
}

function heard(order: Order, news: News, now: number): Order {
  switch (news.kind) {
    case 'payment':
      return hearOfMoney(order, news.news, news.asOf, now)
    case 'units':
      return news.move === 'restock'
        ? hearOfRestock(order, news.refundId, news.lines)
        : hearOfUnits(order, news.move, news.lines)
    case 'refund':
      return hearOfRefund(order, news.refundId, news.outcome, now)
    case 'fault':
      return again(news.burnt ? withNextKey(order, news.burnt) : order, now, 'retry', news.afterMs)
  }
}

// Money

function hearOfMoney(order: Order, news: PaymentNews, asOf: number | null, now: number): Order {
  switch (news.kind) {
    case 'in_doubt':
      return inDoubt(order, news.burnt ?? false, now)
    case 'again_later':
      return again(unasked(order, news.unmade), now, 'retry', news.afterMs)
    case 'misconfigured':
      return again(order, now, 'misconfigured', null)
    case 'never_made':
      return neverMade(order, news)
  }
  const payment = hear(order.payment, news, asOf === order.payment.heard)
  const waits = payment.state === 'requires_action' || payment.state === 'processing'
  if (payment === order.payment) {
    return news.source === 'webhook' ? order : askedInVain(order, waits, now)
  }
  const next: Order = { ...order, payment, tries: 0, retryAt: 0 }
  return waits && !payment.mustLook ? { ...next, retryAt: now + retryAfterMs(next, 1, 'poll') } : next
}

/**
 * We asked and nothing has changed: ask again, less and less often. A capture or a cancellation that moved nothing gets
 * another key: the provider keeps a refusal under the first one, and would go on refusing what has become possible
 * since. Neither can happen twice to one payment, whatever its key (simulation seed 97).
 */
function askedInVain(order: Order, waits: boolean, now: number): Order {
  const { payment } = order
  const plan = planFor(order)
  const inVain = plan === 'capture' || plan === 'cancel_payment'
  if (inVain)
    return again({ ...order, payment: { ...payment, doubts: payment.doubts + 1 } }, now, waits ? 'poll' : 'retry', null)
  return waits ? again(order, now, 'poll', null) : order
}

/** The answer got lost. Before it is asked for: nothing was lost. After: only the provider can tell what it did. */
function inDoubt(order: Order, burnt: boolean, now: number): Order {
  const { payment } = order
  if (isFinal(payment.state) && !payment.mustLook) return order
  const unanswered = payment.state === 'unasked' || payment.state === 'in_doubt'
  if (unanswered) return again({ ...order, payment: { ...payment, burnt: payment.burnt || burnt } }, now, 'retry', null)
  if (payment.mustLook) return again(order, now, 'retry', null)
  const doubtful: Payment = { ...payment, mustLook: true, doubts: payment.doubts + 1, heard: payment.heard + 1 }
  return again({ ...order, payment: doubtful }, now, 'retry', null)
}

/**
 * As before a question that was turned away at the door, if it was the only one: nothing was asked of the provider, so
 * nothing has to be searched for, and the buyer's time has not begun (SPEC PCE6). Not if another was handed out since.
 */
function unasked(order: Order, unmade: number | undefined): Order {
  const { payment } = order
  if (payment.state !== 'in_doubt' || unmade === undefined || payment.askings !== unmade) return order
  return { ...order, payment: { ...payment, state: 'unasked', asked: null } }
}

function neverMade(order: Order, { code, message }: NeverMade): Order {
  const { payment, givenUp } = order
  if (payment.providerId !== null || isFinal(payment.state)) return order
  return {
    ...progressed(order),
    payment: { ...payment, state: 'canceled' },
    givenUp: givenUp ?? { cause: 'payment', code, message },
  }
}

function withVerdict(order: Order, now: number): Order {
  const { payment, givenUp } = order
  if (payment.mustLook) return order
  const paid = payment.state === 'authorised' || payment.state === 'captured'
  if (paid && givenUp?.cause === 'payment') {
    // Money after all. What we gave back must be taken anew; what we still have is simply kept.
    const units = order.units.map((line) => (line.state === 'free' ? { ...line, state: 'lost' as const } : line))
    return { ...order, givenUp: null, units }
  }
  if (givenUp || (payment.state !== 'declined' && payment.state !== 'canceled')) return order
  return { ...order, givenUp: whyNotPaid(order, now) }
}

function whyNotPaid({ payment, deadlineAt }: Order, now: number): GivenUp {
  if (payment.state === 'declined' && payment.declined) return { cause: 'payment', ...payment.declined }
  return now >= deadlineAt
    ? { cause: 'payment', code: 'payment_deadline_passed', message: 'The payment was not confirmed in time.' }
    : { cause: 'payment', code: 'payment_cancelled', message: 'The payment was cancelled.' }
}

// Units

function hearOfUnits(order: Order, move: Exclude<UnitsMove, 'restock'>, outcomes: readonly UnitsOutcome[]): Order {
  let { givenUp } = order
  let changed = false
  const units = order.units.map((line) => {
    const outcome = outcomes.find(({ sku }) => sku === line.sku)
    const next = outcome ? lineAfter(order, line, move, outcome) : line
    if (next === 'gone') {
      givenUp ??= {
        cause: 'units',
        code: 'not_available',
        message: 'The units are no longer available. Nothing was charged.',
      }
      changed = true
      return line
    }
    changed ||= next !== line
    return next
  })
  return changed ? { ...progressed(order), units, givenUp } : order
}

/** The line after its outcome; `gone` when it was to be taken anew and cannot be. */
function lineAfter(order: Order, line: LineUnits, move: UnitsMove, outcome: UnitsOutcome): LineUnits | 'gone' {
  if (move === 'reacquire') return renewedLine(order, line, outcome)
  if (outcome.holdId !== line.holdId) return line // about a hold that has been replaced since
  const { refusal } = outcome
  switch (move) {
    case 'claim':
      return line.state === 'held' ? { ...line, state: refusal ? 'lost' : 'claimed' } : line
    case 'commit':
      return line.state === 'claimed' || line.state === 'held' ? { ...line, state: refusal ? 'lost' : 'sold' } : line
    default:
      return line.state === 'free' ? line : releasedLine(order, line, refusal)
  }
}

function renewedLine(order: Order, line: LineUnits, { holdId, refusal }: UnitsOutcome): LineUnits | 'gone' {
  if ((line.state !== 'lost' && line.state !== 'free') || holdId !== renewedHoldId(order, line)) return line
  // Taken anew; also when the order was given up meanwhile, because then they must be given back again.
  if (!refusal) return { ...line, holdId, renewals: line.renewals + 1, state: 'held' }
  // An earlier try had got them, and they ran out before we heard: that id is burnt, the next one is not.
  if (refusal.code === 'hold_has_ended') return { ...line, renewals: line.renewals + 1 }
  return line.state === 'lost' ? 'gone' : line
}

function releasedLine(order: Order, line: LineUnits, refusal: StockRefusal | null): LineUnits {
  // Taken up again while its units were being given back: they are not ours any more.
  if (!refusal) return { ...line, state: order.givenUp ? 'free' : 'lost' }
  if (refusal.code === 'hold_has_ended' && refusal.end === 'sold') return { ...line, state: 'sold' }
  if (refusal.code === 'too_many_units_taken_back' && refusal.takenBack < line.units) {
    return { ...line, restocked: refusal.takenBack }
  }
  return { ...line, state: order.givenUp ? 'free' : 'lost' }
}

/**
 * The units of a refund are for sale again, as far as their owners have answered; the rest is asked of the others
 * again. A line the owner refused was back already; the proof would show it.
 */
function hearOfRestock(order: Order, refundId: string | null, outcomes: readonly UnitsOutcome[]): Order {
  const refund = order.refunds.find(({ id }) => id === refundId)
  const answered = refund ? stillToRestock(refund).filter(({ sku }) => outcomes.some((one) => one.sku === sku)) : []
  if (!refund || answered.length === 0) return order
  const isBack = (sku: string): boolean => outcomes.some((one) => one.sku === sku && one.refusal === null)
  const back = (sku: string): number =>
    sum(answered.filter((line) => line.sku === sku && isBack(sku)).map(({ units }) => units))
  const units = order.units.map((line) => ({ ...line, restocked: line.restocked + back(line.sku) }))
  const restocked = [...refund.restocked, ...answered.map(({ sku }) => sku)]
  return withRefund({ ...progressed(order), units }, refund.id, (known) => ({ ...known, restocked }))
}

// Refunds

function hearOfRefund(order: Order, refundId: string, outcome: RefundOutcome, now: number): Order {
  const refund = order.refunds.find(({ id }) => id === refundId)
  if (!refund || refund.status === 'failed') return order
  if (outcome.status === 'pending') {
    if (refund.status === 'succeeded') return order
    if (refund.providerId !== null) return again(order, now, 'refund_poll', null)
  }
  if (outcome.status === refund.status && refund.status === 'succeeded') return order
  const { status, providerId } = outcome
  const next = withRefund(progressed(order), refundId, (known) => ({
    ...known,
    status,
    providerId: providerId ?? known.providerId,
  }))
  const refunded = sum(next.refunds.filter((known) => known.status === 'succeeded').map(({ amount }) => amount))
  return { ...next, payment: { ...next.payment, refunded } }
}

const withRefund = (order: Order, refundId: string, change: (refund: Refund) => Refund): Order => ({
  ...order,
  refunds: order.refunds.map((refund) => (refund.id === refundId ? change(refund) : refund)),
})

// Trying again

const progressed = (order: Order): Order => ({ ...order, tries: 0, retryAt: 0 })

function again(order: Order, now: number, pace: Parameters<typeof retryAfterMs>[2], afterMs: number | null): Order {
  if (isSettled(order)) return order
  const tries = order.tries + 1
  return { ...order, tries, retryAt: now + Math.max(afterMs ?? 0, retryAfterMs(order, tries, pace)) }
}

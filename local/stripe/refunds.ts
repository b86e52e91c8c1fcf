/**
 * Refunds as pure moves (docs.stripe.com/refunds). The refunds of a charge that have not failed never add up to more
 * than was captured; a refund that fails later gives its amount back to what can still be refunded.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import { invalid, unexpectedState, type ApiRefusal } from './answers.ts'
import { CARDS } from './cards.ts'
import type { News } from './payment-intents.ts'
import type { Charge, Refund } from './records.ts'

export interface RefundMove {
  refund: Refund
  charge: Charge
  news: News[]
}

export interface RefundAsk {
  id: string
  amount: number | null
  reason: string | null
  metadata: Record<string, string>
}

/** Gives captured money back, all that is left when no amount is named. Refuses more than was captured. */
export function refundCharge(
  charge: Charge | null,
  ask: RefundAsk,
  now: number,
  laterMs: number,
): Decision<RefundMove, ApiRefusal> {
  if (charge === null || charge.status !== 'succeeded' || !charge.captured) {
    return refuse(unexpectedState('This PaymentIntent does not have a successful charge to refund.'))
  }
  const left = charge.amountCaptured - charge.amountRefunded
  if (left === 0) return refuse(invalid(`Charge ${charge.id} has already been refunded.`, 'charge_already_refunded'))
  const amount = ask.amount ?? left
  if (amount > left) {
    const message = `Refund amount (${amount}) is greater than unrefunded amount on charge (${left}).`
    return refuse(invalid(message, undefined, 'amount'))
  }
  const behaviour = CARDS[charge.paymentMethod.card].refund
  const refund: Refund = {
    ...ask,
    amount,
    chargeId: charge.id,
    intentId: charge.intentId,
    createdAt: now,
    currency: charge.currency,
    status: behaviour === 'succeeds_later' ? 'pending' : 'succeeded',
    failureReason: null,
    dueAt: behaviour === 'succeeds' ? null : now + laterMs,
  }
  const refunded: Charge = { ...charge, amountRefunded: charge.amountRefunded + amount }
  return accept({
    refund,
    charge: refunded,
    news: [
      { type: 'refund.created', refund },
      { type: 'charge.refunded', charge: refunded },
    ],
  })
}

/** A refund that was to fail, or to succeed, later does so now. Leaves a settled refund as it is (null). */
export function settleRefund(refund: Refund, charge: Charge): RefundMove | null {
  if (refund.dueAt === null) return null
  if (CARDS[charge.paymentMethod.card].refund === 'succeeds_later') {
    const done: Refund = { ...refund, status: 'succeeded', dueAt: null }
    return { refund: done, charge, news: [{ type: 'refund.updated', refund: done }] }
  }
  const failed: Refund = { ...refund, status: 'failed', failureReason: 'expired_or_canceled_card', dueAt: null }
  return {
    refund: failed,
    charge: { ...charge, amountRefunded: charge.amountRefunded - refund.amount },
    news: [
      { type: 'refund.failed', refund: failed },
      { type: 'refund.updated', refund: failed },
      { type: 'charge.refund.updated', refund: failed },
    ],
  }
}

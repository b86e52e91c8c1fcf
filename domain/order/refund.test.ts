import { describe, expect, it } from 'vitest'
import { accept } from '../basics/decision.ts'
import type { News } from '../message/settle.ts'
import { begin, concluded, tell } from './news.ts'
import { differencesOf } from './proof.ts'
import { decideRefund, withNextKey, withoutPaused } from './refund.ts'
import { nextStep } from './settlement.ts'
import { viewOf, type Order } from './order.ts'
import { orderIn, START } from './testing.ts'

const all = { amount: null, reason: null, restock: [] }

describe('a refund that failed', () => {
  const cancelled = concluded(orderIn('free', 'captured', { givenUp: 'operator' }), START)
  const [refund] = cancelled.refunds
  const failed = tell(
    cancelled,
    {
      kind: 'refund',
      refundId: refund!.id,
      outcome: { status: 'failed', providerId: 're_1', code: 'expired_or_canceled_card', message: 'No.' },
      eventId: null,
    },
    START,
  )

  it('[REF6] can be asked for again, although its order was given up', () => {
    const again = decideRefund(failed, 'ref_2', all, START)
    expect(again).toEqual(accept(expect.objectContaining({ id: 'ref_2', amount: failed.payment.captured })))
    const asked = again.ok ? { ...failed, refunds: [...withoutPaused(failed).refunds, again.value] } : failed
    expect(nextStep(asked, START + 3600_000)).toMatchObject({ kind: 'refund', refundId: 'ref_2' })
  })

  it('[REF6] is not asked for twice while the first is on its way', () => {
    expect(decideRefund(cancelled, 'ref_2', all, START)).toMatchObject({ refusal: { code: 'order_not_refundable' } })
  })
})

describe('a refund that the provider refuses for good', () => {
  const cancelled = concluded(orderIn('free', 'captured', { givenUp: 'operator' }), START)
  const outcomeOf = (refundId: string, status: 'failed' | 'succeeded'): News => ({
    kind: 'refund',
    refundId,
    outcome:
      status === 'succeeded'
        ? { status, providerId: 're_9' }
        : { status, providerId: null, code: 'insufficient_funds', message: 'No.' },
    eventId: null,
  })
  /** Asks when it may, and is refused, so often; answers when each was asked for, and under which key. */
  function refuseAll(order: Order, most = 9) {
    const asked: { afterMs: number; key: string }[] = []
    let now = START
    let last = START
    for (let i = 0; i < most; i++) {
      let step = nextStep(order, now)
      if (step.kind === 'wait') step = nextStep(order, (now = step.until))
      if (step.kind !== 'refund') break
      asked.push({ afterMs: now - last, key: step.key })
      last = now
      order = tell(begin(order, step, now), outcomeOf(step.refundId, 'failed'), now)
    }
    return { order, asked, now }
  }
  const MINUTE = 60_000
  const HOUR = 60 * MINUTE

  it('[REF7] is asked for again four times by itself, after growing pauses, each time under a key of its own', () => {
    const { asked } = refuseAll(cancelled)
    expect(asked.map(({ afterMs }) => afterMs)).toEqual([0, 10 * MINUTE, HOUR, 6 * HOUR, 24 * HOUR])
    expect(new Set(asked.map(({ key }) => key)).size).toBe(5)
  })

  it('[REF7] stays in the proof when the last repeat has been refused, and is the operator’s then', () => {
    const { order, now } = refuseAll(cancelled)
    expect(nextStep(order, now).kind).toBe('done')
    expect(differencesOf(order, now)).toContain('it was given up and not all money went back')
    expect(decideRefund(order, 'ref_2', all, now).ok).toBe(true)
  })

  it('[REF7] has gone back once the provider takes a repeat', () => {
    const { order, now } = refuseAll(cancelled, 2)
    const later = now + HOUR
    const step = nextStep(order, later)
    const refundId = step.kind === 'refund' ? step.refundId : ''
    const paid = tell(begin(order, step, later), outcomeOf(refundId, 'succeeded'), later)
    expect(paid.payment.refunded).toBe(paid.payment.captured)
    expect([nextStep(paid, later).kind, differencesOf(paid, later)]).toEqual(['done', []])
  })

  it('[REF7] does not keep the units waiting, and shows nobody a repeat that still waits', () => {
    const sold = concluded(orderIn('sold', 'captured', { givenUp: 'operator' }), START)
    const { order } = refuseAll(sold, 1)
    expect(nextStep(order, START)).toMatchObject({ kind: 'units', move: 'release' })
    expect(viewOf(order).refunds.map(({ status }) => status)).toEqual(['failed'])
  })

  it('[REF7] is once, however often the same refusal is told', () => {
    const { order, now } = refuseAll(cancelled, 1)
    const told = tell(order, outcomeOf(order.refunds[0]!.id, 'failed'), now)
    expect(told.refunds).toEqual(order.refunds)
    expect(concluded(told, now + 1).refunds).toEqual(order.refunds)
  })
})

describe('a refund whose key keeps a failure', () => {
  const cancelled = concluded(orderIn('free', 'captured', { givenUp: 'operator' }), START)
  const asking = (order: typeof cancelled) => {
    const step = nextStep(order, START + 3600_000)
    if (step.kind !== 'refund') throw new Error(step.kind)
    return step
  }

  it('[REF2] gets the next key once, and is searched for before it is asked for under it', () => {
    const first = asking(cancelled)
    expect(withNextKey(cancelled, first)).toBe(cancelled) // not asked for yet: nothing can be kept
    const asked = begin(cancelled, first, START)
    const next = withNextKey(asked, first)
    expect(asking(next)).toMatchObject({ key: `${first.key}/2`, searchFirst: true })
    expect(withNextKey(next, first)).toBe(next)
    expect(asking(withNextKey(next, asking(next)))).toMatchObject({ key: `${first.key}/3`, searchFirst: true })
  })
})

describe('units that come back with a refund', () => {
  it('[REF3] are asked for again where one owner did not answer', () => {
    const paid = orderIn('sold', 'captured')
    const [a, b] = paid.units.map(({ sku }) => sku)
    const decided = decideRefund(paid, 'ref_1', { ...all, restock: [a!, b!].map((sku) => ({ sku, units: 1 })) }, START)
    const asked = decided.ok
      ? { ...paid, refunds: [{ ...decided.value, status: 'succeeded' as const, providerId: 're_1' }] }
      : paid
    const step = nextStep(asked, START)
    expect(step).toMatchObject({ kind: 'units', move: 'restock', asks: [{ sku: a }, { sku: b }] })
    const half = tell(asked, restocked([a!]), START)
    expect(nextStep(half, START)).toMatchObject({ kind: 'units', move: 'restock', asks: [{ sku: b }] })
    const whole = tell(tell(half, restocked([a!]), START), restocked([b!]), START)
    expect(whole.units.map((line) => line.restocked)).toEqual(paid.units.map(() => 1))
    expect(nextStep(whole, START).kind).toBe('done')
  })

  const restocked = (skus: string[]): News => ({
    kind: 'units',
    move: 'restock',
    refundId: 'ref_1',
    lines: skus.map((sku) => ({ sku, holdId: 'hld', refusal: null })),
  })
})

import { describe, expect, it } from 'vitest'
import { accept } from '../basics/decision.ts'
import type { News } from '../message/settle.ts'
import { begin, concluded, tell } from './news.ts'
import { decideRefund, withNextKey } from './refund.ts'
import { nextStep } from './settlement.ts'
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
    const asked = again.ok ? { ...failed, refunds: [...failed.refunds, again.value] } : failed
    expect(nextStep(asked, START + 3600_000)).toMatchObject({ kind: 'refund', refundId: 'ref_2' })
  })

  it('[REF6] is not asked for twice while the first is on its way', () => {
    expect(decideRefund(cancelled, 'ref_2', all, START)).toMatchObject({ refusal: { code: 'order_not_refundable' } })
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

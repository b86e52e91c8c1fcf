import { expect, it } from 'vitest'
import type { CardName } from './cards.ts'
import type { Charge } from './records.ts'
import { refundCharge, settleRefund } from './refunds.ts'

const NOW = Date.UTC(2026, 10, 20, 10)
const charged = (captured: number, card: CardName = 'pm_card_visa'): Charge => ({
  id: 'ch_1',
  intentId: 'pi_1',
  createdAt: NOW,
  amount: 1000,
  currency: 'eur',
  status: 'succeeded',
  captured: captured > 0,
  amountCaptured: captured,
  amountRefunded: 0,
  released: false,
  captureBefore: null,
  failure: null,
  paymentMethod: { id: 'pm_1', card },
  metadata: {},
})
const ask = (amount: number | null, id = 're_1') => ({ id, amount, reason: null, metadata: {} })

it('[PSP7] never refunds more than was captured, in whatever parts', () => {
  for (let first = 1; first <= 8; first++) {
    for (let second = 1; second <= 8; second++) {
      const one = refundCharge(charged(7), ask(first), NOW, 0)
      expect(one.ok).toBe(first <= 7)
      if (!one.ok) continue
      const two = refundCharge(one.value.charge, ask(second, 're_2'), NOW, 0)
      expect({ first, second, ok: two.ok }).toEqual({ first, second, ok: first + second <= 7 })
    }
  }
})

it('[PSP7] refunds all that is left when no amount is named, and then nothing more', () => {
  const some = refundCharge(charged(700), ask(200), NOW, 0)
  const rest = some.ok ? refundCharge(some.value.charge, ask(null), NOW, 0) : some
  expect(rest).toMatchObject({ ok: true, value: { refund: { amount: 500, status: 'succeeded' } } })
  const more = rest.ok ? refundCharge(rest.value.charge, ask(null), NOW, 0) : rest
  expect(more).toMatchObject({ ok: false, refusal: { code: 'charge_already_refunded' } })
})

it('[PSP7] refuses a charge that was never captured', () => {
  expect(refundCharge(charged(0), ask(1), NOW, 0).ok).toBe(false)
  expect(refundCharge(null, ask(1), NOW, 0).ok).toBe(false)
})

it('[PSP7] gives the amount back when a refund fails later', () => {
  const made = refundCharge(charged(700, 'pm_card_refundFail'), ask(700), NOW, 3000)
  expect(made).toMatchObject({ ok: true, value: { refund: { status: 'succeeded', dueAt: NOW + 3000 } } })
  const failed = made.ok ? settleRefund(made.value.refund, made.value.charge) : null
  expect(failed).toMatchObject({ refund: { status: 'failed', dueAt: null }, charge: { amountRefunded: 0 } })
  expect(failed?.news.map((item) => item.type)).toContain('refund.failed')
  expect(failed === null ? null : settleRefund(failed.refund, failed.charge)).toBeNull()
})

it('[PSP7] lets a pending refund succeed later', () => {
  const made = refundCharge(charged(700, 'pm_card_pendingRefund'), ask(700), NOW, 3000)
  expect(made).toMatchObject({ ok: true, value: { refund: { status: 'pending' } } })
  const done = made.ok ? settleRefund(made.value.refund, made.value.charge) : null
  expect(done).toMatchObject({ refund: { status: 'succeeded' }, charge: { amountRefunded: 700 } })
})

import { describe, expect, it } from 'vitest'
import { concluded } from './news.ts'
import type { Order } from './order.ts'
import { differencesOf } from './proof.ts'
import { orderIn, START } from './testing.ts'

const paid = concluded(orderIn('sold', 'captured'), START)
const failed = concluded(orderIn('free', 'canceled', { givenUp: 'payment' }), START)
const pay = (order: Order, over: Partial<Order['payment']>): Order => ({
  ...order,
  payment: { ...order.payment, ...over },
})

describe('the proof of an order', () => {
  it.each([
    ['paid', paid],
    ['failed', failed],
    ['waiting for the buyer', orderIn('claimed', 'requires_action')],
    ['authorised and about to be sold', orderIn('claimed', 'authorised')],
    ['sold and about to be captured', orderIn('sold', 'authorised')],
  ])('[PRF2] finds nothing wrong with an order that is %s', (_, order) => {
    expect(differencesOf(order, START)).toEqual([])
  })

  it.each([
    ['its lines do not add up to its total', { ...paid, total: { amount: 13501, currency: 'EUR' } }],
    ['what was captured is not its total', pay(paid, { captured: 13499 })],
    ['more was captured than authorised', pay(paid, { authorised: 13499 })],
    ['its refunds do not add up to what was refunded', pay(paid, { refunded: 1 })],
    ['more was refunded than captured', pay(failed, { refunded: 1 })],
    ['it is paid and its units are not sold', { ...paid, units: orderIn('claimed', 'captured').units }],
    ['nothing was charged and its units are not free', { ...failed, units: paid.units }],
    ['the provider has another payment in its name', pay(paid, { strangers: ['pi_other'] })],
    [
      'it was given up and not all money went back',
      { ...paid, givenUp: { cause: 'operator', code: 'cancelled', message: '' } },
    ],
  ] satisfies [string, Order][])('[PRF2] says of an order: %s', (what, order) => {
    expect(differencesOf(order, START)).toContain(what)
  })

  it('[PRF2] calls an order stuck when it has not settled for a day', () => {
    const open = orderIn('claimed', 'processing')
    expect(differencesOf(open, START + 24 * 3600_000)).toEqual([])
    expect(differencesOf(open, START + 24 * 3600_000 + 1)).toEqual(['it has not settled for a day'])
  })
})

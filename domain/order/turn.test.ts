/** An order whose turn at the provider has not come. */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import type { News, Step } from '../message/settle.ts'
import { OrderBookKeeper } from './keeper.ts'
import { MemoryOrderBookStore } from './memory-store.ts'
import { begin, tell } from './news.ts'
import { PAYMENT_DEADLINE_MS, statusOf, type Order } from './order.ts'
import { nextStep } from './settlement.ts'
import { orderIn, START } from './testing.ts'

const HOUR = 3_600_000
const waiting = orderIn('claimed', 'unasked')

type Authorise = Extract<Step, { kind: 'authorise' }>
function asks(order: Order, now: number): Authorise {
  const step = nextStep(order, now)
  if (step.kind !== 'authorise') throw new Error(step.kind)
  return step
}
const turnedAway = (step: Authorise, afterMs = 1_000): News => ({
  kind: 'payment',
  news: { kind: 'again_later', afterMs, unmade: step.asking },
  asOf: null,
  eventId: null,
})
const wantsConfirmation: News = {
  kind: 'payment',
  news: { kind: 'requires_action', source: 'answer', providerId: 'pi_1', url: 'https://bank.example' },
  asOf: null,
  eventId: null,
}

describe('an order that waits for its turn', () => {
  it('[PCE6] is still asked for hours after its deadline: nobody had asked before', () => {
    expect(asks(waiting, START + 5 * HOUR)).toMatchObject({ how: 'ask', askedBetween: null })
    expect(statusOf(waiting)).toBe('accepted')
  })

  it('[PCE6] gives its buyer half an hour from our first question, to the millisecond', () => {
    const now = START + 5 * HOUR
    const begun = begin(waiting, asks(waiting, now), now)
    const order = { ...tell(begun, wantsConfirmation, now + 2_000), retryAt: 0 }
    const deadline = now + PAYMENT_DEADLINE_MS
    expect(nextStep(order, deadline - 1).kind).toBe('read')
    expect(nextStep(order, deadline).kind).toBe('cancel_payment')
  })

  it('[PCE6] does not give them more when we ask a second time', () => {
    const begun = begin(waiting, asks(waiting, START), START)
    const again = begin(begun, asks(begun, START + HOUR / 3), START + HOUR / 3)
    expect(again.deadlineAt).toBe(START + PAYMENT_DEADLINE_MS)
  })

  it('[PCE6] is as before when the provider turned its first question away', () => {
    const step = asks(waiting, START)
    const told = tell(begin(waiting, step, START), turnedAway(step), START + 100)
    expect(told.payment).toMatchObject({ state: 'unasked', asked: null })
    expect(statusOf(told)).toBe('accepted')
    const late = START + 2 * HOUR
    expect(asks(told, late)).toMatchObject({ how: 'ask', key: step.key, askedBetween: null })
    expect(begin(told, asks(told, late), late).deadlineAt).toBe(late + PAYMENT_DEADLINE_MS)
  })

  it('[PCE6] is not as before when somebody else has been sent to ask since', () => {
    const first = asks(waiting, START)
    const begun = begin(waiting, first, START)
    const second = asks(begun, START + 20_000)
    const both = begin(begun, second, START + 20_000)
    const told = tell(both, turnedAway(first), START + 21_000)
    expect(told.payment).toMatchObject({ state: 'in_doubt', asked: { first: START, last: START + 20_000 } })
  })

  it('[PCE6] is not as before when it had been asked for before', () => {
    const begun = begin(waiting, asks(waiting, START), START)
    const doubt: News = {
      kind: 'payment',
      news: { kind: 'in_doubt', message: 'timed out' },
      asOf: null,
      eventId: null,
    }
    const doubtful = tell(begun, doubt, START + 10_000)
    const next = asks(doubtful, START + 60_000)
    const told = tell(begin(doubtful, next, START + 60_000), turnedAway(asks(waiting, START)), START + 61_000)
    expect(told.payment.state).toBe('in_doubt')
  })
})

describe('an order that is put off', () => {
  const clock = { at: START, now: () => clock.at }
  function aBook(order: Order) {
    clock.at = START
    const store = new MemoryOrderBookStore()
    store.saveOrder(order)
    return new OrderBookKeeper(store, clock, seededRandom(1))
  }
  const due = (book: OrderBookKeeper): string[] => book.takeDue().map(({ id }) => id)

  it('[PCE7] is sent for by its book at its time, and not before', () => {
    const book = aBook(waiting)
    book.postpone([{ orderId: waiting.id, inMs: 12_000 }])
    expect(book.nextOutboxDue()).toBe(START + 12_000)
    clock.at = START + 11_999
    expect(due(book)).toEqual([])
    clock.at = START + 12_000
    expect(due(book)).toEqual([`settle:${waiting.id}`])
    // Should that message get lost, another one goes out.
    clock.at = START + 32_000
    expect(due(book)).toEqual([`settle:${waiting.id}`])
  })

  it('[PCE7] is looked at again within a quarter of an hour, however long its line is', () => {
    const book = aBook(waiting)
    book.postpone([{ orderId: waiting.id, inMs: 24 * HOUR }])
    expect(book.nextOutboxDue()).toBe(START + 15 * 60_000)
  })

  it('[PCE7] is left at that when it has settled meanwhile, or never was', () => {
    const settled = { ...waiting, settledAt: START }
    const book = aBook(settled)
    book.postpone([
      { orderId: settled.id, inMs: 1_000 },
      { orderId: 'ord_nobody', inMs: 1_000 },
    ])
    expect(book.nextOutboxDue()).toBe(null)
  })

  it('[PCE6] is shown its step without being begun, so nothing is in doubt while it waits', () => {
    const book = aBook(waiting)
    expect(book.tell(waiting.id, [], 'shown')).toMatchObject({ kind: 'authorise', askedBetween: null })
    expect(book.upcomingStep(waiting.id)).toMatchObject({ kind: 'authorise', askedBetween: null })
    expect(book.findOrder(waiting.id)).toMatchObject({ status: 'accepted', version: waiting.version })
    expect(book.nextStep(waiting.id).kind).toBe('authorise')
    expect(book.findOrder(waiting.id)!.status).toBe('processing')
  })
})

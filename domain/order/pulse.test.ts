import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import { accept, refuse } from '../basics/decision.ts'
import type { HoldCommand } from '../message/order-book.ts'
import { salesOf, secondsUpTo } from './board.ts'
import { OrderBookKeeper } from './keeper.ts'
import { MemoryOrderBookStore } from './memory-store.ts'
import { PULSE_SECONDS, Pulse } from './pulse.ts'
import { START, VISITOR, granted, orderCommand } from './testing.ts'

const SECOND = START / 1000

describe('the pulse of a book', () => {
  it('[CON1] counts what happened to each SKU, and when', () => {
    const pulse = new Pulse(START)
    pulse.held('A', START)
    pulse.held('A', START + 1200)
    pulse.held('B', START)
    pulse.refused('A', 'not_enough_stock')
    pulse.ordered('A', START + 1500)
    pulse.became('A', 'accepted', 'processing', START + 1600)
    pulse.became('A', 'processing', 'paid', START + 1700)
    pulse.became('A', 'paid', 'refunded', START + 1800)
    expect(pulse.of(['A'], 0)).toEqual({
      since: START,
      ...{ holds: 2, orders: 1, paid: 1, failed: 0, faults: 0 },
      refusals: { not_enough_stock: 1 },
      seconds: [
        { second: SECOND, holds: 1, orders: 0, paid: 0 },
        { second: SECOND + 1, holds: 1, orders: 1, paid: 1 },
      ],
    })
    expect(pulse.of(['A', 'B', 'C'], SECOND)).toMatchObject({ holds: 3, seconds: [{ second: SECOND + 1 }] })
  })

  it('[CON1] counts an order that ends without payment as failed, and one that was paid and cancelled as paid', () => {
    const pulse = new Pulse(START)
    pulse.became('A', 'accepted', 'payment_failed', START)
    pulse.became('A', 'paid', 'cancelled', START)
    expect(pulse.of(['A'], 0)).toMatchObject({ failed: 1, paid: 0 })
  })

  it('[CON1] forgets seconds of more than five minutes ago, and no sum', () => {
    const pulse = new Pulse(START)
    for (let i = 0; i < 2 * PULSE_SECONDS; i++) pulse.held('A', START + i * 1000)
    const { holds, seconds } = pulse.of(['A'], 0)
    expect(holds).toBe(2 * PULSE_SECONDS)
    expect(seconds).toHaveLength(PULSE_SECONDS)
    expect(seconds[0]!.second).toBe(SECOND + PULSE_SECONDS)
  })
})

describe('a keeper that counts', () => {
  const command = (key: string): HoldCommand => ({
    request: { key, fingerprint: key, requestId: 'req_1' },
    storeId: 'store_demo',
    visitorId: VISITOR,
    lines: [{ sku: 'A', units: 1 }],
    drop: null,
  })

  /** A store that counts how often it is written to. */
  class CountingStore extends MemoryOrderBookStore {
    writes = 0
    override saveHold(...args: Parameters<MemoryOrderBookStore['saveHold']>): void {
      this.writes++
      super.saveHold(...args)
    }
    override saveAnswer(...args: Parameters<MemoryOrderBookStore['saveAnswer']>): void {
      this.writes++
      super.saveAnswer(...args)
    }
    override saveOutbox(...args: Parameters<MemoryOrderBookStore['saveOutbox']>): void {
      this.writes++
      super.saveOutbox(...args)
    }
  }

  function book() {
    const store = new CountingStore()
    const keeper = new OrderBookKeeper(store, { now: () => START }, seededRandom(1))
    const hold = (key: string, isFree = true) => {
      const [begun] = keeper.beginHolds([command(key)])
      if (begun?.kind !== 'asking') return begun
      const answer = isFree
        ? accept(granted('A', 1, START + 60_000))
        : refuse({ code: 'not_enough_stock', requested: 1, free: 0 } as const)
      return keeper.finishHolds([{ intent: begun.intent, request: begun.request, answers: [answer] }])[0]
    }
    return { store, keeper, hold }
  }

  it('[CON1] counts a hold and a refusal once, however often they are asked for', () => {
    const { keeper, hold } = book()
    hold('one')
    hold('one')
    hold('two', false)
    hold('two', false)
    expect(keeper.pulse().of(['A'], 0)).toMatchObject({ holds: 1, refusals: { not_enough_stock: 1 } })
  })

  it('[CON1] counts an order', () => {
    const { keeper, hold } = book()
    const held = hold('one')
    if (!held || !('decision' in held) || !held.decision.ok) throw new Error('it was to be held')
    keeper.order(orderCommand(held.decision.value.id))
    expect(keeper.pulse().of(['A'], 0)).toMatchObject({ orders: 1, paid: 0, failed: 0 })
  })

  it('[CON2] writes for a hold what it would write anyway: the intent, its answer, the hold, the answer', () => {
    const { store, hold } = book()
    hold('one')
    expect(store.writes).toBe(4)
  })
})

describe('the sum of all books', () => {
  const pulse = (since: number, sku = 'A'): Pulse => {
    const made = new Pulse(since)
    made.held(sku, START)
    made.refused(sku, 'pass_required')
    return made
  }

  it('[CON3] adds up, and begins with the book that woke last', () => {
    const books = [pulse(START - 5000), pulse(START - 1000)].map((one) => one.of(['A'], 0))
    expect(salesOf(books)).toMatchObject({ since: START - 1000, holds: 2, refusals: { pass_required: 2 } })
    expect(salesOf([])).toBeNull()
  })

  it('[CON3] tells every second of the last minutes, up to the last whole one', () => {
    const seconds = secondsUpTo(START + 3999, [pulse(START).of(['A'], 0)], [])
    expect(seconds).toHaveLength(PULSE_SECONDS)
    expect(seconds.map(({ second }) => second - SECOND).slice(-4)).toEqual([-1, 0, 1, 2])
    expect(seconds.map(({ holds }) => holds).slice(-4)).toEqual([0, 1, 0, 0])
  })

  it('[CON7] spreads admissions between two looks, and knows none before the first', () => {
    const seconds = secondsUpTo(
      START + 4000,
      [],
      [
        { at: START, admitted: 10 },
        { at: START + 3000, admitted: 16 },
      ],
    )
    expect(seconds.map(({ admitted }) => admitted).slice(-5)).toEqual([null, 2, 2, 2, null])
  })
})

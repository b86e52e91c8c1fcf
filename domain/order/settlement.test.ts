/**
 * The tables of SPEC.md, every cell of them, and then every combination there is against the promises that must hold
 * in all of them. The tables are read from SPEC.md itself, so text and code cannot drift apart.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { News } from '../message/settle.ts'
import {
  PAYMENT_NEWS_KINDS,
  PAYMENT_STATES,
  RECEPTION,
  type NewsSource,
  type PaymentNews,
  type PaymentNewsKind,
  type PaymentState,
} from '../payment/payment.ts'
import { begin, concluded, tell } from './news.ts'
import { unitsOf, type GivenUp, type Order, type UnitsState } from './order.ts'
import { nextStep, PLAN, planFor } from './settlement.ts'
import { anOrder, orderIn, START } from './testing.ts'

const UNITS: UnitsState[] = ['held', 'claimed', 'lost', 'sold', 'free']
const SPEC = readFileSync(new URL('../../SPEC.md', import.meta.url), 'utf8')

/** The rows of the table under `<!-- name -->`, as [row, column, cell]. */
function tableOf(name: string): [string, string, string][] {
  const text = SPEC.split(`<!-- ${name} -->`)[1]?.split(/\n\n(?!\|)/)[0] ?? ''
  const rows = text.split('\n').filter((row) => row.startsWith('|'))
  const cells = (row: string): string[] =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('`', ''))
  const [header, , ...body] = rows
  const columns = cells(header ?? '').slice(1)
  return body.flatMap((row) => {
    const [first, ...rest] = cells(row)
    return rest.map((cell, i): [string, string, string] => [first!, columns[i]!, cell])
  })
}

function moneyNews(kind: PaymentNewsKind, source: NewsSource = 'answer', providerId = 'pi_1'): PaymentNews {
  const from = { source, providerId }
  switch (kind) {
    case 'requires_action':
      return { ...from, kind, url: 'https://bank.example' }
    case 'declined':
      return { ...from, kind, code: 'card_declined', message: 'Declined.' }
    case 'authorised':
    case 'captured':
      return { ...from, kind, amount: 13500 }
    case 'never_made':
      return { kind, source: 'answer', code: 'resource_missing', message: 'No such way to pay.' }
    case 'in_doubt':
    case 'misconfigured':
      return { kind, message: 'x' }
    case 'again_later':
      return { kind, afterMs: null }
    default:
      return { ...from, kind }
  }
}

const paymentNews = (news: PaymentNews, asOf: number | null = null): News => ({
  kind: 'payment',
  news,
  asOf,
  eventId: null,
})

/** The situation in which an order with such units usually waits for news of its payment. */
const USUAL: Record<UnitsState, PaymentState> = {
  held: 'unasked',
  claimed: 'in_doubt',
  lost: 'in_doubt',
  sold: 'authorised',
  free: 'canceled',
}

describe('state of the hold x news of the payment', () => {
  const sell = tableOf('PAY1 to be sold')
  const givenUp = tableOf('PAY1 given up')

  it('[PAY1] has a rule for every cell', () => {
    expect(sell).toHaveLength(UNITS.length * PAYMENT_NEWS_KINDS.length)
    expect(givenUp).toHaveLength(UNITS.length * PAYMENT_NEWS_KINDS.length)
  })

  it.each(sell)('[PAY1] to be sold: %s x %s -> %s', (units, kind, plan) => {
    const state = units as UnitsState
    // Units are only free again because the payment had failed.
    const order = orderIn(state, USUAL[state], { givenUp: state === 'free' ? 'payment' : null })
    const after = tell(order, paymentNews(moneyNews(kind as PaymentNewsKind)), START)
    expect(planFor(after)).toBe(plan)
  })

  it.each(givenUp)('[PAY1] given up: %s x %s -> %s', (units, kind, plan) => {
    const state = units as UnitsState
    for (const cause of ['operator', 'units'] as const) {
      const order = orderIn(state, USUAL[state], { givenUp: cause })
      expect(planFor(tell(order, paymentNews(moneyNews(kind as PaymentNewsKind)), START))).toBe(plan)
    }
  })
})

describe('what is next', () => {
  it.each(tableOf('PAY2 to be sold'))('[PAY2] to be sold: units %s, money %s -> %s', (units, payment, plan) => {
    expect(PLAN.sell[units as UnitsState][payment as PaymentState]).toBe(plan)
  })

  it.each(tableOf('PAY2 given up'))('[PAY2] given up: units %s, money %s -> %s', (units, payment, plan) => {
    expect(PLAN.giveUp[units as UnitsState][payment as PaymentState]).toBe(plan)
  })

  it('[PAY2] has a rule for every cell', () => {
    expect(tableOf('PAY2 to be sold')).toHaveLength(UNITS.length * PAYMENT_STATES.length)
    expect(tableOf('PAY2 given up')).toHaveLength(UNITS.length * PAYMENT_STATES.length)
  })
})

describe('what is believed', () => {
  const table = tableOf('PAY5')

  it('[PAY5] has a rule for every cell', () => expect(table).toHaveLength(PAYMENT_STATES.length * 6))

  it.each(table)('[PAY5] known %s, heard %s -> %s', (known, heard, reception) => {
    expect(RECEPTION[known as PaymentState][heard as keyof typeof RECEPTION.unasked]).toBe(reception)
  })
})

const CAUSES: (GivenUp['cause'] | null)[] = [null, 'payment', 'units', 'operator']
const SOURCES: NewsSource[] = ['answer', 'read', 'webhook']

/** Every order there can be, as far as deciding goes. */
function* everyOrder(): Generator<Order> {
  for (const units of UNITS) {
    for (const payment of PAYMENT_STATES) {
      for (const givenUp of CAUSES) {
        for (const mustLook of [false, true]) {
          if (mustLook && (payment === 'unasked' || payment === 'in_doubt')) continue
          yield concluded(orderIn(units, payment, { givenUp, mustLook }), START)
        }
      }
    }
  }
}

function* everyNews(): Generator<News> {
  for (const kind of PAYMENT_NEWS_KINDS) {
    for (const source of SOURCES) for (const asOf of [null, 0]) yield paymentNews(moneyNews(kind, source), asOf)
  }
}

describe('every order x every news', () => {
  it('[PAY3] never captures what is not sold, nor for an order given up', () => {
    for (const order of everyOrder()) {
      for (const news of everyNews()) {
        const after = tell(order, news, START)
        if (nextStep(after, START + 3600_000).kind !== 'capture') continue
        expect([unitsOf(after), after.payment.state, after.givenUp]).toEqual(['sold', 'authorised', null])
      }
    }
  })

  it('[PAY4] never gives units back before the provider said that there is no money', () => {
    for (const order of everyOrder()) {
      for (const news of everyNews()) {
        const after = tell(order, news, START)
        const step = nextStep(after, START + 3600_000)
        if (step.kind !== 'units' || step.move !== 'release') continue
        expect(after.payment.mustLook).toBe(false)
        // Unasked, cancelled, or captured and on its way back.
        expect(['unasked', 'canceled', 'captured']).toContain(after.payment.state)
        const goesBack = after.refunds.some(({ status }) => status === 'pending')
        expect(goesBack).toBe(after.payment.state === 'captured')
      }
    }
  })

  /** Without the counting of what was tried. */
  const knowledgeIn = (order: Order) => ({ ...order, tries: 0, retryAt: 0, payment: { ...order.payment, doubts: 0 } })

  it('[PAY13] asks with another key when a capture or a cancellation moved nothing', () => {
    for (const state of ['authorised', 'processing'] as const) {
      const cancelling = orderIn('claimed', state, { givenUp: 'operator' })
      const before = nextStep(cancelling, START)
      const after = nextStep(tell(cancelling, paymentNews(moneyNews(state, 'answer')), START), START + 3600_000)
      expect([before.kind, after.kind]).toEqual(['cancel_payment', 'cancel_payment'])
      expect('key' in after && after.key).not.toBe('key' in before && before.key)
    }
  })

  it('[PAY7] knows nothing new from the same news told twice', () => {
    for (const order of everyOrder()) {
      for (const news of everyNews()) {
        if (news.kind === 'payment' && !('source' in news.news)) continue // each of those is one more try
        const once = tell(order, news, START)
        const twice = tell(once, news, START)
        expect(knowledgeIn(twice)).toEqual(knowledgeIn(once))
      }
    }
  })

  it('[PAY8] never unlearns money that was captured', () => {
    for (const order of everyOrder()) {
      if (order.payment.state !== 'captured') continue
      for (const news of everyNews()) expect(tell(order, news, START).payment.captured).toBe(order.payment.captured)
    }
  })

  it('[PAY8] grows its version exactly when something visible changes', () => {
    for (const order of everyOrder()) {
      for (const news of everyNews()) {
        const after = tell(order, news, START)
        const grew = after.version - order.version
        expect(grew === 1 || (grew === 0 && after.payment.state === order.payment.state)).toBe(true)
      }
    }
  })

  it('[PAY9] always has something to do, something to wait for, or nothing left', () => {
    for (const order of everyOrder()) {
      for (const news of everyNews()) {
        const after = tell(order, news, START)
        const step = nextStep(after, START)
        expect(after.settledAt !== null).toBe(step.kind === 'done')
        expect(step.kind === 'wait' ? step.until : Infinity).toBeGreaterThan(START)
      }
    }
  })
})

describe('the way of an order', () => {
  const step = (order: Order, now = START) => nextStep(order, now)
  const begun = (order: Order, now = START): Order => begin(order, nextStep(order, now), now)
  const unitsNews = (order: Order, move: 'claim' | 'commit' | 'release' | 'reacquire'): News => {
    const asked = nextStep(order, order.retryAt)
    if (asked.kind !== 'units') throw new Error(`no units step: ${asked.kind}`)
    return {
      kind: 'units',
      move,
      refundId: null,
      lines: asked.asks.map(({ sku, holdId }) => ({ sku, holdId, refusal: null })),
    }
  }
  const money = (kind: PaymentNewsKind, source: NewsSource = 'answer'): News => paymentNews(moneyNews(kind, source))

  it('[PAY3] goes from claim to authorise, commit, capture, done', () => {
    let order = anOrder()
    const taken: string[] = []
    const note = (): void => {
      const next = step(order)
      taken.push(next.kind === 'units' ? next.move : next.kind)
    }
    note()
    order = tell(order, unitsNews(order, 'claim'), START)
    note()
    order = tell(begun(order), money('authorised'), START)
    note()
    order = tell(order, unitsNews(order, 'commit'), START)
    note()
    order = tell(order, money('captured'), START)
    note()
    expect(taken).toEqual(['claim', 'authorise', 'commit', 'capture', 'done'])
    expect(order.settledAt).toBe(START)
  })

  it('[PAY4] marks a payment as asked for before it is asked for', () => {
    const asked = begun(orderIn('claimed', 'unasked'))
    expect(asked.payment).toMatchObject({ state: 'in_doubt', asked: { first: START, last: START } })
    // And does not ask beside the question that is under way.
    expect(step(asked)).toMatchObject({ kind: 'wait', until: START + 15_000 })
  })

  it('[PAY10] asks for a payment under one key for ever, and rather than search while the key lives', () => {
    let order = orderIn('claimed', 'unasked')
    const asked: unknown[] = []
    for (let i = 0; i < 5; i++) {
      const now = Math.max(START, order.retryAt)
      const next = step(order, now)
      if (next.kind !== 'authorise') throw new Error(next.kind)
      asked.push([next.key.endsWith('/authorise/1'), next.how])
      order = tell(begin(order, next, now), money('in_doubt'), now)
    }
    expect(asked).toEqual([
      [true, 'ask'],
      [true, 'ask'],
      [true, 'ask'],
      [true, 'ask'],
      [true, 'ask'],
    ])
  })

  it('[PAY10] after the deadline only searches, a minute after the last question', () => {
    const order = {
      ...orderIn('claimed', 'in_doubt'),
      payment: { ...orderIn('claimed', 'in_doubt').payment, asked: { first: START, last: START + 1_799_000 } },
    }
    expect(step(order, order.deadlineAt - 1)).toMatchObject({ kind: 'authorise', how: 'ask' })
    expect(step(order, order.deadlineAt)).toMatchObject({ kind: 'wait', until: START + 1_859_000 })
    expect(step(order, START + 1_859_000)).toMatchObject({ kind: 'authorise', how: 'search_only' })
  })

  it('[PAY10] never asks under a key that the provider may have forgotten', () => {
    const known = orderIn('claimed', 'in_doubt')
    const payment = { ...known.payment, asked: { first: START, last: START } }
    const order = { ...known, payment, deadlineAt: Infinity }
    expect(step(order, START + 23 * 3600_000 - 1)).toMatchObject({ kind: 'authorise', how: 'ask' })
    expect(step(order, START + 23 * 3600_000)).toMatchObject({ kind: 'authorise', how: 'search_only' })
  })

  it('[PAY10] only searches, a minute later, once the key is known to keep a failure', () => {
    const asked = begun(orderIn('claimed', 'unasked'))
    const burnt: PaymentNews = { kind: 'in_doubt', message: '500', burnt: true }
    const order = tell(asked, paymentNews(burnt), START)
    expect(step(order, START + 59_999)).toMatchObject({ kind: 'wait', until: START + 60_000 })
    expect(step(order, START + 60_000)).toMatchObject({ kind: 'authorise', how: 'search_only' })
  })

  it('[PAY11] waits for the buyer until the deadline, to the millisecond, then cancels the payment first', () => {
    let order = tell(begun(orderIn('claimed', 'unasked')), money('requires_action'), START)
    expect(step(order)).toMatchObject({ kind: 'wait', for: 'buyer' })
    order = { ...order, retryAt: order.deadlineAt + 99_000 }
    expect(step(order, order.deadlineAt - 1)).toMatchObject({ kind: 'wait', until: order.deadlineAt })
    order = { ...order, retryAt: 0 }
    expect(step(order, order.deadlineAt - 1).kind).toBe('read')
    expect(step(order, order.deadlineAt).kind).toBe('cancel_payment')
    const late = tell(order, money('canceled'), order.deadlineAt)
    expect(late.givenUp?.code).toBe('payment_deadline_passed')
    expect(step(late, order.deadlineAt)).toMatchObject({ kind: 'units', move: 'release' })
  })

  it('[PAY6] takes an order up again when money comes after its units went back', () => {
    const failed = orderIn('free', 'canceled', { givenUp: 'payment' })
    const rumour = tell(failed, money('authorised', 'webhook'), START)
    expect(step(rumour).kind).toBe('read') // a webhook alone is not believed here
    const back = tell(rumour, paymentNews(moneyNews('authorised', 'read'), rumour.payment.heard), START)
    expect([back.givenUp, unitsOf(back)]).toEqual([null, 'lost'])
    const again = step(back)
    expect(again).toMatchObject({ kind: 'units', move: 'reacquire' })
    expect(again).toMatchObject({ asks: [{ holdId: `${back.id}/again/1` }, { holdId: `${back.id}/again/1` }] })
    const taken = tell(back, unitsNews(back, 'reacquire'), START)
    expect(step(taken)).toMatchObject({ kind: 'units', move: 'claim' })
  })

  it('[PAY6] takes units anew whose release was under way when the money came', () => {
    const failed = orderIn('claimed', 'canceled', { givenUp: 'payment' })
    const release = unitsNews(failed, 'release')
    if (release.kind === 'units') release.lines.pop() // one owner was quicker than the other
    const back = tell(failed, money('captured'), START)
    expect([back.givenUp, unitsOf(back)]).toEqual([null, 'claimed'])
    expect(step(tell(back, release, START))).toMatchObject({ move: 'reacquire', asks: [{ sku: 'SKU-A' }] })
  })

  it('[PAY6] refunds late money by itself, once, when the units have gone to somebody else', () => {
    const captured = tell(orderIn('free', 'canceled', { givenUp: 'payment' }), money('captured'), START)
    const refused: News = {
      kind: 'units',
      move: 'reacquire',
      refundId: null,
      lines: [
        {
          sku: 'SKU-A',
          holdId: `${captured.id}/again/1`,
          refusal: { code: 'not_enough_stock', requested: 2, free: 0 },
        },
      ],
    }
    const gone = tell(captured, refused, START)
    expect(gone.givenUp?.cause).toBe('units')
    expect(step(gone)).toMatchObject({ kind: 'refund', amount: { amount: 13500, currency: 'EUR' } })
    expect(tell(gone, refused, START).refunds).toHaveLength(1)
  })

  it('[PAY12] takes lost units anew under an id of its own before it takes money', () => {
    const claimed = orderIn('claimed', 'authorised')
    const first = claimed.units[0]!
    const ended: News = {
      kind: 'units',
      move: 'commit',
      refundId: null,
      lines: [
        {
          sku: first.sku,
          holdId: first.holdId,
          refusal: { code: 'hold_has_ended', holdId: first.holdId, end: 'expired' },
        },
        { sku: 'SKU-B', holdId: first.holdId, refusal: null },
      ],
    }
    const lost = tell(claimed, ended, START)
    expect(lost.units.map(({ state }) => state)).toEqual(['lost', 'sold'])
    const next = step(lost)
    expect(next).toMatchObject({
      kind: 'units',
      move: 'reacquire',
      asks: [{ sku: 'SKU-A', holdId: `${lost.id}/again/1` }],
    })
    // The next is another id if that hold, too, runs out before it is claimed.
    const burnt = tell(
      lost,
      {
        ...ended,
        move: 'reacquire',
        lines: [
          {
            sku: 'SKU-A',
            holdId: `${lost.id}/again/1`,
            refusal: { code: 'hold_has_ended', holdId: 'x', end: 'expired' },
          },
        ],
      },
      START,
    )
    expect(step(burnt)).toMatchObject({ asks: [{ holdId: `${lost.id}/again/2` }] })
  })

  it('[PAY12] cancels the payment and takes the sold lines back when lost units have gone', () => {
    const order = orderIn('claimed', 'authorised')
    const units = [
      { ...order.units[0]!, state: 'lost' as const },
      { ...order.units[1]!, state: 'sold' as const },
    ]
    const gone = tell(
      { ...order, units },
      {
        kind: 'units',
        move: 'reacquire',
        refundId: null,
        lines: [
          { sku: 'SKU-A', holdId: `${order.id}/again/1`, refusal: { code: 'not_enough_stock', requested: 2, free: 0 } },
        ],
      },
      START,
    )
    expect(step(gone).kind).toBe('cancel_payment')
    const canceled = tell(gone, money('canceled'), START)
    expect(step(canceled)).toMatchObject({
      kind: 'units',
      move: 'release',
      asks: [
        { sku: 'SKU-A', moves: [{ kind: 'release' }] },
        { sku: 'SKU-B', moves: [{ kind: 'take_back', units: 1, takeBackId: `${order.id}/given-up/0` }] },
      ],
    })
  })

  it('[PAY13] asks the provider after a capture in doubt, and captures again under a new key only then', () => {
    const sold = orderIn('sold', 'authorised')
    const doubtful = tell(sold, money('in_doubt'), START)
    const look = step(doubtful, doubtful.retryAt)
    expect(look.kind).toBe('read')
    const asOf = look.kind === 'read' ? look.asOf : null
    const known = tell(doubtful, paymentNews(moneyNews('authorised', 'read'), asOf), START)
    expect(step(known)).toMatchObject({ kind: 'capture', key: `${sold.id}/capture/2` })
    expect(planFor(tell(doubtful, paymentNews(moneyNews('captured', 'read'), asOf), START))).toBe('done')
  })

  it('[PAY5] asks again when a read is older than what was heard since', () => {
    const failed = orderIn('free', 'canceled', { givenUp: 'payment' })
    const rumour = tell(failed, money('authorised', 'webhook'), START)
    const old = tell(rumour, paymentNews(moneyNews('authorised', 'read'), rumour.payment.heard - 1), START)
    expect(planFor(old)).toBe('read')
    expect(old.payment.state).toBe('canceled')
  })

  it('[PAY14] tells the same webhook apart by its id, and another payment in its name by the provider’s', () => {
    const order = orderIn('claimed', 'requires_action')
    const event: News = { kind: 'payment', news: moneyNews('processing', 'webhook'), asOf: null, eventId: 'evt_1' }
    const once = tell(order, event, START)
    expect(once.payment.mustLook).toBe(true)
    expect(tell({ ...once, payment: order.payment }, event, START).payment.mustLook).toBe(false)
    const stranger = tell(order, paymentNews(moneyNews('captured', 'webhook', 'pi_other')), START)
    expect(stranger.payment).toMatchObject({ state: 'requires_action', strangers: ['pi_other'] })
  })

  it('[PAY15] waits longer after each fault, and at once again after progress', () => {
    let order = orderIn('claimed', 'authorised')
    const pauses: number[] = []
    for (let i = 0; i < 8; i++) {
      order = tell(order, { kind: 'fault', about: 'units', message: 'away', afterMs: null }, START)
      pauses.push(order.retryAt - START)
    }
    expect(pauses[0]).toBeLessThanOrEqual(1_000)
    expect(pauses[7]).toBeGreaterThanOrEqual(30_000)
    expect(pauses[7]).toBeLessThanOrEqual(60_000)
    const after = tell({ ...order, retryAt: 0 }, unitsNews(order, 'commit'), START)
    expect([after.tries, after.retryAt]).toEqual([0, 0])
  })
})

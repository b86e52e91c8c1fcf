/** The checker, checked: a clean history passes, and each forgery of it is refused for the right reason. */
import { describe, expect, it } from 'vitest'
import type { Exchange, History, Sample } from './history.ts'
import { judge, type Fault } from './verdict.ts'

const HOLDS = 'POST /api/v1/holds'
const ORDERS = 'POST /api/v1/orders'

const exchange = (change: Partial<Exchange>): Exchange => ({
  ...{ buyer: 1, route: HOLDS, key: null, pass: false, sentAt: 5_000, answeredAt: 5_020, status: 201, code: null },
  ...{ retryAfterS: null, id: null, wanted: [], lacking: null },
  ...change,
})

const sample = (at: number, change: Partial<Sample> = {}): Sample => ({
  ...{ sku: 'A', askedAt: at, answeredAt: at + 5, total: 2, free: 0, held: 0, sold: 2 },
  ...change,
})

const lacking = { sku: 'A', requested: 1 }
const refused = exchange({ buyer: 3, status: 409, code: 'not_enough_stock', lacking, sentAt: 9_000, answeredAt: 9_050 })

/** Two units, three people, all well: the third is told in time that there is nothing left. */
const clean = (): History => ({
  paper: {
    routes: { [HOLDS]: [201, 409, 503], [ORDERS]: [202, 409, 503] },
    problems: {
      ...{ not_enough_stock: 409, purchase_limit_reached: 409, pass_required: 409, temporarily_unavailable: 503 },
      ...{ hold_not_found: 404 },
    },
  },
  supply: { A: 2 },
  demand: { A: 4 },
  unitsPerVisitorMax: 1,
  exchanges: [
    exchange({ buyer: 1, key: 'k1', id: 'hld_1' }),
    exchange({ buyer: 1, key: 'k1', id: 'hld_1' }),
    exchange({ buyer: 2, key: 'k2', status: 503, code: 'temporarily_unavailable', retryAfterS: 2 }),
    exchange({ buyer: 2, key: 'k2', id: 'hld_2' }),
    exchange({ buyer: 1, route: ORDERS, key: 'k3', status: 202, id: 'ord_1' }),
    exchange({ buyer: 2, route: ORDERS, key: 'k4', status: 202, id: 'ord_2' }),
    refused,
  ],
  samples: [4_900, 5_150, ...Array.from({ length: 20 }, (_, i) => 5_400 + i * 250)].map((at) =>
    sample(at, at < 5_000 ? { free: 2, sold: 0 } : {}),
  ),
  orders: [1, 2].map((n) => ({
    ...{ buyer: n, id: `ord_${n}`, status: 'paid', amount: 4_500 },
    lines: [{ sku: 'A', quantity: 1 }],
  })),
  charges: [1, 2].map((n) => ({ orderId: `ord_${n}`, captures: 1, captured: 4_500, refunded: 0 })),
  differences: [],
  nows: [5_300, 5_550, 9_200].map((at) => ({
    ...{ askedAt: at, answeredAt: at + 5, inside: null },
    status: at < 7_000 ? 'open' : 'sold_out',
  })),
  room: null,
})

/** The clean history, after a hand has been laid on it. */
function forged(forge: (history: History) => void): Set<Fault> {
  const history = clean()
  forge(history)
  return new Set(judge(history).map(({ fault }) => fault))
}

const withRoom = (history: History): NonNullable<History['room']> => {
  for (const one of history.exchanges) one.pass = true
  history.room = { insideMax: 2, admissionsPerMinute: 60, passes: [] }
  return history.room
}

it('[STP3] finds nothing in a clean run', () => {
  expect(judge(clean())).toEqual([])
})

it('[STP3] finds nothing in a clean run through a room', () => {
  const found = forged((history) => {
    const room = withRoom(history)
    history.nows[0]!.inside = 2
    room.passes.push(...[0, 1_000, 2_000, 3_001].map((at) => ({ sentAt: at - 1, answeredAt: at })))
    room.passes.push({ sentAt: 500, answeredAt: 4_500 })
    history.exchanges.push(exchange({ buyer: 9, status: 409, code: 'pass_required' }))
  })
  expect(found).toEqual(new Set())
})

it('[STP3] calls no unit free that somebody else may have had in a basket for a moment', () => {
  const found = forged(({ samples, exchanges }) => {
    samples.forEach((one) => Object.assign(one, { free: 1, sold: 1 }))
    const wanted = [
      { sku: 'A', quantity: 1 },
      { sku: 'B', quantity: 1 },
    ]
    const inBoth = { ...refused, buyer: 4, wanted, lacking: { sku: 'B', requested: 1 }, sentAt: 8_900 }
    exchanges.push(exchange(inBoth))
  })
  expect(found).not.toContain('false_sold_out')
})

const FORGERIES: [Fault, string, (history: History) => void][] = [
  ['oversold', 'a unit is sold twice', ({ orders }) => orders.push({ ...orders[0]!, id: 'ord_3', buyer: 3 })],
  ['oversold', 'a SKU is sold that was never there', ({ orders }) => (orders[0]!.lines[0]!.sku = 'B')],
  ['oversold', 'for a moment the stock does not add up', ({ samples }) => (samples[3]!.free = 1)],
  [
    'oversold',
    'for a moment less than nothing is free',
    ({ samples }) => Object.assign(samples[3]!, { free: -1, held: 1 }),
  ],
  ['unsold', 'a unit is left', ({ samples }) => Object.assign(samples.at(-1)!, { free: 1, sold: 1 })],
  ['unsold', 'nobody ever saw the stock', (history) => (history.samples = [])],
  [
    'false_sold_out',
    'one is refused while one has been free for two seconds',
    ({ samples }) => samples.forEach((one) => Object.assign(one, { free: 1, sold: 1 })),
  ],
  ['undocumented', 'a status that the route does not have', ({ exchanges }) => (exchanges[0]!.status = 200)],
  ['undocumented', 'a route that nobody wrote down', ({ exchanges }) => (exchanges[0]!.route = 'POST /api/v1/hold')],
  ['undocumented', 'a code that is not registered', ({ exchanges }) => (exchanges.at(-1)!.code = 'gone')],
  ['undocumented', 'a code under a wrong status', ({ exchanges }) => (exchanges.at(-1)!.code = 'hold_not_found')],
  ['undocumented', 'a refusal without a code', ({ exchanges }) => (exchanges.at(-1)!.code = null)],
  ['failed', 'a 500', ({ exchanges }) => (exchanges[0]!.status = 500)],
  ['failed', 'a 503 that does not say when to come back', ({ exchanges }) => (exchanges[2]!.retryAfterS = null)],
  ['failed', 'no answer', ({ exchanges }) => Object.assign(exchanges[0]!, { status: 0, id: 'socket hang up' })],
  ['done_twice', 'a double click holds twice', ({ exchanges }) => (exchanges[1]!.id = 'hld_9')],
  ['over_limit', 'one has what two should have', ({ orders }) => (orders[1]!.buyer = 1)],
  [
    'over_limit',
    'someone with nothing is told of the limit',
    ({ exchanges }) => exchanges.push(exchange({ buyer: 7, status: 409, code: 'purchase_limit_reached' })),
  ],
  ['lost_order', 'an order is gone from its buyer’s eyes', ({ orders }) => (orders[0]!.status = null)],
  ['lost_order', 'an order never ends', ({ orders }) => (orders[0]!.status = 'processing')],
  ['lost_order', 'an accepted order is in nobody’s hands', ({ orders }) => orders.pop()],
  ['money', 'a charge twice', ({ charges }) => Object.assign(charges[0]!, { captures: 2, captured: 9_000 })],
  ['money', 'two captures that add up to one', ({ charges }) => (charges[0]!.captures = 2)],
  ['money', 'another amount', ({ charges }) => (charges[0]!.captured = 4_499)],
  ['money', 'goods that nobody paid for', ({ charges }) => charges.pop()],
  ['money', 'a charge for a failed order', ({ orders }) => (orders[0]!.status = 'payment_failed')],
  ['money', 'a charge for an order nobody placed', ({ charges }) => charges.push({ ...charges[0]!, orderId: 'ord_9' })],
  ['stock_disagrees', 'a buyer has what the stock still has', ({ orders }) => (orders[0]!.status = 'payment_failed')],
  [
    'stock_disagrees',
    'units are held for nobody',
    ({ samples }) => Object.assign(samples.at(-1)!, { held: 1, sold: 1 }),
  ],
  ['proof', 'the shop’s own proof names a difference', ({ differences }) => differences.push({ kind: 'any' })],
  [
    'room_skipped',
    'a hold without a pass',
    (history) => {
      withRoom(history)
      history.exchanges[0]!.pass = false
    },
  ],
  [
    'room_skipped',
    'a bot learns more than that it needs a pass',
    (history) => {
      withRoom(history)
      history.exchanges.at(-1)!.pass = false
    },
  ],
  [
    'room_overfull',
    'three people are where two may be',
    (history) => {
      withRoom(history)
      history.nows[0]!.inside = 3
    },
  ],
  [
    'room_rushed',
    'three come in within a second, where one may, and one more',
    (history) =>
      withRoom(history).passes.push(...[0, 500, 950].map((at) => ({ sentAt: 90_000 + at, answeredAt: 90_010 + at }))),
  ],
  [
    'now_is_wrong',
    '`now` says open when all has gone',
    ({ nows }) => nows.forEach((one) => Object.assign(one, { status: 'open' })),
  ],
  [
    'now_is_wrong',
    '`now` says sold out when one has come back',
    ({ samples }) => samples.forEach((one) => Object.assign(one, { free: 1, sold: 1 })),
  ],
]

describe('a forged history', () => {
  it.each(FORGERIES)('[STP3] is refused as %s when %s', (fault, _, forge) => {
    expect(forged(forge)).toContain(fault)
  })

  it('[STP3] leaves no fault that was never forged', () => {
    const every: Record<Fault, true> = {
      ...{ oversold: true, unsold: true, false_sold_out: true, undocumented: true, failed: true, done_twice: true },
      ...{ over_limit: true, lost_order: true, money: true, stock_disagrees: true, proof: true },
      ...{ room_skipped: true, room_overfull: true, room_rushed: true, now_is_wrong: true },
    }
    expect(new Set(FORGERIES.map(([fault]) => fault))).toEqual(new Set(Object.keys(every)))
  })
})

describe('what looks false and is not', () => {
  it.each<[string, (history: History) => void]>([
    ['fewer are free than were wanted', ({ exchanges }) => (exchanges.at(-1)!.lacking = { sku: 'A', requested: 2 })],
    ['the unit came back less than two seconds ago', ({ samples }) => (samples[10]!.free = 0)],
    [
      'the last unit may have gone just before',
      ({ samples }) => (samples.find((one) => one.askedAt > 9_050)!.free = 0),
    ],
    ['nobody looked again', (history) => (history.samples = history.samples.filter((one) => one.askedAt < 9_050))],
    ['nobody looked at the stock in between', (history) => (history.samples = history.samples.slice(-1))],
  ])('[STP4] is forgiven when %s', (_, forge) => {
    const found = forged((history) => {
      for (const one of history.samples) Object.assign(one, { free: 1, sold: 1 })
      forge(history)
    })
    expect(found).not.toContain('false_sold_out')
  })

  it('[STP4] is not unsold when hardly anybody wanted it', () => {
    const found = forged((history) => {
      history.demand = { A: 3 }
      Object.assign(history.samples.at(-1)!, { free: 1, sold: 1 })
    })
    expect(found).not.toContain('unsold')
  })

  it.each([
    ['is forgiven what it says a moment too late when the owners took that long to answer', 400, 7_300, false],
    ['is not forgiven when they answered at once', 5, 7_300, true],
    ['is not forgiven more than they took', 400, 9_200, true],
  ])('[STP4] `now` %s', (_, slowMs, askedAt, isWrong) => {
    const found = forged(({ samples, nows }) => {
      samples.unshift(sample(4_500, { free: 2, sold: 0 }))
      samples.find((one) => one.askedAt > 6_500)!.askedAt -= slowMs
      nows.splice(0, nows.length, { askedAt, answeredAt: askedAt + 5, inside: null, status: 'open' })
    })
    expect(found.has('now_is_wrong')).toBe(isWrong)
  })
})

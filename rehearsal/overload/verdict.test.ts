import { describe, expect, it } from 'vitest'
import type { Kind } from './mix.ts'
import type { Heard } from './seen.ts'
import { figuresOf, median, outOfTurn, PATIENCE_MS, strangeIn, wrongWith } from './verdict.ts'
import { answerIn, fieldIn } from './wires.ts'

const heard = (kind: Kind, status: number, more: Partial<Heard> = {}): Heard => ({
  ...{ kind, status, intendedAt: 1000, answeredAt: 1100, code: null },
  hasRetryAfter: status === 503 || status === 429,
  ...more,
})
const PAPER = {
  routes: { 'POST /api/v1/holds': [201, 409, 429, 503], 'POST /api/v1/orders': [202, 503] },
  problems: { reduced_capacity: 503, too_many_requests: 429, not_enough_stock: 409 },
}
const WELL = { served: 1, orders: 0.95 }

describe('the verdict over an overload', () => {
  it('[OVL2] counts what was done in time, and tells the others apart', () => {
    const all = [
      heard('order', 202),
      heard('order', 202, { answeredAt: 1001 + PATIENCE_MS }),
      heard('hold', 201),
      heard('hold', 503, { answeredAt: 1020 }),
      heard('hold', 429),
      heard('hold', 0),
      heard('hold', 409),
      heard('page', 200, { intendedAt: 0, answeredAt: 500 }),
    ]
    const { servedPerSecond, ordersPerSecond, fates } = figuresOf(all, 1000, 3000)
    expect({ servedPerSecond, ordersPerSecond }).toEqual({ servedPerSecond: 1, ordersPerSecond: 0.5 })
    expect(fates[0]).toMatchObject({ kind: 'order', asked: 2, served: 1, other: 1 })
    expect(fates[1]).toMatchObject({ kind: 'hold', asked: 5, served: 1, limited: 1, shed: 1, other: 1, unanswered: 1 })
    expect(fates[1]).toMatchObject({ serving: { p50: 100 }, refusing: { p50: 20 } })
    expect(fates[2]).toMatchObject({ kind: 'page', asked: 0 })
  })

  it.each<[string, Heard, string | null]>([
    ['a success', heard('hold', 201), null],
    ['a no with a time', heard('hold', 503, { code: 'reduced_capacity' }), null],
    ['a page’s no', heard('page', 503), null],
    ['a bug', heard('page', 500), 'page: an undocumented 500'],
    ['what no paper says', heard('order', 429, { code: 'too_many_requests' }), 'order: an undocumented 429'],
    [
      'a code of another status',
      heard('hold', 409, { code: 'reduced_capacity' }),
      'hold: 409 with code reduced_capacity',
    ],
    ['a no without a time', heard('search', 503, { hasRetryAfter: false }), 'search: 503 without a time to come back'],
    ['silence, which is counted', heard('page', 0), null],
  ])('[OVL2] knows %s', (_, one, strange) => {
    expect(strangeIn([one, one], PAPER)).toEqual(strange === null ? [] : [strange])
  })

  it('[OVL2] finds nothing wrong with nine tenths, and something with less and with silence', () => {
    const { fates } = figuresOf([heard('hold', 201)], 0, 2000)
    expect(wrongWith({ served: 0.9, orders: 0.9 }, fates, [])).toEqual([])
    expect(wrongWith({ served: 0.89, orders: 1 }, fates, [])).toHaveLength(1)
    expect(wrongWith(WELL, fates, ['page: an undocumented 500'])).toHaveLength(1)
    expect(wrongWith(WELL, figuresOf([heard('hold', 0)], 0, 2000).fates, [])).toHaveLength(1)
    expect([median([3, 1, 2]), median([4, 1]), median([])]).toEqual([2, 1, 0])
  })

  it('[OVL3] sees when those who matter more are sent away first', () => {
    const after = (...all: Heard[]) => outOfTurn(figuresOf(all, 0, 2000).fates)
    expect(after(heard('order', 202), heard('hold', 503), heard('hold', 201), heard('search', 503))).toEqual([])
    expect(after(heard('order', 503, { code: 'temporarily_unavailable' }), heard('hold', 201))).toEqual([])
    expect(after(heard('order', 503), heard('hold', 201))).toEqual(['orders were sent away before holds'])
    expect(after(heard('hold', 503), heard('search', 200))).toEqual(['holds were sent away before looks'])
  })
})

describe('an answer on a bare connection', () => {
  const bytes = (text: string) => Buffer.from(text, 'latin1')

  it.each([
    ['with its length', 'HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok', { status: 201, body: 'ok' }],
    ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n', { status: 200 }],
    ['without a body', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', { status: 304, body: '' }],
  ])('[OVL4] is whole %s, and not before', (_, text, answer) => {
    expect(answerIn(bytes(text))).toMatchObject(answer)
    expect(answerIn(bytes(text.slice(0, text.indexOf('\r\n\r\n') + 2)))).toBeNull()
  })

  it.each([
    'HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  ])('[OVL4] is not whole while a byte is missing: %#', (text) => {
    expect(answerIn(bytes(text.slice(0, -1)))).toBeNull()
  })

  it('[OVL4] has fields by any case of their names', () => {
    expect(fieldIn('HTTP/1.1 503 x\r\nRetry-After: 7\r\n', 'retry-after')).toBe('7')
    expect(fieldIn('HTTP/1.1 503 x\r\n', 'retry-after')).toBeNull()
  })
})

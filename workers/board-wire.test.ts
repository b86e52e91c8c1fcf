import { describe, expect, it } from 'vitest'
import { ORDINARY_TERMS, type Drop } from '../domain/drop/drop.ts'
import type { BoardLook } from '../domain/message/board-desk.ts'
import type { DropStatus } from '../domain/drop/drop.ts'
import { Board, boardOut, latestOf } from './board-wire.ts'
import { span, stateLine } from './console/say.ts'

const NOW = Date.UTC(2026, 10, 20, 10)

const drop: Drop = {
  ...ORDINARY_TERMS,
  ...{ id: 'drp_1', slug: 'friday', title: 'Friday', description: '', imageUrl: '' },
  ...{ opensAt: NOW - 190_000, endsAt: null, plannedEndsAt: null, stoppedAt: null, paused: false },
  ...{ unitsPerVisitorMax: null, holdDurationMs: null, skus: ['A', 'B', 'C'], hasInvitations: false, leaves: 0 },
  ...{ total: 10, free: 4, version: 1, updatedAt: NOW },
}
const items = [{ sku: 'A', productSlug: 'a', productTitle: 'Print', variantTitle: 'Small' }]
const count = { sku: 'A', initial: 10, adjusted: 0, total: 10, free: 4, held: 3, sold: 3, version: 1 }
const lease = { leaf: 'store/book-0', granted: 6, takenBack: 1, held: 2, sold: 1 }
const silence: BoardLook = {
  at: NOW,
  live: null,
  stock: [{ sku: 'A', tree: null }],
  sales: null,
  pressure: null,
  seconds: [],
  silent: ['board'],
}

describe('the board', () => {
  it('[CON4] says what the catalog knows when nobody answers', () => {
    const board = Board.parse(boardOut(drop, items, silence))
    expect(board).toMatchObject({
      drop: { status: 'open', title: 'Friday' },
      ...{ room: null, payments: null, counted_since: null, silent: ['board'], skus_of: 3 },
      skus: [{ sku: 'A', title: 'Print, Small', units: null, leaves: [] }],
    })
  })

  it('[CON3] gives the owner what is not with its leaves', () => {
    const tree = { count, freeHere: 2, leases: [lease] }
    const { skus, units } = boardOut(drop, items, { ...silence, stock: [{ sku: 'A', tree }] })
    expect(units).toEqual({ total: 10, free: 4, held: 3, sold: 3 })
    expect(skus[0]!.leaves).toEqual([
      { leaf: 'owner', free: 2, held: 1, sold: 2 },
      { leaf: 'book-0', free: 2, held: 2, sold: 1 },
    ])
  })

  it('[CON3] puts the most frequent refusal first', () => {
    const sales = { since: NOW, holds: 1, orders: 1, paid: 0, failed: 0, faults: 2, refusals: { a: 1, c: 7, b: 7 } }
    const board = boardOut(drop, items, { ...silence, sales })
    expect(board.refusals.map(({ code }) => code)).toEqual(['b', 'c', 'a'])
    expect(board.faults).toBe(2)
  })

  it('[CON6] can be told with its last seconds only', () => {
    const seconds = [1, 2, 3, 4].map((second) => ({ second, holds: second, orders: 0, paid: 0, admitted: null }))
    const board = boardOut(drop, items, { ...silence, seconds })
    expect(latestOf(board, 2).seconds).toEqual({ from: 3, admitted: [null, null], holds: [3, 4], paid: [0, 0] })
    expect(latestOf(board, 9).seconds).toEqual(board.seconds)
  })
})

describe('the line that says how a drop stands', () => {
  const board = boardOut(drop, items, silence)
  const says = (status: DropStatus, over: Partial<Board['drop']> = {}): string => {
    const { word, rest } = stateLine({ ...board, drop: { ...board.drop, status, ...over } })
    return `${word}: ${rest}`
  }

  it('[CON12] counts to the opening, and from it', () => {
    expect(says('scheduled', { opens_at: new Date(NOW + 751_000).toISOString() })).toBe('Opens in 00:12:31: ')
    expect(says('open')).toBe('Open: for 00:03:10')
    expect(says('open', { ends_at: new Date(NOW + 60_000).toISOString() })).toBe('Open: for 00:03:10, ends in 00:01:00')
  })

  it('[CON12] says what the others mean', () => {
    expect(says('paused')).toMatch(/^Paused: nothing is sold/)
    expect(says('sold_out')).toBe('Sold out: every unit is sold')
    expect(says('ended')).toBe('Ended: 0 of 0 sold')
  })

  it.each([
    [-1, '00:00:00'],
    [1, '00:00:01'],
    [3_599_001, '01:00:00'],
    [90_061_000, '1 d 01:01:01'],
  ])('[CON12] says %d ms as %s', (ms, said) => {
    expect(span(ms)).toBe(said)
  })
})

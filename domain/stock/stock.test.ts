import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BrokenPromise } from '../basics/assert.ts'
import type { Decision } from '../basics/decision.ts'
import type {
  Admission,
  Offer,
  OfferedDrop,
  StockAnswer,
  StockCount,
  StockHold,
  StockMove,
  StockRefusal,
} from '../message/stock-desk.ts'
import { MOVES_MAX, assertAdjustment, assertMoves, assertOffer } from './moves.ts'
import { CLAIM_GRACE_MS, assertConserved, decideHold, emptyCount, type HoldView, type MoveOf } from './stock.ts'
import { MINUTE, NOON, asked, holdMove, offer, openStock } from './testing.ts'

const hold = (changes: Partial<StockHold> = {}): StockHold => ({
  id: 'h1',
  visitorId: 'ana',
  units: 2,
  expiresAt: NOON + MINUTE,
  state: 'held',
  orderId: null,
  unitsTakenBack: 0,
  ...changes,
})

const view = (changes: Partial<HoldView> = {}): HoldView => ({
  existing: undefined,
  offer: offer(),
  free: 10,
  unitsTakenByVisitor: 0,
  ...changes,
})

describe('holding', () => {
  it('[STK2] gives back the same hold when a visitor asks twice, even after the stock has gone', () => {
    const existing = hold()
    expect(decideHold(view({ free: 0, existing }), holdMove(), NOON)).toEqual({ ok: true, value: existing })
  })

  it('[STK2] gives it back too when the terms have changed since', () => {
    const closed = offer({ forSale: false, unitsPerVisitorMax: 1 })
    const existing = hold({ state: 'claimed', orderId: 'o1' })
    expect(decideHold(view({ offer: closed, existing }), holdMove(), NOON)).toEqual({ ok: true, value: existing })
  })

  const drop: OfferedDrop = { id: 'drp_1', slug: 'friday', opensAt: NOON, endsAt: null, paused: false }
  const invited = { dropId: 'drp_1', opensAt: NOON, endsAt: null }
  const admission = (changes: Partial<Admission> = {}): Admission => ({
    country: 'AT',
    pass: null,
    invitation: null,
    ...changes,
  })
  /** Everything is wrong at first; line by line one reason less. */
  const shut = {
    ...drop,
    opensAt: NOON + 5,
    endsAt: NOON,
    paused: true,
    countries: ['AT'],
    inviteOnly: true,
    room: true,
  }
  const worst: Partial<Offer> = { unitsPerVisitorMax: 1, drop: shut }
  const abroad = admission({ country: null })
  const here = admission({ invitation: { ...invited, opensAt: NOON + 5 } })
  const worseAndWorse: [string, Partial<HoldView>, Partial<MoveOf<'hold'>>][] = [
    ['hold_has_ended', { existing: hold({ state: 'released' }), offer: undefined }, { expiresAt: NOON }],
    ['unknown_sku', { offer: undefined }, { expiresAt: NOON }],
    ['hold_has_ended', { offer: offer({ ...worst, forSale: false }) }, { expiresAt: NOON }],
    ['not_for_sale', { offer: offer({ ...worst, forSale: false }) }, {}],
    ['drop_ended', { offer: offer(worst) }, { admission: abroad }],
    ['not_in_market', { offer: offer({ ...worst, drop: { ...shut, endsAt: null } }) }, { admission: abroad }],
    [
      'invitation_required',
      { offer: offer({ ...worst, drop: { ...shut, endsAt: null } }) },
      { admission: admission() },
    ],
    ['drop_not_open_yet', { offer: offer({ ...worst, drop: { ...shut, endsAt: null } }) }, { admission: here }],
    ['drop_paused', { offer: offer({ ...worst, drop: { ...drop, room: true, paused: true } }) }, {}],
    ['pass_required', { offer: offer({ ...worst, drop: { ...drop, room: true } }) }, {}],
    ['purchase_limit_reached', { offer: offer({ unitsPerVisitorMax: 1 }) }, {}],
    ['not_enough_stock', {}, {}],
  ]
  it.each(worseAndWorse)('[STK3] says %s first, whatever else is wrong', (code, changes, ask) => {
    const decision = decideHold(view({ free: 1, ...changes }), holdMove(ask), NOON)
    expect(decision).toMatchObject({ ok: false, refusal: { code } })
  })

  it('[STK3] [DRP7] says when the drop opens, and opens in that very millisecond', () => {
    const opening = offer({ drop: { ...drop, endsAt: NOON + 1 } })
    expect(decideHold(view({ offer: opening }), holdMove(), NOON - 1)).toEqual({
      ok: false,
      refusal: { code: 'drop_not_open_yet', opensAt: NOON, opensInMs: 1 },
    })
    expect(decideHold(view({ offer: opening }), holdMove(), NOON).ok).toBe(true)
    expect(decideHold(view({ offer: opening }), holdMove(), NOON + 1)).toEqual({
      ok: false,
      refusal: { code: 'drop_ended', endedAt: NOON + 1 },
    })
  })

  /** What becomes of a hold at noon, of a drop of these terms, by somebody who shows this: a code, or "held". */
  const becomes = (terms: Partial<OfferedDrop>, shown?: Partial<Admission>): string => {
    const move = holdMove(shown ? { admission: admission(shown) } : {})
    const decision = decideHold(view({ offer: offer({ drop: { ...drop, ...terms } }) }), move, NOON)
    return decision.ok ? decision.value.state : decision.refusal.code
  }

  it.each<[string, Partial<OfferedDrop>, Partial<Admission> | undefined, string]>([
    ['sold everywhere, by nobody knows who', { countries: null }, undefined, 'held'],
    ['sold there', { countries: ['DE', 'AT'] }, { country: 'AT' }, 'held'],
    ['sold elsewhere', { countries: ['DE'] }, { country: 'AT' }, 'not_in_market'],
    ['of some countries, from one that is not known', { countries: ['DE'] }, { country: null }, 'not_in_market'],
    ['sold nowhere', { countries: [] }, { country: 'AT' }, 'not_in_market'],
  ])('[DRP8] a drop %s: %#', (_what, terms, shown, says) => {
    expect(becomes(terms, shown)).toBe(says)
  })

  const before = { opensAt: NOON + MINUTE }
  const window = (opensAt: number | null, endsAt: number | null = null) => ({
    invitation: { dropId: 'drp_1', opensAt, endsAt },
  })
  it.each<[string, Partial<OfferedDrop>, Partial<Admission>, string]>([
    ['opens earlier in its window', before, window(NOON, NOON + 1), 'held'],
    ['opens nothing before it', before, window(NOON + 1), 'drop_not_open_yet'],
    ['opens nothing after it', before, window(0, NOON), 'drop_not_open_yet'],
    ['opens no other drop', before, { invitation: { ...invited, dropId: 'drp_2' } }, 'drop_not_open_yet'],
    ['does no harm after the opening', {}, window(NOON + 1), 'held'],
    ['lets the invited in', { inviteOnly: true }, window(NOON), 'held'],
    ['lets them in when their window opens', { inviteOnly: true }, window(NOON + 1), 'drop_not_open_yet'],
    ['is over when its window is', { inviteOnly: true }, window(0, NOON), 'invitation_required'],
    [
      'opens with the drop when it says nothing else',
      { inviteOnly: true, ...before },
      window(null),
      'drop_not_open_yet',
    ],
    ['opens with it, to the millisecond', { inviteOnly: true }, window(null), 'held'],
    ['is missing', { inviteOnly: true, ...before }, {}, 'invitation_required'],
    ['needs no pass before the room opens', { room: true, ...before }, window(NOON), 'held'],
    ['needs one from the opening on', { room: true }, window(NOON), 'pass_required'],
  ])('[INV1] an invitation %s: %#', (_what, terms, shown, says) => {
    expect(becomes(terms, shown)).toBe(says)
  })

  it('[INV1] tells the invited the time that is left to them, exactly', () => {
    const decision = decideHold(
      view({ offer: offer({ drop: { ...drop, ...before } }) }),
      holdMove({ admission: admission(window(NOON + 7)) }),
      NOON,
    )
    expect(decision).toEqual({
      ok: false,
      refusal: { code: 'drop_not_open_yet', opensAt: NOON + 7, opensInMs: 7 },
    })
  })

  it.each<[string, Admission['pass'], string]>([
    ['of this drop', { passId: 'pas_1', dropId: 'drp_1' }, 'held'],
    ['of another drop', { passId: 'pas_1', dropId: 'drp_2' }, 'pass_required'],
    ['that is not there', null, 'pass_required'],
  ])('[DRP9] a drop with a waiting room sells to a pass %s: %#', (_what, pass, says) => {
    expect(becomes({ room: true }, { pass })).toBe(says)
  })

  it.each([
    [0, 5, true],
    [3, 2, true],
    [4, 2, false],
    [5, 1, false],
  ])('[STK5] with a limit of five and %d taken, %d more: %s', (taken, units, ok) => {
    const limited = offer({ unitsPerVisitorMax: 5 })
    expect(decideHold(view({ offer: limited, unitsTakenByVisitor: taken }), holdMove({ units }), NOON).ok).toBe(ok)
  })

  it('[STK13] never lasts longer than the offer allows, nor longer than was asked', () => {
    const short = offer({ holdDurationMs: 1_000 })
    const end = (expiresAt: number) => {
      const decision = decideHold(view({ offer: short }), holdMove({ expiresAt }), NOON)
      return decision.ok && decision.value.expiresAt - NOON
    }
    expect(end(NOON + MINUTE)).toBe(1_000 + CLAIM_GRACE_MS)
    expect(end(NOON + 500)).toBe(500)
  })
})

describe('every move on every state', () => {
  const ask: Record<string, StockMove> = {
    hold: holdMove(),
    'hold by another': holdMove({ visitorId: 'bob' }),
    claim: { kind: 'claim', holdId: 'h1', orderId: 'o1', expiresAt: NOON + 2 * MINUTE },
    'claim by another': { kind: 'claim', holdId: 'h1', orderId: 'o2', expiresAt: NOON + 2 * MINUTE },
    commit: { kind: 'commit', holdId: 'h1', orderId: 'o1' },
    'commit by another': { kind: 'commit', holdId: 'h1', orderId: 'o2' },
    release: { kind: 'release', holdId: 'h1' },
    'take back': { kind: 'take_back', takeBackId: 't1', holdId: 'h1', units: 1 },
  }
  const takeBackBoth: StockMove = { kind: 'take_back', takeBackId: 't0', holdId: 'h1', units: 2 }
  const claim: StockMove = { kind: 'claim', holdId: 'h1', orderId: 'o1', expiresAt: NOON + MINUTE }
  const statesByMoves: Record<string, { moves: StockMove[]; waitMs?: number }> = {
    'not there': { moves: [] },
    held: { moves: [ask['hold']!] },
    claimed: { moves: [ask['hold']!, claim] },
    sold: { moves: [ask['hold']!, ask['commit']!] },
    'sold and taken back': { moves: [ask['hold']!, ask['commit']!, takeBackBoth] },
    released: { moves: [ask['hold']!, ask['release']!] },
    'released after a claim': { moves: [ask['hold']!, claim, ask['release']!] },
    expired: { moves: [ask['hold']!], waitMs: MINUTE },
    'expired after a claim': { moves: [ask['hold']!, claim], waitMs: MINUTE },
  }

  const table = tableOfSpec('| the hold is |')
  const cells = table.rows.flatMap(([state, ...says]) =>
    says.map((word, i) => [state!, table.columns[i]!, word] as const),
  )

  it('[STK10] the table of SPEC.md has a cell for each state and each move', () => {
    expect(table.rows.map(([state]) => state)).toEqual(Object.keys(statesByMoves))
    expect(table.columns).toEqual(Object.keys(ask))
    expect(cells.length).toBe(72)
  })

  it.each(cells)('[STK10] a hold that is %s, asked for a %s: %s', (state, move, says) => {
    const stock = openStock({ units: 2 })
    const { moves, waitMs = 0 } = statesByMoves[state]!
    for (const earlier of moves) asked(stock.keeper.ask([earlier]))
    stock.clock.at += waitMs
    stock.keeper.expireDue()
    const before = stock.store.hold('h1')

    const answer = stock.keeper.ask([ask[move]!])[0]!

    expect(inWords(answer, before)).toBe(says)
    expect(stock.store.hold('h1')).toEqual(answer.ok ? answer.value.hold : before)
    expect(stock.recounted()).toEqual(stock.figures())
  })

  it('[STK10] takes "another" to mean other units, too', () => {
    const { keeper } = openStock({ units: 5 })
    keeper.ask([holdMove()])
    expect(keeper.ask([holdMove({ units: 3 })])[0]).toMatchObject({ refusal: { code: 'hold_id_taken' } })
  })

  /** The first table of SPEC.md whose header begins so. */
  function tableOfSpec(header: string): { columns: string[]; rows: string[][] } {
    const lines = readFileSync('SPEC.md', 'utf8').split('\n')
    const first = lines.findIndex((line) => line.startsWith(header))
    const cut = (line: string) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', ''))
    const rows: string[][] = []
    for (let i = first + 2; lines[i]!.startsWith('|'); i++) rows.push(cut(lines[i]!))
    return { columns: cut(lines[first]!).slice(1), rows }
  }

  function inWords(answer: Decision<StockAnswer, StockRefusal>, before: StockHold | undefined): string {
    if (!answer.ok) return answer.refusal.code
    return JSON.stringify(answer.value.hold) === JSON.stringify(before) ? 'same' : answer.value.hold.state
  }
})

describe('the numbers', () => {
  const count = (changes: Partial<StockCount>): StockCount => ({ ...emptyCount('sku'), ...changes })

  it.each([
    ['a unit too many', count({ free: 1 })],
    ['a unit too few', count({ initial: 1, total: 1 })],
    ['less than nothing', count({ initial: 1, total: 1, free: -1, held: 2 })],
    ['a total of its own', count({ total: 1, free: 1 })],
  ])('[STK1] stop the turn when they say %s', (_what, wrong) => {
    expect(() => assertConserved(wrong)).toThrow(BrokenPromise)
  })
})

describe('questions of the wrong shape', () => {
  const tooMany = Array.from({ length: MOVES_MAX + 1 }, (_, i): StockMove => ({ kind: 'release', holdId: `h${i}` }))
  it.each<[string, StockMove[]]>([
    ['too many moves', tooMany],
    ['no units', [holdMove({ units: 0 })]],
    ['a unit and a half', [holdMove({ units: 1.5 })]],
    ['units below zero', [{ kind: 'take_back', takeBackId: 't', holdId: 'h', units: -1 }]],
    ['no hold id', [{ kind: 'release', holdId: '' }]],
    ['no order id', [{ kind: 'commit', holdId: 'h', orderId: '' }]],
    ['an endless id', [{ kind: 'release', holdId: 'h'.repeat(201) }]],
    ['no instant', [holdMove({ expiresAt: Number.NaN })]],
  ])('[STK19] are stopped: %s', (_what, moves) => {
    expect(() => assertMoves(moves)).toThrow(BrokenPromise)
  })

  it('[STK19] are stopped in adjustments and offers, too', () => {
    const half = { adjustmentId: 'a', delta: 0.5, kind: 'adjustment', reason: '' } as const
    expect(() => assertAdjustment(half)).toThrow(BrokenPromise)
    const wrong: Partial<Offer>[] = [{ unitsPerVisitorMax: 0 }, { holdDurationMs: 0 }, { version: -1 }]
    for (const changes of wrong) expect(() => assertOffer(offer(changes))).toThrow(BrokenPromise)
  })
})

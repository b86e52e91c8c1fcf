import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BrokenPromise } from '../basics/assert.ts'
import { StockKeeper } from './keeper.ts'
import { MemoryStockStore } from './memory-store.ts'
import type { StockMove } from '../message/stock-desk.ts'
import { MINUTE, NOON, asked, holdMove, offer, openStock } from './testing.ts'

describe('a keeper of stock', () => {
  it('[STK6] keeps units until the last millisecond and not for one more', () => {
    const { clock, keeper } = openStock({ units: 2 })
    keeper.ask([holdMove()])
    const bob = holdMove({ holdId: 'h2', visitorId: 'bob', expiresAt: NOON + 2 * MINUTE })
    clock.at = NOON + MINUTE - 1
    expect(keeper.ask([bob])[0]).toEqual({ ok: false, refusal: { code: 'not_enough_stock', requested: 2, free: 0 } })
    clock.at = NOON + MINUTE
    expect(asked(keeper.ask([bob])).hold.state).toBe('held')
  })

  it('[STK6] counts what is over as free, whoever asks for the numbers', () => {
    const { clock, keeper } = openStock({ units: 2 })
    keeper.ask([holdMove()])
    clock.at = NOON + MINUTE
    expect(keeper.count()).toMatchObject({ free: 2, held: 0 })
  })

  it('[STK7] says how many holds it ended and when the next one ends', () => {
    const { clock, keeper } = openStock({ units: 9 })
    const until = (holdId: string, minutes: number) => holdMove({ holdId, expiresAt: NOON + minutes * MINUTE })
    keeper.ask([until('h1', 1), until('h2', 1), until('h3', 3)])
    expect(keeper.expireDue()).toEqual({ ended: 0, nextDueAt: NOON + MINUTE })
    clock.at = NOON + 2 * MINUTE
    expect(keeper.expireDue()).toEqual({ ended: 2, nextDueAt: NOON + 3 * MINUTE })
    clock.at = NOON + 3 * MINUTE
    expect(keeper.expireDue()).toEqual({ ended: 1, nextDueAt: null })
  })

  it('[STK4] never gives an expired hold a second life', () => {
    const { clock, keeper } = openStock({ units: 2 })
    keeper.ask([holdMove()])
    clock.at = NOON + MINUTE
    const again = holdMove({ expiresAt: NOON + 9 * MINUTE })
    const ended = { code: 'hold_has_ended', holdId: 'h1', end: 'expired' }
    expect(keeper.ask([again, { kind: 'commit', holdId: 'h1', orderId: 'o1' }])).toEqual([
      { ok: false, refusal: ended },
      { ok: false, refusal: ended },
    ])
  })

  it('[STK11] keeps a claimed hold until the later instant, and ends it there', () => {
    const { clock, keeper } = openStock({ units: 2 })
    const claim = (minutes: number): StockMove => ({
      kind: 'claim',
      holdId: 'h1',
      orderId: 'o1',
      expiresAt: NOON + minutes * MINUTE,
    })
    const [, , claimed] = keeper.ask([holdMove(), claim(30), claim(5)])
    expect(claimed).toMatchObject({ value: { hold: { state: 'claimed', expiresAt: NOON + 30 * MINUTE } } })
    clock.at = NOON + 30 * MINUTE - 1
    expect(keeper.expireDue().ended).toBe(0)
    clock.at += 1
    expect(keeper.expireDue().ended).toBe(1)
    expect(keeper.ask([{ kind: 'commit', holdId: 'h1', orderId: 'o1' }])[0]).toMatchObject({
      refusal: { code: 'hold_has_ended', end: 'expired' },
    })
  })

  it('[STK11] never shortens a hold by a claim', () => {
    const { keeper } = openStock({ units: 2 })
    const early: StockMove = { kind: 'claim', holdId: 'h1', orderId: 'o1', expiresAt: NOON + 1 }
    expect(asked(keeper.ask([holdMove(), early]).slice(1)).hold.expiresAt).toBe(NOON + MINUTE)
  })

  it('[STK14] decides each move on what those before it left, and lets a refusal spoil nothing', () => {
    const { keeper } = openStock({ units: 3 })
    const codes = keeper
      .ask([
        holdMove({ holdId: 'h1', units: 2 }),
        holdMove({ holdId: 'h2', units: 2 }),
        { kind: 'release', holdId: 'h1' },
        holdMove({ holdId: 'h3', units: 3 }),
        { kind: 'release', holdId: 'nobody' },
      ])
      .map((answer) => (answer.ok ? answer.value.hold.state : answer.refusal.code))
    expect(codes).toEqual(['held', 'not_enough_stock', 'released', 'held', 'hold_not_found'])
    expect(keeper.count()).toMatchObject({ free: 0, held: 3, sold: 0 })
  })

  it('[STK5] counts what a visitor holds and bought, and not what ended or came back', () => {
    const { clock, keeper } = openStock({ units: 100, offer: { unitsPerVisitorMax: 4 } })
    const more = (holdId: string, visitorId = 'ana') =>
      keeper.ask([holdMove({ holdId, visitorId, expiresAt: clock.at + MINUTE })])[0]!.ok
    expect([more('h1'), more('h2'), more('h3'), more('h4', 'bob')]).toEqual([true, true, false, true])
    keeper.ask([{ kind: 'commit', holdId: 'h1', orderId: 'o1' }])
    expect(more('h5')).toBe(false)
    clock.at += MINUTE // h2 is over
    expect([more('h6'), more('h7')]).toEqual([true, false])
    keeper.ask([{ kind: 'take_back', takeBackId: 't1', holdId: 'h1', units: 2 }])
    expect(more('h8')).toBe(true)
  })

  it('[STK17] takes back as many units as were sold, each once', () => {
    const { keeper, recounted } = openStock({ units: 5 })
    const back = (takeBackId: string, units: number): StockMove => ({
      kind: 'take_back',
      takeBackId,
      holdId: 'h1',
      units,
    })
    keeper.ask([holdMove({ units: 3 }), { kind: 'commit', holdId: 'h1', orderId: 'o1' }])
    const [first, repeat, other, tooMany] = keeper.ask([back('t1', 2), back('t1', 2), back('t1', 1), back('t2', 2)])
    expect(first).toEqual(repeat)
    expect(other).toEqual({ ok: false, refusal: { code: 'take_back_id_taken', takeBackId: 't1' } })
    const refusal = { code: 'too_many_units_taken_back', sold: 3, takenBack: 2, requested: 2 }
    expect(tooMany).toEqual({ ok: false, refusal })
    expect(keeper.count()).toMatchObject({ free: 4, held: 0, sold: 1 })
    expect(recounted()).toMatchObject({ sold: 1 })
  })

  it('[STK12] adjusts once an id and never below what is promised', () => {
    const { keeper } = openStock({ units: 5 })
    keeper.ask([holdMove({ units: 3 })])
    const lost = (adjustmentId: string, delta: number) =>
      keeper.adjust({ adjustmentId, delta, kind: 'adjustment', reason: 'counted anew' })
    expect(lost('a1', -3)).toEqual({ ok: false, refusal: { code: 'adjustment_exceeds_free', delta: -3, free: 2 } })
    expect(lost('a2', -2)).toMatchObject({ ok: true, value: { total: 3, free: 0, adjusted: -2, initial: 5 } })
    expect(lost('a2', -2)).toEqual({ ok: true, value: keeper.count() })
    expect(lost('a2', -1)).toEqual({ ok: false, refusal: { code: 'adjustment_id_taken', adjustmentId: 'a2' } })
    expect(lost('a1', 7)).toMatchObject({ ok: true, value: { total: 10, free: 7 } })
  })

  it('[STK13] follows newer terms and ignores what arrives late', () => {
    const { keeper } = openStock({ units: 5 })
    const forSale = (holdId: string) => keeper.ask([holdMove({ holdId })])[0]!.ok
    keeper.describe(offer({ version: 3, forSale: false }))
    keeper.describe(offer({ version: 2 }))
    keeper.describe(offer({ version: 3 }))
    expect(forSale('h1')).toBe(false)
    keeper.describe(offer({ version: 4 }))
    expect(forSale('h2')).toBe(true)
    expect(keeper.count()).toMatchObject({ total: 5 })
  })

  it('[STK16] refuses everything for a SKU that nobody described', () => {
    const keeper = new StockKeeper(new MemoryStockStore(), { now: () => NOON })
    const codes = keeper
      .ask([holdMove(), { kind: 'release', holdId: 'h1' }])
      .map((answer) => (answer.ok ? 'yes' : answer.refusal.code))
    expect(codes).toEqual(['unknown_sku', 'hold_not_found'])
    expect(keeper.adjust({ adjustmentId: 'a', delta: 1, kind: 'initial', reason: '' })).toMatchObject({ ok: false })
    expect([keeper.count(), keeper.proof(), keeper.nextHoldEnd(), keeper.takeReport()]).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('[STK1] stops, and writes nothing, when the numbers it finds cannot be', () => {
    const { store, keeper } = openStock({ units: 5 })
    const account = store.account()!
    store.saveAccount({ ...account, count: { ...account.count, free: 6 } })
    expect(() => keeper.ask([holdMove()])).toThrow(BrokenPromise)
    expect(store.hold('h1')).toBeUndefined()
  })

  it('[STK18] shows overdue holds in the proof, and leaves them for others to end', () => {
    const { clock, keeper } = openStock({ units: 5 })
    keeper.ask([holdMove()])
    clock.at = NOON + MINUTE
    const proof = keeper.proof()!
    expect(proof).toMatchObject({
      holdsOverdue: 1,
      count: { held: 2 },
      recounted: { initial: 5, adjusted: 0, held: 2, sold: 0 },
    })
    expect(keeper.proof()).toEqual(proof)
  })
})

describe('the numbers of a keeper', () => {
  /** Few names and few units, so that moves meet. */
  const name = (prefix: string, most: number) => fc.integer({ min: 0, max: most }).map((n) => `${prefix}${n}`)
  const move = fc.oneof(
    fc.record({
      kind: fc.constant('hold' as const),
      holdId: name('h', 9),
      visitorId: name('v', 2),
      units: fc.integer({ min: 1, max: 4 }),
      expiresAt: fc.integer({ min: -5, max: 50 }).map((minutes) => NOON + minutes * MINUTE),
    }),
    fc.record({
      kind: fc.constant('claim' as const),
      holdId: name('h', 9),
      orderId: name('o', 2),
      expiresAt: fc.integer({ min: 0, max: 90 }).map((minutes) => NOON + minutes * MINUTE),
    }),
    fc.record({ kind: fc.constant('commit' as const), holdId: name('h', 9), orderId: name('o', 2) }),
    fc.record({ kind: fc.constant('release' as const), holdId: name('h', 9) }),
    fc.record({
      kind: fc.constant('take_back' as const),
      takeBackId: name('t', 9),
      holdId: name('h', 9),
      units: fc.integer({ min: 1, max: 4 }),
    }),
  )
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.array(move, { minLength: 1, maxLength: 6 }).map((moves) => ({ moves })) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map((minutes) => ({ minutes })) },
    { weight: 1, arbitrary: fc.record({ delta: fc.integer({ min: -4, max: 4 }), adjustmentId: name('a', 5) }) },
  )

  it('[STK1] agree with the rows and never go below zero, whatever is asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 12 }), fc.array(step, { maxLength: 60 }), (units, steps) => {
        const { clock, keeper, figures, recounted } = openStock({ units, offer: { unitsPerVisitorMax: 6 } })
        let version = 0
        for (const next of steps) {
          if ('moves' in next) keeper.ask(next.moves)
          else if ('minutes' in next) clock.at += next.minutes * MINUTE
          else keeper.adjust({ ...next, kind: 'adjustment', reason: '' })
          const { total, free, held, sold, initial, adjusted, version: newer } = keeper.count()!
          expect(free + held + sold).toBe(total)
          expect(initial + adjusted).toBe(total)
          expect(Math.min(free, held, sold)).toBeGreaterThanOrEqual(0)
          expect(recounted()).toEqual(figures())
          expect(newer).toBeGreaterThanOrEqual(version)
          version = newer
        }
      }),
      { seed: 20261121, numRuns: 300 },
    )
  })

  it('[STK1] hold on every path of four questions about one unit and two holds', () => {
    const questions: StockMove[] = ['a', 'b'].flatMap((id): StockMove[] => [
      holdMove({ holdId: id, visitorId: id, units: 1 }),
      { kind: 'claim', holdId: id, orderId: `o-${id}`, expiresAt: NOON + 2 * MINUTE },
      { kind: 'commit', holdId: id, orderId: `o-${id}` },
      { kind: 'release', holdId: id },
      { kind: 'take_back', takeBackId: `t-${id}`, holdId: id, units: 1 },
    ])
    let walked = 0
    const walk = (path: StockMove[]): void => {
      const { clock, keeper, figures, recounted } = openStock({ units: 1 })
      for (const question of path) keeper.ask([question])
      const { sold, held } = keeper.count()!
      expect(held + sold).toBeLessThanOrEqual(1)
      expect(recounted()).toEqual(figures())
      clock.at += 2 * MINUTE
      expect(keeper.count()!.held).toBe(0)
      walked += 1
      if (path.length < 4) for (const question of questions) walk([...path, question])
    }
    walk([])
    expect(walked).toBe(1 + 10 + 100 + 1_000 + 10_000)
  })

  it('[STK25] forgets what ended unsold, a day later, and lets no late call bring it back', () => {
    const { keeper, clock } = openStock({ units: 9, offer: { unitsPerVisitorMax: 4 } })
    keeper.ask([holdMove(), holdMove({ holdId: 'h2' }), { kind: 'commit', holdId: 'h2', orderId: 'o2' }])
    clock.at = NOON + MINUTE + 24 * 60 * MINUTE
    keeper.expireDue()
    expect(keeper.nextForgetDue()).toBe(clock.at + 60 * MINUTE)
    expect([keeper.forgetEnded(), keeper.nextForgetDue()]).toEqual([1, null])
    const moves: StockMove[] = [
      holdMove(),
      { kind: 'claim', holdId: 'h1', orderId: 'o1', expiresAt: clock.at + MINUTE },
      { kind: 'commit', holdId: 'h1', orderId: 'o1' },
      { kind: 'release', holdId: 'h1' },
      { kind: 'take_back', takeBackId: 't1', holdId: 'h1', units: 1 },
    ]
    const codes = keeper.ask(moves).map((answer) => (answer.ok ? 'yes' : answer.refusal.code))
    expect(codes).toEqual(['hold_has_ended', ...Array.from({ length: 4 }, () => 'hold_not_found')])
    const late = clock.at + MINUTE
    const limit = keeper.ask([holdMove({ holdId: 'h3', units: 3, expiresAt: late })])[0]!
    expect(limit).toMatchObject({ refusal: { code: 'purchase_limit_reached', alreadyTaken: 2 } })
    expect(keeper.count()).toMatchObject({ free: 7, held: 0, sold: 2 })
  })
})

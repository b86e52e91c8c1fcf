/**
 * What every store of stock must do, as tests: over Maps in Node, over SQLite inside the runtime. `run` hands a fresh,
 * empty store to a test, which uses it in one go.
 */
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../basics/random.ts'
import type { StockHold, StockMove } from '../message/stock-desk.ts'
import type { StockStore } from './keeper.ts'
import { NOTHING_TO_REPORT } from './report.ts'
import { emptyCount } from './stock.ts'
import { MINUTE, NOON, asked, holdMove, offer, openStock } from './testing.ts'

/** Each store says it in its own words. */
const THERE_ALREADY = /is there already|UNIQUE constraint/

export function describeStockStore(
  name: string,
  run: (test: (store: StockStore) => void) => void | Promise<void>,
): void {
  const held = (id: string, changes: Partial<StockHold> = {}): StockHold => ({
    id,
    visitorId: 'ana',
    units: 2,
    expiresAt: NOON,
    state: 'held',
    orderId: null,
    unitsTakenBack: 0,
    ...changes,
  })

  describe(`stock ${name}`, () => {
    it('[STK8] gives back an account as it was saved, and the newer one after that', () =>
      run((store) => {
        expect(store.account()).toBeUndefined()
        const drop = { id: 'drp_1', slug: 'friday', opensAt: NOON, endsAt: null, paused: false }
        const first = {
          offer: offer({ drop }),
          count: emptyCount('runner-42'),
          report: NOTHING_TO_REPORT,
          leavesFree: 0,
        }
        store.saveAccount(first)
        expect(store.account()).toEqual(first)
        const count = { ...first.count, initial: 9, adjusted: -2, total: 7, free: 4, held: 2, sold: 1, version: 8 }
        const second = {
          offer: offer({ version: 2 }),
          count,
          report: { dueAt: NOON, sentAt: 5, attempts: 3 },
          leavesFree: 3,
        }
        store.saveAccount(second)
        expect(store.account()).toEqual(second)
      }))

    it('[STK8] gives back a hold as it was written last', () =>
      run((store) => {
        expect(store.hold('h1')).toBeUndefined()
        store.insertHold(held('h1'))
        expect(store.hold('h1')).toEqual(held('h1'))
        const sold = held('h1', { state: 'sold', orderId: 'o1', unitsTakenBack: 1, expiresAt: NOON + 9 })
        store.updateHold(sold)
        expect(store.hold('h1')).toEqual(sold)
        expect(() => store.insertHold(held('h1'))).toThrow(THERE_ALREADY)
      }))

    it('[STK5] counts for a visitor what is held, claimed or sold, less what came back', () =>
      run((store) => {
        store.insertHold(held('h1'))
        store.insertHold(held('h2', { state: 'claimed', orderId: 'o1', units: 4 }))
        store.insertHold(held('h3', { state: 'sold', orderId: 'o2', units: 5, unitsTakenBack: 3 }))
        store.insertHold(held('h4', { state: 'released' }))
        store.insertHold(held('h5', { state: 'expired' }))
        store.insertHold(held('h6', { visitorId: 'bob' }))
        expect(['ana', 'bob', 'eve'].map((visitor) => store.unitsTakenBy(visitor))).toEqual([8, 2, 0])
      }))

    it('[STK6] ends the living holds whose instant has come, and no other', () =>
      run((store) => {
        expect([store.nextHoldEnd(), store.endHoldsExpiredBy(NOON)]).toEqual([null, { holds: 0, units: 0 }])
        store.insertHold(held('h1', { expiresAt: NOON - 1 }))
        store.insertHold(held('h2', { expiresAt: NOON, state: 'claimed', orderId: 'o1' }))
        store.insertHold(held('h3', { expiresAt: NOON + 1 }))
        store.insertHold(held('h4', { expiresAt: NOON - 9, state: 'sold' }))
        store.insertHold(held('h5', { expiresAt: NOON - 9, state: 'released' }))
        expect(store.nextHoldEnd()).toBe(NOON - 1)
        expect(store.recount(NOON).holdsOverdue).toBe(2)
        expect(store.endHoldsExpiredBy(NOON)).toEqual({ holds: 2, units: 4 })
        const states = ['h1', 'h2', 'h3', 'h4', 'h5'].map((id) => store.hold(id)!.state)
        expect(states).toEqual(['expired', 'expired', 'held', 'sold', 'released'])
        expect(store.nextHoldEnd()).toBe(NOON + 1)
      }))

    it('[STK25] forgets holds that were released or have expired by an instant, the oldest first, and no others', () =>
      run((store) => {
        expect([store.oldestEndedHold(), store.removeHoldsEndedBy(NOON, 9)]).toEqual([null, 0])
        store.insertHold(held('h1', { expiresAt: NOON - 9, state: 'sold' }))
        store.insertHold(held('h2', { expiresAt: NOON - 9 }))
        store.insertHold(held('h3', { expiresAt: NOON - 8, state: 'claimed', orderId: 'o1' }))
        store.insertHold(held('h4', { expiresAt: NOON, visitorId: 'bob' }))
        store.insertHold(held('h5', { expiresAt: NOON + 1 }))
        store.insertHold(held('h6', { expiresAt: NOON + 2 }))
        store.updateHold(held('h5', { expiresAt: NOON + 1, state: 'released' }))
        expect(store.oldestEndedHold()).toBe(NOON + 1)
        store.endHoldsExpiredBy(NOON)
        expect(store.oldestEndedHold()).toBe(NOON - 9)
        expect(store.removeHoldsEndedBy(NOON, 2)).toBe(2)
        expect(store.oldestEndedHold()).toBe(NOON)
        expect(store.removeHoldsEndedBy(NOON, 9)).toBe(1)
        const states = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((id) => store.hold(id)?.state)
        expect(states).toEqual(['sold', undefined, undefined, undefined, 'released', 'held'])
        expect([store.unitsTakenBy('ana'), store.unitsTakenBy('bob')]).toEqual([4, 0])
        const breakOff = () =>
          store.transaction(() => {
            store.removeHoldsEndedBy(NOON + 9, 9)
            throw new Error('the disk is full')
          })
        expect(breakOff).toThrow('the disk is full')
        expect([store.oldestEndedHold(), store.hold('h5')?.state]).toEqual([NOON + 1, 'released'])
      }))

    it('[STK12] keeps adjustments and take-backs by their ids', () =>
      run((store) => {
        const found = { adjustmentId: 'a1', delta: -3, kind: 'adjustment', reason: 'broken in transit' } as const
        store.insertAdjustment(found, NOON)
        store.insertTakeBack({ id: 't1', holdId: 'h1', units: 2 })
        expect([store.adjustment('a1'), store.adjustment('a2')]).toEqual([found, undefined])
        expect([store.takeBack('t1'), store.takeBack('t2')]).toEqual([{ id: 't1', holdId: 'h1', units: 2 }, undefined])
        expect(() => store.insertAdjustment(found, NOON)).toThrow(THERE_ALREADY)
        expect(() => store.insertTakeBack({ id: 't1', holdId: 'h1', units: 2 })).toThrow(THERE_ALREADY)
      }))

    it('[STK8] forgets a transaction that throws, whatever it had written', () =>
      run((store) => {
        const { keeper, clock } = openStock({ units: 9, store })
        keeper.ask([holdMove(), holdMove({ holdId: 'h2' })])
        const before = [keeper.proof(), store.account(), store.nextHoldEnd(), store.unitsTakenBy('ana')]
        const breakOff = () =>
          store.transaction(() => {
            store.insertHold(held('h3'))
            store.updateHold(held('h1', { state: 'released' }))
            store.endHoldsExpiredBy(NOON + MINUTE)
            store.insertTakeBack({ id: 't1', holdId: 'h1', units: 1 })
            store.insertAdjustment({ adjustmentId: 'a1', delta: 1, kind: 'adjustment', reason: '' }, NOON)
            store.saveAccount({ ...store.account()!, offer: offer({ version: 9 }) })
            throw new Error('the disk is full')
          })
        expect(breakOff).toThrow('the disk is full')
        expect([keeper.proof(), store.account(), store.nextHoldEnd(), store.unitsTakenBy('ana')]).toEqual(before)
        expect([store.hold('h3'), store.takeBack('t1'), store.adjustment('a1')]).toEqual([
          undefined,
          undefined,
          undefined,
        ])
        expect(store.hold('h1')!.state).toBe('held')
        clock.at = NOON + MINUTE
        expect(keeper.count()).toMatchObject({ free: 9, held: 0 })
      }))

    it('[STK1] adds up to the same numbers as the keeper, over four hundred random moves', () =>
      run((store) => {
        const dice = seededRandom(42)
        const upTo = (most: number) => Math.floor(dice.fraction() * (most + 1))
        const { keeper, clock, figures, recounted } = openStock({ units: 40, store })
        for (let i = 0; i < 400; i++) {
          const holdId = `h${upTo(60)}`
          const moves: StockMove[] = [
            holdMove({ holdId, visitorId: `v${upTo(9)}`, units: 1 + upTo(3), expiresAt: clock.at + upTo(5) * MINUTE }),
            { kind: 'claim', holdId, orderId: 'o1', expiresAt: clock.at + 30 * MINUTE },
            { kind: 'commit', holdId, orderId: `o${upTo(1)}` },
            { kind: 'release', holdId },
            { kind: 'take_back', takeBackId: `t${upTo(60)}`, holdId, units: 1 + upTo(2) },
          ]
          keeper.ask([moves[Math.max(0, upTo(8) - 4)]!])
          if (upTo(9) === 0) clock.at += MINUTE
          if (upTo(9) === 0)
            keeper.adjust({ adjustmentId: `a${i}`, delta: upTo(8) - 4, kind: 'adjustment', reason: '' })
          expect(recounted()).toEqual(figures())
        }
        expect(keeper.count()!.sold).toBeGreaterThan(0)
        expect(asked(keeper.ask([holdMove({ holdId: 'last', units: 1, expiresAt: clock.at + MINUTE })])).hold.id).toBe(
          'last',
        )
      }))
  })
}

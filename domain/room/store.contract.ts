/**
 * What every store of a drop and of places must do, as tests: over Maps in Node, over SQLite inside the runtime. `run`
 * hands a fresh, empty store to a test, which uses it in one go.
 */
import { describe, expect, it } from 'vitest'
import type { Call, Pass } from './admission.ts'
import { fullBucket } from './pace.ts'
import type { PlaceRow, PlacesStore } from './places.ts'
import type { DropStore, RoomState } from './store.ts'
import { NOON, dropTerms } from './testing.ts'

type Run<Store> = (test: (store: Store) => void) => void | Promise<void>

const state = (changes: Partial<RoomState> = {}): RoomState => ({
  phase: 'before',
  openedAt: null,
  drawnAt: null,
  drawn: 0,
  root: null,
  counts: {
    lastPosition: 0,
    admittedThrough: 0,
    called: 0,
    inside: 0,
    admitted: 0,
    callPace: fullBucket(60, NOON),
    passPace: fullBucket(60, NOON),
  },
  halt: null,
  haltedAt: NOON,
  showUp: 1,
  soldOut: false,
  soldOutAt: 0,
  againAvailable: false,
  ...changes,
})

const pass = (position: number, changes: Partial<Pass> = {}): Pass => ({
  position,
  placeId: `plc_${position}`,
  passId: `pas_${position}`,
  issuedAt: NOON,
  until: NOON + 100,
  used: false,
  refused: false,
  inside: true,
  ...changes,
})

export function describeDropStore(name: string, run: Run<DropStore>): void {
  describe(`a drop ${name}`, () => {
    it('[ROM19] gives back terms and room as they were saved last', () =>
      run((store) => {
        expect([store.drop(), store.room()]).toEqual([undefined, undefined])
        const drop = { terms: dropTerms(), seed: 'ab', shards: 3, changedAt: NOON }
        store.saveDrop(drop)
        store.saveRoom(state())
        store.saveDrop({ ...drop, changedAt: 5 })
        store.saveRoom(state({ phase: 'line', drawn: 9 }))
        expect(store.drop()).toEqual({ ...drop, changedAt: 5 })
        expect(store.room()).toEqual(state({ phase: 'line', drawn: 9 }))
      }))

    it('[ROM19] keeps lots, positions and pages byte for byte', () =>
      run((store) => {
        const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 3)
        expect([store.lots(1), store.positions(1), store.page(0)]).toEqual([undefined, undefined, undefined])
        store.saveLots(1, bytes)
        store.saveLots(0, new Uint8Array(0))
        expect(store.positions(1)).toBeUndefined()
        store.savePositions(1, bytes.subarray(8, 16))
        store.savePage(0, bytes.subarray(16))
        expect(store.lots(1)).toEqual(bytes)
        expect(store.lots(0)).toEqual(new Uint8Array(0))
        expect(store.positions(1)).toEqual(bytes.slice(8, 16))
        expect(store.page(0)).toEqual(bytes.slice(16))
        expect(store.shardsWithLots().toSorted((a, b) => a - b)).toEqual([0, 1])
      }))

    it('[ROM19] finds the numbers of one object of places, after those it has', () =>
      run((store) => {
        expect(store.lastRange(2)).toBeUndefined()
        store.insertRange(2, { from: 1, count: 5, first: 11 })
        store.insertRange(3, { from: 1, count: 1, first: 16 })
        store.insertRange(2, { from: 6, count: 2, first: 17 })
        expect(store.lastRange(2)).toEqual({ from: 6, count: 2, first: 17 })
        expect(store.ranges(2, 0).length).toBe(2)
        expect(store.ranges(2, 4)).toEqual([
          { from: 1, count: 5, first: 11 },
          { from: 6, count: 2, first: 17 },
        ])
        expect(store.ranges(2, 5)).toEqual([{ from: 6, count: 2, first: 17 }])
        expect(store.ranges(2, 7)).toEqual([])
      }))

    it('[ROM19] finds the call of a position, and those that are open', () =>
      run((store) => {
        const first: Call = { from: 1, through: 10, at: NOON, open: 10, lapsed: false }
        const second: Call = { from: 11, through: 12, at: NOON + 5, open: 2, lapsed: false }
        store.insertCall(first)
        store.insertCall(second)
        expect([store.callBefore(0), store.callBefore(10), store.callBefore(99)]).toEqual([undefined, first, second])
        store.updateCall({ ...first, open: 3, lapsed: true })
        expect(store.openCalls()).toEqual([second])
        expect(store.callBefore(5)).toEqual({ ...first, open: 3, lapsed: true })
        expect(store.recount()).toEqual({ called: 2, inside: 0, admitted: 0 })
        store.updateCall({ ...second, through: 14, open: 4 })
        expect(store.callBefore(14)).toEqual({ ...second, through: 14, open: 4 })
        expect(store.recount().called).toBe(4)
      }))

    it('[ROM19] keeps latecomers in the order in which they asked', () =>
      run((store) => {
        store.saveLatecomer({ position: 4, askedAt: NOON + 1, calledAt: null })
        store.saveLatecomer({ position: 9, askedAt: NOON, calledAt: null })
        store.saveLatecomer({ position: 4, askedAt: NOON + 1, calledAt: NOON + 2 })
        expect(store.latecomers().map(({ position }) => position)).toEqual([9, 4])
        expect(store.latecomer(4)).toEqual({ position: 4, askedAt: NOON + 1, calledAt: NOON + 2 })
        expect(store.recount().called).toBe(1)
        store.removeLatecomer(4)
        expect(store.latecomer(4)).toBeUndefined()
      }))

    it('[ROM19] counts passes, ends them by their time and finds them by their id', () =>
      run((store) => {
        expect(store.nextPassEnd()).toBeNull()
        store.insertPass(pass(1))
        store.insertPass(pass(2, { until: NOON + 50, issuedAt: NOON - 9 }))
        store.insertPass(pass(3, { until: NOON + 300, used: true }))
        expect(store.passById('pas_2')).toEqual(pass(2, { until: NOON + 50, issuedAt: NOON - 9 }))
        expect([store.pass(4), store.passById('pas_4')]).toEqual([undefined, undefined])
        expect(store.nextPassEnd()).toBe(NOON + 50)
        expect(store.hungryPasses(NOON - 9)).toEqual({ people: 1, leftMs: 9 })
        expect(store.hungryPasses(NOON - 10)).toEqual({ people: 2, leftMs: 11 })
        store.updatePass(pass(2, { until: NOON + 50, issuedAt: NOON - 9, refused: true }))
        expect(store.hungryPasses(NOON - 10)).toEqual({ people: 1, leftMs: 10 })
        expect(store.hungryPasses(NOON)).toEqual({ people: 0, leftMs: 0 })
        store.extendPasses(10)
        expect([store.pass(1)!.until, store.pass(3)!.until]).toEqual([NOON + 110, NOON + 300])
        expect(store.endPassesBy(NOON + 59)).toBe(0)
        expect(store.endPassesBy(NOON + 60)).toBe(1)
        expect(store.pass(2)).toMatchObject({ inside: false })
        store.updatePass({ ...store.pass(3)!, inside: false })
        expect([store.nextPassEnd(), store.recount()]).toEqual([NOON + 110, { called: 0, inside: 1, admitted: 3 }])
      }))

    it('[ROM19] undoes a turn that fails', () =>
      run((store) => {
        store.saveRoom(state())
        store.insertPass(pass(1))
        expect(() =>
          store.transaction(() => {
            store.saveRoom(state({ drawn: 5 }))
            store.updatePass(pass(1, { inside: false }))
            store.insertPass(pass(2))
            store.insertCall({ from: 1, through: 1, at: 0, open: 1, lapsed: false })
            throw new Error('the plug')
          }),
        ).toThrow('the plug')
        expect([store.room(), store.pass(1), store.pass(2)]).toEqual([state(), pass(1), undefined])
        expect([store.callBefore(1), store.nextPassEnd()]).toEqual([undefined, NOON + 100])
      }))
  })
}

const place = (visitorId: string, changes: Partial<PlaceRow> = {}): PlaceRow => ({
  visitorId,
  id: `plc_${visitorId}`,
  joinedAt: NOON,
  kind: 'draw',
  seq: 1,
  emailDigest: null,
  ...changes,
})

export function describePlacesStore(name: string, run: Run<PlacesStore>): void {
  describe(`places ${name}`, () => {
    it('[ROM19] are found by their visitor as they were saved last, and listed in the order of the draw', () =>
      run((store) => {
        store.savePlace(place('ben', { seq: 2 }))
        store.savePlace(place('ana', { kind: 'claiming', seq: 0, emailDigest: 'd' }))
        store.savePlace(place('eve', { kind: 'line' }))
        expect(store.inDraw()).toEqual([place('ben', { seq: 2 })])
        store.savePlace(place('ana'))
        expect(store.inDraw()).toEqual([place('ana'), place('ben', { seq: 2 })])
        store.removePlace('ben')
        expect([store.place('ana'), store.place('ben')]).toEqual([place('ana'), undefined])
      }))

    it('[ROM19] keep how far they are, what was drawn and which numbers they have', () =>
      run((store) => {
        expect([store.state().openedAt, store.drawn(), store.rangeBefore(1)]).toEqual([null, undefined, undefined])
        store.saveState({ openedAt: NOON, draw: 2, line: 3, numbered: 1, lastJoinedAt: 7 })
        store.saveDrawn(Uint8Array.of(1, 0, 0, 0))
        store.insertRange({ from: 1, count: 2, first: 9 })
        store.insertRange({ from: 3, count: 1, first: 40 })
        expect(store.state()).toEqual({ openedAt: NOON, draw: 2, line: 3, numbered: 1, lastJoinedAt: 7 })
        expect(store.drawn()).toEqual(Uint8Array.of(1, 0, 0, 0))
        expect([store.rangeBefore(2)!.first, store.rangeBefore(3)!.first, store.rangeBefore(9)!.first]).toEqual([
          9, 40, 40,
        ])
      }))

    it('[ROM19] count by address, know whose a mailbox is, and undo a turn that fails', () =>
      run((store) => {
        store.countPlaceFrom('net')
        store.countPlaceFrom('net')
        store.keepEmail('ana', 'plc_1')
        expect(() =>
          store.transaction(() => {
            store.countPlaceFrom('net')
            store.keepEmail('ben', 'plc_2')
            store.savePlace(place('ben'))
            throw new Error('the plug')
          }),
        ).toThrow('the plug')
        expect([store.placesFrom('net'), store.placesFrom('other')]).toEqual([2, 0])
        expect([store.ownerOfEmail('ana'), store.ownerOfEmail('ben'), store.place('ben')]).toEqual([
          'plc_1',
          undefined,
          undefined,
        ])
      }))
  })
}

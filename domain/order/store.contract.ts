/**
 * What every store of an order book must do, as tests: over Maps in Node, over SQLite inside the runtime. `run` hands a
 * fresh, empty store to a test, which uses it in one go. The second half drives a whole keeper over the store.
 */
import { describe, expect, it } from 'vitest'
import { accept, refuse, type Decision } from '../basics/decision.ts'
import { seededRandom } from '../basics/random.ts'
import type { HoldCommand } from '../message/order-book.ts'
import type { StockAnswer, StockRefusal } from '../message/stock-desk.ts'
import type { StoredAnswer } from './answers.ts'
import { INTENT_PATIENCE_MS } from './baskets.ts'
import type { BookHold } from './hold.ts'
import { OrderBookKeeper } from './keeper.ts'
import type { OutboxRow } from './outbox.ts'
import type { OrderBookStore } from './store.ts'
import { anOrder, granted, holdCommand, orderCommand, START, VISITOR } from './testing.ts'

const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
const HOLD_MS = 480_000

export function describeOrderBookStore(
  name: string,
  run: (test: (store: OrderBookStore) => void) => void | Promise<void>,
): void {
  const aHoldRow = (id: string, over: Partial<BookHold> = {}): BookHold => ({
    id,
    storeId: 'store_demo',
    visitorId: VISITOR,
    lines: [{ sku: 'SKU-A', units: 1 }],
    drop: null,
    createdAt: START,
    state: 'held',
    terms: null,
    expiresAt: START,
    orderId: null,
    answerKey: 'k',
    ...over,
  })
  const aRow = (id: string, dueAt: number): OutboxRow => ({ id, topic: 'settle', orderId: id, dueAt, sends: 0 })
  const anAnswer = (key: string, at: number): StoredAnswer => ({
    key,
    fingerprint: 'f',
    requestId: 'r',
    body: null,
    holdId: 'hld_1',
    at,
  })

  describe(`order book ${name}`, () => {
    it('[ORD1] undoes all of a turn that throws', () =>
      run((store) => {
        store.transaction(() => store.saveOrder(anOrder({ id: 'ord_0' })))
        const doomed = (): void =>
          store.transaction(() => {
            store.saveOrder(anOrder({ id: 'ord_1' }))
            store.saveOrder({ ...anOrder({ id: 'ord_0' }), version: 9 })
            store.saveHold(aHoldRow('hld_1'))
            store.saveAnswer(anAnswer('k', START))
            store.saveOutbox(aRow('o', START))
            throw new Error('crash')
          })
        expect(doomed).toThrow('crash')
        expect([store.order('ord_1'), store.hold('hld_1'), store.answer('k'), store.outboxRow('o')]).toEqual([
          undefined,
          undefined,
          undefined,
          undefined,
        ])
        expect(store.order('ord_0')!.version).toBe(1)
        expect(store.nextHoldDue()).toBeNull()
        expect(store.nextOutboxDue()).toBeNull()
      }))

    it('[HLD4] finds living holds by their end, and ended ones never', () =>
      run((store) => {
        store.saveHold(aHoldRow('hld_2', { expiresAt: START + 2 }))
        store.saveHold(aHoldRow('hld_1', { expiresAt: START + 1, state: 'reserving' }))
        store.saveHold(aHoldRow('hld_3', { expiresAt: START, state: 'released' }))
        expect(store.nextHoldDue()).toBe(START + 1)
        expect(store.holdsDue(START, 9)).toEqual([])
        expect(store.holdsDue(START + 2, 9).map(({ id }) => id)).toEqual(['hld_1', 'hld_2'])
        expect(store.holdsDue(START + 2, 1)).toHaveLength(1)
        expect(store.livingHolds('hld_1', 9).map(({ id }) => id)).toEqual(['hld_2'])
        store.saveHold(aHoldRow('hld_1', { expiresAt: START + 9, state: 'ordered' }))
        store.removeHold('hld_2')
        expect(store.nextHoldDue()).toBeNull()
        expect(store.hold('hld_1')).toEqual(aHoldRow('hld_1', { expiresAt: START + 9, state: 'ordered' }))
      }))

    it('[ORD7] knows which orders are not recorded in their last version', () =>
      run((store) => {
        const order = anOrder({ id: 'ord_1' })
        store.saveOrder(order)
        store.saveOrder(anOrder({ id: 'ord_2' }))
        expect(store.unrecorded(9).map(({ id }) => id)).toEqual(['ord_1', 'ord_2'])
        store.markRecorded('ord_1', 1)
        expect(store.unrecorded(9).map(({ id }) => id)).toEqual(['ord_2'])
        store.saveOrder({ ...order, version: 3 })
        store.markRecorded('ord_1', 2)
        expect(store.unrecorded(1).map(({ id }) => id)).toEqual(['ord_1'])
        store.markRecorded('ord_1', 3)
        store.markRecorded('ord_1', 2) // late
        expect(store.unrecorded(9).map(({ id }) => id)).toEqual(['ord_2'])
        expect(store.orders('ord_1', 9).map(({ id }) => id)).toEqual(['ord_2'])
      }))

    it('[ORD6] keeps the outbox in the order it is due', () =>
      run((store) => {
        store.saveOutbox(aRow('b', START + 1))
        store.saveOutbox(aRow('a', START + 2))
        store.saveOutbox(aRow('b', START + 3))
        expect(store.nextOutboxDue()).toBe(START + 2)
        expect(store.outboxDue(START + 3, 9).map(({ id }) => id)).toEqual(['a', 'b'])
        expect(store.outboxDue(START + 2, 9)).toEqual([aRow('a', START + 2)])
        store.removeOutbox('a')
        expect(store.outboxRow('a')).toBeUndefined()
        expect(store.nextOutboxDue()).toBe(START + 3)
      }))

    it('[ORD4] forgets answers by their age', () =>
      run((store) => {
        for (const [key, at] of [
          ['a', 1],
          ['b', 2],
          ['c', 3],
        ] as const)
          store.saveAnswer(anAnswer(key, at))
        expect(store.oldestAnswerAt()).toBe(1)
        expect(store.answersGivenBy(2, 1)).toEqual([{ key: 'a', holdId: 'hld_1' }])
        expect(store.answersGivenBy(2, 9).map(({ key }) => key)).toEqual(['a', 'b'])
        store.removeAnswer('a')
        expect(store.answer('a')).toBeUndefined()
        expect(store.oldestAnswerAt()).toBe(2)
        store.saveAnswer({ ...anAnswer('b', 4), holdId: null })
        expect(store.answersGivenBy(4, 9)).toEqual([
          { key: 'c', holdId: 'hld_1' },
          { key: 'b', holdId: null },
        ])
        for (const key of ['b', 'c']) store.removeAnswer(key)
        expect(store.oldestAnswerAt()).toBeNull()
      }))
  })

  describe(`the keeper of an order book ${name}`, () => {
    let now = START
    const over = (store: OrderBookStore): OrderBookKeeper =>
      new OrderBookKeeper(store, { now: () => now }, seededRandom(3))
    const test = (body: (keeper: OrderBookKeeper, store: OrderBookStore) => void) => () => {
      now = START
      return run((store) => body(over(store), store))
    }
    type Reply = Decision<StockAnswer, StockRefusal>
    const yes = (sku: string, units = 1): Reply => accept(granted(sku, units, now + HOLD_MS + 2000))
    const soldOut: Reply = refuse({ code: 'not_enough_stock', requested: 1, free: 0 })

    const begin = (keeper: OrderBookKeeper, command: HoldCommand) => keeper.beginHolds([command])[0]!
    function asking(keeper: OrderBookKeeper, command = holdCommand()) {
      const begun = begin(keeper, command)
      if (begun.kind !== 'asking') throw new Error(`answered already: ${JSON.stringify(begun)}`)
      return begun
    }
    const finish = (keeper: OrderBookKeeper, begun: ReturnType<typeof asking>, answers: Reply[] | null) =>
      keeper.finishHolds([{ intent: begun.intent, request: begun.request, answers }])[0]!
    function held(keeper: OrderBookKeeper, command = holdCommand()) {
      const { decision } = finish(
        keeper,
        asking(keeper, command),
        command.lines.map(({ sku, units }) => yes(sku, units)),
      )
      if (!decision.ok) throw new Error(decision.refusal.code)
      return decision.value
    }
    function ordered(keeper: OrderBookKeeper) {
      const { decision } = keeper.order(orderCommand(held(keeper).id))
      if (!decision.ok) throw new Error(decision.refusal.code)
      return decision.value
    }
    const dueIds = (keeper: OrderBookKeeper): string[] => keeper.takeDue().map(({ id }) => id)

    it(
      '[HLD1] holds a basket whole, at the prices its owners answered',
      test((keeper) => {
        const hold = held(keeper)
        expect(hold).toMatchObject({
          state: 'held',
          total: { amount: 13500, currency: 'EUR' },
          lines: [
            { sku: 'SKU-A', units: 2, lineTotal: { amount: 9000 } },
            { sku: 'SKU-B', units: 1 },
          ],
          expiresAt: START + HOLD_MS,
        })
        expect(keeper.findHold(hold.id)).toEqual(hold)
      }),
    )

    it(
      '[HLD1] gives back what was granted beside a refusal',
      test((keeper) => {
        const begun = asking(keeper)
        expect(keeper.findHold(begun.intent.id)).toBeNull()
        const { decision } = finish(keeper, begun, [yes('SKU-A', 2), soldOut])
        expect(decision).toEqual(refuse({ code: 'not_enough_stock', sku: 'SKU-B', requested: 1, free: 0 }))
        expect(keeper.takeDue()).toMatchObject([{ topic: 'release', sku: 'SKU-A', holdId: begun.intent.id }])
        expect(keeper.findHold(begun.intent.id)).toBeNull()
      }),
    )

    it(
      '[HLD5] refuses two currencies, and a SKU that is not of the drop',
      test((keeper) => {
        const dollars = accept(granted('SKU-B', 1, now + HOLD_MS, { price: { amount: 1, currency: 'USD' } }))
        const mixed = finish(keeper, asking(keeper), [yes('SKU-A', 2), dollars])
        expect(mixed.decision).toEqual(refuse({ code: 'mixed_currencies', currencies: ['EUR', 'USD'] }))
        const drop = finish(keeper, asking(keeper, holdCommand({ drop: 'friday' }, 'k9')), [
          yes('SKU-A', 2),
          yes('SKU-B'),
        ])
        expect(drop.decision).toEqual(refuse({ code: 'not_in_drop', sku: 'SKU-A', drop: 'friday' }))
        expect(keeper.takeDue().filter(({ topic }) => topic === 'release')).toHaveLength(4)
      }),
    )

    it(
      '[HLD6] repeats the first answer, refusals too, and refuses another body',
      test((keeper) => {
        const hold = held(keeper)
        const again = { ...holdCommand(), request: { key: 'k1', fingerprint: 'f', requestId: 'req_9' } }
        expect(begin(keeper, again)).toEqual({
          kind: 'answered',
          answered: { decision: accept(hold), replayed: true, requestId: 'req_1' },
        })
        const other = { ...again, request: { ...again.request, fingerprint: 'g' } }
        expect(begin(keeper, other)).toMatchObject({
          answered: { decision: refuse({ code: 'idempotency_key_reused' }) },
        })
        finish(keeper, asking(keeper, holdCommand({}, 'k2')), [soldOut, soldOut])
        expect(begin(keeper, holdCommand({}, 'k2'))).toMatchObject({
          answered: { replayed: true, decision: { ok: false, refusal: { code: 'not_enough_stock' } } },
        })
      }),
    )

    it(
      '[HLD6] refuses a repeat while the first is being asked for',
      test((keeper) => {
        const [first, second] = keeper.beginHolds([holdCommand(), holdCommand()])
        expect(first!.kind).toBe('asking')
        expect(second).toMatchObject({ answered: { decision: refuse({ code: 'idempotency_request_in_flight' }) } })
      }),
    )

    it(
      '[HLD6] remembers for 24 hours: 23:59:59 replays, 24:00:01 is new',
      test((keeper) => {
        held(keeper)
        now = START + DAY - SECOND
        expect(begin(keeper, holdCommand()).kind).toBe('answered')
        now = START + DAY + SECOND
        expect(begin(keeper, holdCommand()).kind).toBe('asking')
      }),
    )

    it(
      '[HLD7] resumes the same hold under the same id after a crash',
      test((keeper, store) => {
        const begun = asking(keeper)
        const reborn = over(store)
        const resumed = asking(reborn)
        expect(resumed.intent.id).toBe(begun.intent.id)
        expect(finish(reborn, resumed, [yes('SKU-A', 2), yes('SKU-B')]).decision.ok).toBe(true)
      }),
    )

    it(
      '[HLD7] strands nothing when an owner failed to answer, and knows the key as new ten seconds later',
      test((keeper) => {
        const begun = asking(keeper)
        expect(keeper.finishHolds([{ ...begun, answers: null }])).toEqual([null])
        expect(keeper.nextHoldDue()).toBe(START + INTENT_PATIENCE_MS)
        now = START + INTENT_PATIENCE_MS
        expect(keeper.endDue()).toBe(1)
        expect(keeper.takeDue().map((row) => row.topic === 'release' && row.sku)).toEqual(['SKU-A', 'SKU-B'])
        expect(asking(keeper).intent.id).not.toBe(begun.intent.id)
      }),
    )

    it(
      '[HLD7] leaves alone what is still being asked for',
      test((keeper) => {
        const begun = asking(keeper)
        now = START + INTENT_PATIENCE_MS
        keeper.endDue()
        expect(keeper.takeDue()).toEqual([])
        expect(keeper.nextHoldDue()).toBe(now + INTENT_PATIENCE_MS)
        expect(finish(keeper, begun, [yes('SKU-A', 2), yes('SKU-B')]).decision.ok).toBe(true)
      }),
    )

    it('[HLD7] gives back what was to be resumed in a turn that failed, and knows the key as new', () =>
      run((store) => {
        now = START
        asking(over(store))
        const dice = {
          fraction: () => 0,
          bytes: (): never => {
            throw new Error('no dice')
          },
        }
        const reborn = new OrderBookKeeper(store, { now: () => now }, dice)
        const together = (): unknown => reborn.beginHolds([holdCommand(), holdCommand({}, 'k2')])
        expect(together).toThrow('no dice') // the first would have been resumed; the second needs an id
        now = START + INTENT_PATIENCE_MS
        reborn.endDue()
        expect(reborn.takeDue().map((row) => row.topic === 'release' && row.sku)).toEqual(['SKU-A', 'SKU-B'])
        expect(reborn.nextHoldDue()).toBeNull()
      }))

    it(
      '[HLD4] takes an order one millisecond before the end, and none at it',
      test((keeper) => {
        const hold = held(keeper)
        now = hold.expiresAt
        expect(keeper.findHold(hold.id)!.state).toBe('expired')
        expect(keeper.order(orderCommand(hold.id)).decision).toEqual(
          refuse({ code: 'hold_has_ended', holdId: hold.id, end: 'expired' }),
        )
        now = hold.expiresAt - 1
        expect(keeper.findHold(hold.id)!.state).toBe('held')
        expect(keeper.order(orderCommand(hold.id, {}, 'k3')).decision.ok).toBe(true)
      }),
    )

    it(
      '[HLD8] asks every unit of an ended hold back until its owner has said yes',
      test((keeper) => {
        const hold = held(keeper)
        now = hold.expiresAt
        keeper.endDue()
        const ids = [`release:${hold.id}:SKU-A`, `release:${hold.id}:SKU-B`]
        expect(dueIds(keeper)).toEqual(ids)
        keeper.released([ids[0]!])
        expect(dueIds(keeper)).toEqual([])
        now += 3 * SECOND
        expect(dueIds(keeper)).toEqual([ids[1]])
      }),
    )

    it(
      '[HLD14] forgets a hold that came to nothing with the answer that granted it, and not a moment sooner',
      test((keeper) => {
        expect([keeper.forgetting.nextDue(), keeper.forgetting.forget()]).toEqual([null, 0])
        const hold = held(keeper)
        now = hold.expiresAt
        keeper.endDue()
        now = START + DAY - 1
        expect(keeper.forgetting.nextDue()).toBe(START + DAY + HOUR)
        expect(keeper.forgetting.forget()).toBe(0)
        expect(begin(keeper, holdCommand())).toMatchObject({ kind: 'answered', answered: { replayed: true } })
        expect(keeper.findHold(hold.id)).toMatchObject({ state: 'expired' })
        now = START + DAY + HOUR
        expect(keeper.forgetting.forget()).toBe(1)
        expect([keeper.findHold(hold.id), keeper.forgetting.nextDue()]).toEqual([null, null])
        expect(keeper.releaseHold(hold.id)).toMatchObject({ refusal: { code: 'hold_not_found' } })
        expect(begin(keeper, holdCommand()).kind).toBe('asking')
      }),
    )

    it(
      '[HLD14] keeps a hold that became an order, and its order',
      test((keeper) => {
        const order = ordered(keeper)
        now = START + 2 * DAY
        expect(keeper.forgetting.forget()).toBe(2) // what the hold and the order were answered
        expect(keeper.findHold(order.holdId)).toMatchObject({ state: 'ordered', orderId: order.id })
        expect(keeper.findOrder(order.id)).toEqual(order)
      }),
    )

    it(
      '[HLD14] forgets a hold whose key is used anew after a day',
      test((keeper, store) => {
        const hold = held(keeper)
        keeper.releaseHold(hold.id)
        now = START + DAY
        const next = held(keeper)
        expect([store.hold(hold.id), store.hold(next.id)?.state]).toEqual([undefined, 'held'])
      }),
    )

    it(
      '[HLD14] forgets a few hundred at a time',
      test((keeper, store) => {
        for (let i = 0; i < 201; i++) {
          store.saveHold(aHoldRow(`hld_${i}`, { state: 'expired' }))
          store.saveAnswer({ ...anAnswer(`k${i}`, START), holdId: `hld_${i}` })
        }
        now = START + DAY + HOUR
        expect(keeper.forgetting.forget()).toBe(200)
        expect(keeper.forgetting.nextDue()).toBe(now)
        expect(keeper.forgetting.forget()).toBe(1)
        expect(keeper.forgetting.nextDue()).toBeNull()
      }),
    )

    it(
      '[ORD4] repeats a refusal to somebody without a cookie when the hold that it was about has been forgotten',
      test((keeper) => {
        const hold = held(keeper)
        now = START + DAY - SECOND
        const command = orderCommand(hold.id, { visitorId: null }, 'k3')
        const { decision } = keeper.order(command) // over, though nobody has written it down
        keeper.endDue()
        now = START + DAY + HOUR
        keeper.forgetting.forget()
        expect(keeper.findHold(hold.id)).toBeNull()
        expect(keeper.order(command)).toMatchObject({ decision, replayed: true })
      }),
    )

    it(
      '[GEO13] repeats what was held and ordered to whose country is restricted by now, and lets nothing new in from there',
      test((keeper) => {
        const restriction = { code: 'country_forbidden_by_law', country: 'CU', by: 'network' } as const
        const shut = { decision: refuse(restriction), replayed: false }
        expect(begin(keeper, holdCommand({ restriction }))).toMatchObject({ kind: 'answered', answered: shut })
        const hold = held(keeper) // the same key, from elsewhere
        expect(begin(keeper, holdCommand({ restriction }))).toMatchObject({
          ...{ kind: 'answered', answered: { decision: accept(hold), replayed: true } },
        })
        expect(keeper.order(orderCommand(hold.id, { restriction }))).toMatchObject(shut)
        const { decision } = keeper.order(orderCommand(hold.id))
        expect(decision.ok).toBe(true)
        expect(keeper.order(orderCommand(hold.id, { restriction }))).toMatchObject({ decision, replayed: true })
      }),
    )

    it(
      '[HLD9] gives a hold back once, and not one with an order behind it',
      test((keeper) => {
        const hold = held(keeper)
        expect(keeper.releaseHold(hold.id)).toMatchObject({ ok: true, value: { state: 'released' } })
        expect(keeper.takeDue()).toHaveLength(2)
        expect(keeper.releaseHold(hold.id)).toMatchObject({ ok: true, value: { state: 'released' } })
        expect(keeper.takeDue()).toHaveLength(0)
        expect(keeper.order(orderCommand(hold.id, {}, 'k8')).decision).toMatchObject({
          refusal: { code: 'hold_has_ended', end: 'released' },
        })
        expect(keeper.releaseHold('hld_none')).toMatchObject({ refusal: { code: 'hold_not_found' } })
        const second = held(keeper, holdCommand({}, 'k5'))
        const order = keeper.order(orderCommand(second.id))
        expect(keeper.releaseHold(second.id)).toMatchObject({ refusal: { code: 'hold_already_ordered' } })
        expect(order.decision.ok).toBe(true)
      }),
    )

    it(
      '[ORD1] takes an order with all that must follow from it',
      test((keeper, store) => {
        const order = ordered(keeper)
        expect(order).toMatchObject({ status: 'accepted', version: 1, total: { amount: 13500, currency: 'EUR' } })
        expect(keeper.findHold(order.holdId)).toMatchObject({ state: 'ordered', orderId: order.id })
        expect(store.outboxDue(START + SECOND, 9).map(({ topic }) => topic)).toEqual(['settle', 'record'])
        expect(keeper.unrecorded(9).map((record) => record.order.id)).toEqual([order.id])
      }),
    )

    it(
      '[ORD2] gives a hold to one order, its own visitor’s, or to whoever knows its id',
      test((keeper) => {
        const hold = held(keeper)
        const stranger = keeper.order(orderCommand(hold.id, { visitorId: 'vis_other' }, 'k3'))
        expect(stranger.decision).toEqual(refuse({ code: 'hold_not_found', holdId: hold.id }))
        const first = keeper.order(orderCommand(hold.id, { visitorId: null }, 'k4'))
        const id = first.decision.ok ? first.decision.value.id : ''
        expect(keeper.order(orderCommand(hold.id, {}, 'k5')).decision).toEqual(
          refuse({ code: 'hold_already_ordered', holdId: hold.id, orderId: id }),
        )
      }),
    )

    it(
      '[ORD4] repeats an order’s first answer for 24 hours, whatever became of it',
      test((keeper) => {
        const order = ordered(keeper)
        keeper.cancel({ request: { key: 'c', fingerprint: 'f', requestId: 'r' }, orderId: order.id, reason: null })
        now = START + DAY - SECOND
        expect(keeper.order(orderCommand(order.holdId))).toEqual({
          decision: accept(order),
          replayed: true,
          requestId: 'req_2',
        })
        now = START + DAY + SECOND
        expect(keeper.order(orderCommand(order.holdId)).decision).toMatchObject({
          refusal: { code: 'hold_already_ordered' },
        })
      }),
    )

    it(
      '[ORD6] sends another settler when one was not heard of, and none once the order has settled',
      test((keeper) => {
        const order = ordered(keeper)
        expect(dueIds(keeper)).toEqual([`settle:${order.id}`])
        now += 19 * SECOND
        expect(dueIds(keeper)).not.toContain(`settle:${order.id}`)
        now += 2 * SECOND
        expect(dueIds(keeper)).toContain(`settle:${order.id}`)
      }),
    )

    it(
      '[PAY18] hands nothing to whoever only brings news, and sends a settler at once unless one is on its way',
      test((keeper) => {
        const order = ordered(keeper)
        keeper.takeDue()
        const claim = keeper.upcomingStep(order.id)
        if (claim.kind !== 'units') throw new Error(claim.kind)
        const lines = claim.asks.map(({ sku, holdId }) => ({ sku, holdId, refusal: null }))
        const claimed = keeper.overhear(order.id, [{ kind: 'units', move: 'claim', refundId: null, lines }], true)
        expect(claimed.kind).toBe('authorise')
        expect(dueIds(keeper)).not.toContain(`settle:${order.id}`)
        // Nobody took that step, so it is still there to be handed out.
        expect(keeper.nextStep(order.id).kind).toBe('authorise')
        expect(keeper.nextStep(order.id).kind).toBe('wait')
        const news = { kind: 'authorised', source: 'webhook', providerId: 'pi_1', amount: 13500 } as const
        keeper.overhear(order.id, [{ kind: 'payment', news, asOf: null, eventId: 'evt_1' }], false)
        expect(dueIds(keeper)).toContain(`settle:${order.id}`)
      }),
    )

    it(
      '[ORD7] owes Postgres a change until its version is recorded',
      test((keeper) => {
        const order = ordered(keeper)
        now += SECOND
        expect(dueIds(keeper)).toContain('record')
        now += 5 * SECOND
        expect(dueIds(keeper)).not.toContain('record')
        now += 60 * SECOND
        expect(dueIds(keeper)).toContain('record')
        keeper.recorded([{ orderId: order.id, version: 1 }])
        expect(keeper.unrecorded(9)).toEqual([])
        now += 3600 * SECOND
        expect(dueIds(keeper)).not.toContain('record')
      }),
    )
  })
}

/** A book's talk with an owner that takes its time: it answers when the test lets it. */
import { expect, it } from 'vitest'
import type { LeafStatement, OwnerStatement } from '../../domain/message/lease-desk.ts'
import { Leaves } from '../../domain/order/leaves.ts'
import { MemoryLeafStore } from '../../domain/stock/memory-store.ts'
import { NOON, offer } from '../../domain/stock/testing.ts'
import { LeafCalls } from './leaf-calls.ts'

const SKU = 'runner-42'
const ALARMS = 20

it('[LEA11] owes a slow owner one telling of how the leaf stands, however often it falls due, and buyers stand behind no more', async () => {
  const clock = { at: NOON, now: () => clock.at }
  const store = new MemoryLeafStore()
  const leaves = new Leaves('store_test/book-1', { leasedSkus: () => [], storeFor: () => store }, clock)
  const word: OwnerStatement = { granted: 5, offer: offer(), keep: 5, freeAnywhere: null, soldByOwner: false }
  leaves.hear(SKU, word)
  const owner = Promise.withResolvers<void>()
  const needs: number[] = []
  const lease = async ({ need }: LeafStatement): Promise<OwnerStatement> => {
    needs.push(need)
    await owner.promise
    return { ...word, granted: 6 }
  }
  const ownerOf = () => ({ lease, ask: async () => [], takenBy: async () => [] })
  const calls = new LeafCalls({ leaves, ownerOf, touch: (turn) => turn() })

  for (let alarm = 0; alarm < ALARMS; alarm++) {
    clock.at += 3_000
    calls.settleDue()
    await Promise.resolve() // the first is on its way when the others fall due
  }
  const heard = calls.withUnits([{ sku: SKU, units: 6 }], () => undefined)
  owner.resolve()
  await heard
  expect(needs.map((need) => need > 0)).toEqual([false, false, true])
})

it('[LEA11] asks nothing for those who have enough by now, because something came for others', async () => {
  const clock = { at: NOON, now: () => clock.at }
  const leaves = new Leaves('store_test/book-1', { leasedSkus: () => [], storeFor: () => new MemoryLeafStore() }, clock)
  const word: OwnerStatement = { granted: 1, offer: offer(), keep: 5, freeAnywhere: null, soldByOwner: false }
  leaves.hear(SKU, word)
  const needs: number[] = []
  const lease = async ({ need }: LeafStatement): Promise<OwnerStatement> => {
    needs.push(need)
    return { ...word, granted: 9 }
  }
  const ownerOf = () => ({ lease, ask: async () => [], takenBy: async () => [] })
  const calls = new LeafCalls({ leaves, ownerOf, touch: (turn) => turn() })

  const served: number[] = []
  await Promise.all([3, 4, 5].map((units) => calls.withUnits([{ sku: SKU, units }], () => served.push(units))))
  expect({ needs, served }).toEqual({ needs: [2], served: [3, 4, 5] })
})

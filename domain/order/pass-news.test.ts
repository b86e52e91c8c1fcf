/** What a visitor's book tells the waiting rooms that let them in. */
import { describe, expect, it } from 'vitest'
import { accept, refuse } from '../basics/decision.ts'
import { seededRandom } from '../basics/random.ts'
import type { OfferedDrop } from '../message/stock-desk.ts'
import { OrderBookKeeper } from './keeper.ts'
import { MemoryOrderBookStore } from './memory-store.ts'
import { granted, holdCommand, START } from './testing.ts'

const friday: OfferedDrop = { id: 'drp_1', slug: 'friday', opensAt: 0, endsAt: null, paused: false }
const news = (what: 'used' | 'refused', passId: string) => ({ what, dropId: 'drp_1', passId })

function aBook() {
  const book = new OrderBookKeeper(new MemoryOrderBookStore(), { now: () => START }, seededRandom(1))
  const holds = (key: string, passId: string, isThere: boolean): void => {
    const admission = { country: null, pass: { dropId: 'drp_1', passId }, invitation: null }
    const [begun] = book.beginHolds([holdCommand({ lines: [{ sku: 'A', units: 1 }], admission }, key)])
    if (begun?.kind !== 'asking') throw new Error(begun?.kind)
    const room = { ...friday, room: true }
    const answer = isThere
      ? accept(granted('A', 1, START + 60_000, { drop: room }))
      : refuse({ code: 'not_enough_stock', requested: 1, free: 0 } as const)
    book.finishHolds([{ intent: begun.intent, request: begun.request, answers: [answer] }])
  }
  return { book, holds }
}

describe('a pass', () => {
  it('[ROM8] that was refused for lack of stock is told to its room once, and still lets a basket in', () => {
    const { book, holds } = aBook()
    holds('k1', 'pas_1', false)
    holds('k2', 'pas_1', false)
    expect(book.takePassNews()).toEqual([news('refused', 'pas_1')])
    holds('k3', 'pas_1', true)
    holds('k4', 'pas_2', false)
    expect(book.takePassNews()).toEqual([news('used', 'pas_1'), news('refused', 'pas_2')])
  })
})

/**
 * What a question to the owner of stock must look like. Our own callers ask, with input they have checked; a question
 * that is not of this shape is their bug, and is stopped before it meets anybody's units.
 */
import { assert } from '../basics/assert.ts'
import type { Adjustment, Offer, StockMove } from '../message/stock-desk.ts'

/** One call's most: about 30 ms of work for the owner. */
export const MOVES_MAX = 1_000
/** Ours are 30 letters, and `initial:<sku>` is a little longer. */
const ID_LETTERS_MAX = 200
/**
 * The most units of one SKU in one move, one adjustment or one opening stock; whoever takes such a number in refuses more.
 * More than anybody sells of one SKU at once; sums of such numbers stay exact.
 */
export const UNITS_MAX = 1_000_000

export function assertMoves(moves: readonly StockMove[]): void {
  assert(moves.length <= MOVES_MAX, `at most ${MOVES_MAX} moves in one call, not ${moves.length}`)
  for (const move of moves) {
    assertId(move.holdId)
    if (move.kind === 'hold') assertId(move.visitorId)
    if (move.kind === 'claim' || move.kind === 'commit') assertId(move.orderId)
    if (move.kind === 'take_back') assertId(move.takeBackId)
    if (move.kind === 'hold' || move.kind === 'take_back') assertUnits(move.units)
    if (move.kind === 'hold' || move.kind === 'claim') assertCounter(move.expiresAt)
  }
}

export function assertAdjustment({ adjustmentId, delta }: Adjustment): void {
  assertId(adjustmentId)
  assert(Number.isInteger(delta) && Math.abs(delta) <= UNITS_MAX, `no number of units: ${delta}`)
}

export function assertOffer({ version, unitsPerVisitorMax, holdDurationMs }: Offer): void {
  assertCounter(version)
  assertUnits(unitsPerVisitorMax)
  assert(Number.isSafeInteger(holdDurationMs) && holdDurationMs > 0, `no duration: ${holdDurationMs}`)
}

function assertId(id: string): void {
  assert(id.length > 0 && id.length <= ID_LETTERS_MAX, `no id: ${id.slice(0, 40)}`)
}

function assertUnits(units: number): void {
  assert(Number.isInteger(units) && units >= 1 && units <= UNITS_MAX, `no number of units: ${units}`)
}

function assertCounter(at: number): void {
  assert(Number.isSafeInteger(at) && at >= 0, `no instant or version: ${at}`)
}

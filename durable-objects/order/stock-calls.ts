/**
 * Asking the owners of stock, from inside a book: what is asked of one SKU at the same time travels in one call, however
 * many baskets and orders it is for (docs/decisions/004-books-gather-holds.md).
 *
 * Every move is safe to repeat, so a call that broke in mid-air is made once more. An owner that is overloaded is left
 * alone: its callers are told to come back. An owner that hangs is not waited for: see ../basics/deadline.ts.
 */
import type { Decision } from '../../domain/basics/decision.ts'
import type { StockAnswer, StockDesk, StockMove, StockRefusal } from '../../domain/message/stock-desk.ts'
import { endedUnderTheCall, isOverloaded } from '../../platform/desks.ts'
import { Fault } from '../../platform/fault.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'

export interface Question {
  sku: string
  move: StockMove
}

export type StockReply =
  | { answered: true; decision: Decision<StockAnswer, StockRefusal> }
  | { answered: false; fault: Fault }

/** An owner decides its moves in one turn, and a turn must stay short. */
const MOVES_PER_CALL = 100

type OwnerOf = (sku: string) => Pick<StockDesk, 'ask'>

export interface Asking {
  /** For one call, with its repeat. */
  patienceMs?: number
  /** Told after each call that has come back: the replies so far. */
  heard?: (replies: readonly (StockReply | undefined)[]) => void
}

/** One reply a question, in order. Never rejects: an owner that is away, or late, spoils only what was asked of it. */
export async function askOwners(
  ownerOf: OwnerOf,
  questions: readonly Question[],
  { patienceMs = CALL_PATIENCE_MS, heard }: Asking = {},
): Promise<StockReply[]> {
  const replies = Array.from<StockReply | undefined>({ length: questions.length })
  const calls = [...bySku(questions)].flatMap(([sku, places]) => chunks(places).map((chunk) => ({ sku, chunk })))
  await Promise.all(
    calls.map(async ({ sku, chunk }) => {
      const moves = chunk.map((place) => questions[place]!.move)
      const answers = await askOwner(ownerOf, sku, moves, patienceMs)
      chunk.forEach((place, i) => (replies[place] = answers[i]!))
      heard?.(replies)
    }),
  )
  return replies.map((reply) => reply!)
}

async function askOwner(ownerOf: OwnerOf, sku: string, moves: StockMove[], patienceMs: number): Promise<StockReply[]> {
  try {
    const decisions = await within(
      patienceMs,
      `asking for ${sku}`,
      twice(() => ownerOf(sku).ask(moves)),
    )
    return decisions.map((decision) => ({ answered: true, decision }))
  } catch (thrown) {
    return moves.map(() => ({ answered: false, fault: faultOf(sku, thrown) }))
  }
}

/** Through a fresh stub the second time, and only where the object ended under the first. */
export async function twice<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask()
  } catch (fault) {
    if (!endedUnderTheCall(fault)) throw fault
    return ask()
  }
}

/** Errors lose their class on their way to the Worker but keep their properties: `overloaded` is what it looks for. */
export function faultOf(sku: string, cause: unknown): Fault {
  const busy = isOverloaded(cause)
  const fault = new Fault(busy ? `the stock of ${sku} is busy` : `the stock of ${sku} does not answer`, { cause })
  return busy ? Object.assign(fault, { overloaded: true }) : fault
}

function bySku(questions: readonly Question[]): Map<string, number[]> {
  const places = new Map<string, number[]>()
  questions.forEach(({ sku }, i) => places.set(sku, [...(places.get(sku) ?? []), i]))
  return places
}

const chunks = (places: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(places.length / MOVES_PER_CALL) }, (_, i) =>
    places.slice(i * MOVES_PER_CALL, (i + 1) * MOVES_PER_CALL),
  )

/**
 * Holds that leave this isolate for one order book at about the same moment leave together. To a crowd the call to the
 * object costs more than the object's turn, and it carries a hundred holds as well as one.
 *
 * Who comes alone goes at once. Who comes while a call for the same SKUs is on its way to that book gathers in a lot, which
 * leaves when the call is back, and soon in any case: so the slower the book, the larger the company. Only holds of the
 * same SKUs share a call, so that nobody waits for an owner they did not ask (SPEC HLD12). Each lot is carried by the
 * request that began it, and by no other's.
 */
import type { HoldCommand, HoldOutcome, OrderBookDesk } from '../domain/message/order-book.ts'
import { within } from '../durable-objects/basics/deadline.ts'
import { systemClock } from '../platform/dice.ts'
import type { Asked } from './context.ts'
import { orderBook } from './desks.ts'

type Desk = Pick<OrderBookDesk, 'hold' | 'holdAll'>
type Held = Awaited<ReturnType<Desk['hold']>>

interface Lot {
  commands: HoldCommand[]
  outcomes: Promise<HoldOutcome[]>
  begunAt: number
}

const HOLDS_PER_LOT = 100
/** A lot that has not left by then was begun by a request that was cut off. */
const LEAVES_WITHIN_MS = 250
/** Longer than a book takes to hear of owners that hang, and to say so. */
const PATIENCE_MS = 15_000

/** So long a lot waits at most for the one before it to come back: unnoticed by its people, and company for the next. */
const COMPANY_MS = 25
/** How often a lot looks whether it is time to leave. */
const LOOK_MS = 3

const callsUnderWay = new Map<string, number>()
const lots = new Map<string, Lot>()

/** As the book's `hold`. */
export function holdInCompany(c: Asked, book: number, command: HoldCommand): Promise<Held> {
  const { storeId, lines } = command
  // Several deployments live in one isolate only in tests; there each has a database of its own.
  const name = `${c.env.DATABASE_URL} ${storeId} ${book} ${lines.map(({ sku }) => sku).join(' ')}`
  return holdTogether(name, command, {
    desk: orderBook(c.env, storeId, book),
    keep: (lot) => c.executionCtx.waitUntil(lot),
  })
}

/** `keep` is handed a lot that others may wait for, to keep it alive when whoever began it goes away. */
export async function holdTogether(
  name: string,
  command: HoldCommand,
  by: { desk: Desk; keep: (lot: Promise<unknown>) => void },
): Promise<Held> {
  if (!callsUnderWay.has(name) && !lots.has(name)) return underWay(name, () => by.desk.hold(command))
  const open = lots.get(name)
  const isOpen = open && open.commands.length < HOLDS_PER_LOT && systemClock.now() < open.begunAt + LEAVES_WITHIN_MS
  const lot = isOpen ? open : begin(name, by)
  const place = lot.commands.push(command) - 1
  const outcome = (await within(PATIENCE_MS, 'a hold in company', lot.outcomes))[place]!
  if ('answered' in outcome) return outcome.answered
  const { message, ...facts } = outcome.fault
  throw Object.assign(new Error(message), facts)
}

function begin(name: string, { desk, keep }: Parameters<typeof holdTogether>[2]): Lot {
  const lot: Lot = { commands: [], outcomes: Promise.resolve([]), begunAt: systemClock.now() }
  lots.set(name, lot)
  lot.outcomes = gathered(name, lot).then(() => underWay(name, () => desk.holdAll(lot.commands)))
  keep(lot.outcomes.catch(() => undefined))
  return lot
}

/**
 * Resolves when the lot is to leave. It looks, instead of being told by whoever comes back: theirs is another request, and
 * the runtime lets no request wait for another that may be cut off.
 */
async function gathered(name: string, lot: Lot): Promise<void> {
  const until = lot.begunAt + COMPANY_MS
  do await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  while (callsUnderWay.has(name) && lot.commands.length < HOLDS_PER_LOT && systemClock.now() < until)
  if (lots.get(name) === lot) lots.delete(name)
}

/** Counts a call to a book for as long as it is on its way. */
async function underWay<Answer>(name: string, call: () => Promise<Answer>): Promise<Answer> {
  callsUnderWay.set(name, (callsUnderWay.get(name) ?? 0) + 1)
  try {
    return await call()
  } finally {
    const left = callsUnderWay.get(name)! - 1
    if (left > 0) callsUnderWay.set(name, left)
    else callsUnderWay.delete(name)
  }
}

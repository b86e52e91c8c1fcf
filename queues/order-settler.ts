/**
 * The settler: performs the steps that order books hand out, until an order has none left for now. It decides nothing
 * and remembers nothing; two of them at one order, or one that dies between any two lines, do no harm, because every
 * step carries its own keys (domain/message/settle.ts).
 *
 * A step that calls the provider is begun when the pacer has said that it may be, and not before.
 */
import { assert } from '../domain/basics/assert.ts'
import type { PermitAsk } from '../domain/message/pacer-desk.ts'
import type { SettleMessage } from '../domain/message/queues.ts'
import type { News, SettlerDesk, Step, UnitsOutcome } from '../domain/message/settle.ts'
import type { StockDesk } from '../domain/message/stock-desk.ts'
import type { Calls } from '../platform/stripe/calls.ts'
import { endpointOf, type PaymentProvider, type PaymentStep } from '../platform/stripe/payments.ts'
import { abreast } from './abreast.ts'
import { again, done, reasonOf, type Outcome } from './outcome.ts'
import { Permits, type Pacing, type Turn } from './permits.ts'

export interface SettlerParts {
  bookNamed: (name: string) => SettlerDesk
  stockOf: (storeId: string, sku: string) => Pick<StockDesk, 'ask'>
  payments: PaymentProvider
  pacing: Pacing
}

/** Orders at a time: a request may have six connections open, and half of the steps are not the provider's. */
const ORDERS_ABREAST = 10
const OWNERS_ABREAST = 6
/** Far more than the longest way through the table. Beyond it somebody tells us something that changes nothing. */
const STEPS_MOST = 24
const PAUSE_AFTER_TOO_MANY_MS = 5_000
const PAUSE_AFTER_FAULT_MS = 2_000

/** An order and what is to be done for it: as its book showed it, not begun. */
interface Shown {
  book: string
  orderId: string
  step: Step
  /** The permit for the step, where it needs one. */
  turn?: Turn
}

/** One outcome a message. The same order twice in a batch is settled once. */
export async function settleOrders(messages: readonly SettleMessage[], parts: SettlerParts): Promise<Outcome[]> {
  const orders = new Map(messages.map((message) => [nameOf(message), message]))
  const outcomes = new Map<string, Outcome>()
  const stores = Map.groupBy(orders.values(), ({ book }) => book.split('/')[0]!)
  await Promise.all(
    [...stores].map(async ([storeId, ofStore]) => {
      const permits = new Permits(storeId, parts.pacing)
      await settleStore(ofStore, outcomes, permits, parts)
      await permits.finish()
    }),
  )
  return messages.map((message) => outcomes.get(nameOf(message))!)
}

const nameOf = ({ book, orderId }: { book: string; orderId: string }): string => `${book} ${orderId}`

/**
 * Looks what is next for all, asks for their permits in one question, puts off those whose turn at the provider has not
 * come, and settles the others in the order of their turns. Never rejects.
 */
async function settleStore(
  orders: readonly SettleMessage[],
  outcomes: Map<string, Outcome>,
  permits: Permits,
  parts: SettlerParts,
): Promise<void> {
  const books = Map.groupBy(orders, ({ book }) => book)
  const looked = await abreast([...books], OWNERS_ABREAST, ([book, ofBook]) => look(book, ofBook, outcomes, parts))
  const shown = looked.flat()
  const paying = shown.filter(({ step }) => isPayment(step))
  const turns = await permits.askAll(paying.map(({ step }) => askFor(step as PaymentStep)))
  paying.forEach((order, i) => (order.turn = turns[i]!))
  const late = paying.filter(({ turn }) => turn?.kind === 'come_back')
  const ready = shown.filter(({ turn }) => turn?.kind !== 'come_back').sort((a, b) => startOf(a) - startOf(b))
  await Promise.all([
    ...[...Map.groupBy(late, ({ book }) => book)].map(([book, ofBook]) => postpone(book, ofBook, outcomes, parts)),
    abreast(ready, ORDERS_ABREAST, async (order) => {
      outcomes.set(nameOf(order), await settle(order, permits, parts))
    }),
  ])
}

const startOf = ({ turn }: Shown): number => (turn?.kind === 'go' ? turn.at : 0)
/** Not named by the step's key: it grows with each doubt, and what is asked again under another key is asked again. */
const askFor = (step: PaymentStep): PermitAsk => ({
  endpoint: endpointOf(step),
  name: step.kind === 'refund' ? step.refundId : step.orderId,
})
const isPayment = (step: Step): step is PaymentStep =>
  step.kind !== 'units' && step.kind !== 'wait' && step.kind !== 'done'

async function look(
  book: string,
  orders: readonly SettleMessage[],
  outcomes: Map<string, Outcome>,
  { bookNamed }: SettlerParts,
): Promise<Shown[]> {
  try {
    const steps = await bookNamed(book).upcoming(orders.map(({ orderId }) => orderId))
    assert(steps.length === orders.length, `${book} shows one step an order`)
    return orders.map(({ orderId }, i) => ({ book, orderId, step: steps[i]! }))
  } catch (thrown) {
    for (const order of orders) outcomes.set(nameOf(order), again(PAUSE_AFTER_FAULT_MS, thrown))
    return []
  }
}

/** The book itself sends for a settler when the time comes: a message would be tried five times and given up. */
async function postpone(
  book: string,
  orders: readonly Shown[],
  outcomes: Map<string, Outcome>,
  { bookNamed }: SettlerParts,
): Promise<void> {
  let outcome: Outcome = done
  try {
    await bookNamed(book).postpone(
      orders.map(({ orderId, turn }) => ({ orderId, inMs: turn?.kind === 'come_back' ? turn.inMs : 0 })),
    )
  } catch (thrown) {
    outcome = again(PAUSE_AFTER_FAULT_MS, thrown)
  }
  for (const order of orders) outcomes.set(nameOf(order), outcome)
}

async function settle(
  { book: name, orderId, ...shown }: Shown,
  permits: Permits,
  parts: SettlerParts,
): Promise<Outcome> {
  let { step, turn } = shown
  // A stub is asked for anew each time: one whose object broke stays broken.
  const book = (): SettlerDesk => parts.bookNamed(name)
  try {
    // Having looked is not having asked: now the book notes when it wants to be asked next.
    if (step.kind === 'wait' || step.kind === 'done') step = await book().tell(orderId, [], 'shown')
    for (let steps = 0; steps < STEPS_MOST; steps++) {
      if (step.kind === 'done' || step.kind === 'wait') return done
      if (!isPayment(step)) {
        step = await book().tell(orderId, await moveUnits(step, book(), parts), 'shown')
        continue
      }
      const ask = askFor(step)
      turn = await permits.ready(ask, turn ?? (await permits.ask(ask)))
      if (turn.kind === 'come_back') {
        await book().postpone([{ orderId, inMs: turn.inMs }])
        return done
      }
      // Begun only now: while an order waits for its turn, nothing has been asked of anybody (SPEC PCE6).
      step = await begun(book(), orderId, () => permits.unused(ask))
      turn = undefined
      if (isPayment(step)) {
        const calls = permits.callsFor(askFor(step), ask)
        step = await book().tell(orderId, [await pay(step, calls, parts)], 'shown')
      } else permits.unused(ask)
    }
    return again(PAUSE_AFTER_TOO_MANY_MS, `${orderId} wants one step after the other`)
  } catch (thrown) {
    // The book is away. Its own outbox sends somebody later, too.
    return again(PAUSE_AFTER_FAULT_MS, thrown)
  }
}

async function begun(book: SettlerDesk, orderId: string, onFault: () => void): Promise<Step> {
  try {
    return await book.nextStep(orderId)
  } catch (thrown) {
    onFault()
    throw thrown
  }
}

/** Never rejects: a fault is news as well. */
async function pay(step: PaymentStep, calls: Calls, { payments }: SettlerParts): Promise<News> {
  try {
    return await payments.perform(step, calls)
  } catch (thrown) {
    return { kind: 'fault', about: step.kind, message: reasonOf(thrown), afterMs: null }
  }
}

/** Asks every owner; what some answered counts, whatever the others do. */
async function moveUnits(
  step: Extract<Step, { kind: 'units' }>,
  book: SettlerDesk,
  { stockOf }: SettlerParts,
): Promise<News[]> {
  const replies = await abreast(step.asks, OWNERS_ABREAST, async ({ sku, holdId, moves, atLeaf }) => {
    if (moves.length === 0) return { sku, holdId, refusal: null } // nothing left to give back
    try {
      // What is held anew may be the book's to hold, even where the first hold was the owner's.
      const isBooks = atLeaf === true || step.move === 'reacquire'
      const answers = isBooks ? await book.askUnits(sku, moves) : await stockOf(step.storeId, sku).ask(moves)
      const last = answers.at(-1)!
      return { sku, holdId, refusal: last.ok ? null : last.refusal }
    } catch (thrown) {
      return { sku, fault: reasonOf(thrown) }
    }
  })
  const lines = replies.filter((reply): reply is UnitsOutcome => !('fault' in reply))
  const faults = replies.flatMap((reply) => ('fault' in reply ? [reply.fault] : []))
  const news: News[] = lines.length > 0 ? [{ kind: 'units', move: step.move, refundId: step.refundId, lines }] : []
  if (faults.length > 0) news.push({ kind: 'fault', about: 'units', message: faults[0]!, afterMs: null })
  return news
}

/**
 * The settler: performs the steps that order books hand out, until an order has none left for now. It decides nothing
 * and remembers nothing; two of them at one order, or one that dies between any two lines, do no harm, because every
 * step carries its own keys (domain/message/settle.ts).
 */
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { SettleMessage } from '../domain/message/queues.ts'
import type { News, Step, UnitsOutcome } from '../domain/message/settle.ts'
import type { StockDesk } from '../domain/message/stock-desk.ts'
import type { PaymentProvider } from '../platform/stripe/payments.ts'
import { abreast } from './abreast.ts'
import { again, done, reasonOf, type Outcome } from './outcome.ts'

export interface SettlerParts {
  bookNamed: (name: string) => Pick<OrderBookDesk, 'nextStep' | 'tell'>
  stockOf: (storeId: string, sku: string) => Pick<StockDesk, 'ask'>
  payments: PaymentProvider
}

/** Orders at a time: a request may have six connections open, and half of the steps are not the provider's. */
const ORDERS_ABREAST = 10
const OWNERS_ABREAST = 6
/** Far more than the longest way through the table. Beyond it somebody tells us something that changes nothing. */
const STEPS_MOST = 24
const PAUSE_AFTER_TOO_MANY_MS = 5_000
const PAUSE_AFTER_FAULT_MS = 2_000

/** One outcome a message. The same order twice in a batch is settled once. */
export async function settleOrders(messages: readonly SettleMessage[], parts: SettlerParts): Promise<Outcome[]> {
  const orders = new Map(messages.map((message) => [`${message.book} ${message.orderId}`, message]))
  const names = [...orders.keys()]
  const outcomes = await abreast(names, ORDERS_ABREAST, (name) => settle(orders.get(name)!, parts))
  return messages.map(({ book, orderId }) => outcomes[names.indexOf(`${book} ${orderId}`)]!)
}

async function settle({ book: name, orderId }: SettleMessage, parts: SettlerParts): Promise<Outcome> {
  try {
    // A stub is asked for anew each time: one whose object broke stays broken.
    let step = await parts.bookNamed(name).nextStep(orderId)
    for (let steps = 0; steps < STEPS_MOST; steps++) {
      if (step.kind === 'done' || step.kind === 'wait') return done
      const news = await perform(step, parts)
      step = await parts.bookNamed(name).tell(orderId, news)
    }
    return again(PAUSE_AFTER_TOO_MANY_MS, `${orderId} wants one step after the other`)
  } catch (thrown) {
    // The book is away. Its own outbox sends somebody later, too.
    return again(PAUSE_AFTER_FAULT_MS, thrown)
  }
}

/** Never rejects: a fault is news as well. */
async function perform(step: Exclude<Step, { kind: 'wait' | 'done' }>, parts: SettlerParts): Promise<News[]> {
  try {
    return step.kind === 'units' ? await moveUnits(step, parts) : [await parts.payments.perform(step)]
  } catch (thrown) {
    return [{ kind: 'fault', about: step.kind, message: reasonOf(thrown), afterMs: null }]
  }
}

/** Asks every owner; what some answered counts, whatever the others do. */
async function moveUnits(step: Extract<Step, { kind: 'units' }>, { stockOf }: SettlerParts): Promise<News[]> {
  const replies = await abreast(step.asks, OWNERS_ABREAST, async ({ sku, holdId, moves }) => {
    if (moves.length === 0) return { sku, holdId, refusal: null } // nothing left to give back
    try {
      const last = (await stockOf(step.storeId, sku).ask(moves)).at(-1)!
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

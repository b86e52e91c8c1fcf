/**
 * The courier of an order book: tells others what the outbox says. It is never needed for anything to be true; a row it
 * fails to deliver falls due again by itself.
 *
 * Rows that come together travel together: one batch a queue, one call an owner of stock. A new order's units are
 * claimed from here, at once, because the hold behind it may have been in its last second.
 */
import type { LetterMessage, RecordMessage, SettleMessage } from '../../domain/message/queues.ts'
import type { News, Step, UnitsOutcome } from '../../domain/message/settle.ts'
import type { StockDesk } from '../../domain/message/stock-desk.ts'
import type { OrderBookKeeper } from '../../domain/order/keeper.ts'
import type { OutboxRow, Topic } from '../../domain/order/outbox.ts'
import { oneTurn } from '../basics/gather.ts'
import { askOwners } from './stock-calls.ts'

export interface Destinations {
  book: string
  ownerOf: (sku: string) => StockDesk
  settle: Queue<SettleMessage>
  record: Queue<RecordMessage>
  letters: Queue<LetterMessage>
  /** Tells an order what became of its claim; what follows is the settler's, who is about to be sent. */
  overhear(orderId: string, news: News): void
}

type RowOf<T extends Topic> = Extract<OutboxRow, { topic: T }>
type UnitsStep = Extract<Step, { kind: 'units' }>

const MESSAGES_PER_BATCH = 100
/** A settler claims as well; so it is sent for soon even if an owner of stock is slow. */
const CLAIM_PATIENCE_MS = 1_500

export class Courier {
  readonly #keeper: Pick<OrderBookKeeper, 'upcomingStep' | 'released'>
  readonly #to: Destinations
  #rows: OutboxRow[] = []
  #under: Promise<void> | undefined

  constructor(keeper: Pick<OrderBookKeeper, 'upcomingStep' | 'released'>, to: Destinations) {
    this.#keeper = keeper
    this.#to = to
  }

  /** Resolves when everything handed over so far was delivered or has failed. Never rejects. */
  deliver(rows: readonly OutboxRow[]): Promise<void> {
    this.#rows.push(...rows)
    this.#under ??= this.#deliverAll()
    return this.#under
  }

  async #deliverAll(): Promise<void> {
    await oneTurn() // for company
    while (this.#rows.length > 0) await this.#deliverSome(this.#rows.splice(0))
    this.#under = undefined
  }

  async #deliverSome(rows: readonly OutboxRow[]): Promise<void> {
    const of = <T extends Topic>(topic: T) => rows.filter((row): row is RowOf<T> => row.topic === topic)
    const { book, record, letters } = this.#to
    await Promise.all([
      this.#release(of('release')),
      this.#claimAndSettle(of('settle')),
      send(
        record,
        of('record').map((): RecordMessage => ({ v: 1, kind: 'orders', book })),
      ),
      send(
        letters,
        of('letter').map(({ id, kind, orderId }): LetterMessage => ({ v: 1, kind, book, orderId, outboxId: id })),
      ),
    ])
  }

  async #release(rows: readonly RowOf<'release'>[]): Promise<void> {
    const questions = rows.map(({ sku, holdId }) => ({ sku, move: { kind: 'release', holdId } as const }))
    const replies = await askOwners(this.#to.ownerOf, questions)
    // Any answer will do: a refusal says that there was nothing to give back.
    const done = rows.filter((_, i) => replies[i]!.answered).map(({ id }) => id)
    if (done.length > 0) this.#keeper.released(done)
  }

  async #claimAndSettle(rows: readonly RowOf<'settle'>[]): Promise<void> {
    const { book, settle } = this.#to
    const fresh = rows.filter(({ sends }) => sends === 0)
    if (fresh.length > 0) await Promise.race([this.#claim(fresh), patience()])
    await send(
      settle,
      rows.map(({ orderId }): SettleMessage => ({ v: 1, kind: 'settle', book, orderId })),
    )
  }

  async #claim(rows: readonly RowOf<'settle'>[]): Promise<void> {
    const steps = rows.map(({ orderId }) => this.#keeper.upcomingStep(orderId)).filter(isClaim)
    const asks = steps.flatMap((step) => step.asks.map((ask) => ({ ...ask, orderId: step.orderId })))
    const replies = await askOwners(
      this.#to.ownerOf,
      asks.map(({ sku, moves }) => ({ sku, move: moves[0]! })),
    )
    for (const { orderId } of steps) {
      const lines: UnitsOutcome[] = []
      asks.forEach((ask, i) => {
        const reply = replies[i]!
        if (ask.orderId !== orderId || !reply.answered) return
        lines.push({ sku: ask.sku, holdId: ask.holdId, refusal: reply.decision.ok ? null : reply.decision.refusal })
      })
      if (lines.length > 0) this.#to.overhear(orderId, { kind: 'units', move: 'claim', refundId: null, lines })
    }
  }
}

const isClaim = (step: Step): step is UnitsStep => step.kind === 'units' && step.move === 'claim'

const patience = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, CLAIM_PATIENCE_MS))

/** A queue that is away is no reason to fail: the rows are told again. */
async function send<Message>(queue: Queue<Message>, messages: readonly Message[]): Promise<void> {
  for (let i = 0; i < messages.length; i += MESSAGES_PER_BATCH) {
    const batch = messages.slice(i, i + MESSAGES_PER_BATCH).map((body) => ({ body }))
    try {
      await queue.sendBatch(batch)
    } catch (fault) {
      console.warn(`${batch.length} messages could not be sent; they will be sent again`, fault)
    }
  }
}

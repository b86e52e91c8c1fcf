/**
 * All that the stand-in remembers, in memory, and the turn that changes it. Whatever becomes true in one turn (the
 * intent, its charge, the events, the saved answer) is applied and journalled together: a crash can never leave a
 * charge whose idempotency key is forgotten.
 */
import type { Journal } from './journal.ts'
import type { Charge, ClockRecord, Delivery, EventRecord, Intent, Refund, SavedAnswer } from './records.ts'

export interface Kinds {
  intents: Intent
  charges: Charge
  refunds: Refund
  events: EventRecord
  deliveries: Delivery
  answers: SavedAnswer
  clock: ClockRecord
}
export type Change = { [Kind in keyof Kinds]: [Kind, Kinds[Kind]] }[keyof Kinds]

/** Records of one kind by id, in the order of their birth, so that lists can be paged without sorting. */
export class Shelf<Item extends { id: string }> {
  readonly #items = new Map<string, Item>()
  readonly #ids: string[] = []
  readonly #places = new Map<string, number>()

  get(id: string | null): Item | null {
    return id === null ? null : (this.#items.get(id) ?? null)
  }

  put(item: Item): void {
    if (!this.#places.has(item.id)) this.#places.set(item.id, this.#ids.push(item.id) - 1)
    this.#items.set(item.id, item)
  }

  all(): IterableIterator<Item> {
    return this.#items.values()
  }

  get size(): number {
    return this.#items.size
  }

  place(id: string): number | null {
    return this.#places.get(id) ?? null
  }

  at(place: number): Item | null {
    return this.get(this.#ids[place] ?? null)
  }
}

/** The changes of one turn, not yet true. */
export class Turn {
  readonly changes: Change[] = []

  put(...change: Change): void {
    this.changes.push(change)
  }
}

export const ANSWERS_KEPT_MS = 24 * 3_600_000

export class Books {
  readonly intents = new Shelf<Intent>()
  readonly charges = new Shelf<Charge>()
  readonly refunds = new Shelf<Refund>()
  readonly events = new Shelf<EventRecord>()
  /** Only those still on their way. */
  readonly deliveries = new Map<string, Delivery>()
  /** By idempotency key, oldest first. */
  readonly answers = new Map<string, SavedAnswer>()
  readonly refundsOfCharge = new Map<string, string[]>()
  aheadMs = 0
  readonly #journal: Journal | null

  constructor(journal: Journal | null) {
    this.#journal = journal
    for (const change of journal?.replay() ?? []) this.#apply(change)
  }

  /**
   * Makes a turn's changes true, in memory and then in the journal, in one line. `seal` runs in between: it sees the
   * changes and may add what follows from them, such as the answer to keep under the request's key.
   */
  record(turn: Turn, seal: () => void = () => {}): void {
    for (const change of turn.changes) this.#apply(change)
    const sealed = turn.changes.length
    seal()
    for (const change of turn.changes.slice(sealed)) this.#apply(change)
    if (turn.changes.length > 0) this.#journal?.append(turn.changes)
  }

  /** Forgets the answers to keys older than 24 h. They leave the journal when it is next opened. */
  pruneAnswers(now: number): void {
    for (const [key, saved] of this.answers) {
      if (saved.savedAt > now - ANSWERS_KEPT_MS) return
      this.answers.delete(key)
    }
  }

  /** Everything, as changes that would build the same books again. */
  *snapshot(): Generator<Change> {
    for (const item of this.intents.all()) yield ['intents', item]
    for (const item of this.charges.all()) yield ['charges', item]
    for (const item of this.refunds.all()) yield ['refunds', item]
    for (const item of this.events.all()) yield ['events', item]
    for (const item of this.deliveries.values()) yield ['deliveries', item]
    for (const item of this.answers.values()) yield ['answers', item]
    yield ['clock', { id: 'clock', aheadMs: this.aheadMs }]
  }

  #apply(change: Change): void {
    switch (change[0]) {
      case 'intents':
        return this.intents.put(change[1])
      case 'charges':
        return this.charges.put(change[1])
      case 'refunds':
        return this.#applyRefund(change[1])
      case 'events':
        return this.events.put(change[1])
      case 'deliveries':
        if (change[1].state === 'waiting') this.deliveries.set(change[1].id, change[1])
        else this.deliveries.delete(change[1].id)
        return
      case 'answers':
        this.answers.delete(change[1].id) // a key used again after its day goes to the young end
        this.answers.set(change[1].id, change[1])
        return
      case 'clock':
        this.aheadMs = change[1].aheadMs
    }
  }

  #applyRefund(refund: Refund): void {
    if (this.refunds.get(refund.id) === null) {
      this.refundsOfCharge.set(refund.chargeId, [...(this.refundsOfCharge.get(refund.chargeId) ?? []), refund.id])
    }
    this.refunds.put(refund)
  }
}

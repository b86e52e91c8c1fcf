/**
 * The one account of the stand-in: its books, its clock, its knobs and its dice, and what happens by itself
 * (processing ends, an authorisation expires, a refund fails later). Every change goes through `record`, which turns
 * news into events and events into webhook deliveries within the same turn.
 */
import { seededRandom, type Random } from '../../domain/basics/random.ts'
import { Agenda, type Appointment } from './agenda.ts'
import { Turn, type Books } from './books.ts'
import { calm, turned, type Controls, type ControlPatch } from './controls.ts'
import { newId } from './ids.ts'
import { endProcessing, expireAuthorization, type Move, type News, type World } from './payment-intents.ts'
import type { Delivery, EventRecord, JsonObject } from './records.ts'
import { settleRefund, type RefundMove } from './refunds.ts'
import { wireCharge, wireIntent, wireRefund } from './wire.ts'

/** The request that caused something, or nobody when it happened by itself. */
export interface Cause {
  requestId: string | null
  idempotencyKey: string | null
}
const BY_ITSELF: Cause = { requestId: null, idempotencyKey: null }

export class Account {
  readonly books: Books
  readonly agenda = new Agenda()
  readonly counts = { requests: new Map<string, number>(), declines: 0, webhooks: newWebhookCounts() }
  controls: Controls
  /** The stand-in's own address; known once it listens. */
  base = ''
  #dice: Random
  readonly #realNow: () => number

  constructor(books: Books, webhookUrl: string | null, realNow: () => number) {
    this.books = books
    this.controls = calm(webhookUrl)
    this.#dice = seededRandom(this.controls.seed)
    this.#realNow = realNow
    for (const intent of books.intents.all()) this.#remember('intent', intent.id, intent.dueAt)
    for (const refund of books.refunds.all()) this.#remember('refund', refund.id, refund.dueAt)
    for (const delivery of books.deliveries.values()) this.#remember('delivery', delivery.id, delivery.dueAt)
  }

  /** The stand-in's time: the real one, and what the control route added. */
  now(): number {
    return this.#realNow() + this.books.aheadMs
  }

  /** The time without what was added: signatures carry it, for their readers have clocks of their own. */
  realNow(): number {
    return this.#realNow()
  }

  world(): World {
    return {
      now: this.now(),
      newId,
      unlucky: () => this.#unlucky(),
      processingMs: this.controls.processing_ms,
    }
  }

  turnKnobs(patch: ControlPatch): void {
    this.controls = turned(this.controls, patch)
    if (patch.seed !== undefined || patch.reset === true) this.#dice = seededRandom(this.controls.seed)
    if (patch.clock_advance_ms === undefined) return
    const turn = new Turn()
    turn.put('clock', { id: 'clock', aheadMs: this.books.aheadMs + patch.clock_advance_ms })
    this.books.record(turn)
  }

  /** Puts a move into a turn, with the events and deliveries it causes. */
  enter(turn: Turn, move: Move | RefundMove, cause: Cause): void {
    if ('intent' in move) turn.put('intents', move.intent)
    if (move.charge !== null) turn.put('charges', move.charge)
    if ('refund' in move) turn.put('refunds', move.refund)
    if ('failure' in move && move.failure !== null) this.counts.declines += 1
    for (const item of move.news) this.#announce(turn, item, cause)
  }

  /** Makes a turn true (see `Books.record` for `seal`) and makes a note of what it started. */
  record(turn: Turn, seal?: () => void): void {
    this.books.record(turn, seal)
    for (const [kind, item] of turn.changes) {
      if (kind === 'intents') this.#remember('intent', item.id, item.dueAt)
      if (kind === 'refunds') this.#remember('refund', item.id, item.dueAt)
      if (kind === 'deliveries' && item.state === 'waiting') this.#remember('delivery', item.id, item.dueAt)
    }
  }

  /** Does everything that is due by now; deliveries are handed to `send`. */
  runDue(send: (delivery: Delivery) => void): void {
    for (;;) {
      const due = this.agenda.takeDue(this.now())
      if (due === null) break
      if (due.kind === 'delivery') {
        const delivery = this.books.deliveries.get(due.id)
        if (delivery !== undefined && delivery.dueAt === due.dueAt) send(delivery)
      } else this.#settle(due)
    }
    this.books.pruneAnswers(this.now())
  }

  chance(percent: number): boolean {
    return percent > 0 && this.#dice.fraction() * 100 < percent
  }

  #settle(due: Appointment): void {
    const move = due.kind === 'intent' ? this.#settledIntent(due) : this.#settledRefund(due)
    if (move === null) return
    const turn = new Turn()
    this.enter(turn, move, BY_ITSELF)
    this.record(turn)
  }

  #settledIntent(due: Appointment): Move | null {
    const intent = this.books.intents.get(due.id)
    if (intent === null || intent.dueAt !== due.dueAt) return null
    const charge = this.books.charges.get(intent.latestChargeId)
    if (intent.status === 'requires_capture') return expireAuthorization(intent, charge, due.dueAt)
    const world = { ...this.world(), now: due.dueAt }
    return charge === null ? null : endProcessing(intent, charge, this.controls.processing_outcome === 'succeed', world)
  }

  #settledRefund(due: Appointment): RefundMove | null {
    const refund = this.books.refunds.get(due.id)
    const charge = this.books.charges.get(refund?.chargeId ?? null)
    return refund === null || charge === null || refund.dueAt !== due.dueAt ? null : settleRefund(refund, charge)
  }

  #announce(turn: Turn, news: News, cause: Cause): void {
    const { url, enabled_events: enabled } = this.controls.webhooks
    const wanted = url !== null && (enabled.includes('*') || enabled.includes(news.type))
    const event: EventRecord = {
      id: newId('evt'),
      type: news.type,
      createdAt: this.now(),
      object: this.#picture(news),
      ...cause,
      delivery: wanted ? 'awaited' : 'unasked',
    }
    turn.put('events', event)
    if (!wanted || this.#lost()) return
    for (let copy = 0; copy <= this.controls.webhooks.repeat; copy++) turn.put('deliveries', this.#copyOf(event))
  }

  #picture(news: News): JsonObject {
    if ('intent' in news) return wireIntent(news.intent, this.base)
    if ('charge' in news) return wireCharge(news.charge)
    return wireRefund(news.refund)
  }

  #copyOf(event: EventRecord): Delivery {
    const { delay_ms: delay, reorder, reorder_ms: spread } = this.controls.webhooks
    const shuffle = reorder ? Math.floor(this.#dice.fraction() * spread) : 0
    return { id: newId('dlv'), eventId: event.id, dueAt: this.now() + delay + shuffle, attempts: 0, state: 'waiting' }
  }

  #lost(): boolean {
    const { webhooks } = this.controls
    const lost = webhooks.lose_next > 0 || this.chance(webhooks.lose_percent)
    if (webhooks.lose_next > 0) webhooks.lose_next -= 1
    if (lost) this.counts.webhooks.lost += 1
    return lost
  }

  #unlucky(): boolean {
    if (this.controls.decline_next > 0) {
      this.controls.decline_next -= 1
      return true
    }
    return this.chance(this.controls.decline_percent)
  }

  #remember(kind: Appointment['kind'], id: string, dueAt: number | null): void {
    if (dueAt !== null) this.agenda.add({ kind, id, dueAt })
  }
}

const newWebhookCounts = () => ({ sent: 0, acknowledged: 0, failed: 0, gave_up: 0, lost: 0 })

/**
 * What is watched while a seed lives. Each check looks from outside: at the rows of an owner, at what the provider
 * took, at what a visitor was told. What an order amounts to in the end is read with the domain's own
 * words (comes-to-rest.ts); everything else asks rows and receipts, not the code under test.
 */
import type { Answered, BasketHold, BasketLine, BasketRefusal } from '../../domain/message/order-book.ts'
import type { StockHold, StockMove } from '../../domain/message/stock-desk.ts'
import type { BookHost } from '../book-host.ts'
import type { Intent } from '../provider.ts'
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import type { LeafWatch } from '../watched-stores.ts'
import type { World } from '../world.ts'
import { BurntIds } from './burnt-ids.ts'
import {
  expectAtMostOneCharge,
  expectGoodsBehindCharge,
  expectNoMoneyBehind,
  expectNoMoneyBehindRelease,
} from './charged-once.ts'
import { ConsistentAnswers } from './consistent-answers.ts'
import { FalselySoldOut } from './falsely-sold-out.ts'
import { HoldsOfVisitors } from './holds-of-visitors.ts'
import { expectHoldsToComeBack, expectNothingOversold, expectRowsToAgree } from './never-oversold.ts'

export interface Air {
  /** Nothing strikes an object or its alarm. */
  calm: boolean
  /** No call is lost, doubled or slow. */
  still: boolean
}

export class Checks implements LeafWatch {
  readonly answers = new ConsistentAnswers()
  readonly #burnt = new BurntIds()
  readonly #holds = new HoldsOfVisitors()
  readonly #soldOut = new FalselySoldOut()
  readonly #world: World
  readonly #air: Air
  #shop: Shop | undefined
  #turns = 0

  constructor(world: World, air: Air) {
    this.#world = world
    this.#air = air
  }

  watch(shop: Shop): void {
    this.#shop = shop
  }

  /** The numbers after every turn; the rows behind them after every eighth, because adding up costs. */
  stockTurned(host: StockHost): void {
    this.#turns += 1
    if (this.#turns % 8 === 0 && this.#shop) expectRowsToAgree(this.#shop, host)
    else expectNothingOversold(host)
    this.#lookAt(host.sku)
  }

  bookTurned({ leaves }: BookHost): void {
    for (const sku of leaves.keys()) this.#lookAt(sku)
  }

  #lookAt(sku: string): void {
    if (this.#shop?.stocks.has(sku)) this.#soldOut.look(this.#shop, sku, this.#world.clock.now())
  }

  /** Just before an owner is asked: units an order has claimed may only be given back when there is no money. */
  asked(host: StockHost, moves: readonly StockMove[]): void {
    for (const move of moves) if (move.kind === 'hold') this.#holds.asked(host.sku, move, this.#world.clock.now())
    if (this.#shop) expectNoMoneyBehindRelease(this.#shop.provider, host, moves)
  }

  holdAppears(place: string, holdId: string): void {
    this.#burnt.expectNew(place, holdId)
  }

  holdForgotten(place: string, holdId: string): void {
    this.#world.sometimes('an ended hold was forgotten')
    this.#burnt.forgotten(place, holdId)
  }

  leafHolds(sku: string, { id, visitorId }: StockHold): void {
    this.#holds.asked(sku, { holdId: id, visitorId }, this.#world.clock.now())
  }

  leafChanges(_sku: string, before: StockHold, after: StockHold): void {
    const givesBack = before.state === 'claimed' && after.state === 'released'
    if (this.#shop && givesBack) expectNoMoneyBehind(this.#shop.provider, before.orderId!)
  }

  /** A buyer is about to be told. Where leaves cannot be reached, they would be told to come back, and later. */
  basketDecided({ decision, replayed }: Answered<BasketHold, BasketRefusal>): void {
    const { calm, still } = this.#air
    if (calm && still && !decision.ok && !replayed) this.#soldOut.expectNot(decision.refusal, this.#world.clock.now())
  }

  /** A buyer is told to come back, for something did not answer. */
  basketUnanswered(lines: readonly BasketLine[]): void {
    const { calm, still } = this.#air
    if (calm && still && !this.#world.healed) this.#soldOut.expectFault(lines, this.#world.clock.now())
  }

  /** Just after the provider took money. */
  captured(intent: Intent): void {
    if (!this.#shop) return
    expectAtMostOneCharge(this.#shop.provider, intent)
    expectGoodsBehindCharge(this.#shop, intent)
  }

  /** Now and then. In calm weather no hold may be overdue for long; when the air is still too, none may be stranded. */
  clockTicked({ calm, still }: Air): void {
    if (!this.#shop) return
    this.#holds.expectWithinLimits(this.#shop)
    if (calm) expectHoldsToComeBack(this.#shop, this.#world.clock.now())
    if (calm && still) this.#holds.expectNoneStranded(this.#shop, this.#world.clock.now())
  }
}

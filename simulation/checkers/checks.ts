/**
 * What is watched while a seed lives. Each check looks from outside: at the rows of an owner, at what the provider
 * took, at what a visitor was told. What an order amounts to in the end is read with the domain's own
 * words (comes-to-rest.ts); everything else asks rows and receipts, not the code under test.
 */
import type { StockMove } from '../../domain/message/stock-desk.ts'
import { expectAtMostOneCharge, expectGoodsBehindCharge, expectNoMoneyBehindRelease } from './charged-once.ts'
import { HoldsOfVisitors } from './holds-of-visitors.ts'
import { ConsistentAnswers } from './consistent-answers.ts'
import { expectHoldsToComeBack, expectNothingOversold, expectRowsToAgree } from './never-oversold.ts'
import type { Intent } from '../provider.ts'
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import type { World } from '../world.ts'

export class Checks {
  readonly answers = new ConsistentAnswers()
  readonly #holds = new HoldsOfVisitors()
  readonly #world: World
  #shop: Shop | undefined
  #turns = 0

  constructor(world: World) {
    this.#world = world
  }

  watch(shop: Shop): void {
    this.#shop = shop
  }

  /** The numbers after every turn; the rows behind them after every eighth, because adding up costs. */
  stockTurned(host: StockHost): void {
    this.#turns += 1
    if (this.#turns % 8 === 0) expectRowsToAgree(host)
    else expectNothingOversold(host)
  }

  /** Just before an owner is asked: units an order has claimed may only be given back when there is no money. */
  asked(host: StockHost, moves: readonly StockMove[]): void {
    this.#holds.asked(host, moves, this.#world.clock.now())
    if (this.#shop) expectNoMoneyBehindRelease(this.#shop.provider, host, moves)
  }

  /** Just after the provider took money. */
  captured(intent: Intent): void {
    if (!this.#shop) return
    expectAtMostOneCharge(this.#shop.provider, intent)
    expectGoodsBehindCharge(this.#shop, intent)
  }

  /** Now and then. In calm weather no hold may be overdue for long; when the air is still too, none may be stranded. */
  clockTicked({ calm, still }: { calm: boolean; still: boolean }): void {
    this.#holds.expectWithinLimits()
    if (!this.#shop) return
    if (calm) expectHoldsToComeBack(this.#shop, this.#world.clock.now())
    if (calm && still) this.#holds.expectNoneStranded(this.#shop, this.#world.clock.now())
  }
}

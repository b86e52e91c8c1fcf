/**
 * What is watched while a seed lives. Each check looks from outside: at the rows of an owner, at what the provider
 * took, at what a visitor was told. None asks the code under test whether it is right.
 */
import type { StockMove } from '../../domain/message/stock-desk.ts'
import { expectAtMostOneCharge, expectGoodsBehindCharge, expectNoMoneyBehindRelease } from './charged-once.ts'
import { ConsistentAnswers } from './consistent-answers.ts'
import { expectHoldsToComeBack, expectNothingOversold, expectRowsToAgree } from './never-oversold.ts'
import type { Intent } from '../provider.ts'
import type { Shop } from '../shop.ts'
import type { StockHost } from '../stock-host.ts'
import type { World } from '../world.ts'

export class Checks {
  readonly answers = new ConsistentAnswers()
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
    if (this.#shop) expectNoMoneyBehindRelease(this.#shop.provider, host, moves)
  }

  /** Just after the provider took money. */
  captured(intent: Intent): void {
    if (!this.#shop) return
    expectAtMostOneCharge(this.#shop.provider, intent)
    expectGoodsBehindCharge(this.#shop, intent)
  }

  /** Now and then, in calm weather: no hold may be overdue for long. */
  clockTicked(calm: boolean): void {
    if (calm && this.#shop) expectHoldsToComeBack(this.#shop, this.#world.clock.now())
  }
}

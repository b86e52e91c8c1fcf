/** The owner of one SKU, housed in the simulation, with its words to its leaves. */
import type { Decision } from '../domain/basics/decision.ts'
import type { Keeping } from '../domain/basics/keeping.ts'
import type { LeafStatement, OwnerStatement } from '../domain/message/lease-desk.ts'
import type {
  Adjustment,
  AdjustmentRefusal,
  Offer,
  StockAnswer,
  StockCount,
  StockMove,
  StockRefusal,
} from '../domain/message/stock-desk.ts'
import { StockKeeper } from '../domain/stock/keeper.ts'
import type { MemoryStockStore } from '../domain/stock/memory-store.ts'
import { LeaseKeeper, wordOf } from '../domain/stock/owner.ts'
import { Host } from './host.ts'
import { Crash, type Reply } from './network.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

export interface StockHooks {
  keeping: Keeping
  makeStore: (crashes: () => boolean) => MemoryStockStore
  /** After every turn, for the checkers. */
  turned: (host: StockHost) => void
  report: (host: StockHost) => void
  /** Says something to a leaf and hears how it stands. */
  askLeaf: (leaf: string, sku: string, said: OwnerStatement, done: Reply<LeafStatement>) => void
}

const TELL_TERMS_EVERY_MS = 2_000
/** Whoever has stood in line that long is answered without another round. */
const RECALL_PATIENCE_MS = 1_500

export class StockHost extends Host<StockKeeper> {
  readonly sku: string
  readonly #hooks: StockHooks
  readonly #store: MemoryStockStore
  /** Leaves that need more than the owner has, one after the other. */
  #line: { said: LeafStatement; reply: Reply<{ word: OwnerStatement | null }>; cameAt: number }[] = []
  #tellTermsAt: number | null = null
  #ofLife = 0

  constructor(world: World, weather: Weather, sku: string, hooks: StockHooks) {
    const store = hooks.makeStore(() => world.strikes(weather.crashed))
    super(world, weather, () => new StockKeeper(store, world.clock, undefined, hooks.keeping))
    this.sku = sku
    this.#store = store
    this.#hooks = hooks
  }

  ask(moves: readonly StockMove[], reply: Reply<Decision<StockAnswer, StockRefusal>[]>): void {
    reply(this.turn((keeper) => keeper.ask(moves)))
  }

  /** Units that were lost may be free with the leaves: then they are asked back first. */
  adjust(adjustment: Adjustment, reply: Reply<Decision<StockCount, AdjustmentRefusal>>): void {
    const decision = this.turn((keeper) => keeper.adjust(adjustment))
    const leaves = this.turn(() => this.#leases.mayHaveFree())
    if (decision.ok || decision.refusal.code !== 'adjustment_exceeds_free' || leaves.length === 0)
      return reply(decision)
    this.world.sometimes('units were recalled because some were lost')
    this.#askAll(
      leaves,
      (leaf) => this.#leases.recall(leaf),
      () => reply(this.#committed(() => this.turn((keeper) => keeper.adjust(adjustment)))),
    )
  }

  describe(offer: Offer): void {
    this.turn((keeper) => keeper.describe(offer))
    if (this.#line.length > 0) this.world.sometimes('leaves were added while units were recalled')
    this.#tellTerms()
  }

  /** What the owner cannot give a leaf is asked back from the others; only then may it say that there is no more. */
  lease(said: LeafStatement, reply: Reply<{ word: OwnerStatement | null }>): void {
    const asked = this.#line.length === 0 ? said : { ...said, need: 0, least: 0, wish: 0 }
    const leased = this.turn(() => this.#leases.lease(asked))
    if (!leased) return reply({ word: null })
    if (asked.need === said.need && leased.mayHave.length === 0) return reply({ word: wordOf(leased) })
    this.#line.push({ said, reply, cameAt: this.world.clock.now() })
    if (this.#line.length === 1) this.#workForFirst()
    else this.world.sometimes('a leaf stood in line for units')
  }

  /** Whoever stands in line when the owner goes away hears nothing, and asks again. */
  #workForFirst(asked: ReadonlySet<string> = new Set()): void {
    const { life } = this
    const [first] = this.#line
    if (!first) return
    const lease = () => this.#committed(() => this.turn(() => this.#leases.lease({ ...first.said, wish: 0 })))
    const answer = (word: OwnerStatement | null): void => {
      first.reply(word && { word })
      if (this.life !== life) return
      this.#line.shift()
      this.#workForFirst()
    }
    const leased = lease()
    if (!leased) return answer(null)
    const others = leased.mayHave.filter((leaf) => !asked.has(leaf))
    if (others.length === 0) return answer(wordOf(leased))
    const hasWaited = asked.size === 0 && this.world.clock.now() - first.cameAt >= RECALL_PATIENCE_MS
    if (hasWaited || this.life !== life) return answer(null)
    this.#askAll(
      others,
      (leaf) => this.#leases.recall(leaf),
      (silent) => {
        const next = lease()
        if (!next || (next.missing > 0 && silent.length > 0) || this.life !== life) return answer(null)
        this.#workForFirst(new Set([...asked, ...others]))
      },
    )
  }

  /** Units of our own, not of leaves, that each of these has. */
  takenBy(visitorIds: readonly string[]): number[] {
    return visitorIds.map((visitorId) => this.turn((keeper) => keeper.unitsTakenBy(visitorId)))
  }

  /** The account's numbers as they are, for checkers. */
  numbers() {
    return this.#store.account()?.count
  }

  /** The row of a hold that the owner keeps itself, for checkers. */
  holdRow(holdId: string) {
    return this.#store.hold(holdId)
  }

  get limit(): number {
    return this.#store.account()?.offer.unitsPerVisitorMax ?? Infinity
  }

  /** The offer as it stands, for whoever changes it. */
  get offer(): Offer {
    return this.#store.account()!.offer
  }

  /** The account and its leases as they are, for checkers. */
  get store(): MemoryStockStore {
    return this.#store
  }

  /** Whether some leaf has yet to hear the newest terms. */
  get isTellingTerms(): boolean {
    return this.#tellTermsAt !== null
  }

  protected override nextDue(): number | null {
    if (this.life !== this.#ofLife) this.#wakeUp()
    const { keeper } = this
    const dues = [keeper.nextHoldEnd(), keeper.nextReportDue(), this.#tellTermsAt, keeper.nextForgetDue()]
    const due = dues.filter((one) => one !== null)
    return due.length === 0 ? null : Math.min(...due)
  }

  protected override wake(): void {
    this.turn((keeper) => keeper.expireDue())
    const forgetAt = this.keeper.nextForgetDue()
    if (forgetAt !== null && forgetAt <= this.world.clock.now()) this.turn((keeper) => keeper.forgetEnded())
    if (this.turn((keeper) => keeper.takeReport())) this.#hooks.report(this)
    if (this.#tellTermsAt !== null && this.#tellTermsAt <= this.world.clock.now()) this.#tellTerms()
  }

  protected override afterTurn(): void {
    this.#hooks.turned(this)
  }

  /** Over the keeper of this life; like it, it remembers nothing. */
  get #leases(): LeaseKeeper {
    return new LeaseKeeper(this.keeper, this.#store)
  }

  #wakeUp(): void {
    if (this.#line.length > 0) this.world.sometimes('an owner restarted with a recall under way')
    this.#tellTermsAt = this.#leases.onOldTerms().length > 0 ? this.world.clock.now() : null
    this.#line = []
    this.#ofLife = this.life // last, for a look may crash
  }

  #tellTerms(): void {
    const leaves = this.turn(() => this.#leases.onOldTerms())
    this.#tellTermsAt = leaves.length === 0 ? null : this.world.clock.now() + TELL_TERMS_EVERY_MS
    if (leaves.length === 0) return
    this.#askAll(
      leaves,
      (leaf) => this.#leases.terms(leaf),
      () => this.arm(),
    )
  }

  #askAll(
    leaves: readonly string[],
    wordFor: (leaf: string) => OwnerStatement | null,
    done: (silent: string[]) => void,
  ): void {
    const { life } = this
    const silent: string[] = []
    let open = leaves.length
    if (open === 0) return done(silent)
    const one = (leaf: string, heard: boolean): void => {
      if (!heard) silent.push(leaf)
      open -= 1
      if (open === 0) done(silent)
    }
    for (const leaf of leaves) {
      const word = this.#committed(() => this.turn(() => wordFor(leaf)))
      if (!word) {
        one(leaf, true)
        continue
      }
      this.#hooks.askLeaf(leaf, this.sku, word, (said) => {
        if (this.life !== life) return
        one(leaf, said !== null && this.#committed(() => this.turn(() => this.#hear(said))) !== null)
      })
    }
  }

  #hear(said: LeafStatement): true {
    const known = this.#store.lease(said.leaf)
    if (known && said.version < known.version) this.world.sometimes('an old word of a leaf arrived late')
    if (known && said.returned > known.takenBack) this.world.sometimes('units came back from a leaf')
    this.#leases.hear(said)
    return true
  }

  #committed<Result>(work: () => Result): Result | null {
    try {
      return work()
    } catch (fault) {
      if (fault instanceof Crash) return null
      throw fault
    }
  }
}

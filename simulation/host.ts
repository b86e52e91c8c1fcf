/**
 * A host houses a keeper as a Durable Object does: its rows survive, its memory may go at any time, a turn may crash
 * before it commits, and its one alarm may be lost. What a host forgets when it is evicted is exactly what the keeper
 * keeps in fields.
 */
import { Crash } from './network.ts'
import type { Weather } from './weather.ts'
import type { World } from './world.ts'

export abstract class Host<Keeper> {
  protected readonly world: World
  protected readonly weather: Weather
  /** Grows with every eviction: who waited in memory for an answer is gone when it has changed. */
  life = 0
  #keeper: Keeper
  readonly #newKeeper: () => Keeper
  #alarmAt: number | null = null

  constructor(world: World, weather: Weather, newKeeper: () => Keeper) {
    this.world = world
    this.weather = weather
    this.#newKeeper = newKeeper
    this.#keeper = newKeeper()
  }

  /** One turn of the keeper. Throws `Crash` when it did not commit. */
  turn<Result>(work: (keeper: Keeper) => Result): Result {
    try {
      return work(this.#keeper)
    } catch (fault) {
      if (fault instanceof Crash) {
        this.world.sometimes('a turn crashed before it committed')
        this.#evict()
      }
      throw fault
    } finally {
      this.afterTurn()
      if (this.world.strikes(this.weather.evicted)) this.#evict()
      this.arm()
    }
  }

  /** For checkers and for the end: looks without letting anything happen. */
  get keeper(): Keeper {
    return this.#keeper
  }

  protected abstract nextDue(): number | null
  protected abstract wake(): void
  protected abstract afterTurn(): void

  #evict(): void {
    this.world.sometimes('an object was evicted')
    this.life += 1
    this.#keeper = this.#newKeeper()
  }

  protected arm(): void {
    const due = this.#lookForDue()
    const now = this.world.clock.now()
    if (due === null || (this.#alarmAt !== null && this.#alarmAt <= due)) return
    const at = Math.max(due, now)
    this.#alarmAt = at
    this.world.later(at - now, () => {
      if (this.#alarmAt !== at) return
      this.#alarmAt = null
      if (this.world.strikes(this.weather.alarmLost)) {
        this.world.sometimes('an alarm was lost')
        return
      }
      this.sweep()
    })
  }

  /** Looking may end what is over, and so may crash as well. */
  #lookForDue(): number | null {
    try {
      return this.nextDue()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
      return this.world.clock.now() + 1_000
    }
  }

  /** What the alarm does, and the cron when the alarm was lost. A crash is tried again by the runtime. */
  sweep(): void {
    try {
      this.wake()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
      this.world.later(2_000, () => this.sweep())
    }
    this.arm()
  }
}

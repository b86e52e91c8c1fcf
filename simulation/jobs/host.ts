/** A shard of jobs, housed in the simulation; and how what it says travels to the queues and to the other shards. */
import type { AncestorNews, Claim, JobWorkDesk, NewJob } from '../../domain/message/job-desk.ts'
import { JobKeeper } from '../../domain/job/keeper.ts'
import { MemoryJobStore } from '../../domain/job/memory-store.ts'
import type { Outgoing } from '../../domain/job/turn.ts'
import { CrashingLog } from '../crashing.ts'
import { Host } from '../host.ts'
import { Crash } from '../network.ts'
import type { World } from '../world.ts'
import type { JobMutant } from './mutants.ts'
import type { JobWorld } from './life.ts'

type Args<Method extends keyof JobWorkDesk> = Parameters<JobWorkDesk[Method]>[0]
type Pairs = Outgoing['watches']

export class JobHost extends Host<JobKeeper> {
  /** For checkers: the rows, as they are. */
  readonly store: MemoryJobStore
  readonly #jobs: JobWorld

  constructor(world: World, jobs: JobWorld, shard: number, mutant: JobMutant) {
    const store = mutant.store(new MemoryJobStore(new CrashingLog(() => world.strikes(jobs.weather.crashed))))
    super(world, jobs.weather, () => mutant.keeper(new JobKeeper(store, world.clock, world.dice, shard), store))
    this.store = store
    this.#jobs = jobs
  }

  accept(jobs: NewJob[]): void {
    const decision = this.#says((keeper) => keeper.accept(jobs))
    if (decision.ok) this.#jobs.ledger.accepted(jobs, decision.value)
  }

  claim(asks: Args<'claim'>): (Claim | null)[] {
    const claims = this.#says((keeper) => keeper.claim(asks))
    for (const claim of claims) if (claim) this.#jobs.ledger.claimed(claim)
    return claims
  }

  beat(beats: Args<'beat'>): ('go_on' | 'stop' | 'superseded')[] {
    return this.#says((keeper) => keeper.beat(beats))
  }

  end(ends: Args<'end'>): ('recorded' | 'superseded')[] {
    const answers = this.#says((keeper) => keeper.end(ends))
    for (const [i, end] of ends.entries()) if (answers[i] === 'recorded') this.#jobs.ledger.recorded(end)
    return answers
  }

  /** What an operator does to one job. */
  operates(work: (keeper: JobKeeper) => void): void {
    this.#says(work)
  }

  watch(pairs: Pairs): ('watching' | 'unknown')[] {
    return this.#says((keeper) => keeper.watch(pairs))
  }

  hear(news: AncestorNews[]): void {
    this.#says((keeper) => keeper.hear(news))
  }

  protected nextDue(): number | null {
    return this.keeper.nextDueAt()
  }

  protected wake(): void {
    const due = this.keeper.nextDueAt()
    if (due !== null && due <= this.world.clock.now()) this.#says((keeper) => keeper.doDue())
  }

  protected afterTurn(): void {
    this.#jobs.ledger.looksAt(this)
  }

  /** One turn, and then what it wanted said. */
  #says<Result>(work: (keeper: JobKeeper) => Result): Result {
    const { result, out } = this.turn((keeper) => {
      const answer = work(keeper)
      return { result: answer, out: keeper.take() }
    })
    this.#sends(out)
    return result
  }

  #sends({ told, watches, news }: Outgoing): void {
    if (told.length > 0) this.#tells(told)
    for (const [host, pairs] of Map.groupBy(watches, ({ ancestorId }) => this.#jobs.hostOf(ancestorId))) {
      this.#jobs.network.ask<('watching' | 'unknown')[]>(
        (reply) => reply(host.watch(pairs)),
        (answers) => {
          if (!answers) return
          this.#quietly((keeper) => keeper.watched(pairs.map((pair, i) => ({ ...pair, answer: answers[i]! }))))
        },
      )
    }
    for (const [host, some] of Map.groupBy(news, ({ descendantId }) => this.#jobs.hostOf(descendantId))) {
      this.#jobs.network.ask<true>(
        (reply) => {
          host.hear(some)
          reply(true)
        },
        (isHeard) => isHeard && this.#quietly((keeper) => keeper.heard(some)),
      )
    }
  }

  #tells(told: Outgoing['told']): void {
    if (this.world.strikes(this.weather.queueLost / 4)) {
      this.world.sometimes('a queue took no message')
      this.world.later(100, () => this.#quietly((keeper) => keeper.notTold(told)))
      return
    }
    this.#jobs.brings(told)
  }

  #quietly(work: (keeper: JobKeeper) => void): void {
    try {
      this.#says(work)
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
    }
  }
}

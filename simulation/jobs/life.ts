/**
 * One seed of jobs: some shards, jobs with keys, rates, instants and ancestors, consumers that die and stall, operators
 * who cancel and replay. Then the world heals, and every job must have ended, once.
 */
import type { Ancestor, JobRate, NewJob } from '../../domain/message/job-desk.ts'
import { isOver } from '../../domain/job/job.ts'
import { newJobId, shardOfJob } from '../../domain/job/shards.ts'
import { Violation } from '../checkers/violation.ts'
import { livedThrough, type Life } from '../life.ts'
import { Crash, Network } from '../network.ts'
import { drawWeather, type Weather } from '../weather.ts'
import { World } from '../world.ts'
import { consumes } from './consumer.ts'
import { JobHost } from './host.ts'
import { JobLedger } from './ledger.ts'
import { SANE_JOBS, type JobMutant } from './mutants.ts'

const SHARDS = 3
const WEATHER_LASTS_MS = 15 * 60_000
const REST_WITHIN_MS = 8 * 3_600_000
const SWEPT_EVERY_MS = 600_000
const STEPS_MOST = 40_000
const STEPS_PER_INSTANT_MOST = 2_000
/** A type with a rate, and the shard that judges it. */
const PACED: { type: string; rate: JobRate; shard: number } = {
  ...{ type: 'deliver_webhook', rate: { perSecond: 0.5, burst: 2 }, shard: 1 },
}

export function liveWithJobs(seed: number, mutant: JobMutant = SANE_JOBS): Life {
  const world = new World(seed)
  return livedThrough(world, () => new JobWorld(world, mutant).live())
}

export class JobWorld {
  readonly world: World
  readonly weather: Weather
  readonly network: Network
  readonly ledger: JobLedger
  /** The share of attempts whose consumer dies. */
  readonly dying: number
  readonly hosts: JobHost[]

  constructor(world: World, mutant: JobMutant) {
    this.world = world
    this.weather = drawWeather(world)
    this.network = new Network(world, this.weather)
    this.ledger = new JobLedger(world)
    this.dying = world.oneOf([0, 0.1, 0.4])
    this.hosts = Array.from({ length: SHARDS }, (_, shard) => new JobHost(world, this, shard, mutant))
  }

  hostOf(id: string): JobHost {
    return this.hosts[shardOfJob(id) ?? -1]!
  }

  live(): void {
    const { world } = this
    const ids: string[] = []
    for (let i = world.between(3, 25); i > 0; i--) {
      const at = world.oneOf([0, 0, 5_000, 300_000]) * world.dice.fraction()
      world.later(at, () => this.#asks(this.#some(ids)))
    }
    for (let i = world.between(0, 6); i > 0; i--)
      world.later(world.between(0, WEATHER_LASTS_MS), () => this.#operates(ids))
    this.#sweeps()
    const healsAt = world.clock.now() + WEATHER_LASTS_MS
    this.#run(healsAt, () => false)
    world.healed = true
    this.#run(healsAt + REST_WITHIN_MS, () => this.#isAtRest())
    this.ledger.expectAllInOrder(this.hosts)
  }

  /** A queue brings messages: late, twice, in any order, or not at all. */
  brings(told: readonly { id: string }[]): void {
    for (const { id } of told) {
      if (this.world.strikes(this.weather.queueLost)) {
        this.world.sometimes('a queue message was lost')
        continue
      }
      const times = this.world.strikes(this.weather.queueTwice) ? 2 : 1
      if (times === 2) this.world.sometimes('a queue message came twice')
      for (let i = 0; i < times; i++) {
        const lateMs = this.world.oneOf([5, 50, 1_000, this.weather.webhookSlowestMs])
        this.world.later(lateMs * this.world.dice.fraction(), () => consumes(this, [id]))
      }
    }
  }

  /** Asks until it is answered: whoever asks again repeats the ids. */
  #asks(jobs: NewJob[]): void {
    this.network.ask<true>(
      (reply) => {
        this.hostOf(jobs[0]!.id).accept(jobs)
        reply(true)
      },
      (isAnswered) => {
        if (!isAnswered) this.#asks(jobs)
      },
    )
  }

  /** Some jobs of one shard; the later ones may come after those, or after any that were accepted before. */
  #some(ids: string[]): NewJob[] {
    const { world } = this
    const isPaced = world.dice.fraction() < 0.2
    const key = !isPaced && world.dice.fraction() < 0.35 ? `key-${world.between(0, 1)}` : null
    const shard = isPaced ? PACED.shard : key !== null ? Number(key.at(-1)) : world.between(0, SHARDS - 1)
    const accepted = ids.filter((id) => this.ledger.books.has(id))
    const jobs: NewJob[] = []
    for (let i = world.oneOf([1, 1, 2, 4]); i > 0; i--) {
      const before = [...jobs.map(({ id }) => id), ...accepted]
      const after = isPaced || key !== null || before.length === 0 ? [] : this.#ancestors(before)
      const type = isPaced ? PACED.type : 'export'
      jobs.push({ ...this.#job(shard, key), type, rate: isPaced ? PACED.rate : null, after })
    }
    ids.push(...jobs.map(({ id }) => id))
    return jobs
  }

  #ancestors(ids: readonly string[]): Ancestor[] {
    const { world } = this
    const wanted = world.oneOf([0, 0, 1, 2, 3])
    const chosen = new Set(Array.from({ length: wanted }, () => world.oneOf(ids)))
    return [...chosen].map((jobId) => {
      const condition = world.dice.fraction() < 0.2 ? { field: 'lot', equals: 0 } : null
      return { jobId, on: world.oneOf(['success', 'success', 'failure', 'any']), condition }
    })
  }

  #job(shard: number, key: string | null): NewJob {
    const { world } = this
    const now = world.clock.now()
    const isPlain = key === null
    return {
      ...{ id: newJobId(shard, now, world.dice), storeId: 'store_sim', type: 'export', payload: '{}' },
      ...{ isPayloadAside: false, lane: world.oneOf(['critical', 'default', 'bulk']) },
      runAt: isPlain && world.dice.fraction() < 0.2 ? now + world.between(1, 600_000) : null,
      attemptsMax: world.between(1, 4),
      backoff: { kind: 'exponential', firstMs: 1_000, mostMs: 30_000, factor: 2 },
      ...{ concurrencyKey: key, concurrencyMax: key === 'key-1' ? 2 : 1, rate: null, after: [] },
      takesInput: world.dice.fraction() < 0.3,
      expiresAt: world.dice.fraction() < 0.1 ? now + world.between(1, 900_000) : null,
      ...{ timeoutMs: 60_000, resultForMs: 7 * 24 * 3_600_000, tags: [], batchId: null, runId: null },
      ...{ idempotencyKey: null, by: 'key_sim' },
    }
  }

  #operates(ids: readonly string[]): void {
    const { world } = this
    const id = ids.length > 0 ? world.oneOf(ids) : null
    if (id === null || !this.ledger.books.has(id)) return
    const what = world.oneOf(['cancel', 'retry', 'replay'] as const)
    this.#quietly(() => {
      let isReplayed = false
      this.hostOf(id).operates((keeper) => {
        if (what === 'cancel') keeper.cancel(id)
        if (what === 'retry') keeper.retryNow(id)
        if (what === 'replay') isReplayed = keeper.replay(id, null, 'key_sim').ok
      })
      world.sometimes(`an operator did: ${what}`)
      if (!isReplayed) return
      world.sometimes('a dead letter was replayed')
      this.ledger.replayed(id)
    })
  }

  #sweeps(): void {
    this.world.later(SWEPT_EVERY_MS, () => {
      for (const host of this.hosts) host.sweep()
      this.#sweeps()
    })
  }

  #isAtRest(): boolean {
    return [...this.ledger.books.keys()].every((id) => isOver(this.hostOf(id).store.job(id)?.state ?? 'queued'))
  }

  #run(until: number, done: () => boolean): void {
    const { world } = this
    let instant = { at: 0, since: world.steps }
    let looked = 0
    while (world.clock.now() < until && world.steps < STEPS_MOST && world.step()) {
      if (world.clock.now() > instant.at) instant = { at: world.clock.now(), since: world.steps }
      if (world.steps - instant.since > STEPS_PER_INSTANT_MOST) throw new Violation('SIM2', 'an instant never ends')
      if (world.clock.now() < looked + 10_000) continue
      looked = world.clock.now()
      if (done()) return
    }
  }

  #quietly(work: () => void): void {
    try {
      work()
    } catch (fault) {
      if (!(fault instanceof Crash)) throw fault
    }
  }
}

/**
 * Says to others what a turn over jobs wanted said: to the queues which jobs may be claimed, to other shards which jobs
 * have ended. It is never needed for anything to be true; whatever it fails to deliver falls due again by itself.
 */
import type { JobKinDesk, Lane } from '../../domain/message/job-desk.ts'
import type { JobMessage } from '../../domain/message/queues.ts'
import { LANES } from '../../domain/job/job.ts'
import type { JobKeeper } from '../../domain/job/keeper.ts'
import { shardOfJob } from '../../domain/job/shards.ts'
import type { Outgoing } from '../../domain/job/turn.ts'
import { CALL_PATIENCE_MS, within } from '../basics/deadline.ts'

type Told = Outgoing['told']

export interface JobDestinations {
  storeId: string
  queues: Record<Lane, Pick<Queue<JobMessage>, 'sendBatch'>>
  kin: (shard: number) => JobKinDesk
  /** Does a turn of the keeper, and what belongs to each turn. */
  touch: (turn: () => void) => void
  /** How long a call or a queue may take; tests have less. */
  patienceMs?: number
}

const MESSAGES_PER_BATCH = 100
/** A few jobs travel alone, for as many consumers; many travel in company, as each message costs as much as a job. */
const JOBS_PER_MESSAGE_MOST = 20
const MESSAGES_FOR_FEW = 10

export class JobCourier {
  readonly #keeper: Pick<JobKeeper, 'notTold' | 'watched' | 'heard'>
  readonly #to: JobDestinations

  constructor(keeper: Pick<JobKeeper, 'notTold' | 'watched' | 'heard'>, to: JobDestinations) {
    this.#keeper = keeper
    this.#to = to
  }

  /** Resolves when everything was delivered or has failed. Never rejects. */
  async deliver({ told, watches, news }: Outgoing): Promise<void> {
    await Promise.all([
      ...LANES.map((lane) => this.#tell(lane, told)),
      ...byShard(watches, ({ ancestorId }) => ancestorId).map(([shard, pairs]) => this.#watch(shard, pairs)),
      ...byShard(news, ({ descendantId }) => descendantId).map(([shard, some]) => this.#bring(shard, some)),
    ])
  }

  async #tell(lane: Lane, all: Told): Promise<void> {
    const told = all.filter((one) => one.lane === lane)
    const most = Math.min(JOBS_PER_MESSAGE_MOST, Math.ceil(told.length / MESSAGES_FOR_FEW))
    for (const batch of inLots(inLots(told, most), MESSAGES_PER_BATCH)) {
      await this.#attempt(
        `telling of ${batch.length} messages`,
        () => this.#to.queues[lane].sendBatch(batch.map((jobs) => ({ body: messageOf(this.#to.storeId, jobs) }))),
        () => this.#keeper.notTold(batch.flat()),
      )
    }
  }

  #watch(shard: number, pairs: Outgoing['watches']): Promise<void> {
    return this.#attempt(`watching in shard ${shard}`, async () => {
      const answers = await this.#to.kin(shard).watch(pairs)
      const answered = pairs.map((pair, i) => ({ ...pair, answer: answers[i]! }))
      this.#to.touch(() => this.#keeper.watched(answered))
    })
  }

  #bring(shard: number, news: Outgoing['news']): Promise<void> {
    return this.#attempt(`telling kin in shard ${shard}`, async () => {
      await this.#to.kin(shard).ended(news)
      this.#to.touch(() => this.#keeper.heard(news))
    })
  }

  async #attempt(what: string, work: () => Promise<unknown>, orElse?: () => void): Promise<void> {
    try {
      await within(this.#to.patienceMs ?? CALL_PATIENCE_MS, what, work())
    } catch (fault) {
      console.warn(`${what} failed; it is due again by itself`, fault)
      if (orElse) this.#to.touch(orElse)
    }
  }
}

const messageOf = (storeId: string, jobs: Told): JobMessage => ({
  ...{ v: 1, kind: 'jobs', storeId },
  jobs: jobs.map(({ id, send }) => ({ id, send })),
})

/** Those whose id is none of a job's go nowhere. */
const byShard = <Thing>(things: readonly Thing[], idOf: (thing: Thing) => string): [number, Thing[]][] =>
  [...Map.groupBy(things, (thing) => shardOfJob(idOf(thing)) ?? -1)].filter(([shard]) => shard >= 0)

function inLots<Thing>(things: readonly Thing[], most: number): Thing[][] {
  const lots: Thing[][] = []
  for (let i = 0; i < things.length; i += most) lots.push(things.slice(i, i + most))
  return lots
}

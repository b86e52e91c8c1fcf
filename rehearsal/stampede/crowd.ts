/**
 * The crowd of one stampede, in a process of its own, so that it does not compete with the shop's database gateway and
 * payment stand-in for one thread. run.ts sends it a job; it answers with what it has seen.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Connections } from '../connections.ts'
import { diceOf } from '../dice.ts'
import { openDoor, roomDoor, type Now } from './doors.ts'
import type { Exchange, GivenPass, NowSample, Sample, SeenOrder } from './history.ts'
import { Hopefuls, type Units } from './hopefuls.ts'
import { Life } from './life.ts'
import type { Person } from './people.ts'
import { Visitor } from './visitor.ts'

export interface Job {
  url: string
  operatorKey: string
  drop: string
  skus: string[]
  people: Person[]
  /** Connections open at once. */
  clients: number
  /** When the drop opens, ms since the epoch. */
  opensAt: number
  hasRoom: boolean
  /** After this everybody goes home, whatever is left. */
  patienceMs: number
}

export interface Seen {
  exchanges: Exchange[]
  samples: Sample[]
  orders: SeenOrder[]
  nows: NowSample[]
  passes: GivenPass[]
  /** From the opening until the last one went home, ms. */
  tookMs: number
  /** From the opening until no unit was free for the first time; null: some always were. */
  goneAfterMs: number | null
}

const SAMPLE_EVERY_MS = 250
/**
 * How long after the last one went home everything may take to come to an end: holds of those who vanished (their
 * duration, a grace, promise 2's ten seconds), and orders that wait for the payment provider's pace.
 */
const REST_MOST_MS = 60_000

async function run(job: Job): Promise<Seen> {
  const connections = new Connections(job.url, job.clients)
  const watch = new Watch(job)
  const exchanges: Exchange[] = []
  const opensAt = performance.now() + (job.opensAt - Date.now())
  const passes: GivenPass[] = []
  const until = opensAt + job.patienceMs
  const door = job.hasRoom
    ? roomDoor({
        drop: job.drop,
        read: () => watch.now,
        stays: (wish) => watch.hopefuls.stays(wish),
        given: (pass) => passes.push(pass),
        until,
      })
    : openDoor
  const around = { drop: job.drop, door, hopefuls: watch.hopefuls, until }
  const lives = job.people.map((person) => {
    const dice = diceOf(person.seed)
    const visitor = new Visitor(connections, person.id, dice, (exchange) => exchanges.push(exchange))
    return new Life(person, visitor, dice, around)
  })
  const goHome = setTimeout(() => watch.hopefuls.close(), until - performance.now())
  await Promise.all(
    lives.map(async (life, i) => {
      await wait(Math.max(0, opensAt + job.people[i]!.arrivesAfterMs - performance.now()))
      await life.live()
    }),
  )
  clearTimeout(goHome)
  const tookMs = performance.now() - opensAt
  const restUntil = performance.now() + REST_MOST_MS
  const orders = await Promise.all(
    lives.flatMap((life) => life.orders.map((order) => life.looksBack(order, restUntil))),
  )
  await watch.atRest(restUntil)
  await watch.ends()
  await connections.close()
  const { samples, nows } = watch
  const goneAt = samples.find(({ answeredAt, free }) => answeredAt > opensAt && free === 0)?.answeredAt
  return {
    ...{ exchanges, samples, orders, nows, passes, tookMs },
    goneAfterMs: goneAt === undefined ? null : goneAt - opensAt,
  }
}

/** Looks at the stock, as an operator, and at `now`, as everybody, four times a second. */
class Watch {
  readonly hopefuls = new Hopefuls()
  readonly samples: Sample[] = []
  readonly nows: NowSample[] = []
  now: Now | null = null
  readonly #job: Job
  readonly #connections: Connections
  readonly #stock = new Map<string, Units>()
  readonly #watching: Promise<void>
  #ended = false

  constructor(job: Job) {
    this.#job = job
    this.#connections = new Connections(job.url, job.skus.length + 1)
    this.#watching = this.#looks()
  }

  /** Resolves when nothing is held any more, or will not come free in time. */
  async atRest(until: number): Promise<void> {
    const held = (): number => [...this.#stock.values()].reduce((sum, units) => sum + units.held, 0)
    while (held() > 0 && performance.now() < until) await wait(SAMPLE_EVERY_MS)
  }

  async ends(): Promise<void> {
    await this.#look()
    this.#ended = true
    await this.#watching
    await this.#connections.close()
  }

  async #looks(): Promise<void> {
    while (!this.#ended) {
      await Promise.all([wait(SAMPLE_EVERY_MS), this.#look()])
    }
  }

  async #look(): Promise<void> {
    await Promise.all([...this.#job.skus.map((sku) => this.#count(sku)), this.#readNow()])
    this.hopefuls.hear(this.#stock)
  }

  /** An object that is being aborted gives no figures this time; the next look is soon. */
  async #count(sku: string): Promise<void> {
    const askedAt = performance.now()
    const headers = { authorization: `Bearer ${this.#job.operatorKey}` }
    const path = `/api/v1/admin/stock/${encodeURIComponent(sku)}`
    const reply = await this.#connections.ask({ method: 'GET', path, headers }).catch(() => null)
    if (reply?.status !== 200) return
    const { total, free, held, sold } = JSON.parse(reply.text) as Omit<Sample, 'sku' | 'askedAt' | 'answeredAt'>
    this.samples.push({ sku, askedAt, answeredAt: reply.answeredAt, total, free, held, sold })
    this.#stock.set(sku, { free, held })
  }

  async #readNow(): Promise<void> {
    const askedAt = performance.now()
    const path = `/api/v1/drops/${this.#job.drop}/now`
    const reply = await this.#connections.ask({ method: 'GET', path }).catch(() => null)
    if (reply?.status !== 200) return
    const now = JSON.parse(reply.text) as Now
    this.now = now
    this.nows.push({ askedAt, answeredAt: reply.answeredAt, status: now.status, inside: now.room?.inside ?? null })
  }
}

process.on('message', (job: Job) => void run(job).then((seen) => process.send?.(seen)))

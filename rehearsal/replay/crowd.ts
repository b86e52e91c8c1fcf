/**
 * The crowd of a replay, in a process of its own. It keeps to its plan whatever the shop does: nobody waits for anybody
 * else's answer. Instants are ms from the opening.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { Connections } from '../connections.ts'
import { diceOf } from '../dice.ts'
import { openDoor, roomDoor, type Door, type Now } from '../stampede/doors.ts'
import type { Line } from '../stampede/history.ts'
import { newKey, Visitor } from '../stampede/visitor.ts'
import type { Look, Seen, Told } from './seen.ts'

export interface PlannedBasket {
  at: number
  lines: Line[]
  /** Of what everybody wants. */
  units: number
}

export interface PlannedLook {
  at: number
  what: Look['what']
}

export interface Job {
  url: string
  drop: string
  /** ms since the epoch. */
  opensAt: number
  hasRoom: boolean
  /** In the order of their instants. */
  baskets: PlannedBasket[]
  looks: PlannedLook[]
  /** Connections open at most, for baskets and for looks each; what speaks against many is told in ../README.md. */
  connections: number
}

/** How often the crowd's one reader of `now` reads it. */
const READ_EVERY_MS = 250
const COME_BACK_MS = 1_000
const PATIENCE_MS = 120_000

async function run(job: Job): Promise<Seen> {
  const replay = new Replay(job)
  const reading = replay.reads()
  await Promise.all([
    keepsTime(job.baskets, (basket, i) => replay.asksFor(basket, i), replay.opensAt),
    keepsTime(job.looks, (look) => replay.looksAt(look), replay.opensAt),
  ])
  replay.over = true
  await reading
  await replay.close()
  return replay.seen
}

/** Starts each at its instant; resolves when all have ended. */
async function keepsTime<One extends { at: number }>(
  plan: readonly One[],
  start: (one: One, i: number) => Promise<void>,
  opensAt: number,
): Promise<void> {
  const started: Promise<void>[] = []
  for (const [i, one] of plan.entries()) {
    const ahead = opensAt + one.at - performance.now()
    if (ahead > 0.5) await wait(ahead)
    started.push(start(one, i))
  }
  await Promise.all(started)
}

class Replay {
  readonly opensAt: number
  readonly seen: Seen = { told: [], looks: [], exchanges: [], passesAt: [], lateness: [] }
  over = false
  readonly #job: Job
  readonly #forBaskets: Connections
  readonly #forLooks: Connections
  readonly #door: Door
  #now: Now | null = null

  constructor(job: Job) {
    this.#job = job
    this.opensAt = performance.now() + (job.opensAt - Date.now())
    this.#forBaskets = new Connections(job.url, job.connections)
    this.#forLooks = new Connections(job.url, job.connections)
    this.#door = job.hasRoom
      ? roomDoor({
          drop: job.drop,
          read: () => this.#now,
          stays: () => Promise.resolve(false), // nobody pays in a replay, and nothing comes back: sold out is a no
          given: ({ answeredAt }) => this.seen.passesAt.push(answeredAt - this.opensAt),
          until: this.opensAt + PATIENCE_MS,
        })
      : openDoor
  }

  async asksFor({ at, lines, units }: PlannedBasket, buyer: number): Promise<void> {
    this.seen.lateness.push(this.#sinceOpening() - at)
    const dice = diceOf(buyer)
    const visitor = new Visitor(this.#forBaskets, buyer, dice, (exchange) => this.seen.exchanges.push(exchange))
    const { status, code } = await this.#isTold(visitor, lines)
    this.seen.told.push({ intendedAt: at, toldAt: this.#sinceOpening(), status, code, units })
  }

  /** Asks again only who was early or is told to come back; a no is a no. */
  async #isTold(visitor: Visitor, lines: Line[]): Promise<Pick<Told, 'status' | 'code'>> {
    const headers = await this.#door.enters(visitor, { lines, takesAnything: false })
    if (headers === null) return { status: 0, code: 'the room closed' }
    for (;;) {
      const body = { drop: this.#job.drop, lines }
      const asking = { body, headers, key: newKey() }
      const answer = await visitor.insists('POST /api/v1/holds', '/api/v1/holds', asking)
      if (answer?.code !== 'drop_not_open_yet') return { status: answer?.status ?? 0, code: answer?.code ?? null }
      await visitor.pauses(answer.retryAfterMs ?? COME_BACK_MS)
    }
  }

  async looksAt({ at, what }: PlannedLook): Promise<void> {
    this.seen.lateness.push(this.#sinceOpening() - at)
    const path = what === 'page' ? `/drops/${this.#job.drop}` : `/api/v1/drops/${this.#job.drop}/now`
    const reply = await this.#forLooks.ask({ method: 'GET', path }).catch(() => null)
    const answeredAt = this.#sinceOpening()
    this.seen.looks.push({
      ...{ intendedAt: at, answeredAt, what },
      ...{ status: reply?.status ?? 0, length: reply?.text.length ?? 0 },
    })
  }

  /** For everybody in the room; in the world a cache answers all but one of them. */
  async reads(): Promise<void> {
    while (this.#job.hasRoom && !this.over) {
      const path = `/api/v1/drops/${this.#job.drop}/now`
      const [reply] = await Promise.all([
        this.#forLooks.ask({ method: 'GET', path }).catch(() => null),
        wait(READ_EVERY_MS),
      ])
      if (reply?.status === 200) this.#now = JSON.parse(reply.text) as Now
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#forBaskets.close(), this.#forLooks.close()])
  }

  #sinceOpening(): number {
    return performance.now() - this.opensAt
  }
}

process.on('message', (job: Job) => void run(job).then((seen) => process.send?.(seen)))

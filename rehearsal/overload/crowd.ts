/**
 * The crowd of an overload, in a process of its own. Closed: so many people, each followed by the next as soon as they are
 * done; that finds out what the shop can do. Open: people come when it was planned, whatever the shop does, and all waits
 * count from then.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { steadily } from '../arrivals.ts'
import { diceOf } from '../dice.ts'
import { Questions, whoComes, type Kind } from './mix.ts'
import type { Heard, Job, Seen } from './seen.ts'
import { fieldIn, Wires, type Answer } from './wires.ts'

async function run(job: Job): Promise<Seen> {
  const url = new URL(job.url)
  const crowd = new Crowd(job, await Wires.open(url, job.connections), new Questions(url.host, job.sku))
  return job.clients === null ? crowd.asPlanned() : crowd.inTurn(job.clients)
}

/** After the last has come, those who are still unanswered are waited for so long. */
const PATIENCE_MS = 15_000
/** Fewer wake-ups than people: a crowd that sleeps between any two of them would spend its time on that. */
const TICK_MS = 2
/** In a closed crowd whoever was told to come back is away for so long: sooner than they were told, or we should be all day. */
const AWAY_MS = 1_000

class Crowd {
  readonly #job: Job
  readonly #wires: Wires
  readonly #questions: Questions
  readonly #dice
  readonly #heard: Heard[] = []
  readonly #start = performance.now()
  readonly #cpu = process.cpuUsage()
  #people: number
  /** Questions without an answer yet. */
  readonly #underWay = new Set<{ kind: Kind; intendedAt: number }>()

  constructor(job: Job, wires: Wires, questions: Questions) {
    this.#job = job
    this.#wires = wires
    this.#questions = questions
    this.#dice = diceOf(job.seed)
    this.#people = job.seed * 100_000
  }

  async inTurn(clients: number): Promise<Seen> {
    const until = this.#job.seconds * 1000
    const client = async (): Promise<void> => {
      while (this.#now() < until) {
        const isServed = await new Promise<boolean>((done) => this.#comes(this.#now(), done))
        if (!isServed) await wait(AWAY_MS)
      }
    }
    await Promise.all(Array.from({ length: clients }, client))
    return this.#seen(0)
  }

  async asPlanned(): Promise<Seen> {
    const instants = steadily(this.#job.perSecond, 0, this.#job.seconds * 1000, this.#dice)
    let latestMs = 0
    for (let next = 0; next < instants.length;) {
      const now = this.#now()
      latestMs = Math.max(latestMs, now - instants[next]!)
      for (; next < instants.length && instants[next]! <= now; next += 1) this.#comes(instants[next]!, () => undefined)
      await wait(TICK_MS)
    }
    const until = this.#now() + PATIENCE_MS
    while (this.#underWay.size > 0 && this.#now() < until) await wait(50)
    return this.#seen(latestMs)
  }

  /** One more person. `done`: has all they came for, or was told no. */
  #comes(intendedAt: number, done: (isServed: boolean) => void): void {
    const person = (this.#people += 1)
    const kind = whoComes(this.#dice) as Exclude<Kind, 'order'>
    this.#asks(kind, this.#questions.of(kind, person), intendedAt, (answer) => {
      if (kind !== 'hold' || answer.status !== 201) return done(answer.status === 200)
      const cookie = fieldIn(answer.head, 'set-cookie')?.split(';', 1)[0] ?? ''
      const { id }: { id: string } = JSON.parse(answer.body)
      return this.#asks('order', this.#questions.order(person, id, cookie), this.#now(), ({ status }) =>
        done(status === 202),
      )
    })
  }

  #asks(kind: Kind, words: string, intendedAt: number, then: (answer: Answer) => void): void {
    const question = { kind, intendedAt }
    this.#underWay.add(question)
    this.#wires.ask(words, (answer) => {
      const { status, head, body } = answer
      this.#underWay.delete(question)
      this.#heard.push({
        ...{ kind, intendedAt, answeredAt: this.#now(), status },
        code: status < 400 ? null : (/"code":"([a-z_]+)"/.exec(body)?.[1] ?? null),
        hasRetryAfter: status >= 400 && fieldIn(head, 'retry-after') !== null,
      })
      then(answer)
    })
  }

  #seen(latestMs: number): Seen {
    const { user, system } = process.cpuUsage(this.#cpu)
    this.#wires.close()
    const silence = { answeredAt: this.#now(), status: 0, code: null, hasRetryAfter: false }
    for (const question of this.#underWay) this.#heard.push({ ...question, ...silence })
    return { heard: this.#heard, cpuMs: (user + system) / 1000, tookMs: this.#now(), latestMs }
  }

  #now(): number {
    return performance.now() - this.#start
  }
}

process.on('message', (job: Job) => void run(job).then((seen) => process.send?.(seen)))

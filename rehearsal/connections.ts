/**
 * A crowd's connections to one shop: kept alive, so many at a time. Nothing here repeats, waits or interprets: that is the
 * buyers' business. undici, because the crowd shares two cores with the shop it asks.
 *
 * In the world everybody has a connection of their own. Where thousands share a few, whoever has begun something goes
 * before those who have not: a buyer with units in the basket does not queue behind the crowd to pay for them.
 */
import { Pool } from 'undici'

export interface Question {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  headers?: Record<string, string>
  body?: string
  /** Goes before all that are not. */
  first?: boolean
}

/** Instants are ms of this process's clock (`performance.now()`). */
export interface Reply {
  /** When it went out; before that it waited for a connection. */
  sentAt: number
  answeredAt: number
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

/** Longer than any answer of ours should take: what is still silent then has not been answered. */
const PATIENCE_MS = 15_000
/** The runtime hangs up on a connection that was silent for five seconds; a question sent just then has no answer. */
const IDLE_MOST_MS = 4_000

export class Connections {
  readonly #pool: Pool
  readonly #first: (() => void)[] = []
  readonly #others: (() => void)[] = []
  #free: number

  constructor(url: string, connections: number) {
    this.#pool = new Pool(url, {
      connections,
      pipelining: 1,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
      keepAliveTimeout: IDLE_MOST_MS,
    })
    this.#free = connections
  }

  /** Rejects when there is no answer: the connection broke, or patience ran out. `sentAt` is then on the error. */
  async ask({ method, path, headers = {}, body, first = false }: Question): Promise<Reply> {
    await this.#turn(first)
    const sentAt = performance.now()
    try {
      const answer = await this.#pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) })
      const text = await answer.body.text()
      return { sentAt, answeredAt: performance.now(), status: answer.statusCode, headers: answer.headers, text }
    } catch (cause) {
      throw new Unanswered(sentAt, cause)
    } finally {
      const next = this.#first.shift() ?? this.#others.shift()
      if (next) next()
      else this.#free += 1
    }
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  #turn(first: boolean): Promise<void> | undefined {
    if (this.#free === 0) return new Promise((resolve) => (first ? this.#first : this.#others).push(resolve))
    this.#free -= 1
    return undefined
  }
}

export class Unanswered extends Error {
  readonly sentAt: number
  constructor(sentAt: number, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.sentAt = sentAt
  }
}

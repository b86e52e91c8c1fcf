/**
 * One request and its one answer. Whatever ends it (an answer, a cut, the client hanging up) ends it once, and it is
 * counted before the client can know: whoever reads the counters after an answer finds that answer counted.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Target } from './target.ts'

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export interface EndedRequest {
  id: string
  target: string | undefined
  /** Undefined when there was no answer: we cut it, or the client hung up. */
  status: number | undefined
  statements: number
  tookMs: number
}

export class Exchange {
  readonly id = randomUUID()
  readonly request: IncomingMessage
  readonly #response: ServerResponse
  readonly #onEnd: (ended: EndedRequest) => void
  readonly #beganAt = performance.now()
  readonly #hangUp = new AbortController()
  #isOver = false
  target: Target | undefined
  statements = 0

  constructor(request: IncomingMessage, response: ServerResponse, onEnd: (ended: EndedRequest) => void = () => {}) {
    this.request = request
    this.#response = response
    this.#onEnd = onEnd
    response.once('close', () => {
      if (this.#isOver) return
      if (this.target) this.target.counters.hung_up += 1
      this.#end(undefined)
      this.#hangUp.abort(new Error('the client hung up'))
    })
  }

  /** Aborted when the client hangs up before it was answered. */
  get signal(): AbortSignal {
    return this.#hangUp.signal
  }

  answer({ status, body, headers }: Answer): void {
    if (this.#isOver) return
    if (this.target && status !== 200) this.target.counters.errors += 1
    this.#end(status)
    const json = body === undefined ? '' : JSON.stringify(body)
    this.#response.writeHead(status, {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'neon-request-id': this.id,
      'content-length': Buffer.byteLength(json),
      ...headers,
    })
    this.#response.end(json)
  }

  /** The client sees its connection reset and learns nothing. */
  cut(): void {
    if (this.#isOver) return
    this.#end(undefined)
    this.request.socket.resetAndDestroy()
  }

  #end(status: number | undefined): void {
    this.#isOver = true
    const { id, target, statements } = this
    this.#onEnd({ id, target: target?.name, status, statements, tookMs: performance.now() - this.#beganAt })
  }
}

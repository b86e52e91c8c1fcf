/**
 * Bare connections, for a crowd that shares two cores with the shop it asks: a question is one write, an answer mostly one
 * read, and of its head no more is looked at than the crowd needs. One question at a time on each. HTTP/1.1 with
 * `Content-Length` or chunks (RFC 9112), which is all that our runtime sends.
 */
import { connect, type Socket } from 'node:net'

export interface Answer {
  /** 0: the connection broke, or patience ran out. */
  status: number
  /** As they came, with their lines' ends. */
  head: string
  body: string
}

const NONE: Answer = { status: 0, head: '', body: '' }
const END_OF_HEAD = '\r\n\r\n'

export class Wires {
  readonly #port: number
  readonly #host: string
  /** Whoever has been silent longest is asked next: the runtime hangs up on silence. */
  readonly #idle: Wire[] = []
  readonly #waiting: { question: string; tell: (answer: Answer) => void }[] = []
  #next = 0

  private constructor(url: URL) {
    this.#host = url.hostname
    this.#port = Number(url.port)
  }

  /** Opens them all. A busy workerd takes up one new connection each time around: what is opened later waits for that. */
  static async open(url: URL, connections: number): Promise<Wires> {
    const wires = new Wires(url)
    await Promise.all(Array.from({ length: connections }, () => wires.#another()))
    return wires
  }

  /** Tells the answer when it is there; a question that finds no connection free waits for one, in turn. */
  ask(question: string, tell: (answer: Answer) => void): void {
    const wire = this.#idle.shift()
    if (wire) wire.ask(question, tell)
    else this.#waiting.push({ question, tell })
  }

  close(): void {
    for (const wire of this.#idle) wire.close()
  }

  #another(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.#host, port: this.#port, noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => {
        const wire: Wire = new Wire(
          socket,
          () => this.#isFree(wire),
          () => this.#isLost(wire),
        )
        this.#isFree(wire)
        resolve()
      })
    })
  }

  #isFree(wire: Wire): void {
    const next = this.#waiting[this.#next]
    if (!next) {
      this.#waiting.length = 0
      this.#next = 0
      this.#idle.push(wire)
      return
    }
    this.#next += 1
    wire.ask(next.question, next.tell)
  }

  #isLost(wire: Wire): void {
    const at = this.#idle.indexOf(wire)
    if (at !== -1) this.#idle.splice(at, 1)
    this.#another().catch(() => undefined)
  }
}

class Wire {
  readonly #socket: Socket
  readonly #isFree: () => void
  #tell: ((answer: Answer) => void) | null = null
  #read: Buffer | null = null
  #isOver = false

  constructor(socket: Socket, isFree: () => void, isLost: () => void) {
    this.#socket = socket
    this.#isFree = isFree
    socket.removeAllListeners('error')
    socket.on('error', () => undefined) // is followed by `close`
    socket.on('data', (chunk: Buffer) => this.#hears(chunk))
    socket.on('close', () => {
      if (this.#isOver) return
      this.#isOver = true
      this.#tell?.(NONE)
      isLost()
    })
  }

  ask(question: string, tell: (answer: Answer) => void): void {
    this.#tell = tell
    this.#socket.write(question, 'latin1')
  }

  close(): void {
    this.#isOver = true
    this.#socket.destroy()
  }

  #hears(chunk: Buffer): void {
    this.#read = this.#read ? Buffer.concat([this.#read, chunk]) : chunk
    const answer = answerIn(this.#read)
    if (!answer) return
    const tell = this.#tell
    this.#read = null
    this.#tell = null
    tell?.(answer)
    if (!this.#isOver) this.#isFree()
  }
}

/** The one answer in these bytes; null: it is not all there. */
export function answerIn(bytes: Buffer): Answer | null {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1) return null
  const head = bytes.toString('latin1', 0, end + 2)
  const status = Number(head.slice(9, 12))
  const start = end + END_OF_HEAD.length
  const declared = fieldIn(head, 'content-length')
  if (declared !== null) {
    const length = Number(declared)
    return bytes.length < start + length
      ? null
      : { status, head, body: bytes.toString('latin1', start, start + length) }
  }
  if (fieldIn(head, 'transfer-encoding') === null) return { status, head, body: '' }
  const isWhole = bytes.toString('latin1', bytes.length - 7).endsWith('\r\n0\r\n\r\n')
  return isWhole ? { status, head, body: bytes.toString('latin1', start) } : null
}

/** The value of a field, without a look at the others. */
export function fieldIn(head: string, name: string): string | null {
  const found = new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)
  return found?.[1] ?? null
}

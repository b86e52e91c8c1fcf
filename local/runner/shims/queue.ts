/**
 * Queues: one SQLite object per queue keeps the messages and delivers them to the Worker's queue() handler. At least
 * once: a row stays until it was acknowledged, so a killed runtime delivers again what was in the air. Batches wait for
 * their size or their time-out as wrangler.toml says; what failed too often goes to the dead-letter queue with its id.
 * The platform's reordering and chance duplicates do not happen here by themselves.
 */
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers'
import type { ConsumerSettings, DeliveredMessage, DeliveryResult, ShimEnv } from './env.ts'

const MESSAGE_BYTES_MAX = 128_000
const BATCH_MESSAGES_MAX = 100
const BATCH_BYTES_MAX = 256_000
const DELAY_SECONDS_MAX = 86_400

// While a delivery is in the air the alarm stands this far ahead: it only matters when the process dies meanwhile.
const AFTER_A_CRASH_MS = 2_000

/** A message on its way in. `delayMs` null: the queue's own default. */
export interface IncomingMessage {
  id: string | null
  body: ArrayBuffer
  format: string
  timestamp: number | null
  delayMs: number
}

export interface Backlog {
  messages: number
  bytes: number
  inFlight: number
  oldestAt: number | null
}

interface Row extends Record<string, SqlStorageValue> {
  seq: number
  id: string
  body: ArrayBuffer
  format: string
  attempts: number
  sent_at: number
}

/** The messages of one queue, named by it. */
export class QueueBroker extends DurableObject<ShimEnv> {
  readonly #sql: SqlStorage
  readonly #inFlight = new Set<number>()
  #deliveries = 0
  #alarmAt: number | null = null
  /** In memory only: a runtime that starts is one whose consumers are there. */
  #held = false

  constructor(state: DurableObjectState, env: ShimEnv) {
    super(state, env)
    this.#sql = state.storage.sql
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS messages (
         seq INTEGER PRIMARY KEY, id TEXT NOT NULL, body BLOB NOT NULL, format TEXT NOT NULL,
         attempts INTEGER NOT NULL, sent_at INTEGER NOT NULL, due_at INTEGER NOT NULL)`,
    )
    this.#sql.exec('CREATE INDEX IF NOT EXISTS messages_due ON messages (due_at)')
  }

  async enqueue(messages: IncomingMessage[]): Promise<Backlog> {
    const now = Date.now()
    for (const message of messages) {
      this.#sql.exec(
        'INSERT INTO messages (id, body, format, attempts, sent_at, due_at) VALUES (?, ?, ?, 0, ?, ?)',
        message.id ?? crypto.randomUUID().replaceAll('-', ''),
        message.body,
        message.format,
        message.timestamp ?? now,
        now + message.delayMs,
      )
    }
    await this.#pump()
    return this.backlog()
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null
    await this.#pump()
  }

  /** Keeps messages from being delivered until it is said otherwise, as when every consumer is away. */
  async hold(held: boolean): Promise<void> {
    this.#held = held
    await this.#pump()
  }

  backlog(): Backlog {
    const row = this.#sql
      .exec<{ messages: number; bytes: number; oldest: number | null }>(
        'SELECT COUNT(*) AS messages, COALESCE(SUM(LENGTH(body)), 0) AS bytes, MIN(sent_at) AS oldest FROM messages',
      )
      .one()
    return { messages: row.messages, bytes: row.bytes, inFlight: this.#inFlight.size, oldestAt: row.oldest }
  }

  /** Sends off every batch that is full or has waited long enough, then sets the alarm for the next that will be. */
  async #pump(): Promise<void> {
    const settings = this.#settings()
    if (settings === null || this.#held) return // nobody reads this queue: messages wait, as on the platform
    for (;;) {
      const now = Date.now()
      const due = this.#due(now, settings.maxBatchSize)
      const first = due[0]
      if (first === undefined) return this.#wakeAt(this.#nextDueAt(now))
      const readyAt = due.length >= settings.maxBatchSize ? now : first.dueAt + settings.maxBatchTimeoutMs
      if (readyAt > now) return this.#wakeAt(readyAt)
      if (this.#deliveries >= settings.maxConcurrency) return this.#wakeAt(now + AFTER_A_CRASH_MS)
      const rows = due.map(({ row }) => row)
      for (const row of rows) this.#inFlight.add(row.seq)
      this.#deliveries += 1
      await this.#wakeAt(now + AFTER_A_CRASH_MS)
      this.ctx.waitUntil(this.#deliver(rows, settings))
    }
  }

  async #deliver(rows: Row[], settings: ConsumerSettings): Promise<void> {
    const queue = this.#name()
    let result: DeliveryResult | null = null
    try {
      result = await this.env.MAIN.queue(queue, rows.map(deliveredMessage))
    } catch (cause) {
      console.error(`Queue ${queue}: a batch of ${rows.length} failed and is delivered again.`, cause)
    }
    const exhausted = this.#settle(rows, result, settings)
    if (exhausted.length > 0 && settings.deadLetterQueue !== null) {
      const letters = exhausted.map(({ id, body, format, sent_at }) => ({
        id,
        body,
        format,
        timestamp: sent_at,
        delayMs: 0,
      }))
      await this.env.BROKERS.getByName(settings.deadLetterQueue).enqueue(letters)
    }
    // Only now: a crash before this line repeats the dead letter rather than losing it.
    for (const row of exhausted) this.#sql.exec('DELETE FROM messages WHERE seq = ?', row.seq)
    for (const row of rows) this.#inFlight.delete(row.seq)
    this.#deliveries -= 1
    await this.#pump()
  }

  /** Removes what was acknowledged, puts off what is to be tried again; returns what has been tried too often. */
  #settle(rows: Row[], result: DeliveryResult | null, settings: ConsumerSettings): Row[] {
    const acked = new Set(result?.explicitAcks)
    const retries = new Map(result?.retryMessages.map((retry) => [retry.msgId, retry.delaySeconds]))
    const failed = result === null || result.outcome !== 'ok'
    const again = failed || result.retryBatch.retry
    const now = Date.now()
    return rows.filter((row) => {
      const kept = !acked.has(row.id) && result?.ackAll !== true && (again || retries.has(row.id))
      if (!kept) {
        this.#sql.exec('DELETE FROM messages WHERE seq = ?', row.seq)
        return false
      }
      if (row.attempts >= settings.maxRetries) return true
      const asked = retries.get(row.id) ?? result?.retryBatch.delaySeconds
      const delayMs = asked === undefined ? settings.retryDelayMs : asked * 1000
      this.#sql.exec('UPDATE messages SET attempts = attempts + 1, due_at = ? WHERE seq = ?', now + delayMs, row.seq)
      return false
    })
  }

  #due(now: number, limit: number): { row: Row; dueAt: number }[] {
    return this.#sql
      .exec<Row & { due_at: number }>(
        'SELECT seq, id, body, format, attempts, sent_at, due_at FROM messages WHERE due_at <= ? ORDER BY due_at, seq LIMIT ?',
        now,
        limit + this.#inFlight.size,
      )
      .toArray()
      .filter((row) => !this.#inFlight.has(row.seq))
      .slice(0, limit)
      .map((row) => ({ row, dueAt: row.due_at }))
  }

  #nextDueAt(now: number): number | null {
    const row = this.#sql
      .exec<{ due_at: number | null }>('SELECT MIN(due_at) AS due_at FROM messages WHERE due_at > ?', now)
      .one()
    return row.due_at ?? (this.#deliveries > 0 ? now + AFTER_A_CRASH_MS : null)
  }

  async #wakeAt(at: number | null): Promise<void> {
    if (at === null || (this.#alarmAt !== null && this.#alarmAt <= at && this.#alarmAt > Date.now())) return
    this.#alarmAt = at
    await this.ctx.storage.setAlarm(at)
  }

  #name(): string {
    const { name } = this.ctx.id
    if (name === undefined) throw new Error('A queue is addressed by its name.')
    return name
  }

  #settings(): ConsumerSettings | null {
    return this.env.CONSUMERS[this.#name()] ?? null
  }
}

/** The producer's other end; `props` carry the queue's name and its default delay. */
export class Queue extends WorkerEntrypoint<ShimEnv, { queue: string; deliveryDelay: number }> {
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const broker = this.env.BROKERS.getByName(this.ctx.props.queue)
    if (request.method === 'GET') return metrics(await broker.backlog())
    const messages = pathname === '/batch' ? await this.#readBatch(request) : await this.#readMessage(request)
    if (messages instanceof Response) return messages
    return metrics(await broker.enqueue(messages))
  }

  async #readMessage(request: Request): Promise<IncomingMessage[] | Response> {
    const body = await request.arrayBuffer()
    const message = this.#message(body, request.headers.get('x-msg-fmt'), request.headers.get('x-msg-delay-secs'))
    return message instanceof Response ? message : [message]
  }

  async #readBatch(request: Request): Promise<IncomingMessage[] | Response> {
    const { messages } = await request.json<{
      messages: { body: string; contentType?: string; delaySecs?: number }[]
    }>()
    if (messages.length > BATCH_MESSAGES_MAX) return tooLarge(`A batch has at most ${BATCH_MESSAGES_MAX} messages.`)
    const delayOfAll = request.headers.get('x-msg-delay-secs')
    const read: IncomingMessage[] = []
    let bytes = 0
    for (const { body, contentType, delaySecs } of messages) {
      const binary = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))
      bytes += binary.byteLength
      const message = this.#message(binary.buffer, contentType ?? null, String(delaySecs ?? delayOfAll ?? ''))
      if (message instanceof Response) return message
      read.push(message)
    }
    return bytes > BATCH_BYTES_MAX ? tooLarge(`A batch has at most ${BATCH_BYTES_MAX} bytes.`) : read
  }

  #message(body: ArrayBuffer, format: string | null, delaySeconds: string | null): IncomingMessage | Response {
    if (body.byteLength > MESSAGE_BYTES_MAX) return tooLarge(`A message has at most ${MESSAGE_BYTES_MAX} bytes.`)
    const seconds = delaySeconds === null || delaySeconds === '' ? this.ctx.props.deliveryDelay : Number(delaySeconds)
    if (!(seconds >= 0 && seconds <= DELAY_SECONDS_MAX)) {
      return new Response(`A delay has 0 to ${DELAY_SECONDS_MAX} seconds.`, { status: 400 })
    }
    return { id: null, body, format: format ?? 'v8', timestamp: null, delayMs: seconds * 1000 }
  }
}

function deliveredMessage(row: Row): DeliveredMessage {
  const about = { id: row.id, timestamp: new Date(row.sent_at), attempts: row.attempts + 1 }
  if (row.format === 'v8') return { ...about, serializedBody: row.body }
  if (row.format === 'bytes') return { ...about, body: row.body }
  const text = new TextDecoder().decode(row.body)
  return { ...about, body: row.format === 'json' ? (JSON.parse(text) as unknown) : text }
}

const metrics = (backlog: Backlog): Response =>
  Response.json({
    metadata: {
      metrics: {
        backlogCount: backlog.messages,
        backlogBytes: backlog.bytes,
        oldestMessageTimestamp: backlog.oldestAt ?? 0,
      },
    },
  })

const tooLarge = (why: string): Response => new Response(why, { status: 413 })

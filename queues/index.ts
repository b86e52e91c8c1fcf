/**
 * The one place that decides what becomes of a queue message: parses it, finds its consumer, and acks or retries by what
 * the consumer says. A message that makes no sense is set aside and acked; it never poisons the batch it came with.
 *
 * Retries are a courtesy: whatever a message was about is owed by an outbox row, which sends another.
 */
import { PacerKeeper } from '../domain/pacing/keeper.ts'
import { MemoryPacerStore } from '../domain/pacing/memory-store.ts'
import { ALONE_LIMITS } from '../domain/pacing/pace.ts'
import { experimentsOf, orderBook, pacerOf, schedulesOf, stockOf } from '../platform/desks.ts'
import { systemClock } from '../platform/dice.ts'
import { databaseOf } from '../platform/postgres/database.ts'
import { storesThatCount } from '../platform/postgres/experiments.ts'
import { inventoryRecords, orderRecords } from '../platform/postgres/order-records.ts'
import { StripePayments } from '../platform/stripe/payments.ts'
import { runJobs } from './jobs/consumer.ts'
import type { WarmShop } from './jobs/parts.ts'
import { jobParts } from './jobs/wiring.ts'
import { countingConversions } from './conversions.ts'
import { setAside, type DeadLetter } from './dead-letters.ts'
import { parseJobs, parseRecord, parseSettle } from './messages.ts'
import { settleOrders } from './order-settler.ts'
import { again, giveUp, type Outcome } from './outcome.ts'
import { tellingMoments } from './moments.ts'
import { record, type RecorderParts } from './recorder.ts'

type Bodies = readonly unknown[]
type Consumer = (bodies: Bodies, env: Env, warm: WarmShop) => Promise<Outcome[]>

/** A pause doubles with each delivery, up to this. */
const PAUSE_MOST_MS = 300_000
const PAUSE_AFTER_FAULT_MS = 10_000

/** For all settlers of this isolate, while a pacer is away. */
const alone = new PacerKeeper(new MemoryPacerStore(), systemClock, ALONE_LIMITS)
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const recorderParts = (env: Env): RecorderParts => ({
  bookNamed: (name) => orderBook(env, name),
  stockOf: (storeId, sku) => stockOf(env, storeId, sku),
  orders: countingConversions(orderRecords(databaseOf(env)), {
    countingAmong: (storeIds) => storesThatCount(databaseOf(env).read('primary'), storeIds),
    deskOf: (storeId, visitorId) => experimentsOf(env, storeId, visitorId),
  }),
  inventory: tellingMoments(inventoryRecords(databaseOf(env)), databaseOf(env), (storeId, shard) =>
    schedulesOf(env, storeId, shard),
  ),
})

/** All lanes run alike; how much of each is under way at once is said in wrangler.toml. */
const jobs = consumer(parseJobs, (messages, env, warm) =>
  runJobs(
    messages,
    jobParts(env, warm, async (book) => {
      const [outcome] = await record([{ v: 1, kind: 'orders', book }], recorderParts(env))
      return outcome!
    }),
  ),
)

const CONSUMERS: Record<string, Consumer> = {
  'onrush-settle': consumer(parseSettle, (messages, env) =>
    settleOrders(messages, {
      bookNamed: (name) => orderBook(env, name),
      stockOf: (storeId, sku) => stockOf(env, storeId, sku),
      payments: new StripePayments(env),
      pacing: { pacerOf: (storeId) => pacerOf(env, storeId), alone, clock: systemClock, sleep },
    }),
  ),
  'onrush-record': consumer(parseRecord, (messages, env) => record(messages, recorderParts(env))),
  'onrush-jobs-critical': jobs,
  'onrush-jobs-default': jobs,
  'onrush-jobs-bulk': jobs,
  'onrush-dead-letters': async (bodies) => bodies.map(() => giveUp('delivered too often')),
}

/** @param warm how a job asks the shop for its own addresses. */
export async function queue(batch: MessageBatch, env: Env, warm: WarmShop): Promise<void> {
  const bodies = batch.messages.map(({ body }) => body)
  const outcomes = await consume(batch.queue, bodies, env, warm)
  const dead: DeadLetter[] = []
  batch.messages.forEach((message, i) => {
    const outcome = outcomes[i]!
    if (outcome.kind === 'again') {
      console.warn(JSON.stringify({ level: 'warn', kind: 'fault', queue: batch.queue, what: outcome.why }))
      message.retry({ delaySeconds: pauseSeconds(outcome.afterMs, message.attempts) })
      return
    }
    if (outcome.kind === 'give_up') {
      const { id, timestamp, body } = message
      dead.push({ queue: batch.queue, messageId: id, sentAt: timestamp.getTime(), why: outcome.why, body })
    }
    message.ack()
  })
  await setAside(dead, env.DOCUMENTS)
}

async function consume(name: string, bodies: Bodies, env: Env, warm: WarmShop): Promise<Outcome[]> {
  const consumed = CONSUMERS[name]
  if (!consumed) return bodies.map(() => again(PAUSE_MOST_MS, `nobody reads the queue ${name}`))
  try {
    return await consumed(bodies, env, warm)
  } catch (fault) {
    // A bug or a missing setting: nothing is acked, nothing is lost.
    return bodies.map(() => again(PAUSE_AFTER_FAULT_MS, fault))
  }
}

/** Hands a consumer the messages that are ones, and puts its outcomes back in their places. */
function consumer<Message>(
  parse: (body: unknown) => Message | undefined,
  read: (messages: Message[], env: Env, warm: WarmShop) => Promise<Outcome[]>,
): Consumer {
  return async (bodies, env, warm) => {
    const parsed = bodies.map(parse)
    const messages = parsed.filter((message) => message !== undefined)
    const outcomes = messages.length === 0 ? [] : await read(messages, env, warm)
    let next = 0
    return parsed.map((message) =>
      message === undefined ? giveUp('it is not one of our messages') : outcomes[next++]!,
    )
  }
}

const pauseSeconds = (afterMs: number, attempts: number): number =>
  Math.ceil(Math.min(PAUSE_MOST_MS, afterMs * 2 ** Math.min(attempts - 1, 20)) / 1000)

/**
 * The objects, as the door asks them. A stub that breaks in mid-call (an eviction, a deploy) is `retryable`: everything
 * we ask is safe to repeat, so it is asked once more, through a fresh stub. `overloaded` is never asked again.
 */
import type { AlertDesk } from '../domain/message/alert-desk.ts'
import type { BoardDesk } from '../domain/message/board-desk.ts'
import type { AnswerDesk } from '../domain/message/answer-desk.ts'
import type { ExperimentDesk } from '../domain/message/experiment-desk.ts'
import type { DropDesk, PlaceDesk } from '../domain/message/drop-desk.ts'
import type { EpochDesk } from '../domain/message/epoch-desk.ts'
import { invitationNameFor } from '../domain/invitation/code.ts'
import type { InvitationDesk } from '../domain/message/invitation-desk.ts'
import type { JobDesk, JobSweepDesk } from '../domain/message/job-desk.ts'
import type { OrderBookDesk } from '../domain/message/order-book.ts'
import type { ScheduleDesk, ScheduleFiguresDesk } from '../domain/message/schedule-desk.ts'
import type { StockDesk } from '../domain/message/stock-desk.ts'
import { bucketFor, orderBookName } from '../domain/sharding/bucket.ts'
import * as platform from '../platform/desks.ts'
import { objectNamed } from '../platform/placement.ts'

export const stockDesk = (env: Env, storeId: string, sku: string): StockDesk =>
  persistent(() => platform.stockOf(env, storeId, sku))

/** One of a store's order books, by its number: an id carries it, and a visitor has a home (visitors.ts). */
export const orderBook = (env: Env, storeId: string, book: number): OrderBookDesk =>
  persistent(() => platform.orderBook(env, orderBookName(storeId, book)))

/** The object of one drop: its terms, its room, its clock. */
export const dropDesk = (env: Env, storeId: string, dropId: string): DropDesk =>
  persistent(() => platform.dropOf(env, storeId, dropId))

/** What gathers a drop's figures for whoever watches it. */
export const boardDesk = (env: Env, storeId: string, dropId: string): BoardDesk =>
  persistent(() => platform.boardOf(env, storeId, dropId))

/** One of the objects that keep the places in a drop's waiting room. */
export const placesDesk = (env: Env, storeId: string, dropId: string, shard: number): PlaceDesk =>
  persistent(() => platform.placesOf(env, storeId, dropId, shard))

/** The object that judges a drop's invitation codes of one shard (domain/invitation/code.ts). */
export const invitationDesk = (env: Env, storeId: string, dropId: string, shard: number): InvitationDesk =>
  persistent(
    () => objectNamed(env.INVITATIONS, invitationNameFor(storeId, dropId, shard), env) as unknown as InvitationDesk,
  )

/** One of the objects that count a store's visitors in its experiments. */
export const experimentDesk = (env: Env, storeId: string, shard: number): ExperimentDesk =>
  persistent(() => platform.experimentShard(env, storeId, shard))

/** What keeps a store's alerts. */
export const alertDesk = (env: Env, storeId: string): AlertDesk => persistent(() => platform.alertsOf(env, storeId))

/** One of the objects that keep a store's jobs (domain/job/shards.ts). */
export const jobDesk = (env: Env, storeId: string, shard: number): JobDesk & JobSweepDesk =>
  persistent(() => platform.jobsOf(env, storeId, shard))

/** The same objects, for the schedules that they keep. */
export const scheduleDesk = (env: Env, storeId: string, shard: number): ScheduleDesk & ScheduleFiguresDesk =>
  persistent(() => platform.schedulesOf(env, storeId, shard))

/** One shard of a store's epochs. */
export const epochDesk = (env: Env, storeId: string, shard: number): EpochDesk =>
  persistent(() => platform.epochsOf(env, storeId, shard))

/** The object that remembers what was answered under a key, whoever asked. */
export const answerDesk = (env: Env, storeId: string, key: string): AnswerDesk =>
  persistent(() => objectNamed(env.ANSWERS, `${storeId}/answers-${bucketFor(key)}`, env) as unknown as AnswerDesk)

/** Every method asks a fresh stub, and asks again once when the runtime says that it may help. */
function persistent<Desk extends object>(stub: () => Desk): Desk {
  return new Proxy({} as Desk, {
    get:
      (_, method) =>
      async (...args: unknown[]): Promise<unknown> => {
        try {
          return await ask(stub(), method, args)
        } catch (thrown) {
          if (!platform.endedUnderTheCall(thrown)) throw thrown
          return ask(stub(), method, args)
        }
      },
  })
}

const ask = (stub: object, method: string | symbol, args: unknown[]): Promise<unknown> =>
  (stub as Record<string | symbol, (...args: unknown[]) => Promise<unknown>>)[method]!(...args)

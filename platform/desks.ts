/**
 * The objects of ours that are asked by name, as their desks (domain/message). The one place where a stub gets its
 * type; what a stub's fault means is said here too.
 *
 * A stub is made for each call and never kept: one whose object broke stays broken for ever.
 */
import { alertsNameFor, type AlertDesk } from '../domain/message/alert-desk.ts'
import type { LeafDesk, LeaseDesk } from '../domain/message/lease-desk.ts'
import type { DropDesk, PlaceDesk } from '../domain/message/drop-desk.ts'
import type { BoardDesk } from '../domain/message/board-desk.ts'
import { epochsNameFor, type EpochDesk } from '../domain/message/epoch-desk.ts'
import type { FormerHomeDesk, OrderBookDesk, PulseDesk } from '../domain/message/order-book.ts'
import type { JobDesk, JobKinDesk, JobSweepDesk, JobWorkDesk } from '../domain/message/job-desk.ts'
import type { LimitDesk } from '../domain/message/limit-desk.ts'
import type { PacerDesk } from '../domain/message/pacer-desk.ts'
import { poolNameFor, type PoolDesk } from '../domain/message/pool-desk.ts'
import type { ScheduleDesk, ScheduleFiguresDesk } from '../domain/message/schedule-desk.ts'
import type { SettlerDesk } from '../domain/message/settle.ts'
import type { StockDesk, StockReporter, StockTreeDesk } from '../domain/message/stock-desk.ts'
import { experimentShardName, experimentShardOf } from '../domain/experiment/keeper.ts'
import type { ExperimentDesk } from '../domain/message/experiment-desk.ts'
import { jobShardName } from '../domain/job/shards.ts'
import { dropNameFor, placesNameFor } from '../domain/room/place.ts'
import { limitNameFor, stockNameFor } from '../domain/sharding/bucket.ts'
import { objectNamed, type PlacementEnv } from './placement.ts'

/** What it takes to name an object: its namespace, and where its store wants its objects. */
type Naming<Namespace extends keyof Env> = Pick<Env, Namespace> & PlacementEnv

/** An order book, by the name that `orderBookName` gives. */
export const orderBook = (env: Naming<'ORDER_BOOK'>, name: string): OrderBookDesk & SettlerDesk =>
  objectNamed(env.ORDER_BOOK, name, env) as unknown as OrderBookDesk & SettlerDesk

/** An order book, as another book whose visitors were at home there. */
export const homeNamed = (env: Naming<'ORDER_BOOK'>, name: string): OrderBookDesk & FormerHomeDesk =>
  objectNamed(env.ORDER_BOOK, name, env) as unknown as OrderBookDesk & FormerHomeDesk

/** An order book, as the owner of stock whose units it sells. */
export const leafOf = (env: Naming<'ORDER_BOOK'>, name: string): LeafDesk =>
  objectNamed(env.ORDER_BOOK, name, env) as unknown as LeafDesk

/** An order book, for whoever watches what happens there. */
export const pulseOf = (env: Naming<'ORDER_BOOK'>, name: string): PulseDesk =>
  objectNamed(env.ORDER_BOOK, name, env) as unknown as PulseDesk

/** The owner of one SKU's stock, for whoever watches where its units are. */
export const stockTreeOf = (env: Naming<'STOCK'>, storeId: string, sku: string): StockTreeDesk =>
  objectNamed(env.STOCK, stockNameFor(storeId, sku), env) as unknown as StockTreeDesk

/** What gathers all of this for one drop. */
export const boardOf = (env: Naming<'BOARD'>, storeId: string, dropId: string): BoardDesk =>
  objectNamed(env.BOARD, dropNameFor(storeId, dropId), env) as unknown as BoardDesk

/** The owner of one SKU's stock. */
export const stockOf = (env: Naming<'STOCK'>, storeId: string, sku: string): StockDesk & StockReporter & LeaseDesk =>
  objectNamed(env.STOCK, stockNameFor(storeId, sku), env) as unknown as StockDesk & StockReporter & LeaseDesk

/**
 * Who says when the payment provider may be called. One per account there. Today a deployment has one account and a
 * store one pacer: stores that share the account do not see each other, and share it by what the provider refuses.
 */
export const pacerOf = (env: Naming<'PACER'>, storeId: string): PacerDesk =>
  objectNamed(env.PACER, `${storeId}/pacer`, env) as unknown as PacerDesk

/** The judge of one key's limits. Never asked twice: it would count twice. */
export const limitOf = (env: Naming<'LIMITS'>, storeId: string, key: string): LimitDesk =>
  objectNamed(env.LIMITS, limitNameFor(storeId, key), env) as unknown as LimitDesk

/** The object of one drop. */
export const dropOf = (env: Naming<'DROP'>, storeId: string, dropId: string): DropDesk =>
  objectNamed(env.DROP, dropNameFor(storeId, dropId), env) as unknown as DropDesk

/** One of the objects that keep the places in a drop's waiting room. */
export const placesOf = (env: Naming<'PLACES'>, storeId: string, dropId: string, shard: number): PlaceDesk =>
  objectNamed(env.PLACES, placesNameFor(storeId, dropId, shard), env) as unknown as PlaceDesk

/** The object that counts this visitor in a store's experiments. */
export const experimentsOf = (env: Naming<'EXPERIMENTS'>, storeId: string, visitorId: string): ExperimentDesk =>
  experimentShard(env, storeId, experimentShardOf(visitorId))

/** One of the objects that count a store's visitors. */
export const experimentShard = (env: Naming<'EXPERIMENTS'>, storeId: string, shard: number): ExperimentDesk =>
  objectNamed(env.EXPERIMENTS, experimentShardName(storeId, shard), env) as unknown as ExperimentDesk

/** One shard of a store's epochs: what has changed. */
export const epochsOf = (env: Naming<'EPOCHS'>, storeId: string, shard: number): EpochDesk =>
  objectNamed(env.EPOCHS, epochsNameFor(storeId, shard), env) as unknown as EpochDesk

/** What all isolates together know of a pool of an existing shop's servers. */
export const poolOf = (env: Naming<'ORIGINS'>, storeId: string, pool: string): PoolDesk =>
  objectNamed(env.ORIGINS, poolNameFor(storeId, pool), env) as unknown as PoolDesk

/** What keeps a store's alerts. */
export const alertsOf = (env: Naming<'ALERTS'>, storeId: string): AlertDesk =>
  objectNamed(env.ALERTS, alertsNameFor(storeId), env) as unknown as AlertDesk

/** One of the objects that keep a store's jobs, for the consumers of the queues. */
export const jobWorkOf = (env: Naming<'JOBS'>, storeId: string, shard: number): JobWorkDesk =>
  objectNamed(env.JOBS, jobShardName(storeId, shard), env) as unknown as JobWorkDesk

/** One of the objects that keep a store's jobs, for whoever has some or asks about them. */
export const jobsOf = (env: Naming<'JOBS'>, storeId: string, shard: number): JobDesk & JobSweepDesk =>
  objectNamed(env.JOBS, jobShardName(storeId, shard), env) as unknown as JobDesk & JobSweepDesk

/** The same object, for the schedules that it keeps. */
export const schedulesOf = (env: Naming<'JOBS'>, storeId: string, shard: number): ScheduleDesk & ScheduleFiguresDesk =>
  objectNamed(env.JOBS, jobShardName(storeId, shard), env) as unknown as ScheduleDesk & ScheduleFiguresDesk

/** One of the objects that keep a store's jobs, for another of them. */
export const jobKinOf = (env: Naming<'JOBS'>, storeId: string, shard: number): JobKinDesk =>
  objectNamed(env.JOBS, jobShardName(storeId, shard), env) as unknown as JobKinDesk

/** The object is drowning: asking again makes it worse. Whoever waits is told that we are busy. */
export const isOverloaded = (fault: unknown): boolean =>
  typeof fault === 'object' && fault !== null && 'overloaded' in fault && fault.overloaded === true

/**
 * The call ended without an answer because its object did: the runtime lost it (`retryable`) or reset it, as at a deploy
 * (`durableObjectReset`). Whoever may ask twice asks its successor, through a fresh stub.
 */
export const endedUnderTheCall = (fault: unknown): boolean =>
  typeof fault === 'object' &&
  fault !== null &&
  !isOverloaded(fault) &&
  (('retryable' in fault && fault.retryable === true) ||
    ('durableObjectReset' in fault && fault.durableObjectReset === true))

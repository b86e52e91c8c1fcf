/**
 * Telling objects what an operator has changed, from the outbox of the database: at once after a write, and from the cron
 * for what could not be told then.
 */
import type { Database } from '../platform/postgres/database.ts'
import { publishMoments } from '../platform/postgres/drop-moments.ts'
import { publishInvitations } from '../platform/postgres/invitations.ts'
import { publishDrops, publishOffers } from '../platform/postgres/offers.ts'
import { countUntold, type PublishOptions } from '../platform/postgres/outbox.ts'
import type { Gone } from './telling.ts'
import { tellSchedules } from '../queues/moments.ts'
import { dropDesk, invitationDesk, scheduleDesk, stockDesk } from './desks.ts'

/** Tells stock objects, drops, schedules relative to drops and the judges of invitations what is due, up to the limit of each. */
export async function publishSome(env: Env, db: Database, options: Omit<PublishOptions, 'keys'>): Promise<Gone> {
  const reports = await Promise.all([
    offers(env, db, options),
    drops(env, db, options),
    moments(env, db, options),
    publishBatches(env, db, options),
  ])
  return {
    more: reports.some(({ more }) => more),
    failed: reports.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** Who has heard of a drop's newest terms. */
export interface Heard {
  stockObjects: number
  stockObjectsOf: number
  drop: boolean
}

/**
 * Tells one drop's objects before anybody else's, because an operator waits for it, and answers who has heard. Those that
 * have not are told again by the cron.
 */
export async function publishDrop(
  env: Env,
  db: Database,
  { storeId, dropId, skus }: { storeId: string; dropId: string; skus: readonly string[] },
): Promise<Heard> {
  await Promise.all([
    skus.length > 0 && offers(env, db, { storeId, keys: skus, limit: skus.length }),
    drops(env, db, { storeId, keys: [dropId], limit: 1 }),
  ])
  const [offersLeft, dropLeft] = await Promise.all([
    countUntold(db, storeId, 'offer', skus),
    countUntold(db, storeId, 'drop', [dropId]),
  ])
  return { stockObjects: skus.length - offersLeft, stockObjectsOf: skus.length, drop: dropLeft === 0 }
}

const offers = (env: Env, db: Database, options: PublishOptions) =>
  publishOffers(db, (storeId, sku) => stockDesk(env, storeId, sku), options)

const drops = (env: Env, db: Database, options: PublishOptions) =>
  publishDrops(db, (storeId, dropId) => dropDesk(env, storeId, dropId), options)

const moments = (env: Env, db: Database, options: PublishOptions) =>
  publishMoments(
    db,
    tellSchedules((storeId, shard) => scheduleDesk(env, storeId, shard)),
    options,
  )

/** Tells the judges of a drop's codes; `keys` are ids of batches. */
export const publishBatches = (env: Env, db: Database, options: PublishOptions) =>
  publishInvitations(db, (storeId, dropId, shard) => invitationDesk(env, storeId, dropId, shard), options)

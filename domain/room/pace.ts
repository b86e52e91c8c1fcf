/**
 * How fast people may come in. The bucket is exact: in any window of t ms, at most burst + rate · t come in, whatever
 * happens to the rate in between (then the largest counts). Whole numbers throughout, so that nothing drifts.
 */
import type { DropUnits, RoomTerms } from '../message/drop-desk.ts'
import type { Pressure } from '../message/pacer-desk.ts'

/** One admission costs this much credit; every millisecond earns as much as people may come in a minute. */
const CREDIT_PER_PERSON = 60_000

export interface Bucket {
  credit: number
  /** ms; the credit is as of then. */
  at: number
}

/** Filled to the brim. */
export const fullBucket = (perMinute: number, now: number): Bucket => ({ credit: brim(perMinute), at: now })

/** A second's worth may come at once: the room looks about twice a second, and what it missed it may make up for. */
export const burstOf = (perMinute: number): number => Math.max(1, Math.ceil(perMinute / 60))

const brim = (perMinute: number): number => burstOf(perMinute) * CREDIT_PER_PERSON

/** The bucket as it is now. A clock that stepped back earns nothing until it has caught up. */
export function refilled(bucket: Bucket, perMinute: number, now: number): Bucket {
  const at = Math.max(now, bucket.at)
  return { credit: Math.min(brim(perMinute), bucket.credit + perMinute * (at - bucket.at)), at }
}

/** How many may come in now. */
export const affordable = ({ credit }: Bucket): number => Math.floor(credit / CREDIT_PER_PERSON)

export const spent = (bucket: Bucket, people: number): Bucket => ({
  ...bucket,
  credit: bucket.credit - people * CREDIT_PER_PERSON,
})

/** In how many ms the next one may come in. */
export const nextInMs = ({ credit }: Bucket, perMinute: number): number =>
  Math.max(0, Math.ceil((CREDIT_PER_PERSON - credit) / perMinute))

/**
 * The pace right now: the operator's, or what the payment provider can take if that is less. Of those who come in, only
 * some pay; `unitsPerPass` below one says how few.
 */
export function paceNow(terms: RoomTerms, paymentsPerMinute: number | null, unitsPerPass: number): number {
  if (paymentsPerMinute === null) return terms.admissionsPerMinute
  const paced = Math.ceil(paymentsPerMinute / Math.min(1, Math.max(0.1, unitsPerPass)))
  return Math.max(1, Math.min(terms.admissionsPerMinute, paced))
}

/** A line before the provider that takes so long to pay off is as long as we let it become. */
const LINE_SECONDS_MOST = 30

/**
 * Payments a minute that may be begun, given how the way to the provider is: its rate, less what it takes to shorten the
 * line before it. Never nothing: a room that stands still learns nothing.
 */
export function paymentsPerMinuteOf({ ratePerSecond, waiting }: Pick<Pressure, 'ratePerSecond' | 'waiting'>): number {
  const lineSeconds = waiting / Math.max(0.1, ratePerSecond)
  return 60 * ratePerSecond * Math.max(0.1, 1 - lineSeconds / LINE_SECONDS_MOST)
}

/** How many passes' worth of experience we pretend to have had, at one unit each, before there is any. */
const PRIOR_PASSES = 10

/** Units that a pass takes on average. `settled`: passes of which it is known, or old enough to be guessed. */
export function unitsPerPassOf(units: DropUnits | null, settled: number): number {
  if (!units) return 1
  const average = (units.held + units.sold + PRIOR_PASSES) / (settled + PRIOR_PASSES)
  return Math.min(5, Math.max(0.2, average))
}

/** How many people with nothing in their basket yet the free units are enough for. */
export const roomInStock = (units: DropUnits | null, unitsPerPass: number): number =>
  units === null || units.free <= 0 ? 0 : Math.max(1, Math.floor(units.free / unitsPerPass))

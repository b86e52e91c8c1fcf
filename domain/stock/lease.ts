/**
 * The lease between a SKU's owner and one leaf: who has how many units. Both ends keep counters that only grow and tell
 * each other their totals, so any message may be lost, come twice or late (an escrow in the sense of O'Neil, ACM TODS
 * 1986; the counters are those of a bounded counter, Balegas et al., SRDS 2015).
 *
 *     at the owner:   leased = granted - takenBack = free + held + sold, as far as the owner knows
 *     at the leaf:             received - returned = free + held + sold, as it is
 *     always:         received <= granted and takenBack <= returned
 *
 * Units between the two (granted but not received, returned but not taken back) belong to nobody who could sell them,
 * so no unit is ever in two places. The owner counts them as free at the leaf. All states of small models are searched
 * in simulation/search.
 */
import { assert } from '../basics/assert.ts'
import type { LeafStatement } from '../message/lease-desk.ts'
import type { StockCount } from '../message/stock-desk.ts'

/** What the owner keeps of one leaf. */
export interface Lease {
  leaf: string
  granted: number
  takenBack: number
  /** How the leased units stand at the leaf, by its newest statement; those under way count as free. */
  free: number
  held: number
  sold: number
  /** The version of that statement. */
  version: number
  nextHoldEnd: number | null
  /** The newest terms that the leaf is known to sell on. */
  offerVersion: number
}

/** The owner's side: all units of the SKU, and how many of the free ones are with leaves. */
export interface OwnerUnits {
  count: StockCount
  leavesFree: number
}

export const newLease = (leaf: string): Lease => ({
  leaf,
  granted: 0,
  takenBack: 0,
  free: 0,
  held: 0,
  sold: 0,
  version: -1,
  nextHoldEnd: null,
  offerVersion: 0,
})

/** Free units that the owner has itself, to grant, to hold or to lose. */
export const freeAtOwner = ({ count, leavesFree }: OwnerUnits): number => count.free - leavesFree

/** The owner hears how a leaf stands. An older statement that arrives late changes none of the figures. */
export function hearLeaf(units: OwnerUnits, before: Lease, said: LeafStatement): { units: OwnerUnits; lease: Lease } {
  const lease = said.offerVersion > before.offerVersion ? { ...before, offerVersion: said.offerVersion } : before
  if (said.version <= lease.version) return { units, lease }
  const { held, sold, version, nextHoldEnd } = said
  const takenBack = Math.max(lease.takenBack, said.returned)
  const free = lease.granted - takenBack - held - sold
  assert(said.received <= lease.granted, `${said.leaf} has received ${said.received} of ${lease.granted} units`)
  assert(free >= said.free, `${said.leaf} has ${said.free} free units, of ${free} that may be there`)
  const count = held === lease.held && sold === lease.sold ? units.count : countWith(units.count, lease, said)
  return {
    units: { count, leavesFree: units.leavesFree + free - lease.free },
    lease: { ...lease, takenBack, free, held, sold, version, nextHoldEnd },
  }
}

function countWith(count: StockCount, before: Lease, { held, sold }: LeafStatement): StockCount {
  const moreHeld = held - before.held
  const moreSold = sold - before.sold
  return {
    ...count,
    free: count.free - moreHeld - moreSold,
    held: count.held + moreHeld,
    sold: count.sold + moreSold,
    version: count.version + 1,
  }
}

/** Leases more units. They stay free in the account; only who may sell them changes. */
export function grant(units: OwnerUnits, lease: Lease, more: number): { units: OwnerUnits; lease: Lease } {
  assert(more >= 0 && more <= freeAtOwner(units), `${more} units of ${freeAtOwner(units)} cannot be leased`)
  return {
    units: { ...units, leavesFree: units.leavesFree + more },
    lease: { ...lease, granted: lease.granted + more, free: lease.free + more },
  }
}

/**
 * How many units a leaf gets on top of those that it has, or that are on their way to it: what its buyers wait for, if
 * there is as much, and beyond that what it wishes, up to its share. Half of what is free is shared out at a time, so that
 * a leaf whose crowd comes later still finds some; the shares shrink with the rest, and near the end units are leased one
 * by one. Units that would complete nobody's basket stay here, where they can complete somebody else's.
 */
export function unitsToGrant(units: OwnerUnits, lease: Lease, said: LeafStatement, leaves: number): number {
  const free = freeAtOwner(units)
  const needed = missingAt(lease, said)
  if (needed > free) return said.free + said.least - lease.free <= free ? free : 0
  const wished = said.free + said.need + Math.min(said.wish, fairShare(units, leaves)) - lease.free
  return Math.min(free, Math.max(0, wished))
}

/** Units that a leaf's buyers still wait for. What it had free when it asked may have been asked back since. */
export const missingAt = (lease: Lease, said: LeafStatement): number =>
  said.need === 0 ? 0 : Math.max(0, said.free + said.need - lease.free)

/** How many free units one of so many leaves may sit on. */
export const fairShare = (units: OwnerUnits, leaves: number): number =>
  Math.floor(Math.max(0, freeAtOwner(units)) / (2 * Math.max(1, leaves)))

/** Whether a leaf may have units that nobody waits for: by its own words, or because a hold of its is over by now. */
export const mayHaveFree = (lease: Lease, now: number): boolean =>
  lease.free > 0 || (lease.nextHoldEnd !== null && lease.nextHoldEnd <= now)

// The leaf's side. Its account is an ordinary one whose stock is what it has received, less what it gave back.

/** Units of a leaf that have come from the owner and gone back to it, since the beginning. */
export const receivedBy = ({ initial }: StockCount): number => initial
export const returnedBy = ({ adjusted }: StockCount): number => (adjusted === 0 ? 0 : -adjusted)

/** The leaf hears how much was granted to it in all: what is new has just arrived. */
export function receive(count: StockCount, granted: number): StockCount {
  const arrived = granted - receivedBy(count)
  if (arrived <= 0) return count
  return withUnits(count, { initial: count.initial + arrived, free: count.free + arrived })
}

/** The leaf gives free units back. From this moment on it cannot sell them; the owner can when it hears of it. */
export function giveBack(count: StockCount, units: number): StockCount {
  assert(units >= 0 && units <= count.free, `${units} units of ${count.free} cannot be given back`)
  if (units === 0) return count
  return withUnits(count, { adjusted: count.adjusted - units, free: count.free - units })
}

const withUnits = (count: StockCount, change: Partial<StockCount>): StockCount => {
  const next = { ...count, ...change }
  return { ...next, total: next.initial + next.adjusted, version: count.version + 1 }
}

/**
 * What a leaf and the owner of a SKU's stock say to one another. A leaf is an order book that sells units it has leased
 * from the owner (docs/concepts/the-stock-tree.md).
 *
 * Nothing here says "five more" or "two back". Both sides say how much there was in all, since the beginning: such
 * counters only grow, so a message that is lost, repeated or overtaken changes nothing that the next one does not mend.
 */
import type { Offer } from './stock-desk.ts'

/** How a leaf stands, in its own words. received - returned = free + held + sold. */
export interface LeafStatement {
  /** The name of the order book. */
  leaf: string
  /** Units that have arrived from the owner, since the beginning. */
  received: number
  /** Units that went back to the owner, since the beginning. */
  returned: number
  free: number
  held: number
  sold: number
  /** Grows with every change of these figures: an older statement that arrives late is told by it. */
  version: number
  /** When its first living hold ends, ms; null: none lives. From then on it has free units, whether it noticed or not. */
  nextHoldEnd: number | null
  /** The version of the terms it sells on. */
  offerVersion: number
  /** Units that buyers are waiting for at the leaf at this moment, beyond those it has free. */
  need: number
  /** The fewest of them that are of use: with less, not one of the baskets that wait could be held. */
  least: number
  /** Units that it would like to have free besides, for those who come next. */
  wish: number
}

/** What the owner says to a leaf. */
export interface OwnerStatement {
  /** Units that were leased to this leaf, since the beginning. */
  granted: number
  /** The terms that they are sold on. */
  offer: Offer
  /** How many free units the leaf may sit on; what it has beyond goes back at once. 0: the last units are being gathered. */
  keep: number
  /**
   * How many units were free anywhere when this was said, those of the leaf that asked included: all that the owner and
   * every other leaf could give had been asked for. Only a buyer of more than that may hear that there is not enough.
   * Null: not everybody was asked, for nobody had to be.
   */
  freeAnywhere: number | null
  /** Whether visitors hold, or have bought, units of the owner itself: those count against their limits, too. */
  soldByOwner: boolean
}

/** The owner, as its leaves see it. Safe to repeat. */
export interface LeaseDesk {
  /** Null: this SKU was never described. Rejects with a fault when a leaf that may have free units could not be asked. */
  lease(statement: LeafStatement): Promise<OwnerStatement | null>
  /** Units that each of these visitors holds, or has bought, of the owner itself. */
  takenBy(visitorIds: readonly string[]): Promise<number[]>
}

/** A leaf, as the owner sees it. Safe to repeat. */
export interface LeafDesk {
  /** Takes over what the owner says (new terms, more units), gives back what it may not keep, and says how it stands. */
  hearOwner(sku: string, statement: OwnerStatement): Promise<LeafStatement>
}

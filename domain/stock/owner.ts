/**
 * The owner of a SKU whose units are sold by leaves: leases units to them, hears how they stand, and knows whom to ask
 * back when somebody needs what others do not. Its own account is the keeper's; what a lease is, is in lease.ts.
 *
 * Nothing is refused here for want of units: `need` that cannot be met is answered with who else may have some. Whoever
 * drives this (the object, the simulation) asks those, tells what they said, and then asks again; and works for one leaf
 * at a time, so that what comes back for one buyer is not given to whoever happens to pass by.
 */
import { assert } from '../basics/assert.ts'
import type { LeafStatement, OwnerStatement } from '../message/lease-desk.ts'
import type { LeaseSaid } from '../message/stock-desk.ts'
import { bookNames } from '../sharding/bucket.ts'
import type { StockAccount, StockKeeper, Turn } from './keeper.ts'
import {
  fairShare,
  freeAtOwner,
  grant,
  hearLeaf,
  mayHaveFree,
  missingAt,
  newLease,
  unitsToGrant,
  type Lease,
} from './lease.ts'

/** What is asked of the storage besides the keeper's: one row a leaf. */
export interface LeaseStore {
  lease(leaf: string): Lease | undefined
  leases(): Lease[]
  saveLease(lease: Lease): void
}

/** The answer to a leaf whose buyers need no more, or for whom everybody has been asked. */
export function wordOf({ statement, missing, free }: Leased): OwnerStatement {
  return missing === 0 ? statement : { ...statement, freeAnywhere: free }
}

/** What came of a leaf's question. */
export interface Leased {
  statement: OwnerStatement
  /** Units that its buyers still wait for. */
  missing: number
  /** Units that the owner and this leaf have free, those under way included. */
  free: number
  /** Leaves that may have free units, and whose words would have to be heard before anybody is told that there are none. */
  mayHave: string[]
}

export class LeaseKeeper {
  readonly #keeper: StockKeeper
  readonly #store: LeaseStore

  constructor(keeper: StockKeeper, store: LeaseStore) {
    this.#keeper = keeper
    this.#store = store
  }

  /** Hears a leaf and leases it what there is. Null: nobody has described this SKU yet. Safe to repeat. */
  lease(said: LeafStatement): Leased | null {
    return this.#keeper.turn((turn) => {
      if (!turn.account) return null
      const known = this.#store.lease(said.leaf)
      const heard = hearLeaf(turn.account, known ?? newLease(said.leaf), said)
      const leaves = Math.max(this.#store.leases().length, turn.account.offer.drop?.leaves ?? 0, 1)
      const keep = fairShare(heard.units, leaves)
      const more = unitsToGrant(heard.units, heard.lease, said, leaves)
      const { units, lease } = grant(heard.units, heard.lease, more)
      if (lease !== known) this.#store.saveLease(lease)
      turn.account = { ...turn.account, ...units }
      const missing = missingAt(lease, said)
      return {
        statement: this.#statement(turn.account, lease, keep),
        missing,
        free: freeAtOwner(turn.account) + lease.free,
        mayHave: missing === 0 ? [] : this.#mayHave(turn, said.leaf),
      }
    })
  }

  /** Takes in how a leaf stands, and asks nothing for it. */
  hear(said: LeafStatement): void {
    this.lease({ ...said, need: 0, least: 0, wish: 0 })
  }

  /** What a leaf is to hear when it is asked for all that it has free; null: it never was a leaf of ours. */
  recall(leaf: string): OwnerStatement | null {
    return this.#keeper.turn(({ account }) => {
      const lease = this.#store.lease(leaf)
      return account && lease ? this.#statement(account, lease, 0) : null
    })
  }

  /** What a leaf is to hear when only the terms are news. */
  terms(leaf: string): OwnerStatement | null {
    return this.#keeper.turn(({ account }) => {
      if (!account) return null
      const lease = this.#store.lease(leaf) ?? newLease(leaf)
      const keep = fairShare(account, this.#store.leases().length)
      return this.#statement(account, lease, keep)
    })
  }

  /** Leaves, and those that are to be leaves by the terms, that are not known to have heard the newest terms. */
  onOldTerms(): string[] {
    return this.#keeper.turn(({ account }) => {
      if (!account) return []
      const { storeId, version, drop } = account.offer
      const leases = this.#store.leases()
      const planned = bookNames(storeId, drop?.leaves ?? 0)
      if (leases.length === 0 && planned.length === 0) return []
      const heard = new Set(leases.filter(({ offerVersion }) => offerVersion >= version).map(({ leaf }) => leaf))
      return [...new Set([...leases.map(({ leaf }) => leaf), ...planned])].filter((leaf) => !heard.has(leaf))
    })
  }

  /** For the proof: what was leased, leaf by leaf. */
  said(): LeaseSaid[] {
    return this.#store
      .leases()
      .map(({ leaf, granted, takenBack, held, sold }) => ({ leaf, granted, takenBack, held, sold }))
  }

  /** Leaves that may have free units by now. */
  mayHaveFree(): string[] {
    return this.#keeper.turn((turn) => this.#mayHave(turn, null))
  }

  /** Units that are free at the owner itself, and those that it believes to be free at leaves. */
  free(): { here: number; atLeaves: number } {
    return this.#keeper.turn(({ account }) =>
      account ? { here: freeAtOwner(account), atLeaves: account.leavesFree } : { here: 0, atLeaves: 0 },
    )
  }

  #statement({ offer, count }: StockAccount, { granted }: Lease, keep: number): OwnerStatement {
    const leases = this.#store.leases()
    const byLeaves = leases.reduce((units, { held, sold }) => units + held + sold, 0)
    return { granted, offer, keep, freeAnywhere: null, soldByOwner: count.held + count.sold > byLeaves }
  }

  #mayHave({ now, account }: Turn, except: string | null): string[] {
    assert(account, 'leaves are asked of a SKU that was described')
    return this.#store
      .leases()
      .filter((lease) => lease.leaf !== except && mayHaveFree(lease, now))
      .map(({ leaf }) => leaf)
  }
}

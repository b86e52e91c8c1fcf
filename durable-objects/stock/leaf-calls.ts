/**
 * What the owner of a SKU says to its leaves, and hears from them: give back what is free, and these are the terms now.
 * A call that fails has changed nothing that the next one would not mend.
 */
import type { LeafDesk, OwnerStatement } from '../../domain/message/lease-desk.ts'
import type { LeaseKeeper } from '../../domain/stock/owner.ts'
import { within } from '../basics/deadline.ts'

/** Buyers wait meanwhile, and each has heard nothing yet. */
export const RECALL_PATIENCE_MS = 1_500
/** An operator waits to hear that a pause is in force. */
const TERMS_PATIENCE_MS = 800
/** Terms that a leaf could not be told are told again. */
export const TELL_TERMS_EVERY_MS = 2_000

export class LeafCalls {
  readonly #leases: () => LeaseKeeper
  readonly #leafOf: (name: string) => LeafDesk
  constructor(leases: () => LeaseKeeper, leafOf: (name: string) => LeafDesk) {
    this.#leases = leases
    this.#leafOf = leafOf
  }

  /** Asks these leaves for all that they have free. Answers the names of those who could not be asked. Never rejects. */
  gatherFree(sku: string, leaves: readonly string[]): Promise<string[]> {
    return this.#ask(sku, leaves, RECALL_PATIENCE_MS, (leaf) => this.#leases().recall(leaf))
  }

  /** Tells these leaves the terms. Answers the names of those who could not be told. Never rejects. */
  tellTerms(sku: string, leaves: readonly string[]): Promise<string[]> {
    return this.#ask(sku, leaves, TERMS_PATIENCE_MS, (leaf) => this.#leases().terms(leaf))
  }

  async #ask(
    sku: string,
    leaves: readonly string[],
    patienceMs: number,
    statementFor: (leaf: string) => OwnerStatement | null,
  ): Promise<string[]> {
    const asked = leaves.map(async (leaf) => {
      const statement = statementFor(leaf)
      if (!statement) return []
      try {
        const said = await within(
          patienceMs,
          `asking ${leaf} about ${sku}`,
          this.#leafOf(leaf).hearOwner(sku, statement),
        )
        this.#leases().hear(said)
        return []
      } catch (fault) {
        console.warn(`${leaf} does not answer about ${sku}`, fault)
        return [leaf]
      }
    })
    return (await Promise.all(asked)).flat()
  }
}

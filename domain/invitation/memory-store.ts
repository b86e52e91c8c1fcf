/** A real store, in Maps: for tests, and for an object that nobody has told of any code. */
import type { InvitationBatch } from '../message/invitation-desk.ts'
import type { BatchTerms, KeptCode, WrongCodes } from './invitation.ts'
import type { InvitationStore } from './keeper.ts'

export class MemoryInvitationStore implements InvitationStore {
  #batches = new Map<string, BatchTerms>()
  #codes = new Map<string, KeptCode>()
  #redemptions = new Set<string>()
  #wrong = new Map<string, WrongCodes>()

  transaction<Result>(work: () => Result): Result {
    return work()
  }

  batch(id: string): BatchTerms | undefined {
    return this.#batches.get(id)
  }

  saveBatch(batch: BatchTerms): void {
    this.#batches.set(batch.id, batch)
  }

  code(digest: string): KeptCode | undefined {
    return this.#codes.get(digest)
  }

  saveCodes(batchId: string, codes: InvitationBatch['codes']): void {
    for (const { digest, isRevoked } of codes) {
      this.#codes.set(digest, { ...(this.#codes.get(digest) ?? { digest, batchId, uses: 0 }), isRevoked })
    }
  }

  isRedeemedBy(digest: string, visitorId: string): boolean {
    return this.#redemptions.has(`${digest} ${visitorId}`)
  }

  redeem(digest: string, visitorId: string): void {
    this.#redemptions.add(`${digest} ${visitorId}`)
    const code = this.#codes.get(digest)!
    this.#codes.set(digest, { ...code, uses: code.uses + 1 })
  }

  uses(batchId: string): number {
    return [...this.#codes.values()].reduce((sum, code) => sum + (code.batchId === batchId ? code.uses : 0), 0)
  }

  wrongCodes(who: string): WrongCodes | undefined {
    return this.#wrong.get(who)
  }

  saveWrongCodes(wrong: WrongCodes): void {
    this.#wrong.set(wrong.who, wrong)
  }

  forgetWrongCodes(instant: number): void {
    for (const [who, { since }] of this.#wrong) if (since <= instant) this.#wrong.delete(who)
  }
}

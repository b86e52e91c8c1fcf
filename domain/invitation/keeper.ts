/** Keeps the codes of a drop that fall to one object: looks, decides and records in one transaction. */
import type { Clock } from '../basics/clock.ts'
import type { Decision } from '../basics/decision.ts'
import type { InvitationBatch, InvitationRefusal, Redeemed, Redeeming } from '../message/invitation-desk.ts'
import {
  WRONG_CODES_WINDOW_MS,
  answerOf,
  countWrong,
  decideRedeem,
  standingOf,
  type BatchTerms,
  type KeptCode,
  type WrongCodes,
} from './invitation.ts'

export interface InvitationStore {
  /** All of the work, or, when it throws, none of it. */
  transaction<Result>(work: () => Result): Result
  batch(id: string): BatchTerms | undefined
  saveBatch(batch: BatchTerms): void
  code(digest: string): KeptCode | undefined
  /** Adds those that are new; of the others only whether they are revoked is taken over. */
  saveCodes(batchId: string, codes: InvitationBatch['codes']): void
  isRedeemedBy(digest: string, visitorId: string): boolean
  /** A redemption, and one use more of the code. */
  redeem(digest: string, visitorId: string, at: number): void
  /** Uses of all codes of a batch. */
  uses(batchId: string): number
  wrongCodes(who: string): WrongCodes | undefined
  saveWrongCodes(wrong: WrongCodes): void
  /** Forgets those whose window began at this instant or before. */
  forgetWrongCodes(instant: number): void
}

export class InvitationKeeper {
  readonly #store: InvitationStore
  readonly #clock: Clock

  constructor(store: InvitationStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  describe({ codes, ...batch }: InvitationBatch): void {
    this.#store.transaction(() => {
      const known = this.#store.batch(batch.id)
      if (known && known.version >= batch.version) return
      this.#store.saveBatch(batch)
      this.#store.saveCodes(batch.id, codes)
    })
  }

  /** Refuses as the contract says. */
  redeem({ digest, visitorId, address }: Redeeming): Decision<Redeemed, InvitationRefusal> {
    return this.#store.transaction(() => {
      const now = this.#clock.now()
      const code = this.#store.code(digest)
      const view = {
        code,
        batch: code && this.#store.batch(code.batchId),
        isTheirs: this.#store.isRedeemedBy(digest, visitorId),
        byVisitor: this.#store.wrongCodes(visitorId),
        byAddress: address === null ? undefined : this.#store.wrongCodes(address),
      }
      const decision = decideRedeem(view, now)
      if (decision.kind === 'redeemed') this.#store.redeem(digest, visitorId, now)
      if (decision.kind === 'wrong') {
        this.#store.forgetWrongCodes(now - WRONG_CODES_WINDOW_MS)
        this.#store.saveWrongCodes(countWrong(visitorId, view.byVisitor, now))
        if (address !== null) this.#store.saveWrongCodes(countWrong(address, view.byAddress, now))
      }
      return answerOf(decision)
    })
  }

  standing(digest: string, visitorId: string): Redeemed | null {
    const code = this.#store.code(digest)
    const batch = code && this.#store.batch(code.batchId)
    return standingOf(code, batch, this.#store.isRedeemedBy(digest, visitorId), this.#clock.now())
  }

  uses(batchId: string): number {
    return this.#store.uses(batchId)
  }
}

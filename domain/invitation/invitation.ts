/**
 * Invitations: codes that open a drop for whoever redeems them, until there are no uses left (SPEC INV).
 *
 * A code belongs to the visitors who redeemed it, and asking twice is asking once. Whoever guesses is stopped: wrong codes
 * are counted per visitor and per address, in the turn that judges them, and after too many even a right one has to wait.
 */
import { accept, refuse, type Decision } from '../basics/decision.ts'
import type { InvitationBatch, InvitationRefusal, Redeemed } from '../message/invitation-desk.ts'

/** Wrong codes are counted for this long from the first one on. */
export const WRONG_CODES_WINDOW_MS = 10 * 60_000
/** A person mistypes; five of their codes in the same tenth of the codes are no accident. */
export const WRONG_CODES_MAX_VISITOR = 5
/** A household, an office or a phone network may share an address. */
export const WRONG_CODES_MAX_ADDRESS = 20

export type BatchTerms = Omit<InvitationBatch, 'codes'>

export interface KeptCode {
  digest: string
  batchId: string
  isRevoked: boolean
  /** Visitors who have redeemed it. */
  uses: number
}

/** Wrong codes of one visitor, or from one address. */
export interface WrongCodes {
  who: string
  count: number
  since: number
}

export interface RedeemView {
  code: KeptCode | undefined
  /** Of the code; there when the code is. */
  batch: BatchTerms | undefined
  isTheirs: boolean
  byVisitor: WrongCodes | undefined
  byAddress: WrongCodes | undefined
}

export type RedeemDecision =
  | { kind: 'repeat'; redeemed: Redeemed }
  | { kind: 'redeemed'; redeemed: Redeemed }
  /** Refused, and counted as a wrong code: what it was tried for was somebody else's, or nothing. */
  | { kind: 'wrong'; refusal: InvitationRefusal }
  | { kind: 'refused'; refusal: InvitationRefusal }

/** In this order: it is theirs already; too many were wrong; there is no such code; it is over; it is used up. */
export function decideRedeem({ code, batch, isTheirs, byVisitor, byAddress }: RedeemView, now: number): RedeemDecision {
  const worth = standingOf(code, batch, isTheirs, now)
  if (worth) return { kind: 'repeat', redeemed: worth }
  const waitMs = Math.max(
    patience(byVisitor, WRONG_CODES_MAX_VISITOR, now),
    patience(byAddress, WRONG_CODES_MAX_ADDRESS, now),
  )
  if (waitMs > 0) return { kind: 'refused', refusal: { code: 'too_many_wrong_codes', retryInMs: waitMs } }
  if (!code || !batch || code.isRevoked) return { kind: 'wrong', refusal: { code: 'invitation_not_valid' } }
  if (isOver(batch, now)) {
    return { kind: 'refused', refusal: { code: 'invitation_has_ended', endedAt: batch.endsAt! } }
  }
  if (code.uses >= batch.usesMax) {
    return { kind: 'wrong', refusal: { code: 'invitation_used_up', usesMax: batch.usesMax } }
  }
  return { kind: 'redeemed', redeemed: redeemedOf(batch) }
}

/** What somebody's redemption is still worth; null: nothing. */
export const standingOf = (
  code: KeptCode | undefined,
  batch: BatchTerms | undefined,
  isTheirs: boolean,
  now: number,
): Redeemed | null => (code && batch && isTheirs && !code.isRevoked && !isOver(batch, now) ? redeemedOf(batch) : null)

/** One wrong code more; a new window begins when the last one is over. */
export const countWrong = (who: string, earlier: WrongCodes | undefined, now: number): WrongCodes =>
  earlier && now < earlier.since + WRONG_CODES_WINDOW_MS
    ? { ...earlier, count: earlier.count + 1 }
    : { who, count: 1, since: now }

/** How long to wait until codes are taken again; 0: not at all. */
const patience = (wrong: WrongCodes | undefined, max: number, now: number): number =>
  wrong && wrong.count >= max ? Math.max(0, wrong.since + WRONG_CODES_WINDOW_MS - now) : 0

const isOver = ({ endsAt }: BatchTerms, now: number): boolean => endsAt !== null && now >= endsAt

const redeemedOf = ({ id, opensAt, endsAt }: BatchTerms): Redeemed => ({ batchId: id, opensAt, endsAt })

export const answerOf = (decision: RedeemDecision): Decision<Redeemed, InvitationRefusal> =>
  'redeemed' in decision ? accept(decision.redeemed) : refuse(decision.refusal)

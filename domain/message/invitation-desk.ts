/**
 * What others ask of the objects that judge a drop's invitations. A drop's codes are spread over several by the digest of
 * the code (domain/invitation/code.ts), so that one code has one judge and many codes have many. All of it is safe to
 * repeat.
 */
import type { Decision } from '../basics/decision.ts'

/** Codes with the same window, as the catalog last told them. */
export interface InvitationBatch {
  storeId: string
  dropId: string
  id: string
  /** The catalog's counter: an older batch that arrives late changes nothing. */
  version: number
  /** ms, inclusive; null: with the drop. Before it a code can be redeemed, but opens nothing yet. */
  opensAt: number | null
  /** Exclusive; null: as long as the drop. */
  endsAt: number | null
  /** Visitors who may redeem one code. */
  usesMax: number
  /** The codes that this object judges. */
  codes: { digest: string; isRevoked: boolean }[]
}

export interface Redeeming {
  /** Of the code that was entered. */
  digest: string
  visitorId: string
  /** A digest of where the request came from (an IPv4 address, or the /64 of an IPv6 one); null: not to be counted. */
  address: string | null
}

/** A code that is this visitor's, and what it opens. */
export interface Redeemed {
  batchId: string
  /** Null: with the drop. */
  opensAt: number | null
  endsAt: number | null
}

export type InvitationRefusal =
  /** Never given out, mistyped, or revoked: nobody is told which. */
  | { code: 'invitation_not_valid' }
  | { code: 'invitation_used_up'; usesMax: number }
  | { code: 'invitation_has_ended'; endedAt: number }
  | { code: 'too_many_wrong_codes'; retryInMs: number }

export interface InvitationDesk {
  /** Takes over a newer batch; an older or equal one is ignored. */
  describe(batch: InvitationBatch): Promise<void>
  /** Binds the code to the visitor, if it has a use left. The same visitor again is the same redemption. */
  redeem(redeeming: Redeeming): Promise<Decision<Redeemed, InvitationRefusal>>
  /** What a redemption is still worth; null: it was never made, or its code has been revoked. */
  standing(digest: string, visitorId: string): Promise<Redeemed | null>
  /** How often the codes of a batch were redeemed here. */
  uses(batchId: string): Promise<number>
}

/** Batches of invitations as an operator plans them; what becomes of their codes is in invitation.ts. */

/** How many codes one request makes or brings. */
export const BATCH_MAX = 10_000

export interface InvitationBatchDraft {
  /** Chosen by the maker, so that asking twice is asking once. */
  id: string
  dropId: string
  /** For the operator's eyes. */
  note: string
  /** ms, inclusive; null: with the drop. */
  opensAt: number | null
  /** Exclusive; null: as long as the drop. */
  endsAt: number | null
  /** Visitors a code. */
  usesMax: number
  /** Its codes are ours and can be told again; false: the operator brought them. */
  isMade: boolean
  /** Of the request: the same id with another is a mistake. */
  fingerprint: string
  invitations: { digest: string; hint: string; email: string | null }[]
}

export interface PlannedBatch extends Omit<InvitationBatchDraft, 'invitations' | 'fingerprint'> {
  count: number
  revoked: number
  createdAt: number
  /** When all of it was taken back; null: it was not. */
  revokedAt: number | null
}

export interface PlannedInvitation {
  position: number
  hint: string
  email: string | null
  revokedAt: number | null
}

export type BatchRefusal =
  | { code: 'drop_not_found'; drop: string }
  /** The drop has one of these codes already, in another batch. */
  | { code: 'invitation_code_taken' }
  | { code: 'idempotency_key_reused' }

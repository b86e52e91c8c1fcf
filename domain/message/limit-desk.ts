/**
 * What the door asks of the object that judges how often a key may do something. Not safe to repeat: whoever asks twice
 * has taken twice. It is asked once, and who gets no answer decides by class what that means.
 */
import type { Rate } from '../limit/gcra.ts'

/** A request for permits: some to use at once, and a few more for those who come in the next moment. */
export interface PermitRequest {
  key: string
  rate: Rate
  /** At least 1. As many of them are granted as there are. */
  want: number
  /** Permits that were used before anybody was asked; they are taken off first. */
  owed: number
  /** Permits of an earlier grant that were not used, and the object's own word of when that was; null: none. */
  unused: { count: number; grantedAt: number } | null
}

export interface PermitGrant {
  /** 0: refused. */
  granted: number
  /** The object's clock, ms; only to be handed back with what is unused. */
  grantedAt: number
  remaining: number
  resetMs: number
  /** Fewer than wanted: when the next one will be there, ms from now. Else 0. */
  retryMs: number
}

export interface LimitDesk {
  permits(request: PermitRequest): Promise<PermitGrant>
  /** Hands one permit back whose work failed within seconds. Not safe to repeat. */
  handBack(key: string, rate: Rate): Promise<void>
}

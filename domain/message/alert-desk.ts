/** What others ask of the object that keeps a store's alerts. */
import type { Alert } from '../alert/alert.ts'
import type { Letter } from '../alert/keeper.ts'
import type { Look } from '../alert/rules.ts'

/** The name of the object that keeps a store's alerts. */
export const alertsNameFor = (storeId: string): string => `${storeId}/alerts`

export interface AlertDesk {
  /** Judges a look; what it hands out is the caller's to send, and to report as told. Safe to repeat. */
  judge(look: Look, receivers: string[]): Promise<Letter[]>
  told(noticeId: string, receiver: string): Promise<void>
  /** Those that have begun, the longest first. */
  standing(): Promise<Alert[]>
}

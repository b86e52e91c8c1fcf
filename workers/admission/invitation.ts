/** Invitations to a drop: presale codes and places on its list. */
import type { Admission } from '../../domain/message/stock-desk.ts'
import type { Asked } from '../context.ts'

export async function invitationShown(_c: Asked, _visitorId: string): Promise<Admission['invitation']> {
  return null
}

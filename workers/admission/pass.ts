/** The pass of a drop's waiting room, from the `Onrush-Pass` header or the cookie that the room's page sets. */
import type { Admission } from '../../domain/message/stock-desk.ts'
import type { Asked } from '../context.ts'

export async function passShown(_c: Asked, _visitorId: string): Promise<Admission['pass']> {
  return null
}

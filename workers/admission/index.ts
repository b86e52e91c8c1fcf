/**
 * What a visitor shows at the door of a drop, checked here and judged where the units are: the owner of the stock knows
 * the drop's terms, the door knows who is asking. Every way to a hold goes through this (JSON and forms alike).
 */
import type { Admission } from '../../domain/message/stock-desk.ts'
import type { Asked } from '../context.ts'
import { countryOf } from './country.ts'
import { invitationShown } from './invitation.ts'
import { passShown } from './pass.ts'

/** Never refuses: what is missing, forged, old or somebody else's was simply not shown. */
export async function admissionOf(c: Asked, visitorId: string): Promise<Admission> {
  return { country: countryOf(c), pass: await passShown(c, visitorId), invitation: await invitationShown(c, visitorId) }
}

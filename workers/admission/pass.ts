/** The pass of a drop's waiting room, from the `Onrush-Pass` header or the cookie that the room's page sets. */
import type { Admission } from '../../domain/message/stock-desk.ts'
import { verifiedPass } from '../../platform/passes.ts'
import type { Asked } from '../context.ts'
import { PASS_COOKIE, readCookie } from '../cookies.ts'

/** No pass is longer; what is, is not looked at. */
const TOKEN_LETTERS_MAX = 200

/**
 * What a good pass of this visitor's says; null when none was shown. A pass that is forged, over, somebody else's or
 * of another store was not shown. That it is used once is judged where holds are granted, by its id.
 */
export async function passShown(c: Asked, visitorId: string): Promise<Admission['pass']> {
  const { headers } = c.req.raw
  const { clock, storeId } = c.get('visit')
  for (const token of [headers.get('onrush-pass'), readCookie(headers, PASS_COOKIE)]) {
    if (!token || token.length > TOKEN_LETTERS_MAX) continue
    const pass = await verifiedPass(c.env, { storeId, visitorId }, token.trim(), clock.now())
    if (pass) return { passId: pass.passId, dropId: pass.dropId }
  }
  return null
}

/**
 * What a visitor has chosen of a drop before it opens, so that nobody spends the first seconds choosing. It is a wish and
 * reserves nothing: kept in a signed cookie of the visitor's, it costs no object anything while a hundred thousand people
 * choose, and is judged like every basket when it is held. A browser keeps one, the newest.
 */
import { accept, refuse, type Decision } from '../../domain/basics/decision.ts'
import type { Drop } from '../../domain/drop/drop.ts'
import type { BasketLine, BasketRefusal } from '../../domain/message/order-book.ts'
import { decideBasket, type BasketShapeRefusal } from '../../domain/order/basket.ts'
import type { Asked } from '../context.ts'
import { CHOSEN_COOKIE, readCookie, sendCookie } from '../cookies.ts'
import { isSigned, sign } from '../signing.ts'

/** A drop is announced days ahead; who chose then comes back for it. */
const CHOSEN_S = 30 * 24 * 60 * 60
/** Browsers keep cookies of up to 4 kB. */
export const CHOSEN_LINES_MAX = 20

export type ChosenRefusal = BasketRefusal | BasketShapeRefusal

/**
 * Whether this can be chosen of the drop, by the terms that are known here; everything else (the stock, the visitor's own
 * limit of a SKU) is judged by the owners when it is held.
 */
export function decideChosen(drop: Drop, lines: readonly BasketLine[]): Decision<BasketLine[], ChosenRefusal> {
  if (lines.length > CHOSEN_LINES_MAX) {
    return refuse({ code: 'basket_too_long', lines: lines.length, linesMax: CHOSEN_LINES_MAX })
  }
  const basket = decideBasket(lines)
  if (!basket.ok) return basket
  const stranger = basket.value.find(({ sku }) => !drop.skus.includes(sku))
  if (stranger) return refuse({ code: 'not_in_drop', sku: stranger.sku, drop: drop.slug })
  const each = drop.unitsPerVisitorMax ?? Infinity
  const much = basket.value.find(({ units }) => units > each)
  if (much) return refuse({ code: 'purchase_limit_reached', sku: much.sku, limit: each, alreadyTaken: 0 })
  const requested = basket.value.reduce((sum, { units }) => sum + units, 0)
  const limit = drop.unitsPerOrderMax ?? Infinity
  if (requested > limit) return refuse({ code: 'order_limit_reached', drop: drop.slug, limit, requested })
  return accept(basket.value)
}

/** Keeps what was chosen; nothing chosen is forgotten. */
export async function keepChosen(
  c: Asked,
  visitorId: string,
  slug: string,
  lines: readonly BasketLine[],
): Promise<void> {
  if (lines.length === 0) return sendCookie(c, CHOSEN_COOKIE, '', 0)
  const payload = `${slug}.${toText(lines)}`
  const signature = await sign(c.env.SIGNING_KEY, 'basket', signedFor(c, visitorId, payload))
  sendCookie(c, CHOSEN_COOKIE, `${payload}.${signature}`, CHOSEN_S)
}

/** What this visitor has chosen of this drop; nothing when they did not, or when it is not theirs. */
export async function chosenOf(c: Asked, visitorId: string | null, slug: string): Promise<BasketLine[]> {
  const [of = '', text = '', signature = ''] = (readCookie(c.req.raw.headers, CHOSEN_COOKIE) ?? '').split('.')
  if (visitorId === null || of !== slug) return []
  const isTheirs = await isSigned(c.env.SIGNING_KEY, 'basket', signedFor(c, visitorId, `${of}.${text}`), signature)
  return isTheirs ? fromText(text) : []
}

const toText = (lines: readonly BasketLine[]): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(lines.map(({ sku, units }) => [sku, units])))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

/** Of a text that we have signed. */
function fromText(text: string): BasketLine[] {
  const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
  const pairs = JSON.parse(new TextDecoder().decode(bytes)) as [sku: string, units: number][]
  return pairs.map(([sku, units]) => ({ sku, units }))
}

const signedFor = (c: Asked, visitorId: string, payload: string): string =>
  `${c.var.visit.storeId} ${visitorId} ${payload}`

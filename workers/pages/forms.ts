/** Forms as browsers send them: read leniently, judged strictly, and told by the field what is wrong. */
import type { Address } from '../../domain/message/order-book.ts'
import { newId } from '../../domain/basics/ids.ts'
import type { Asked } from '../context.ts'
import { parseKey } from '../middleware/idempotency/key.ts'

export type Filled = Record<string, string>

/** The form's fields as text; files and repeated fields do not occur in our forms and are dropped. */
export async function readForm(c: Asked): Promise<Filled> {
  const body = await c.req.parseBody().catch(() => ({}))
  const filled: Filled = {}
  for (const [name, value] of Object.entries(body)) {
    // Control letters go: Postgres takes no NUL, and a mail's header no line end.
    if (typeof value === 'string') filled[name] = value.replace(/\p{Cc}+/gu, ' ').trim()
  }
  return filled
}

/** A key for a form: sent twice, the form does its work once. */
export const newRequestKey = (c: Asked): string => newId('req', c.var.visit.clock.now(), c.var.visit.random)

/** The form's own key; a form without one, or with a spoilt one, is taken as sent for the first time. */
export function requestKeyOf(c: Asked, filled: Filled): string {
  const key = parseKey(filled['key'])
  return key.ok && key.value.length <= 200 ? key.value : newRequestKey(c)
}

export interface Buyer {
  email: string
  name: string
  address: Address
  paymentMethod: string
}

export type BuyerOrMistakes = { ok: true; buyer: Buyer } | { ok: false; mistakes: Record<string, string> }

/** Lengths are those of the API (workers/schemas.ts). */
const LENGTHS: Record<string, number> = { email: 254, name: 200, line1: 200, line2: 200, city: 100, postal_code: 20 }

const NEEDED: Record<string, string> = {
  name: 'Please tell us your name.',
  line1: 'Please tell us the street and the number.',
  city: 'Please tell us the town.',
  postal_code: 'Please tell us the postal code.',
}

/** What the checkout form says, or what is wrong with it, by field. */
export function buyerIn(
  filled: Filled,
  offered: { countries: readonly string[]; payments: readonly string[] },
): BuyerOrMistakes {
  const mistakes: Record<string, string> = {}
  const said = (name: string): string => filled[name] ?? ''
  for (const [name, words] of Object.entries(NEEDED)) if (said(name) === '') mistakes[name] = words
  for (const [name, most] of Object.entries(LENGTHS))
    if (said(name).length > most) mistakes[name] = `At most ${most} letters, please.`
  if (!isEmail(said('email'))) mistakes['email'] = 'Please give an address we can write to, such as ana@example.com.'
  if (!offered.countries.includes(said('country'))) mistakes['country'] = 'Please choose a country from the list.'
  if (!offered.payments.includes(said('payment_method'))) mistakes['payment_method'] = 'Please choose how you pay.'
  if (Object.keys(mistakes).length > 0) return { ok: false, mistakes }
  return {
    ok: true,
    buyer: {
      email: said('email'),
      name: said('name'),
      address: {
        line1: said('line1'),
        line2: said('line2') || null,
        city: said('city'),
        postalCode: said('postal_code'),
        country: said('country'),
      },
      paymentMethod: said('payment_method'),
    },
  }
}

/** One @, something before it, a host with a dot behind it. Whether somebody reads it only a letter can tell. */
const isEmail = (text: string): boolean =>
  /^[^\s@,;<>"]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$/.test(text) && text.length <= 254

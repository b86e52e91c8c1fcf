/** `expand[]`: ids in an answer replaced by what they stand for (docs.stripe.com/expand). */
import type { Account } from './account.ts'
import { invalid, type ApiRefusal } from './answers.ts'
import type { Json, JsonObject } from './records.ts'
import { wireCharge, wireIntent, wirePaymentMethod, wireRefund } from './wire.ts'

type Kind = 'payment_intent' | 'charge' | 'refund' | 'event' | 'payment_method' | 'other'

const EXPANDABLE: Record<Kind, Record<string, Kind>> = {
  payment_intent: { latest_charge: 'charge', payment_method: 'payment_method', customer: 'other', review: 'other' },
  charge: { payment_intent: 'payment_intent', refunds: 'refund', balance_transaction: 'other', customer: 'other' },
  refund: { charge: 'charge', payment_intent: 'payment_intent', balance_transaction: 'other' },
  event: {},
  payment_method: { customer: 'other' },
  other: {},
}
const DEPTH_MAX = 4

/** What is wrong with the paths asked for, or null. `listed`: the answer is a list, so each path begins with `data`. */
export function expandProblem(kind: Kind, paths: readonly string[], listed = false): ApiRefusal | null {
  for (const path of paths) {
    const steps = path.split('.')
    let at: Kind | undefined = listed && steps.shift() !== 'data' ? undefined : kind
    if (steps.length > DEPTH_MAX || steps.length === 0) at = undefined
    for (const step of steps) {
      if (at === 'charge' && step === 'refunds' && steps.at(-1) !== step) steps.splice(steps.indexOf(step) + 1, 1)
      at = at !== undefined && Object.hasOwn(EXPANDABLE[at], step) ? EXPANDABLE[at][step] : undefined
    }
    if (at === undefined) return invalid(`This property cannot be expanded (${path}).`, undefined, 'expand')
  }
  return null
}

/** Puts the things asked for into an answer that was built for it. */
export function expand(body: JsonObject, paths: readonly string[], account: Account): JsonObject {
  for (const path of paths) open(body, path.split('.'), account)
  return body
}

const idOf = (object: JsonObject): string => (typeof object['id'] === 'string' ? object['id'] : '')

function open(value: Json | undefined, path: readonly string[], account: Account): void {
  if (Array.isArray(value)) {
    for (const item of value) open(item, path, account)
    return
  }
  const [field, ...rest] = path
  if (typeof value !== 'object' || value === null || field === undefined) return
  if (value['object'] === 'charge' && field === 'refunds') value[field] ??= refundsOf(idOf(value), account)
  else if (typeof value[field] === 'string') value[field] = lookUp(value, value[field], account)
  open(value[field], rest, account)
}

function lookUp(parent: JsonObject, id: string, account: Account): Json {
  const { books } = account
  const [charge, intent] = [books.charges.get(id), books.intents.get(id)]
  if (charge !== null) return wireCharge(charge)
  if (intent !== null) return wireIntent(intent, account.base)
  const method = books.intents.get(idOf(parent))?.paymentMethod ?? null
  return method !== null && method.id === id ? wirePaymentMethod(method) : id
}

function refundsOf(chargeId: string, account: Account): JsonObject {
  const ids = account.books.refundsOfCharge.get(chargeId) ?? []
  const refunds = ids.toReversed().map((id) => account.books.refunds.get(id))
  const data = refunds.filter((refund) => refund !== null).map(wireRefund)
  return { object: 'list', data, has_more: false, url: `/v1/charges/${chargeId}/refunds` }
}

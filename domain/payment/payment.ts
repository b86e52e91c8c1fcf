/**
 * Payment: what we know of the money, and what a piece of news may change in it.
 *
 * The provider is the truth and we only ever hear about it: in answers to our questions, in webhooks, late, twice and
 * in the wrong order. So knowledge only moves forward: what is final is believed at once, whoever says it; what is not
 * final is believed in an answer, and asked about when a webhook brings it. Nothing here decides about units; that is
 * domain/order/settlement.ts.
 */
import { assert } from '../basics/assert.ts'

/** What we know. Only `captured` and `canceled` are final at the provider; `declined` is not: it can still be paid. */
export type PaymentState =
  | 'unasked'
  | 'in_doubt' // asked, and no answer yet
  | 'requires_action'
  | 'processing'
  | 'declined'
  | 'authorised'
  | 'captured'
  | 'canceled'

export const PAYMENT_STATES = [
  'unasked',
  'in_doubt',
  'requires_action',
  'processing',
  'declined',
  'authorised',
  'captured',
  'canceled',
] as const satisfies readonly PaymentState[]

export interface Payment {
  id: string // pay_…
  state: PaymentState
  /** The provider's name for it, once known. */
  providerId: string | null
  /** Minor units of the order's currency. `refunded` counts refunds that have succeeded. */
  authorised: number
  captured: number
  refunded: number
  nextActionUrl: string | null
  declined: { code: string; message: string } | null
  /** Something we heard does not fit what we know: the provider must be asked before anything else. */
  mustLook: boolean
  /** When an authorisation was asked for, the first and the last time; null: never. */
  asked: { first: number; last: number } | null
  /** How often it was handed out to be asked for; absent: never. */
  askings?: number
  /** The key of the authorisation will only ever repeat a failure: from now on it is searched for. */
  burnt: boolean
  /** Counts what we have heard: a read that answers a question from before the last news is old itself. */
  heard: number
  /** How often a capture or a cancellation was left in doubt; part of their keys. */
  doubts: number
  /** Payments at the provider that claim to be this order's and are not ours. Must stay empty; the proof names them. */
  strangers: string[]
}

/** Who says it. A `read` is the provider's present view; an `answer` may be a replay of an old one; a `webhook` is late. */
export type NewsSource = 'answer' | 'read' | 'webhook'

/** How the money stands, according to the provider. */
export type MoneyNews = { source: NewsSource; providerId: string } & (
  | { kind: 'requires_action'; url: string | null }
  | { kind: 'processing' }
  | { kind: 'declined'; code: string; message: string }
  | { kind: 'authorised'; amount: number }
  | { kind: 'captured'; amount: number }
  | { kind: 'canceled' }
)

/** There is no payment at the provider and there will be none: refused as a request, or not found when we searched. */
export type NeverMade = { kind: 'never_made'; source: 'answer'; code: string; message: string }

/** The question itself went wrong; the money may or may not have moved (`in_doubt`), or certainly has not. */
export type NoNews =
  /** `burnt`: the provider keeps this failure under our key, so asking again with it teaches nothing. */
  | { kind: 'in_doubt'; message: string; burnt?: true }
  /** `unmade`: this asking was turned away at the door, or never sent. It was the first, and counts as none. */
  | { kind: 'again_later'; afterMs: number | null; unmade?: number }
  | { kind: 'misconfigured'; message: string }

export type PaymentNews = MoneyNews | NeverMade | NoNews
export type PaymentNewsKind = PaymentNews['kind']

export const PAYMENT_NEWS_KINDS = [
  'requires_action',
  'processing',
  'declined',
  'authorised',
  'captured',
  'canceled',
  'never_made',
  'in_doubt',
  'again_later',
  'misconfigured',
] as const satisfies readonly PaymentNewsKind[]

export const newPayment = (id: string): Payment => ({
  id,
  state: 'unasked',
  providerId: null,
  authorised: 0,
  captured: 0,
  refunded: 0,
  nextActionUrl: null,
  declined: null,
  mustLook: false,
  asked: null,
  burnt: false,
  heard: 0,
  doubts: 0,
  strangers: [],
})

/**
 * What to make of news about the money: `take` it, `ignore` it as old, `look` at the provider first, or (`hint`) take
 * it from an answer and look when it is only a webhook.
 */
export type Reception = 'take' | 'ignore' | 'look' | 'hint'

type MoneyKind = MoneyNews['kind']

const OPEN: Record<MoneyKind, Reception> = {
  requires_action: 'hint',
  processing: 'hint',
  declined: 'hint',
  authorised: 'take',
  captured: 'take',
  canceled: 'take',
}

/** SPEC PAY2: what we know (rows) × what we hear (columns). */
export const RECEPTION: Record<PaymentState, Record<MoneyKind, Reception>> = {
  unasked: OPEN,
  in_doubt: OPEN,
  requires_action: OPEN,
  processing: OPEN,
  declined: OPEN,
  // An authorised payment never goes back to being open: whoever says so is late.
  authorised: {
    requires_action: 'ignore',
    processing: 'ignore',
    declined: 'ignore',
    authorised: 'ignore',
    captured: 'take',
    canceled: 'take',
  },
  captured: {
    requires_action: 'ignore',
    processing: 'ignore',
    declined: 'ignore',
    authorised: 'ignore',
    captured: 'ignore',
    canceled: 'ignore',
  },
  // Money after the end: most likely a webhook that was overtaken. Worth one question, because the other possibility
  // is somebody's money without goods.
  canceled: {
    requires_action: 'ignore',
    processing: 'ignore',
    declined: 'ignore',
    authorised: 'look',
    captured: 'take',
    canceled: 'ignore',
  },
}

/**
 * What we know after the news. The same payment (by identity) when nothing changed.
 * `current`: nothing was learnt since the question was asked, so a `read` is the present and overrules everything.
 */
export function hear(payment: Payment, news: MoneyNews, current: boolean): Payment {
  if (payment.providerId !== null && payment.providerId !== news.providerId)
    return withStranger(payment, news.providerId)
  const known = payment.providerId === null ? { ...payment, providerId: news.providerId } : payment
  const present = news.source === 'read' && current
  if (present && !regresses(payment.state, news.kind)) return taken(known, news)
  const reception = RECEPTION[payment.state][news.kind]
  if (reception === 'take') return taken(known, news)
  if (reception === 'ignore') return known
  if (reception === 'hint' && news.source === 'answer') return taken(known, news)
  return known.mustLook || sameAsKnown(payment, news) ? known : { ...known, mustLook: true, heard: known.heard + 1 }
}

/** Nothing more will come of it at the provider. */
export const isFinal = (state: PaymentState): boolean => state === 'captured' || state === 'canceled'

/** Captured money is never unlearnt: not even a read may say so. */
const regresses = (known: PaymentState, heard: MoneyKind): boolean => known === 'captured' && heard !== 'captured'

const sameAsKnown = (payment: Payment, news: MoneyNews): boolean => payment.state === news.kind

function withStranger(payment: Payment, providerId: string): Payment {
  if (payment.strangers.includes(providerId)) return payment
  return { ...payment, strangers: [...payment.strangers, providerId] }
}

function taken(payment: Payment, news: MoneyNews): Payment {
  const next: Payment = { ...payment, state: news.kind, mustLook: false, nextActionUrl: null, heard: payment.heard + 1 }
  switch (news.kind) {
    case 'requires_action':
      next.nextActionUrl = news.url
      break
    case 'declined':
      next.declined = { code: news.code, message: news.message }
      break
    case 'authorised':
      assertAmount(news.amount)
      next.authorised = news.amount
      break
    case 'captured':
      assertAmount(news.amount)
      next.captured = news.amount
      // A method without a separate authorisation captures at once; the ledger then shows both.
      next.authorised = Math.max(payment.authorised, news.amount)
      break
    case 'processing':
    case 'canceled':
      break
  }
  return same(payment, next) ? payment : next
}

const assertAmount = (amount: number): void =>
  assert(Number.isSafeInteger(amount) && amount >= 0, `the provider said ${amount}`)

function same(a: Payment, b: Payment): boolean {
  return (
    a.state === b.state &&
    a.mustLook === b.mustLook &&
    a.nextActionUrl === b.nextActionUrl &&
    a.authorised === b.authorised &&
    a.captured === b.captured &&
    a.declined?.code === b.declined?.code
  )
}

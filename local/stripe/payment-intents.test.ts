import { describe, expect, it } from 'vitest'
import { cardNamed, CARDS, type CardName } from './cards.ts'
import {
  AUTHORIZATION_LASTS_MS,
  cancelIntent,
  captureIntent,
  confirmIntent,
  endProcessing,
  expireAuthorization,
  finishAction,
  updateIntent,
  type World,
} from './payment-intents.ts'
import type { Charge, Intent, IntentStatus } from './records.ts'

const NOW = Date.UTC(2026, 10, 20, 10)

let born = 0 // every charge has an id of its own, or a second one would hide behind the first
function worldOf(unlucky = false): World {
  return { now: NOW, newId: (prefix) => `${prefix}_${born++}`, unlucky: () => unlucky, processingMs: 3000 }
}

const newborn = (captureMethod: Intent['captureMethod']): Intent => ({
  id: 'pi_1',
  clientSecret: 'pi_1_secret_1',
  createdAt: NOW,
  amount: 1000,
  currency: 'eur',
  status: 'requires_payment_method',
  captureMethod,
  allowedMethods: ['card'],
  allowRedirects: 'always',
  metadata: {},
  echoed: {},
  paymentMethod: null,
  returnUrl: null,
  actionToken: null,
  latestChargeId: null,
  amountCapturable: 0,
  amountReceived: 0,
  lastError: null,
  dueAt: null,
  canceledAt: null,
  cancellationReason: null,
})

/** An intent and all the charges ever made for it. */
interface Situation {
  intent: Intent
  charges: Map<string, Charge>
}

const pay = (card: CardName) => (situation: Situation) =>
  confirmIntent(
    situation.intent,
    { method: { id: `pm_${card}`, card }, returnUrl: null, withoutVisitor: false },
    worldOf(),
  )
const latest = ({ intent, charges }: Situation): Charge | null => charges.get(intent.latestChargeId ?? '') ?? null
const optional = <Move>(move: Move | null) => (move === null ? null : { ok: true as const, value: move })

const VERBS = {
  choose_card: ({ intent }: Situation) => {
    const changes = { method: { id: 'pm_1', card: 'pm_card_visa' as const }, metadata: {}, echoed: {} }
    const updated = updateIntent(intent, changes)
    return updated.ok ? { ok: true as const, value: { intent: updated.value, charge: null } } : null
  },
  pay: pay('pm_card_visa'),
  pay_declined: pay('pm_card_visa_chargeDeclined'),
  pay_3ds: pay('pm_card_threeDSecure2Required'),
  pay_slowly: pay('pm_card_processing'),
  approve: ({ intent }: Situation) => finishAction(intent, true, worldOf()),
  fail: ({ intent }: Situation) => finishAction(intent, false, worldOf()),
  processing_ends_well: (at: Situation) => {
    const charge = latest(at)
    return charge === null ? null : optional(endProcessing(at.intent, charge, true, worldOf()))
  },
  processing_ends_badly: (at: Situation) => {
    const charge = latest(at)
    return charge === null ? null : optional(endProcessing(at.intent, charge, false, worldOf()))
  },
  capture: (at: Situation) => captureIntent(at.intent, latest(at), null),
  capture_part: (at: Situation) => captureIntent(at.intent, latest(at), 400),
  capture_too_much: (at: Situation) => captureIntent(at.intent, latest(at), 1001),
  cancel: (at: Situation) => cancelIntent(at.intent, latest(at), null, NOW),
  expire: (at: Situation) => optional(expireAuthorization(at.intent, latest(at), NOW)),
}
type Verb = keyof typeof VERBS
const isVerb = (text: string): text is Verb => Object.hasOwn(VERBS, text)
const ALL = Object.keys(VERBS).filter(isVerb)

function after(situation: Situation, verb: Verb): Situation | null {
  const decided = VERBS[verb](situation)
  if (decided === null || !decided.ok) return null
  const charges = new Map(situation.charges)
  const { charge, intent } = decided.value
  if (charge !== null) charges.set(charge.id, charge)
  return { intent, charges }
}

const OPEN: Record<string, IntentStatus> = {
  choose_card: 'requires_confirmation',
  pay: 'requires_capture',
  pay_declined: 'requires_payment_method',
  pay_3ds: 'requires_action',
  pay_slowly: 'processing',
  cancel: 'canceled',
}

/** Status by status: each verb that is allowed, and where it leads. Every other verb is refused. */
const TABLE: Record<IntentStatus, Partial<Record<Verb, IntentStatus>>> = {
  requires_payment_method: OPEN,
  requires_confirmation: OPEN,
  requires_action: { ...OPEN, approve: 'requires_capture', fail: 'requires_payment_method' },
  processing: { processing_ends_well: 'requires_capture', processing_ends_badly: 'requires_payment_method' },
  requires_capture: { capture: 'succeeded', capture_part: 'succeeded', cancel: 'canceled', expire: 'canceled' },
  succeeded: {},
  canceled: {},
}
const WAY_TO: Record<IntentStatus, Verb[]> = {
  requires_payment_method: [],
  requires_confirmation: ['choose_card'],
  requires_action: ['pay_3ds'],
  processing: ['pay_slowly'],
  requires_capture: ['pay'],
  succeeded: ['pay', 'capture'],
  canceled: ['cancel'],
}
const isStatus = (text: string): text is IntentStatus => Object.hasOwn(TABLE, text)
const CELLS = Object.keys(TABLE)
  .filter(isStatus)
  .flatMap((status) => ALL.map((verb) => [status, verb, TABLE[status][verb] ?? 'refused'] as const))

const start = (): Situation => ({ intent: newborn('manual'), charges: new Map() })
const arrive = (status: IntentStatus): Situation =>
  WAY_TO[status].reduce<Situation>((at, verb) => after(at, verb) ?? at, start())

describe('the life of an intent', () => {
  it.each(CELLS)('[PSP2] %s and %s: %s', (status, verb, outcome) => {
    const at = arrive(status)
    expect(at.intent.status).toBe(status)
    expect(after(at, verb)?.intent.status ?? 'refused').toBe(outcome)
  })

  it('[PSP3] charges once at most, whatever is asked in whatever order', () => {
    let seen = 0
    const walk = (at: Situation, path: Verb[]): void => {
      seen += 1
      const charges = [...at.charges.values()].filter((charge) => charge.status === 'succeeded')
      const captured = charges.reduce((sum, charge) => sum + charge.amountCaptured, 0)
      expect({ path, charges: charges.length > 1 ? charges.length : 'one at most' }).toEqual({
        path,
        charges: 'one at most',
      })
      expect({ path, captured }).toEqual({ path, captured: at.intent.amountReceived })
      expect(captured).toBeLessThanOrEqual(at.intent.amount)
      expect(at.intent.amountCapturable > 0).toBe(at.intent.status === 'requires_capture')
      expect(at.intent.actionToken !== null).toBe(at.intent.status === 'requires_action')
      expect(at.intent.dueAt !== null).toBe(['processing', 'requires_capture'].includes(at.intent.status))
      if (path.length === 5) return
      for (const verb of ALL) {
        const next = after(at, verb)
        if (next !== null) walk(next, [...path, verb])
      }
    }
    walk(start(), [])
    expect(seen).toBeGreaterThan(1000)
  })

  it('[PSP2] takes the money at once when capture is automatic', () => {
    const paid = after({ intent: newborn('automatic'), charges: new Map() }, 'pay')
    expect(paid?.intent).toMatchObject({ status: 'succeeded', amountReceived: 1000, amountCapturable: 0, dueAt: null })
  })
})

it('[PSP4] takes a declined attempt back to the start, from where it can be paid', () => {
  const declined = after(start(), 'pay_declined')
  expect(declined?.intent).toMatchObject({ status: 'requires_payment_method', paymentMethod: null })
  expect(declined?.intent.lastError).toMatchObject({ code: 'card_declined', declineCode: 'generic_decline' })
  const paid = declined === null ? null : after(declined, 'pay')
  expect(paid?.intent).toMatchObject({ status: 'requires_capture', lastError: null })
})

it('[PSP4] refuses to confirm without a payment method', () => {
  const asked = confirmIntent(newborn('manual'), { method: null, returnUrl: null, withoutVisitor: false }, worldOf())
  expect(asked).toMatchObject({ ok: false, refusal: { status: 400, code: 'payment_intent_unexpected_state' } })
})

it('[PSP4] declines a card that wants authentication when nobody is there to give it', () => {
  const method = { id: 'pm_1', card: 'pm_card_authenticationRequired' as const }
  const asked = confirmIntent(newborn('manual'), { method, returnUrl: null, withoutVisitor: true }, worldOf())
  expect(asked.ok && asked.value.failure?.code).toBe('authentication_required')
})

it('[PSP4] declines any good card by order of a test, and only good ones', () => {
  for (const name of Object.keys(CARDS)) {
    const card = cardNamed(name)
    if (card === null || CARDS[card].does !== 'succeed') continue
    const ask = { method: { id: 'pm_1', card }, returnUrl: null, withoutVisitor: false }
    const asked = confirmIntent(newborn('manual'), ask, worldOf(true))
    expect({ card, why: asked.ok && asked.value.failure?.declineCode }).toEqual({ card, why: 'generic_decline' })
  }
})

it('[PSP5] captures a part and lets the rest go', () => {
  const captured = after(arrive('requires_capture'), 'capture_part')
  expect(captured?.intent).toMatchObject({ amount: 1000, amountReceived: 400, amountCapturable: 0 })
})

it('[PSP6] names the instant at which an authorisation ends: seven days on', () => {
  expect(arrive('requires_capture').intent.dueAt).toBe(NOW + AUTHORIZATION_LASTS_MS)
  expect(AUTHORIZATION_LASTS_MS).toBe(604_800_000)
})
